// Package ctl is gitlab-ctl: the commands by which an operator configures the node and runs its services. Names, output
// lines and exit codes are those of GitLab's package, because scripts depend on them; docs/guides/node.md lists where and
// why they differ.
package ctl

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"redoubt/internal/node/paths"
)

// rootVariable names the environment variable that stands in for --root.
const rootVariable = "REDOUBT_ROOT"

// Exit codes of the dispatcher itself.
const (
	exitOK           = 0
	exitFailure      = 1
	exitNoArguments  = 2
	exitNotRunning   = 3
	exitNeverStarted = 4
)

// invocation is one run of a command.
type invocation struct {
	layout  paths.Layout
	args    []string // without options
	options []string
	values  map[string]string // of options that have one
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	runLog  *runLog // of a reconfigure under way
}

func (i *invocation) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(i.options, name) })
}

func (i *invocation) printf(format string, args ...any) { fmt.Fprintf(i.stdout, format, args...) }

// fail reports an error and returns the exit code for it.
func (i *invocation) fail(err error) int {
	fmt.Fprintln(i.stderr, err)
	return exitFailure
}

// Categories of commands that are more than a heading. Internal commands are for programs, not for people.
const (
	serviceCategory  = "Service Management"
	internalCategory = "Internal"
)

// command is one entry of the command tree.
type command struct {
	name, category, description string
	takesArguments              bool
	options                     []string // beyond the global ones; a = at the end: it has a value
	passThrough                 bool     // arguments and options belong to another program
	run                         func(*invocation) int
}

func commands() []command {
	all := []command{
		{name: "backup-etc", category: "General", description: "Write /etc/gitlab into an archive in /etc/gitlab/config_backup or the given directory; archives older than gitlab_rails['backup_keep_time'] are removed unless told otherwise.", options: []string{backupPathOption, "-p=", deleteOldOption, keepOldOption}, run: backupEtc},
		{name: "check-config", category: "General", description: "Check gitlab.rb and show what reconfigure would do; changes nothing. With --version=VERSION (of GitLab) settings that were removed count as a failure, unless --no-fail.", options: []string{"--version=", "-v=", "--no-fail", "-n"}, run: checkConfig},
		{name: "cleanse", category: "General", description: "Remove configuration, logs and services (after saving the configuration); Redis data stays. Needs the word yes.", takesArguments: true, run: cleanse},
		{name: "completion", category: "General", description: "Print a completion script for bash.", takesArguments: true, run: completion},
		{name: "diff-config", category: "General", description: "Compare gitlab.rb with a template of all settings; --show-secrets shows passwords too.", options: []string{"--show-secrets"}, run: diffConfig},
		{name: "doctor", category: "General", description: "Look for what Redis tiers have suffered from, say why it matters and what cures it: doctor [CHECK]...; --list names the checks. Exit code 2: a problem, 3: something could not be found out.", takesArguments: true, options: []string{"--json", "--list"}, run: doctorCommand},
		{name: "firewall", category: "General", description: "firewall check: compare the live firewall rules with gitlab.rb (exit code 2 when they differ). firewall show: print the live rules with their counters.", takesArguments: true, run: firewallCommand},
		{name: "generate-password", category: "General", description: "Print a fresh password for redis['password'].", run: generatePassword},
		{name: "generate-secrets", category: "General", description: "Add the secrets of a GitLab that gitlab-secrets.json, or another file, lacks; none is ever replaced. For the first node of a GitLab: the others get a copy.", options: []string{"--file=", "-f="}, run: generateSecrets},
		{name: "help", category: "General", description: "Print this help message.", run: help},
		{name: "reconfigure", category: "General", description: "Make this machine match /etc/gitlab/gitlab.rb; --dry-run shows what would change (exit code 2), with --json for programs.", options: []string{"--dry-run", "--json"}, run: reconfigure},
		{name: "remove-accounts", category: "General", description: "Remove the account and group that reconfigure made, when nothing runs as them.", run: removeAccounts},
		{name: "show-config", category: "General", description: "Show the configuration as JSON; --show-secrets shows passwords too.", options: []string{"--show-secrets"}, run: showConfig},
		{name: "supervise", category: "General", description: "Be the supervisor, in the foreground (systemd runs this).", run: superviseForeground},
		{name: "supervise-stop", category: "General", description: "Stop all services and the supervisor.", run: superviseStop},
		{name: "uninstall", category: "General", description: "Stop all services and remove the supervisor from the boot; all files stay.", run: uninstall},
		{name: "upgrade", category: "General", description: "Run after a new version was installed: reconfigures unless /etc/gitlab/skip-auto-reconfigure (or skip-auto-migrations) exists.", run: upgrade},
		{name: "upgrade-check", category: "General", description: "Check whether an upgrade between two versions is possible.", takesArguments: true, run: upgradeCheck},
		{name: "get-redis-master", category: "Database", description: "Ask Sentinel for the primary.", run: getRedisMaster},
		{name: "manual", category: internalCategory, description: "Print the manual page (packages install it).", run: manual},
		{name: "start-redis", category: internalCategory, description: "Become a Redis server of a tier, once Sentinel says as what (the supervisor runs this).", passThrough: true, run: startRedis},
		{name: "start-sentinel", category: internalCategory, description: "Become a Sentinel (the supervisor runs this).", passThrough: true, run: startSentinel},
		{name: "redis-check", category: "Database", description: "Check whether a Redis is fit for GitLab: redis-check [URL]. Without a URL: those of gitlab_rails['redis_*'], or this node's own. The password may come from REDISCLI_AUTH.", takesArguments: true, options: redisCheckOptions, run: redisCheck},
		{name: "redis-client-config", category: "Database", description: "Print the lines of gitlab.rb for the application nodes, and a health check for HAProxy; --show-secrets fills the password in.", options: []string{"--show-secrets", "--host="}, run: redisClientConfig},
		{name: "redis-cli", category: "Database", description: "Run a Redis client that is connected and logged in to this node's server.", passThrough: true, run: redisCLI},
	}
	all = append(all, serviceCommands()...)
	slices.SortFunc(all, func(a, b command) int { return strings.Compare(a.name, b.name) })
	return all
}

// globalOptions are accepted, and mean nothing, wherever a command does not use them.
var globalOptions = []string{"-v", "--verbose", "-q", "--quiet"}

// Main runs one command. argv is what follows the program's name (or, in "redoubt ctl …", the word ctl); the result is the
// exit code. --root DIR, or REDOUBT_ROOT, places every path below DIR.
func Main(argv []string, stdin io.Reader, stdout, stderr io.Writer) int {
	i := &invocation{stdin: stdin, stdout: stdout, stderr: stderr}
	root, rest, err := takeRoot(argv)
	if err != nil {
		return i.fail(err)
	}
	if i.layout, err = paths.New(root); err != nil {
		return i.fail(err)
	}
	if len(rest) == 0 || slices.Contains([]string{"--help", "-h", "-?"}, rest[0]) {
		return help(i)
	}
	for len(rest) > 1 && slices.Contains(globalOptions, rest[0]) {
		rest = append(slices.Clone(rest[1:]), rest[0])
	}
	all := commands()
	at := slices.IndexFunc(all, func(c command) bool { return c.name == rest[0] })
	if at < 0 {
		fmt.Fprintln(stdout, "I don't know that command.")
		help(i)
		return exitFailure
	}
	return all[at].invoke(i, rest[1:])
}

func (c command) invoke(i *invocation, rest []string) int {
	if c.passThrough {
		i.args = rest
		return c.run(i)
	}
	i.values = map[string]string{}
	for n := 0; n < len(rest); n++ {
		arg := rest[n]
		if name, value, set := strings.Cut(arg, "="); slices.Contains(c.options, name+"=") {
			if !set {
				if n++; n == len(rest) {
					return i.fail(fmt.Errorf("the option %s of %s needs a value", name, c.name))
				}
				value = rest[n]
			}
			i.values[name] = value
			continue
		}
		if strings.HasPrefix(arg, "-") {
			if !slices.Contains(globalOptions, arg) && !slices.Contains(c.options, arg) {
				return i.fail(fmt.Errorf("the command %s has no option %s", c.name, arg))
			}
			i.options = append(i.options, arg)
			continue
		}
		i.args = append(i.args, arg)
	}
	if len(i.args) > 0 && !c.takesArguments {
		fmt.Fprintf(i.stderr, "The command %s does not accept any arguments\n", c.name)
		return exitNoArguments
	}
	return c.run(i)
}

// takeRoot removes --root from the arguments, wherever it stands.
func takeRoot(argv []string) (root string, rest []string, err error) {
	root = os.Getenv(rootVariable)
	for n := 0; n < len(argv); n++ {
		switch arg := argv[n]; {
		case arg == "--root":
			if n++; n == len(argv) {
				return "", nil, fmt.Errorf("--root needs a directory")
			}
			root = argv[n]
		case strings.HasPrefix(arg, "--root="):
			root = strings.TrimPrefix(arg, "--root=")
		default:
			rest = append(rest, arg)
		}
	}
	return root, rest, nil
}

// help lists the commands by category.
func help(i *invocation) int {
	i.printf("omnibus-ctl: command (subcommand)\n")
	all := commands()
	for _, category := range []string{"General", serviceCategory, "Database", internalCategory} {
		i.printf("%s Commands:\n", category)
		for _, c := range all {
			if c.category == category {
				i.printf("  %s\n    %s\n", c.name, c.description)
			}
		}
	}
	i.printf("Options: --root DIR (or %s) works below DIR, without root rights; -v, -q as usual.\n", rootVariable)
	return exitOK
}
