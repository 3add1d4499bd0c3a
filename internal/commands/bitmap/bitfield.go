package bitmap

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// BITFIELD reads, sets and increments integers of any width at any bit offset of a string, several in one call. All
// operations are read before the first is executed; one that writes makes the string as long as the last one needs.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "bitfield", Arity: -2, Since: "3.2.0", Group: command.GroupBitmap, Complexity: "O(1) for each operation",
		Summary: "Reads and changes integers of any width at any offset of a string.",
		Flags:   command.Write | command.DenyOOM, ACL: command.CatBitmap,
		Keys: []command.KeySpec{{
			Index: 1, Step: 1, Flags: command.KeyRW | command.KeyAccess | command.KeyUpdate | command.KeyVariable,
			Notes: "The key is only read when all operations are GET",
		}},
		KeysFunc: bitfieldKey,
		Args: []command.Arg{
			command.Key("key", 0),
			command.OneOf("operation",
				command.Block("encoding_offset", command.Str("encoding"), command.Int("offset")).WithToken("GET"),
				command.Block("write",
					command.OneOf("wrap_sat_fail", command.Token("wrap", "WRAP"), command.Token("sat", "SAT"),
						command.Token("fail", "FAIL")).WithToken("OVERFLOW").Opt(),
					command.OneOf("write_operation",
						command.Block("encoding_offset_value", command.Str("encoding"), command.Int("offset"),
							command.Int("value")).WithToken("SET"),
						command.Block("encoding_offset_increment", command.Str("encoding"), command.Int("offset"),
							command.Int("increment")).WithToken("INCRBY")))).Opt().Many(),
		},
	},
	Run: func(c *engine.Call) {
		if ops, ok := parseOperations(c); ok {
			bitfield(c, ops)
		}
	},
})

// bitfieldKey is the key with what this call does to it: operations that are all GET only read.
func bitfieldKey(argv [][]byte) []command.KeyPos {
	for i := 2; i < len(argv); i++ {
		switch {
		case engine.EqualWord(argv[i], "GET"):
			i += 2
		case engine.EqualWord(argv[i], "SET"), engine.EqualWord(argv[i], "INCRBY"):
			return []command.KeyPos{{At: 1, Flags: command.KeyRW | command.KeyAccess | command.KeyUpdate}}
		}
	}
	return []command.KeyPos{{At: 1, Flags: command.KeyRO | command.KeyAccess}}
}

// operationKind is GET, SET or INCRBY.
type operationKind uint8

const (
	operationGet operationKind = iota
	operationSet
	operationIncrement
)

// operation is one part of a call.
type operation struct {
	kind     operationKind
	overflow overflow
	field    fieldType
	at       int64 // in bits
	value    int64 // to set, or to add
}

// operations are the parts of a call in their order.
type operations struct {
	list   []operation
	writes bool
	last   int64 // the last bit that is written
}

// parseOperations reads everything behind the key; on failure it has replied and ok is false.
func parseOperations(c *engine.Call) (ops operations, ok bool) {
	ops.list = make([]operation, 0, (c.NArg()-2)/3)
	mode := overflowWrap
	for i := 2; i < c.NArg(); {
		rest := c.NArg() - i - 1
		op := operation{overflow: mode}
		words := 3
		switch {
		case c.Is(i, "GET") && rest >= 2:
		case c.Is(i, "SET") && rest >= 3:
			op.kind, words = operationSet, 4
		case c.Is(i, "INCRBY") && rest >= 3:
			op.kind, words = operationIncrement, 4
		case c.Is(i, "OVERFLOW") && rest >= 1:
			if mode, ok = overflowMode(c, i+1); !ok {
				return ops, false
			}
			i += 2
			continue
		default:
			c.SyntaxError()
			return ops, false
		}
		if !op.parse(c, i) {
			return ops, false
		}
		if op.kind != operationGet {
			ops.writes = true
			ops.last = max(ops.last, op.at+op.field.width-1)
		}
		ops.list = append(ops.list, op)
		i += words
	}
	return ops, true
}

// parse reads what stands behind the operation's name at word i.
func (op *operation) parse(c *engine.Call, i int) (ok bool) {
	if op.field, ok = parseFieldType(c.Arg(i + 1)); !ok {
		c.Err("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
		return false
	}
	if op.at, ok = offset(c, i+2, op.field.width); !ok {
		return false
	}
	if op.kind != operationGet {
		op.value, ok = c.Int(i + 3)
	}
	return ok
}

func overflowMode(c *engine.Call, i int) (overflow, bool) {
	switch {
	case c.Is(i, "WRAP"):
		return overflowWrap, true
	case c.Is(i, "SAT"):
		return overflowSaturate, true
	case c.Is(i, "FAIL"):
		return overflowFail, true
	}
	c.Err("ERR Invalid OVERFLOW type specified")
	return 0, false
}

// bitfield executes the operations. The string may grow although none of them succeeds; that is a change too.
func bitfield(c *engine.Call, ops operations) {
	if !ops.writes {
		readFields(c, ops.list)
		return
	}
	key := c.Arg(1)
	ent, grown, ok := target(c, key, ops.last)
	if !ok {
		return
	}
	var scratch [20]byte
	changes := 0
	c.Reply.Array(len(ops.list))
	for _, op := range ops.list {
		old := op.field.get(ent.StringView(&scratch), op.at)
		value, reply, fits := old, old, true
		switch op.kind {
		case operationSet:
			value, fits = op.field.fit(op.value, op.overflow)
		case operationIncrement:
			value, fits = op.field.add(old, op.value, op.overflow)
			reply = value
		}
		if !fits && op.overflow == overflowFail {
			c.Reply.Null()
			continue
		}
		c.Reply.Int(reply)
		if value != old {
			first := op.at / 8
			s := c.Space().EditText(ent, int(first), int(op.at+op.field.width-1)/8+1)
			op.field.put(s, op.at-8*first, value)
			changes++
		}
	}
	if grown || changes > 0 {
		c.AddDirty(max(changes-1, 0))
		c.Changed(engine.EventString, "setbit", key)
	}
}

func readFields(c *engine.Call, list []operation) {
	ent, found, ok := c.ReadString(c.Arg(1))
	if !ok {
		return
	}
	var scratch [20]byte
	s := view(ent, found, &scratch)
	c.Reply.Array(len(list))
	for _, op := range list {
		c.Reply.Int(op.field.get(s, op.at))
	}
}
