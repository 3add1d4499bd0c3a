package stream

import (
	"slices"
	"time"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	container "redoubt/internal/memory/stream"
	"redoubt/internal/resp"
)

// reading is what XREAD and XREADGROUP are asked for.
type reading struct {
	grouped         bool // XREADGROUP
	group, consumer []byte
	noAck           bool
	count           int64 // 0: all
	blocks          bool
	timeout         time.Duration
	streams         []source
	idsFrom         int // the word of the first id
}

// source is one of the streams to read.
type source struct {
	key    []byte
	view   keyspace.Stream
	group  container.Group
	after  container.ID // entries behind this one are wanted
	unread bool         // ">": those that the group has not delivered yet
}

func readArgs(lead ...command.Arg) []command.Arg {
	return append(lead, command.Block("streams", command.Key("key", 0).Many(), command.Str("id").Many()).WithToken("STREAMS"))
}

func countArg() command.Arg { return command.Int("count").WithToken("COUNT").Opt() }
func blockArg() command.Arg { return command.Int("milliseconds").WithToken("BLOCK").Opt() }

func streamKeys(startFrom int) command.KeySpec {
	return command.KeySpec{
		Keyword: "STREAMS", StartFrom: startFrom, LastKey: -1, Step: 1, Limit: 2, Flags: keyRead,
	}
}

func (r *reading) parse(c *engine.Call) bool {
	for i := 1; i < c.NArg() && r.streams == nil; {
		next, ok := r.parseOption(c, i)
		if !ok {
			return false
		}
		i = next
	}
	switch {
	case r.streams == nil:
		c.SyntaxError()
	case r.grouped && r.group == nil:
		c.Err("ERR Missing GROUP option for XREADGROUP")
	default:
		return r.open(c)
	}
	return false
}

func (r *reading) parseOption(c *engine.Call, i int) (next int, ok bool) {
	more := c.NArg() - 1 - i
	switch {
	case more > 0 && c.Is(i, "BLOCK"):
		r.blocks = true
		r.timeout, ok = c.TimeoutMs(i + 1)
		return i + 2, ok
	case more > 0 && c.Is(i, "COUNT"):
		r.count, ok = c.Int(i + 1)
		r.count = max(r.count, 0)
		return i + 2, ok
	case more > 0 && c.Is(i, "STREAMS"):
		return c.NArg(), r.parseStreams(c, i+1)
	case more > 1 && c.Is(i, "GROUP"):
		r.group, r.consumer = c.Arg(i+1), c.Arg(i+2)
		return i + 3, r.groupOnly(c, "GROUP")
	case c.Is(i, "NOACK"):
		r.noAck = true
		return i + 1, r.groupOnly(c, "NOACK")
	}
	c.SyntaxError()
	return i, false
}

func (r *reading) groupOnly(c *engine.Call, option string) bool {
	if !r.grouped {
		c.Errf("ERR The %s option is only supported by XREADGROUP. You called XREAD instead.", option)
	}
	return r.grouped
}

func (r *reading) parseStreams(c *engine.Call, from int) bool {
	n := c.NArg() - from
	if n%2 != 0 {
		name, special := "xread", '$'
		if r.grouped {
			name, special = "xreadgroup", '>'
		}
		c.Errf("ERR Unbalanced '%s' list of streams: for each stream key an ID or '%c' must be specified.", name, special)
		return false
	}
	r.streams = make([]source, n/2)
	for i := range r.streams {
		r.streams[i].key = c.Arg(from + i)
	}
	r.idsFrom = from + n/2
	return true
}

// open finds the streams and groups and reads the ids, stream by stream.
func (r *reading) open(c *engine.Call) (ok bool) {
	for i := range r.streams {
		s := &r.streams[i]
		if s.view, ok = c.ReadStream(s.key); !ok {
			return false
		}
		if r.grouped {
			if s.view.Exists() {
				s.group, ok = s.view.Data().Group(r.group)
			}
			if !s.view.Exists() || !ok {
				c.Errf("NOGROUP No such key '%s' or consumer group '%s' in XREADGROUP with GROUP option", s.key, r.group)
				return false
			}
		}
		if !r.parseID(c, s, r.idsFrom+i) {
			return false
		}
	}
	return true
}

func (r *reading) parseID(c *engine.Call, s *source, i int) (ok bool) {
	switch string(c.Arg(i)) {
	case "$":
		if r.grouped {
			c.Err("ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by " +
				"specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.")
			return false
		}
		if s.view.Exists() {
			s.after = s.view.Data().LastID()
		}
		return true
	case ">":
		if !r.grouped {
			c.Err("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")
			return false
		}
		s.unread = true
		return true
	}
	s.after, ok = readID(c, i)
	s.unread = r.grouped && s.after == container.MaxID // nothing can be behind it, so Redis has it stand for ">"
	return ok
}

// reply replies streams that have something to read, by serve, which returns false for others. It waits, or replies a
// null array, when there is none.
func (r *reading) reply(c *engine.Call, serve func(s *source) bool) {
	w := c.Reply
	mark, n := w.DeferLen(), 0
	for i := range r.streams {
		s := &r.streams[i]
		if !s.view.Exists() {
			continue
		}
		before := w.Mark()
		if w.Proto != 3 {
			w.Array(2)
		}
		w.Bulk(s.key)
		if serve(s) {
			n++
		} else {
			w.Truncate(before)
		}
	}
	switch {
	case n > 0 && w.Proto == 3:
		w.SetMapLen(mark, n)
	case n > 0:
		w.SetArrayLen(mark, n)
	default:
		w.Truncate(mark)
		r.await(c)
	}
}

// await blocks the client if it asked for that. What came before is not news: "$" becomes the id it stands for.
func (r *reading) await(c *engine.Call) {
	if !r.blocks {
		c.Reply.NullArray()
		return
	}
	argv := c.Argv
	c.Argv = slices.Clone(argv)
	for i := range r.streams {
		if at := r.idsFrom + i; string(argv[at]) == "$" {
			c.Argv[at] = r.streams[i].after.Append(nil)
		}
	}
	keys := c.Argv[r.idsFrom-len(r.streams) : r.idsFrom]
	if r.grouped {
		c.BlockOrGone(keys, keyspace.KindStream, r.timeout, (*resp.Writer).NullArray)
	} else {
		c.Block(keys, keyspace.KindStream, r.timeout, (*resp.Writer).NullArray)
	}
	c.Argv = argv
}
