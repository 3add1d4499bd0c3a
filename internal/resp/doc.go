// Package resp speaks the Redis serialization protocol, versions 2 and 3, from both ends.
//
// # Requests
//
// A client sends commands in one of two forms:
//
//	*3\r\n $3\r\nSET\r\n $3\r\nkey\r\n $5\r\nvalue\r\n     multibulk: a count, then length-prefixed arguments
//	SET key "a value"\r\n                                inline: one line, split like a shell would
//
// [Parser] reads them from the connection's receive buffer without copying: arguments are views into the
// buffer. A request that has arrived completely, which is nearly every one, goes through a fast path that
// keeps nothing; anything else (incomplete, inline or malformed) goes through a resumable path, so that a
// large request arriving in many pieces is scanned once and not once per piece. Only the resumable path
// reports errors, hence there is one place that decides what is an error and how it reads.
//
// Invariants of the resumable path: offsets are relative to the start of the request; a request is
// forgotten as soon as it is returned or refused; the memory kept is proportional to what has arrived,
// never to what a header announces.
//
// # Replies
//
// [Writer] appends replies to a byte slice in the protocol version of the connection. Types that RESP2
// does not know are written as their RESP2 substitute, the one Redis uses. Where the number of elements is
// known only afterwards, [Writer.DeferLen] reserves the smallest header and the Set…Len calls move the
// content if the final header is longer; marks are settled innermost first.
//
// [ReadReply] is the other direction, used by the command-line client, the node manager and tests. It
// bounds depth and sizes, and allocates only in step with what really arrives.
package resp
