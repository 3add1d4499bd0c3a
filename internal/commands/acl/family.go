// Package acl implements the commands about users and what they may do, one file a sub-command. The users themselves are
// kept behind engine.AccessControl.
package acl

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// Family is the list of this package's commands.
var Family engine.Family

const (
	anytime = command.Loading | command.Stale | command.NoScript
	admin   = anytime | command.Admin
)

// sub makes a sub-command.
func sub(name, since, summary string, arity int, flags command.Flag, run func(*engine.Call), args ...command.Arg) *engine.Command {
	return &engine.Command{
		Spec: command.Spec{
			Name: name, Arity: arity, Since: since, Group: command.GroupServer, Summary: summary, Complexity: "O(1)",
			Flags: flags, Args: args,
		},
		Run: run,
	}
}

// with completes a sub-command: its complexity when it is not O(1), and its history.
func with(c *engine.Command, complexity string, history ...command.Change) *engine.Command {
	if complexity != "" {
		c.Spec.Complexity = complexity
	}
	c.Spec.History = history
	return c
}
