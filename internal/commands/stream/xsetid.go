package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XSETID sets the last id of a stream, and its counters; replicas and logs restore a stream with it.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xsetid", "5.0.0", -3, command.Write|command.DenyOOM|command.Fast, command.KeyAt(1, keyUpdate))
		s.Summary = "Sets the last id and the counters of a stream."
		s.Complexity = "O(1)"
		s.Args = []command.Arg{
			command.Key("key", 0), command.Str("last-id"),
			command.Int("entries-added").WithToken("ENTRIESADDED").SinceVersion("7.0.0").Opt(),
			command.Str("max-deleted-id").WithToken("MAXDELETEDID").SinceVersion("7.0.0").Opt(),
		}
		s.History = []command.Change{{Since: "7.0.0", What: "The options `ENTRIESADDED` and `MAXDELETEDID`."}}
		return s
	}(),
	Run: xsetid,
})

// counters is what XSETID sets.
type counters struct {
	last, deleted container.ID
	added         int64 // -1: not given
}

func (n *counters) parse(c *engine.Call) (ok bool) {
	if n.last, ok = readID(c, 2); !ok {
		return false
	}
	n.added = -1
	for i := 3; i < c.NArg(); i += 2 {
		switch more := i+1 < c.NArg(); {
		case more && c.Is(i, "ENTRIESADDED"):
			if n.added, ok = c.Int(i + 1); !ok {
				return false
			}
			if n.added < 0 {
				c.Err("ERR entries_added must be positive")
				return false
			}
		case more && c.Is(i, "MAXDELETEDID"):
			if n.deleted, ok = readID(c, i+1); !ok {
				return false
			}
			if n.last.Less(n.deleted) {
				c.Err("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
				return false
			}
		default:
			c.SyntaxError()
			return false
		}
	}
	return true
}

func xsetid(c *engine.Call) {
	var n counters
	if !n.parse(c) {
		return
	}
	view, ok := c.WriteStream(c.Arg(1))
	if !ok {
		return
	}
	if !view.Exists() {
		c.NoSuchKey()
		return
	}
	s := view.Data()
	switch {
	case n.last.Less(s.MaxDeletedID()):
		c.Err("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
		return
	case s.Len() > 0 && n.last.Less(s.TopID()):
		c.Err("ERR The ID specified in XSETID is smaller than the target stream top item")
		return
	case n.added != -1 && int64(s.Len()) > n.added:
		c.Err("ERR The entries_added specified in XSETID is smaller than the target stream length")
		return
	}
	s.SetLastID(n.last)
	if n.added != -1 {
		s.SetAdded(uint64(n.added))
	}
	if !n.deleted.IsZero() {
		s.SetMaxDeletedID(n.deleted)
	}
	c.OK()
	c.ChangedAside(engine.EventStream, "xsetid", c.Arg(1))
}
