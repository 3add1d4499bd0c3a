package acl

import (
	"bytes"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ACL CAT lists the categories, or the commands of one.
var aclCat = with(sub("cat", "6.0.0", "Lists the command categories, or the commands of one.", -2, anytime,
	func(c *engine.Call) {
		switch c.NArg() {
		case 2:
			c.BulkStrings(command.AllCategories())
		case 3:
			cat, ok := command.CategoryByName(string(bytes.ToLower(c.Arg(2))))
			if !ok {
				c.Errf("ERR Unknown category '%.128s'", c.Arg(2))
				return
			}
			c.BulkStrings(commandsOf(c.Engine.Registry(), cat))
		default:
			c.SubcommandSyntax()
		}
	},
	command.Str("category").Opt()),
	"O(N) where N is the number of commands")

// commandsOf names the commands and sub-commands of a category.
func commandsOf(r *engine.Registry, cat command.Category) (names []string) {
	add := func(s *command.Spec) {
		if s.Categories()&cat != 0 {
			names = append(names, s.FullName())
		}
	}
	for _, cmd := range r.All() {
		add(&cmd.Spec)
		for _, s := range cmd.Spec.Sub {
			add(s)
		}
	}
	return names
}
