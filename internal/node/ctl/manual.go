package ctl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// completion prints a completion script for bash, made from the table of commands. Service commands complete the services.
func completion(i *invocation) int {
	if len(i.args) > 1 || len(i.args) == 1 && i.args[0] != "bash" {
		return i.fail(errors.New("usage: gitlab-ctl completion [bash]: put its output into /usr/share/bash-completion/completions/gitlab-ctl"))
	}
	var names, cases strings.Builder
	for _, c := range commands() {
		if c.category == internalCategory {
			continue
		}
		names.WriteString(" " + c.name)
		words := strings.Join(c.options, " ")
		switch {
		case c.category == serviceCategory && c.takesArguments:
			words = "$(gitlab-ctl service-list 2>/dev/null | tr -d '*')"
		case c.name == "firewall":
			words = "check show"
		case c.name == "doctor":
			words += " $(gitlab-ctl doctor --list 2>/dev/null | cut -d' ' -f1)"
		}
		if words != "" {
			fmt.Fprintf(&cases, "    %s) words=\"%s\" ;;\n", c.name, words)
		}
	}
	i.printf(`# bash completion for gitlab-ctl
_gitlab_ctl() {
  local words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="%s"
  else
    case ${COMP_WORDS[1]} in
%s    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _gitlab_ctl gitlab-ctl
`, strings.TrimSpace(names.String()), cases.String())
	return exitOK
}

// manual prints the page gitlab-ctl(8), made from the same table.
func manual(i *invocation) int {
	i.printf(".TH GITLAB-CTL 8 \"\" \"Redoubt\" \"System administration\"\n.SH NAME\ngitlab-ctl \\- manage a GitLab Redis node from gitlab.rb\n" +
		".SH SYNOPSIS\n.B gitlab-ctl\n.RI [ --root\\ DIR ]\n.I COMMAND\n.RI [ OPTION | ARGUMENT ]...\n" +
		".SH DESCRIPTION\nMakes this machine match /etc/gitlab/gitlab.rb and runs its services.\n.SH COMMANDS\n")
	for _, c := range commands() {
		if c.category == internalCategory {
			continue
		}
		i.printf(".TP\n.B %s\n%s\n", roff(c.name), roff(c.description))
		if len(c.options) > 0 {
			options := slices.Clone(c.options)
			for n, option := range options {
				if strings.HasSuffix(option, "=") {
					options[n] += "VALUE"
				}
			}
			i.printf("Options: %s.\n", roff(strings.Join(options, ", ")))
		}
	}
	i.printf(".SH ENVIRONMENT\n.TP\n.B %s\nas --root: places every path below a directory.\n.TP\n.B SVWAIT\nseconds to wait for a start or stop (30).\n"+
		".TP\n.B %s\nconfiguration that is read before gitlab.rb.\n", rootVariable, configVariable)
	i.printf(".SH FILES\n/etc/gitlab/gitlab.rb, /var/opt/gitlab/redis, /var/log/gitlab/redis\n" +
		".SH EXIT STATUS\n0 success, 1 failure, 2 what a check looked for, 3 a service is down.\n")
	return exitOK
}

// roff keeps text from being read as requests.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\\`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
