package server

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// What DEBUG does with the dataset.

func debugDigestValue(c *engine.Call) {
	c.Reply.Array(c.NArg() - 2)
	for _, key := range c.Argv[2:] {
		var d digest
		if ent, found := c.FindIn(c.DB(), key); found {
			d.value(ent)
		}
		c.Reply.SimpleString(hex.EncodeToString(d[:]))
	}
}

// dumpFrame is what a DUMP payload has beside the value: a type byte, the version and the checksum.
const dumpFrame = 1 + 2 + 8

func debugObject(c *engine.Call) {
	ent, found := c.Space().Find(c.Arg(2)) // also a key whose deadline has passed
	if !found {
		c.NoSuchKey()
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Value at:0x%x refcount:1 encoding:%s", ent.Access(), ent.Encoding())
	if c.NArg() == 3 {
		fmt.Fprintf(&b, " serializedlength:%d", len(c.Engine.Host().Dump(nil, ent))-dumpFrame)
	}
	fmt.Fprintf(&b, " lru:%d lru_seconds_idle:%d", ent.Access(), c.Engine.IdleSeconds(ent))
	if ent.Encoding() == keyspace.EncQuicklist {
		l := ent.List()
		bytes := 0
		l.EachNode(func(_ bool, data []byte) bool {
			bytes += len(data)
			return true
		})
		fmt.Fprintf(&b, " ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:%d ql_uncompressed_size:%d", l.Nodes(),
			float64(l.Len())/float64(l.Nodes()), c.Engine.Store().Limits.ListMaxListpackSize, 0, bytes)
	}
	c.Reply.SimpleString(b.String())
}

func debugReload(c *engine.Call) {
	var o engine.ReloadOptions
	for i := 2; i < c.NArg(); i++ {
		switch {
		case c.Is(i, "NOSAVE"):
			o.NoSave = true
		case c.Is(i, "NOFLUSH"):
			o.NoFlush = true
		case c.Is(i, "MERGE"):
			o.Merge = true
		default:
			c.Err("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
			return
		}
	}
	if err := c.Engine.Host().Reload(o); err != nil {
		c.Err("ERR Error trying to load the RDB dump, check server logs.")
		return
	}
	c.OK()
}

// maxPopulated bounds the size of one value of DEBUG POPULATE.
const maxPopulated = 512 << 20

func debugPopulate(c *engine.Call) {
	const msg = "ERR value is out of range, must be positive"
	count, ok := c.IntOr(2, msg)
	if !ok {
		return
	}
	size := int64(0)
	if c.NArg() == 5 {
		if size, ok = c.IntOr(4, msg); !ok {
			return
		}
	}
	if count < 0 || size < 0 || size > maxPopulated {
		c.Err(msg)
		return
	}
	prefix := "key"
	if c.NArg() > 3 {
		prefix = string(c.Arg(3))
	}
	var key, value []byte
	for i := range count {
		key = strconv.AppendInt(append(append(key[:0], prefix...), ':'), i, 10)
		if _, exists := c.FindIn(c.DB(), key); exists {
			continue
		}
		value = strconv.AppendInt(append(value[:0], "value:"...), i, 10)
		if size > 0 {
			value = append(value, make([]byte, max(int(size)-len(value), 0))...)[:size]
		}
		c.SetString(key, value, false)
	}
	c.OK()
}

func debugTables(c *engine.Call) {
	id, ok := c.Int(2)
	if !ok {
		return
	}
	if id < 0 || id >= int64(c.Engine.Databases()) {
		c.Err("ERR Out of range database")
		return
	}
	sp := c.Engine.DB(int(id)).Space
	text := fmt.Sprintf("[Dictionary HT]\n number of elements: %d\n table bytes: %d\n[Expires HT]\n number of elements: %d\n",
		sp.Len(), sp.Bytes(), sp.Expires())
	c.Reply.Verbatim("txt", []byte(text))
}
