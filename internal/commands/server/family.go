// Package server implements the commands about the server itself: introspection, configuration, persistence, memory,
// latency, debugging, and what Redis answers for the roles this server does not play (cluster, modules). What they do
// happens behind engine.Host.
package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// Flags that many administrative commands share.
const (
	adminAnytime = command.Admin | command.NoScript | command.Loading | command.Stale
	anytime      = command.Loading | command.Stale
)

// Hints for clients that talk to several nodes, in the words of Redis.
const (
	tipAllNodes      = "request_policy:all_nodes"
	tipAllShards     = "request_policy:all_shards"
	tipAllSucceeded  = "response_policy:all_succeeded"
	tipSum           = "response_policy:agg_sum"
	tipSpecial       = "response_policy:special"
	tipVaries        = "nondeterministic_output"
	tipVariesInOrder = "nondeterministic_output_order"
)

// container is the Spec of a command that only holds sub-commands.
func container(name, since, summary string) command.Spec {
	return command.Spec{
		Name: name, Arity: -2, Since: since, Group: command.GroupServer, Summary: summary,
		Complexity: "depends on the subcommand", Flags: command.Container, ACL: command.CatSlow,
	}
}

// sub makes a sub-command of the server group.
func sub(name, since, summary string, arity int, flags command.Flag, run func(*engine.Call), more ...func(*command.Spec)) *engine.Command {
	s := command.Spec{
		Name: name, Arity: arity, Since: since, Group: command.GroupServer, Summary: summary, Complexity: "O(1)", Flags: flags,
	}
	for _, f := range more {
		f(&s)
	}
	return &engine.Command{Spec: s, Run: run}
}

// The optional parts of sub.

func tips(t ...string) func(*command.Spec)      { return func(s *command.Spec) { s.Tips = t } }
func args(a ...command.Arg) func(*command.Spec) { return func(s *command.Spec) { s.Args = a } }
func complexity(text string) func(*command.Spec) {
	return func(s *command.Spec) { s.Complexity = text }
}
func categories(c command.Category) func(*command.Spec) {
	return func(s *command.Spec) { s.ACL = c }
}
func changed(since, what string) func(*command.Spec) {
	return func(s *command.Spec) { s.History = append(s.History, command.Change{Since: since, What: what}) }
}

// helpSub is the HELP of a container.
func helpSub(since string) *engine.Command {
	return sub("help", since, "Explains the subcommands.", 2, anytime, (*engine.Call).Help)
}
