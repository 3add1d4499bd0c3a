package engine

import (
	"fmt"
	"slices"
	"strings"
)

func (e *Engine) clientsByID() []*Client {
	out := make([]*Client, 0, len(e.clients))
	for _, c := range e.clients {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *Client) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

// Type is the client's type in CLIENT LIST TYPE and CLIENT KILL TYPE: "normal" or "pubsub". Replicas come with
// replication.
func (c *Client) Type() string {
	if c.subs.count() > 0 {
		return "pubsub"
	}
	return "normal"
}

// flagLetters are the letters of the flags field of CLIENT LIST.
func (c *Client) flagLetters() string {
	var b strings.Builder
	add := func(on bool, letter byte) {
		if on {
			b.WriteByte(letter)
		}
	}
	add(c.Monitor, 'O')
	add(c.subs.count() > 0, 'P')
	add(c.multi != nil, 'x')
	add(c.blocked != nil, 'b')
	if t := c.tracking; t != nil {
		b.WriteByte('t')
		add(t.BrokenRedirect, 'R')
		add(t.Broadcast, 'B')
	}
	add(c.multi != nil && c.multi.dirty, 'd')
	add(c.CloseAfterReply, 'c')
	add(c.Unix, 'U')
	add(c.NoEvict, 'e')
	add(c.NoTouch, 'T')
	if b.Len() == 0 {
		return "N"
	}
	return b.String()
}

// Describe is the client's line in CLIENT LIST and CLIENT INFO, without a line feed.
func (c *Client) Describe() string {
	now := c.engine.clock.read()
	used, free, arguments := 0, 0, 0
	if c.Conn != nil {
		used, free, arguments = c.Conn.QueryBuffer()
	}
	cmd := "NULL"
	if c.LastCommand != nil {
		cmd = c.LastCommand.Spec.FullName()
	}
	multiMem := 0
	if c.multi != nil {
		multiMem = c.multi.bytes
	}
	redirect := int64(-1)
	if c.tracking != nil {
		redirect = int64(c.tracking.Redirect)
	}
	unsent := int(c.Unsent())
	fixed := min(unsent, replyBufferBytes)
	nodes := (unsent - fixed + replyBufferBytes - 1) / replyBufferBytes
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d sub=%d psub=%d ssub=%d "+
		"multi=%d qbuf=%d qbuf-free=%d argv-mem=%d multi-mem=%d rbs=%d rbp=%d obl=%d oll=%d omem=%d tot-mem=%d "+
		"events=%s cmd=%s user=%s redir=%d resp=%d lib-name=%s lib-ver=%s",
		c.ID, c.Addr, c.Laddr, c.FD, c.Name, int64(now.since(c.created).Seconds()),
		int64(now.since(c.interacted).Seconds()), c.flagLetters(), c.db.ID,
		len(c.subs.channels), len(c.subs.patterns), len(c.subs.shards), c.QueueLen(), used, free, arguments, multiMem,
		cap(c.Out.Buf), len(c.Out.Buf), fixed, nodes, unsent-fixed, c.MemoryUse(),
		c.eventLetters(), cmd, c.User, redirect, c.Out.Proto, c.LibName, c.LibVer)
}

// replyBufferBytes is the part of a client's unsent output that CLIENT LIST shows as obl. What is beyond it is omem, and oll
// says how many pieces of this size that makes: tools that watch for clients that do not read look at omem.
const replyBufferBytes = 16 << 10

// clientFixedBytes is the resident cost of an idle connection beside its buffers.
const clientFixedBytes = 1024

func (c *Client) eventLetters() string {
	if c.Unsent() > 0 {
		return "rw"
	}
	return "r"
}

// MemoryUse is the number of bytes that a client holds: query buffer, output, queued commands, watched keys,
// subscriptions and tracked prefixes.
func (c *Client) MemoryUse() int {
	used, free, arguments := 0, 0, 0
	if c.Conn != nil {
		used, free, arguments = c.Conn.QueryBuffer()
	}
	n := used + free + arguments + max(cap(c.Out.Buf)-c.lent, len(c.Out.Buf)) + int(c.taken()) + clientFixedBytes
	if c.multi != nil {
		n += c.multi.bytes
	}
	for i := range c.watches {
		n += namedBytes + len(c.watches[i].key)
	}
	if c.tracking != nil {
		for _, prefix := range c.tracking.Prefixes {
			n += namedBytes + len(prefix)
		}
	}
	for _, names := range []map[string]struct{}{c.subs.channels, c.subs.patterns, c.subs.shards} {
		for name := range names {
			n += namedBytes + len(name)
		}
	}
	return n
}

// namedBytes is about what watching a key or subscribing to a channel costs beside the name, here and in the indexes.
const namedBytes = 128
