package geo

import (
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/geohash"
)

// GEOADD is ZADD with places for scores, and ZADD is what replicas get: they need not compute.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "geoadd", Arity: -5, Since: "3.2.0", Group: command.GroupGeo,
		Complexity: "O(log(N)) for each member where N is the number of members in the set",
		Summary:    "Adds members with their places to a sorted set, or moves them.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatGeo,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyUpdate)},
		Args: []command.Arg{
			command.Key("key", 0),
			command.OneOf("condition", command.Token("nx", "NX"), command.Token("xx", "XX")).Opt().SinceVersion("6.2.0"),
			command.Token("change", "CH").Opt().SinceVersion("6.2.0"),
			command.Block("longitude_latitude_member", command.Double("longitude"), command.Double("latitude"),
				command.Str("member")).Many(),
		},
		History: []command.Change{{Since: "6.2.0", What: "Added the `CH`, `NX` and `XX` options."}},
	},
	Run: geoadd,
})

type addOptions struct {
	onlyMissing, onlyPresent, countChanged bool
	first                                  int // word of the first longitude
}

func (o *addOptions) parse(c *engine.Call) (ok bool) {
	o.first = 2
	for ; o.first < c.NArg(); o.first++ {
		switch i := o.first; {
		case c.Is(i, "NX"):
			o.onlyMissing = true
			continue
		case c.Is(i, "XX"):
			o.onlyPresent = true
			continue
		case c.Is(i, "CH"):
			o.countChanged = true
			continue
		}
		break
	}
	n := c.NArg() - o.first
	if n == 0 || n%3 != 0 || o.onlyMissing && o.onlyPresent {
		c.SyntaxError()
		return false
	}
	return true
}

func geoadd(c *engine.Call) {
	var o addOptions
	if !o.parse(c) {
		return
	}
	cells := make([]uint64, (c.NArg()-o.first)/3)
	for i := range cells {
		p, ok := point(c, o.first+3*i)
		if !ok {
			return
		}
		cells[i] = geohash.Encode(p)
	}
	key := c.Arg(1)
	z, ok := c.WriteZSet(key)
	if !ok {
		return
	}
	z.Expect(len(cells))
	added, changed := 0, 0
	for i, cell := range cells {
		member := c.Arg(o.first + 3*i + 2)
		if o.onlyMissing || o.onlyPresent {
			if _, present := z.Score(member); present != o.onlyPresent {
				continue
			}
		}
		isNew, isMoved := z.Put(member, float64(cell))
		switch {
		case isNew:
			added++
		case isMoved:
			changed++
		}
	}
	if o.countChanged {
		c.Reply.Int(int64(added + changed))
	} else {
		c.Reply.Int(int64(added))
	}
	if added+changed > 0 {
		c.AddDirty(added + changed - 1)
		if c.EffectsRead() {
			addEffect(c, o, cells)
		}
		c.Changed(engine.EventZSet, "zadd", key)
	}
}

// addEffect states the same change as ZADD.
func addEffect(c *engine.Call, o addOptions, cells []uint64) {
	words := append([][]byte{[]byte("ZADD")}, c.Argv[1:o.first]...)
	for i, cell := range cells {
		words = append(words, strconv.AppendUint(nil, cell, 10), c.Arg(o.first+3*i+2))
	}
	c.Effect(words...)
}
