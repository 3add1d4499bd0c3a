package bitmap

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// BITOP combines strings bit by bit; shorter ones count as padded with zeros. The result is computed in the destination
// itself, a piece at a time through a buffer: the destination may be one of the sources, and a result of hundreds of
// megabytes needs no second copy.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "bitop", Arity: -4, Since: "2.6.0", Group: command.GroupBitmap,
		Complexity: "O(N) where N is the total length of the sources",
		Summary:    "Stores the bitwise combination of strings and returns its length.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatBitmap,
		Keys: []command.KeySpec{
			command.KeyAt(2, command.KeyOW|command.KeyUpdate), command.KeyRange(3, -1, 1, command.KeyRO|command.KeyAccess),
		},
		Args: []command.Arg{command.Str("operation"), command.Key("destkey", 0), command.Key("key", 1).Many()},
	},
	Run: bitop,
})

// pieceBytes is how much of the result is computed at a time.
const pieceBytes = 4096

func bitop(c *engine.Call) {
	var combine func(dst, src []byte)
	switch {
	case c.Is(1, "AND"):
		combine = andBytes
	case c.Is(1, "OR"):
		combine = orBytes
	case c.Is(1, "XOR"):
		combine = xorBytes
	case c.Is(1, "NOT"):
		if c.NArg() != 4 {
			c.Err("ERR BITOP NOT must be called with a single source key.")
			return
		}
	default:
		c.SyntaxError()
		return
	}
	dest, sources := c.Arg(2), c.Argv[3:]
	length := 0
	for _, key := range sources {
		ent, found, ok := c.ReadString(key)
		if !ok {
			return
		}
		if found {
			length = max(length, ent.StringLen())
		}
	}
	c.Reply.Int(int64(length))
	if length == 0 {
		if c.Delete(dest) {
			c.Changed(engine.EventGeneric, "del", dest)
		}
		return
	}
	out := destination(c, dest, length)
	texts := make([][]byte, len(sources))
	scratch := make([][20]byte, len(sources))
	for i, key := range sources {
		ent, found := c.Space().Find(key)
		texts[i] = view(ent, found, &scratch[i])
	}
	fill(out, texts, combine)
	c.Changed(engine.EventString, "set", dest)
}

// destination makes the value under key a string of length bytes without a deadline and returns it for writing. A string
// keeps the bytes it has, as it may be one of the sources, none of which is longer than length.
func destination(c *engine.Call, key []byte, length int) []byte {
	ent, found := c.Write(key)
	if found && ent.Kind() != keyspace.KindString {
		c.Delete(key)
		found = false
	}
	if found {
		ent, _ = c.Space().Persist(ent)
	} else {
		ent = c.Space().SetRaw(key, nil, false)
	}
	return c.Space().EditText(c.Space().Resize(ent, length), 0, length)
}

// fill computes out from the sources, one of which may be out itself. combine is nil for the complement of the only one.
func fill(out []byte, sources [][]byte, combine func(dst, src []byte)) {
	var piece [pieceBytes]byte
	for from := 0; from < len(out); from += pieceBytes {
		p := piece[:min(pieceBytes, len(out)-from)]
		clear(p[copy(p, tail(sources[0], from)):])
		if combine == nil {
			notBytes(p)
		}
		for _, s := range sources[1:] {
			combine(p, tail(s, from))
		}
		copy(out[from:], p)
	}
}

// tail is s from a position on, nothing behind its end.
func tail(s []byte, from int) []byte { return s[min(from, len(s)):] }
