// Package differential finds commands that this server answers otherwise than Redis: it plays the same random sequences on
// both and compares what they say and hold.
//
// Terms:
//
//   - step: one request on one of a few connections, with what belongs to it (see [Step]).
//   - sequence: steps played from an empty dataset on new connections. Everything about it follows from the seed and its
//     number, but for the clock and what Redis answered: payloads of DUMP go into later RESTOREs.
//   - theirs and ours: the reference server and the server under test.
//
// The rooms, in the order in which data flows through them:
//
//   - generate.go makes steps from the argument grammar of the Specs; values.go knows sensible values of each argument,
//     scripts.go small Lua programs, libraries.go function libraries; excluded.go is the list of what is not played, with reasons.
//   - play.go plays a sequence on both servers at once; wire.go is one connection.
//   - compare.go compares two replies. What may differ is in two tables: free.go has what no two runs share (time, ids, random
//     picks, order), redis72.go what Redis 7.2 does otherwise than the 7.0 it is compared with.
//   - keyspace.go compares all keys of both servers.
//   - shrink.go makes a sequence that shows a difference as short as it gets, by playing it again and again.
//   - fuzz.go joins them; process.go starts servers; the command is in differ/.
//
// Invariants: a step never leaves the two datasets unequal by chance (a random removal is followed by the removal of its
// key, inside the same step, so that shrinking cannot part them); no request can wait longer than its own short timeout but
// those that wait for ever, and the player knows by CLIENT LIST that those do; nothing allocates much on either server.
package differential
