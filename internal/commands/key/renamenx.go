package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// RENAMENX is RENAME only when the new key does not exist.
var _ = Family.Add(&engine.Command{
	Spec: renamenxSpec(),
	Run: func(c *engine.Call) {
		if found, done := rename(c, false); found {
			replyBool(c, done)
		}
	},
})

func renamenxSpec() command.Spec {
	s := renameSpec("renamenx", command.Write|command.Fast, command.KeyInsert,
		"Renames a key when the new name is free.")
	s.Complexity = "O(1)"
	s.History = []command.Change{{Since: "3.2.0", What: "Old and new name may be the same."}}
	return s
}
