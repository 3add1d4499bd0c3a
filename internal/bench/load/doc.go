// Package load is a load generator for servers that speak the Redis protocol: many connections, each of which sends the
// operations of a [Stream] one after the other and measures how long the replies take.
//
// # Terms
//
// A request is one command with its reply. An operation is what a client waits for: one request, or a pipeline of several that
// are written at once. Latency is that of operations.
//
// # What is measured
//
// Without a rate the loop is closed: a connection sends its next operation when it has the reply to the last one, so a slower
// server is asked less, and a pause of the server delays one operation of each connection only. With a rate operations are
// due at fixed times. One that was due while its connection still waited is measured from when it was due, not from when it
// could be sent: otherwise a pause would hide the operations that it kept from being sent (coordinated omission).
// An operation that finds its connection idle is measured from when it is sent, since a timer that fires late is ours and not
// the server's.
//
// # Cost
//
// A connection is a goroutine. Replies are skimmed, not stored: what is looked at is where each ends, whether it is an error,
// and the last number and, where asked for, the last string. An operation costs no garbage of its own.
package load
