package zset

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// ZADD adds members with scores, or changes the scores of those that are there, as its conditions allow.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zadd", Arity: -4, Since: "1.2.0", Group: command.GroupSortedSet,
		Summary:    "Adds members to a sorted set, or changes their scores; creates the key when it is missing.",
		Complexity: "O(log(N)) for each member, N being the size of the sorted set.",
		Flags:      command.Write | command.DenyOOM | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyUpdate)},
		Args: []command.Arg{
			command.Key("key", 0),
			command.OneOf("condition", command.Token("nx", "NX"), command.Token("xx", "XX")).Opt().SinceVersion("3.0.2"),
			command.OneOf("comparison", command.Token("gt", "GT"), command.Token("lt", "LT")).Opt().SinceVersion("6.2.0"),
			command.Token("change", "CH").Opt().SinceVersion("3.0.2"),
			command.Token("increment", "INCR").Opt().SinceVersion("3.0.2"),
			command.Block("data", command.Double("score"), command.Str("member")).Many(),
		},
		History: []command.Change{
			{Since: "2.4.0", What: "Takes several members."},
			{Since: "3.0.2", What: "Takes `XX`, `NX`, `CH` and `INCR`."},
			{Since: "6.2.0", What: "Takes `GT` and `LT`."},
		},
	},
	Members: engine.Members{First: 3, Step: 2},
	Run:     zadd,
})

// condition says which members ZADD may touch.
type condition struct {
	onlyMissing, onlyPresent bool // NX, XX
	onlyGreater, onlyLess    bool // GT, LT: only if the new score is
}

type zaddOptions struct {
	condition
	countChanged, increment bool // CH, INCR
	// first is the position of the first score.
	first int
}

func zadd(c *engine.Call) { add(c, zaddOptions{}) }

// add is ZADD and ZINCRBY, which is ZADD with INCR given.
func add(c *engine.Call, o zaddOptions) {
	o.parse(c)
	n := c.NArg() - o.first
	if n == 0 || n%2 != 0 {
		c.SyntaxError()
		return
	}
	if msg := o.conflict(n / 2); msg != "" {
		c.Err(msg)
		return
	}
	scores := c.Floats(n / 2)
	for i := o.first; i < c.NArg(); i += 2 {
		score, ok := c.Float(i)
		if !ok {
			return
		}
		scores = append(scores, score)
	}
	key := c.Arg(1)
	z, ok := c.WriteZSet(key)
	if !ok {
		return
	}
	z.Expect(len(scores))
	added, changed := 0, 0
	for i, score := range scores {
		r := put(&z, c.Arg(o.first+2*i+1), score, o)
		switch {
		case r.nan:
			c.Err(msgNaN)
			return
		case r.added:
			added++
		case r.changed:
			changed++
		}
		if o.increment && r.refused {
			c.Reply.Null()
		} else if o.increment {
			c.Reply.Double(r.score)
		}
	}
	if !o.increment && o.countChanged {
		c.Reply.Int(int64(added + changed))
	} else if !o.increment {
		c.Reply.Int(int64(added))
	}
	if added+changed > 0 {
		event := "zadd"
		if o.increment {
			event = "zincr"
		}
		c.AddDirty(added + changed - 1)
		c.Changed(engine.EventZSet, event, key)
	}
}

// parse reads the options; the first word that is none begins the scores.
func (o *zaddOptions) parse(c *engine.Call) {
	for o.first = 2; o.first < c.NArg(); o.first++ {
		switch i := o.first; {
		case c.Is(i, "NX"):
			o.onlyMissing = true
		case c.Is(i, "XX"):
			o.onlyPresent = true
		case c.Is(i, "GT"):
			o.onlyGreater = true
		case c.Is(i, "LT"):
			o.onlyLess = true
		case c.Is(i, "CH"):
			o.countChanged = true
		case c.Is(i, "INCR"):
			o.increment = true
		default:
			return
		}
	}
}

// conflict is the error for options that exclude each other, "" without.
func (o *zaddOptions) conflict(members int) string {
	switch {
	case o.onlyMissing && o.onlyPresent:
		return "ERR XX and NX options at the same time are not compatible"
	case o.onlyMissing && (o.onlyGreater || o.onlyLess), o.onlyGreater && o.onlyLess:
		return "ERR GT, LT, and/or NX options at the same time are not compatible"
	case o.increment && members > 1:
		return "ERR INCR option supports a single increment-element pair"
	}
	return ""
}

// putResult is what became of one member: its score, or refused by a condition, or nan and unchanged.
type putResult struct {
	score                        float64
	added, changed, refused, nan bool
}

func put(z *keyspace.ZSet, member []byte, score float64, o zaddOptions) (r putResult) {
	if o.condition == (condition{}) && !o.increment {
		r.added, r.changed = z.Put(member, score)
		return r
	}
	old, found := z.Score(member)
	if !found {
		if o.onlyPresent {
			return putResult{refused: true}
		}
		z.Put(member, score)
		return putResult{score: score, added: true}
	}
	if o.onlyMissing {
		return putResult{refused: true}
	}
	if o.increment {
		if score += old; math.IsNaN(score) {
			return putResult{nan: true}
		}
	}
	if o.onlyLess && score >= old || o.onlyGreater && score <= old {
		return putResult{refused: true}
	}
	if score != old {
		z.Put(member, score)
	}
	return putResult{score: score, changed: score != old}
}
