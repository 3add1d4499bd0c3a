// Package hash implements the commands on hashes, one file a command.
package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// about is what differs between the specs of hash commands.
type about struct {
	name, since, summary, complexity string
	arity                            int
	flags                            command.Flag
	key                              command.KeyFlag
	// args follow the key.
	args []command.Arg
	tips []string
}

func (a about) spec() command.Spec {
	return command.Spec{
		Name: a.name, Since: a.since, Group: command.GroupHash, Summary: a.summary, Complexity: a.complexity,
		Arity: a.arity, Flags: a.flags, ACL: command.CatHash, Keys: []command.KeySpec{command.KeyAt(1, a.key)},
		Args: append([]command.Arg{command.Key("key", 0)}, a.args...), Tips: a.tips,
	}
}

// Flags that many have in common.
const (
	fastRead  = command.ReadOnly | command.Fast
	fastWrite = command.Write | command.DenyOOM | command.Fast
)

// reading gives a handler the hash under word 1, empty when there is none.
func reading(run func(c *engine.Call, h keyspace.Hash)) func(*engine.Call) {
	return func(c *engine.Call) {
		if h, ok := c.ReadHash(c.Arg(1)); ok {
			run(c, h)
		}
	}
}
