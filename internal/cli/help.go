package cli

import (
	"fmt"
	"strings"
)

const helpText = `%[1]s %[2]s
To get help about Redis commands type:
      "help @<group>" to get a list of commands in <group>
      "help <command>" for help on <command>
      "help <tab>" to get a list of possible help topics
      "quit" to exit

In a session:
      "<n> <command>" runs a command n times
      "connect <host> <port>" goes to another server
      "clear" clears the screen
      ":set hints", ":set nohints" switch the argument hints
`

// help answers "help", "help command" and "help @group".
func (c *client) help(topic []string) {
	if len(topic) == 0 {
		fmt.Fprintf(c.out, helpText, c.program, c.version)
		return
	}
	if c.docs == nil && (c.conn != nil || c.connect() == nil) {
		c.fetchDocs()
	}
	if c.docs == nil {
		fmt.Fprintln(c.err, "No help: the server does not tell about its commands (COMMAND DOCS).")
		return
	}
	text := c.docs.help(topic, isTerminal(c.out))
	if text == "" {
		fmt.Fprintf(c.err, "No help on %q.\n", strings.Join(topic, " "))
		return
	}
	c.write([]byte(text))
}

// fetchDocs asks the server for its commands; what goes wrong leaves the session without hints.
func (c *client) fetchDocs() {
	if c.conn == nil || c.inMulti {
		return
	}
	reply, err := c.exchange([]string{"COMMAND", "DOCS"})
	switch {
	case err != nil:
		c.close()
	case !reply.IsError():
		c.docs = parseCommandDocs(&reply)
	}
}

// help describes the commands of a topic; "" if there are none.
func (d *commandDocs) help(topic []string, color bool) string {
	var text strings.Builder
	name := strings.ToUpper(strings.Join(topic, " "))
	group, isGroup := strings.CutPrefix(strings.ToLower(name), "@")
	for i := range d.commands {
		doc := &d.commands[i]
		switch {
		case isGroup && doc.group == group:
			doc.writeHelp(&text, color, false)
		case !isGroup && (doc.name == name || strings.HasPrefix(doc.name, name+" ")):
			doc.writeHelp(&text, color, true)
		}
	}
	if text.Len() > 0 {
		text.WriteByte('\n')
	}
	return text.String()
}

func (c *commandDoc) writeHelp(text *strings.Builder, color, withGroup bool) {
	paint := func(code, word string) string {
		if !color || word == "" {
			return word
		}
		return "\x1b[" + code + "m" + word + "\x1b[0m"
	}
	title := paint("1", c.name)
	if args := synopsis(c.args); args != "" {
		title += " " + paint("90", args)
	}
	fmt.Fprintf(text, "\n  %s\n  %s %s\n  %s %s\n", title,
		paint("33", "summary:"), c.summary, paint("33", "since:"), c.since)
	if withGroup && c.group != "" {
		fmt.Fprintf(text, "  %s %s\n", paint("33", "group:"), c.group)
	}
}
