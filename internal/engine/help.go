package engine

import "strings"

// Help replies what CONTAINER HELP says: every sub-command of the container with its arguments and summary, derived from
// the Specs.
func (c *Call) Help() {
	parent := c.Cmd.Spec.Parent
	name := strings.ToUpper(parent.Name)
	lines := []string{name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"}
	for _, s := range parent.Sub {
		if s.Name == "help" {
			continue
		}
		lines = append(lines, strings.TrimRight(strings.ToUpper(s.Name)+" "+s.Usage(), " "), "    "+s.Summary)
	}
	lines = append(lines, "HELP", "    Print this help.")
	c.Reply.Array(len(lines))
	for _, l := range lines {
		c.Reply.SimpleString(l)
	}
}
