// Package acl decides what users may do: it reads the rules of ACL SETUSER, of `user` lines and of ACL files, writes them
// out again, and checks commands against them. It knows no server, no files and no connections.
//
//	User ── name, on or off, nopass, hashes of passwords (SHA-256)
//	  └── selectors: the root first, then those in parentheses; one that allows the whole command is enough
//	        ├── commands: a bit for each command and sub-command, first arguments that are allowed on their own,
//	        │             and the rules as written, to show them again in the order in which they apply
//	        ├── keys:     patterns with read and write permission, or all
//	        └── channels: patterns, or all
//
// Invariants:
//   - A User is never changed once it is in a [Users]: [User.Apply] works on a clone that takes its place, so that a rule
//     in the middle of a list that turns out to be wrong changes nothing.
//   - Parsing is iterative: parentheses do not nest. Every list has a bound ([maxItems]).
//   - What [User.Rules] writes, read into a new user, gives a user that may do the same.
//
// Cost: a user without limits needs no check at all (see [User.Unlimited]); for another a check takes one lookup of the
// command, then each key against each pattern of each selector until one fits.
package acl
