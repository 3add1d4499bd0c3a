package hyperloglog

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/hll"
)

// PFDEBUG shows the inside of a HyperLogLog: its registers, its sparse runs, its encoding. GETREG and TODENSE make it
// dense.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "pfdebug", Arity: 3, Since: "2.8.9", Group: command.GroupHyperLogLog, Complexity: "N/A",
		Summary: "Shows the inside of a HyperLogLog, for tests.",
		Flags:   command.Write | command.DenyOOM | command.Admin | command.System, ACL: command.CatHyperLogLog,
		Keys: []command.KeySpec{command.KeyAt(2, command.KeyRW|command.KeyAccess)},
		Args: []command.Arg{command.Str("subcommand"), command.Key("key", 0)},
	},
	Run: pfdebug,
})

func pfdebug(c *engine.Call) {
	_, found, ok := c.WriteString(c.Arg(2))
	if !ok {
		return
	}
	if !found {
		c.Err("ERR The specified key does not exist")
		return
	}
	s, ok := open(c, c.Arg(2))
	if !ok {
		return
	}
	if !s.inPlace {
		s.save(c, c.Arg(2)) // whatever the subcommand, the encoding is raw now
	}
	switch {
	case c.Is(1, "GETREG"):
		getRegisters(c, s)
	case c.Is(1, "DECODE"):
		decode(c, s.hll)
	case c.Is(1, "ENCODING"):
		encoding := "sparse"
		if hll.Dense(s.hll) {
			encoding = "dense"
		}
		c.Reply.SimpleString(encoding)
	case c.Is(1, "TODENSE"):
		if changed, ok := s.toDense(c); ok && changed {
			c.Reply.Int(1)
		} else if ok {
			c.Reply.Int(0)
		}
	default:
		c.Errf("ERR Unknown PFDEBUG subcommand '%s'", c.Arg(1))
	}
}

// toDense makes the HyperLogLog under word 2 dense; ok is false after an error was replied.
func (s *sketch) toDense(c *engine.Call) (changed, ok bool) {
	if hll.Dense(s.hll) {
		return false, true
	}
	out, err := hll.ToDense(s.hll)
	if err != nil {
		failed(c, err)
		return false, false
	}
	s.hll = out
	s.save(c, c.Arg(2))
	c.AddDirty(1) // it is the same value to those who watch or cache it
	return true, true
}

func getRegisters(c *engine.Call, s sketch) {
	if _, ok := s.toDense(c); !ok {
		return
	}
	var v hll.Values
	if err := v.Merge(s.hll); err != nil {
		failed(c, err)
		return
	}
	c.Reply.Array(len(v))
	for _, value := range v {
		c.Reply.Int(int64(value))
	}
}

func decode(c *engine.Call, h []byte) {
	if hll.Dense(h) {
		c.Err("ERR HLL encoding is not sparse")
		return
	}
	text, err := hll.AppendRuns(nil, h)
	if err != nil {
		failed(c, err)
		return
	}
	c.Reply.Bulk(text)
}
