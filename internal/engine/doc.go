// Package engine executes commands over the keyspace.
//
// # One lock, taken once per batch
//
// There is one keyspace with serial semantics and one lock, [Engine.Lock]. A connection parses everything it has
// received outside the lock, takes the lock once, runs the whole batch with [Engine.Run], releases it, and writes the
// replies outside. Scripts, transactions, blocking commands, expiry and snapshots are ordinary code under that lock;
// background work takes it in slices of at most 100 µs.
//
//	bytes in ──▶ parse ──▶│ Lock │ Run: check ▶ handler ▶ effects ▶ serve blocked clients │ Unlock │──▶ bytes out
//
// # What a handler sees
//
// A handler is a func(*[Call]). It parses every argument before it touches the keyspace and reaches data only through
// the Call, which applies expiry, access clocks, WATCH, effects, keyspace events and wake-ups of blocked clients, so
// that none can be forgotten:
//
//   - Read* and Write* look keys up (deadline applied, type checked, statistics kept).
//   - [Call.Changed] states that a key was modified: it counts the change, fails the transactions that watch the key,
//     sends the event, wakes those who wait for the key, and removes a collection that became empty.
//   - [Call.Effect] states what a replica must execute instead of the command itself. Without it a command that
//     changed something is its own effect.
//   - [Call.Block] parks the client; the same handler runs again when a key becomes ready.
//
// # Effects
//
// Effects leave through one [Stream] in the order of execution, in the form a replica gets them, with MULTI/EXEC around
// what belongs together. Readers of the stream register as a [Sink].
// [Engine.Replay] executes them elsewhere; test/replay shows that they carry the whole dataset.
//
// # Invariants
//
//   - Everything in this package except [Engine.Lock] and the atomics of [Stats] requires the engine lock.
//   - Arguments (argv) are views into the connection's buffer: they are valid during the handler only. What outlives it
//     (a queued or a blocked command) is copied.
//   - A key whose deadline has passed is never visible to a handler.
//   - An empty collection never survives a command, a stream excepted.
package engine
