// Package epoll serves plaintext connections (TCP and Unix sockets) with a few event loops, on Linux.
//
// A request without pipelining costs a server about 7 µs in the kernel and less than 1 µs outside, so this package is
// about the number and the price of system calls: one read and one write for each readiness of a connection, no parking
// of goroutines, and no call that the Go scheduler hears of except the one in which a loop sleeps.
//
// # A loop
//
// A loop owns its connections: nobody else reads, writes or closes them. Each round it
//
//	takes notes ──▶ polls; gathers or sleeps if nothing came ──▶ per ready connection: read ▶ Step ▶ write
//
// Output that the engine's gate has not passed is held until the end of the round: one write to the append-only file is for all of it.
// What then has still not passed waits with its connection, and the loop asks the gate once for all of them. Where the write begins an
// fsync (appendfsync always) it is left until a poll finds nothing, or for maxLeft rounds: then it is for all requests that are there.
//
// Input is read into a buffer of the loop's and parsed where it lies. Only what is left over, the beginning of a request,
// is copied into the session's own memory, and so is output that the socket does not take. An idle connection
// holds neither. While output waits for the socket, requests are read all the same, and executed until much output waits
// ([session.KeepUnsent]).
//
// Others reach a loop through notes: a new connection, output for a client ([engine.Conn] Wake), the end of a connection (Kill). A
// note wakes a loop that sleeps through an eventfd, and so does the gate when it has passed what output depends on. The first loop
// also hears a [Bell] that others give it, which tells that the kernel has synced the append-only file.
//
// # Spinning
//
// To sleep and to be woken costs more than a few empty polls, so a loop polls some more rounds before it sleeps: the
// more, the more often that has paid lately. A loop without work sleeps in the kernel and costs nothing.
//
// # Gathering
//
// A loop that is faster than many busy clients would poll again and again for one request at a time: that is processor time, and each
// poll holds up the kernel where it queues the next request. Therefore it sleeps for up to 30 µs after a poll that has found
// nothing, out of sight of the epoll instance, so that nobody has to wake it, and then finds several requests at once:
//
//	requests     r   r  r        r r    r       r  r r
//	loop         poll serve poll   sleep   poll serve serve serve poll  sleep ...
//
// It does so where many connections (leastActive) have been active lately, and while more than one request for each sleep is found
// (credit). Where a large share of the active connections have gathered, the clients have probably waited for the loop, so it
// sleeps for half as long the next time. A few clients that each wait for their reply never meet this. A try that failed is
// followed by another after a time that doubles.
//
// # Long commands
//
// A script past its time limit gives up the engine's lock now and then so that other clients are answered, and large scripts
// are compiled without it; some of the others are on the same loop. Therefore the connection is told (LongRunning): its loop
// goes on in another goroutine, with other buffers, and the connection is left to the goroutine that executes the command, which
// hands it back with a note.
//
// # Invariants
//
//   - A connection's fields are touched by its driver only: the loop's goroutine, or while it is away the one that left the loop.
//   - Events are level-triggered, so a round may be abandoned at any event: what was not handled is reported again.
//   - Descriptors are opened and closed between rounds or by the event that is being handled, so no event of a
//     round names a descriptor that another connection has got.
package epoll

// Bell is a descriptor beside the connections. Heard is called when it is readable, and is to read it.
type Bell struct {
	FD    int
	Heard func()
}
