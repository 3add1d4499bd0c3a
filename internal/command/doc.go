// Package command says what a command is, without running any.
//
// A [Spec] is the single source of truth about a command: its name, arity, flags, key positions, ACL categories and
// argument grammar. Everything that Redis tells about its commands is derived from it: COMMAND, COMMAND INFO, COMMAND
// DOCS, COMMAND GETKEYS, arity errors, the checks before execution, completion and help of the built-in client.
//
// Terms (Redis' own):
//
//   - arity: number of words including the name; negative means "at least".
//   - key specification: a rule that finds keys among the words: where to begin (a fixed index, or after a keyword)
//     and how to go on (a range with a step, or a count given in the words themselves).
//   - container: a command that exists only to hold sub-commands (CONFIG, CLIENT, OBJECT, …); the sub-command's full
//     name is written "config|get".
//
// The package knows nothing of the engine: the handler of a command stands beside its Spec in package engine's Command.
package command
