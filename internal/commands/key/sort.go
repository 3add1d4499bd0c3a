package key

import (
	"bytes"
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// SORT returns the elements of a list, set or sorted set in order: by their own value as a number or text, or by weights
// kept in other keys, and instead of the elements what other keys hold for them. With STORE the result becomes a list;
// the effect is that list, not the command, so that replicas need not sort again and the keys of BY and GET play no part.
var _ = Family.Add(&engine.Command{
	Spec: sortSpec("sort", "1.0.0", command.Write|command.DenyOOM, "Sorts the elements of a list, set or sorted set."),
	Run:  func(c *engine.Call) { sortKey(c, true) },
})

func sortSpec(name, since string, flags command.Flag, summary string) command.Spec {
	const note = "It is marked 'unknown' because "
	s := spec(name, since, -2, flags,
		"O(N+M*log(M)) where N is the number of elements and M the number of those returned", summary)
	s.ACL = command.CatSet | command.CatSortedSet | command.CatList | command.CatDangerous
	s.Keys = []command.KeySpec{
		command.KeyAt(1, command.KeyRO|command.KeyAccess),
		{
			Unknown: true, Flags: command.KeyRO | command.KeyAccess,
			Notes: "For the optional BY/GET keyword. " + note + "the key names derive from the content of the key we sort",
		},
	}
	s.Args = []command.Arg{
		command.Key("key", 0),
		keysFromPattern("by-pattern", "BY").Opt(),
		command.Block("limit", command.Int("offset"), command.Int("count")).WithToken("LIMIT").Opt(),
		keysFromPattern("get-pattern", "GET").Opt().ManyTokens(),
		command.OneOf("order", command.Token("asc", "ASC"), command.Token("desc", "DESC")).Opt(),
		command.Token("sorting", "ALPHA").Opt(),
	}
	s.KeysFunc = sortKeys
	if flags&command.Write != 0 {
		s.Keys = append(s.Keys, command.KeySpec{
			Unknown: true, Flags: command.KeyOW | command.KeyUpdate,
			Notes: "For the optional STORE keyword. " + note + "the keyword can appear anywhere in the argument array",
		})
		s.Args = append(s.Args, command.Key("destination", 2).WithToken("STORE").Opt())
		s.KeysFunc = sortStoreKeys
	}
	return s
}

func keysFromPattern(name, token string) command.Arg {
	a := command.Pattern(name).WithToken(token)
	a.KeySpec = 1
	return a
}

func sortKeys([][]byte) []command.KeyPos {
	return []command.KeyPos{{At: 1, Flags: command.KeyRO | command.KeyAccess}}
}

// sortStoreKeys adds the key behind the last STORE; words that are values of other options are no keywords.
func sortStoreKeys(argv [][]byte) []command.KeyPos {
	keys := sortKeys(argv)
	for i := 2; i < len(argv); i++ {
		switch {
		case engine.EqualWord(argv[i], "LIMIT"):
			i += 2
		case engine.EqualWord(argv[i], "GET"), engine.EqualWord(argv[i], "BY"):
			i++
		case engine.EqualWord(argv[i], "STORE") && i+1 < len(argv):
			i++
			keys = append(keys[:1], command.KeyPos{At: i, Flags: command.KeyOW | command.KeyUpdate})
		}
	}
	return keys
}

type sortOptions struct {
	descending, alpha bool
	// unsorted: BY named a pattern without "*", so the order stays what it is.
	unsorted bool
	// by is the pattern of the weights' keys; nil for the elements' own values.
	by *keyPattern
	// get are the patterns of what to return for each element; none for the element itself.
	get []*keyPattern
	// offset and count are LIMIT; a negative count means all.
	offset, count int64
	// store is the key of the result, nil for a reply.
	store []byte
}

func (o *sortOptions) parse(c *engine.Call, mayStore bool) (ok bool) {
	o.count = -1
	for i := 2; i < c.NArg(); i++ {
		left := c.NArg() - i - 1
		switch {
		case c.Is(i, "ASC"):
			o.descending = false
		case c.Is(i, "DESC"):
			o.descending = true
		case c.Is(i, "ALPHA"):
			o.alpha = true
		case c.Is(i, "LIMIT") && left >= 2:
			if o.offset, ok = c.Int(i + 1); !ok {
				return false
			}
			if o.count, ok = c.Int(i + 2); !ok {
				return false
			}
			i += 2
		case c.Is(i, "STORE") && left >= 1 && mayStore:
			i++
			o.store = c.Arg(i)
		case c.Is(i, "BY") && left >= 1:
			i++
			o.by = parseKeyPattern(c.Arg(i))
			if bytes.IndexByte(c.Arg(i), '*') >= 0 && !c.ReadsAllKeys() {
				c.Err("ERR BY option of SORT denied due to insufficient ACL permissions.")
				return false
			}
			o.unsorted = o.unsorted || !o.by.names // even when a further BY names keys
		case c.Is(i, "GET") && left >= 1:
			i++
			if !c.ReadsAllKeys() {
				c.Err("ERR GET option of SORT denied due to insufficient ACL permissions.")
				return false
			}
			o.get = append(o.get, parseKeyPattern(c.Arg(i)))
		default:
			c.SyntaxError()
			return false
		}
	}
	return true
}

// window is the part [from, to) of n elements that LIMIT leaves.
func (o *sortOptions) window(n int) (from, to int) {
	from = int(min(max(o.offset, 0), int64(n)))
	if o.count < 0 {
		return from, n
	}
	return from, from + int(min(o.count, int64(n-from)))
}

func sortKey(c *engine.Call, mayStore bool) {
	var o sortOptions
	if !o.parse(c, mayStore) {
		return
	}
	ent, found := c.Read(c.Arg(1))
	if found && !sortable(ent) {
		c.WrongType()
		return
	}
	var elements []element
	if found {
		if ent.Kind() == keyspace.KindZSet {
			ent.ZSet().Widen() // Redis sorts a sorted set from its table; OBJECT ENCODING shows it
		}
		var ok bool
		if elements, ok = o.order(c, ent); !ok {
			c.Err("ERR One or more scores can't be converted into double")
			return
		}
	}
	if !o.fits(c, len(elements)) {
		c.Err("ERR reply exceeds maximum allowed size (proto-max-bulk-len)")
		return
	}
	if o.store == nil {
		o.reply(c, elements)
		return
	}
	o.keep(c, elements)
}

// valueBytes is what a value of the result takes at least before it is sent or stored.
const valueBytes = 24

// fits tells whether so many elements may be answered with all values that GET names: those of one GET are as many as the data,
// those of several are a product of two numbers that a client makes large, so they have the limit of a single string.
func (o *sortOptions) fits(c *engine.Call, elements int) bool {
	return len(o.get) < 2 || int64(elements) <= c.Engine.Settings.ProtoMaxBulk/valueBytes/int64(len(o.get))
}

// each calls f with every value of the result; found is false where a GET pattern leads nowhere. A value is valid during
// the call only.
func (o *sortOptions) each(c *engine.Call, elements []element, f func(value []byte, found bool)) {
	var scratch [20]byte
	for _, e := range elements {
		if len(o.get) == 0 {
			f(e.text, true)
		}
		for _, p := range o.get {
			f(p.lookup(c, e.text, &scratch))
		}
	}
}

func (o *sortOptions) reply(c *engine.Call, elements []element) {
	c.Reply.Array(len(elements) * max(1, len(o.get)))
	o.each(c, elements, func(value []byte, found bool) {
		if found {
			c.Reply.Bulk(value)
		} else {
			c.Reply.Null()
		}
	})
}

// pushPortion is the number of elements of one RPUSH in the effect.
const pushPortion = 512

// keep stores the result as a list, with the empty string where a GET pattern leads nowhere.
func (o *sortOptions) keep(c *engine.Call, elements []element) {
	var copies texts
	values := make([][]byte, 0, len(elements)*max(1, len(o.get)))
	o.each(c, elements, func(value []byte, _ bool) { values = append(values, copies.add(value)) })
	replaced := c.Delete(o.store)
	c.Reply.Int(int64(len(values)))
	if replaced {
		c.Effect([]byte("DEL"), o.store)
	}
	if len(values) == 0 {
		if replaced {
			c.Changed(engine.EventGeneric, "del", o.store)
		}
		return
	}
	list, _ := c.Space().List(o.store) // just deleted, so of no other kind
	list.PushAll(values, false)
	for rest := values; len(rest) > 0; {
		n := min(len(rest), pushPortion)
		if c.EffectsRead() {
			c.Effect(append([][]byte{[]byte("RPUSH"), o.store}, rest[:n]...)...)
		}
		rest = rest[n:]
	}
	c.Changed(engine.EventList, "sortstore", o.store)
	c.AddDirty(len(values) - 1)
}
