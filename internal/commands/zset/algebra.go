package zset

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// operation is what is done with the inputs.
type operation uint8

const (
	union operation = iota
	intersection
	difference
)

// aggregate says how the scores of a member in several inputs become one.
type aggregate uint8

const (
	sum aggregate = iota
	minimum
	maximum
)

// add combines two scores. A sum of opposite infinities is 0, and what cannot be compared leaves the first as it is.
func (a aggregate) add(x, y float64) float64 {
	switch {
	case a == sum:
		return number(x + y)
	case a == minimum && y < x, a == maximum && y > x:
		return y
	}
	return x
}

// number is x, or 0 when x is not a number (a weight of 0 and an infinite score).
func number(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

// input is one source: a sorted set, a set, whose members all have the score 1, or a missing key.
type input struct {
	key    []byte
	zset   keyspace.ZSet
	set    keyspace.Set
	isSet  bool
	weight float64
}

func (in *input) len() int {
	if in.isSet {
		return in.set.Len()
	}
	return in.zset.Len()
}

func (in *input) score(member []byte) (float64, bool) {
	if in.isSet {
		return 1, in.set.Contains(member)
	}
	return in.zset.Score(member)
}

func (in *input) each(f func(member []byte, score float64) bool) {
	var scratch [20]byte
	if in.isSet {
		in.set.Each(func(m listpack.Value) bool { return f(engine.ValueText(m, &scratch), 1) })
		return
	}
	in.zset.Each(0, in.zset.Len(), false, func(m listpack.Value, score float64) bool {
		return f(engine.ValueText(m, &scratch), score)
	})
}

// algebra is a parsed set operation.
type algebra struct {
	op         operation
	inputs     []input
	aggregate  aggregate
	withScores bool
	// limit ends counting, 0: never.
	limit int64
}

// variant says which options a command takes.
type variant struct {
	op operation
	// numkeys is the position of the number of keys.
	numkeys int
	// stores: the result goes under a key, so there is no WITHSCORES.
	stores bool
	// counts: only LIMIT is an option.
	counts bool
}

// parseAlgebra reads the words of a set operation and looks the inputs up. An input of another kind is reported before
// a wrong option, as in Redis. On failure it has replied and ok is false.
func parseAlgebra(c *engine.Call, v variant) (a algebra, ok bool) {
	n, ok := c.Int(v.numkeys)
	if !ok {
		return a, false
	}
	if n < 1 {
		c.Errf("ERR at least 1 input key is needed for '%s' command", c.Cmd.Spec.FullName())
		return a, false
	}
	first := v.numkeys + 1
	if n > int64(c.NArg()-first) {
		c.SyntaxError()
		return a, false
	}
	a.op = v.op
	a.inputs = make([]input, n)
	for i := range a.inputs {
		a.inputs[i] = input{key: c.Arg(first + i), weight: 1}
		if !a.inputs[i].open(c) {
			return a, false
		}
	}
	return a, a.options(c, v, first+int(n))
}

// open looks the input up; on a value of another kind it has replied.
func (in *input) open(c *engine.Call) bool {
	ent, found := c.Read(in.key)
	switch {
	case !found:
	case ent.Kind() == keyspace.KindZSet:
		in.zset = *ent.ZSet()
	case ent.Kind() == keyspace.KindSet:
		in.set, in.isSet = *ent.Set(), true
	default:
		c.WrongType()
		return false
	}
	return true
}

// options reads the words from i on.
func (a *algebra) options(c *engine.Call, v variant, i int) bool {
	combines := v.op != difference && !v.counts
	for i < c.NArg() {
		left := c.NArg() - i
		switch {
		case combines && left > len(a.inputs) && c.Is(i, "WEIGHTS"):
			if !a.weights(c, i+1) {
				return false
			}
			i += 1 + len(a.inputs)
		case combines && left >= 2 && c.Is(i, "AGGREGATE"):
			switch {
			case c.Is(i+1, "SUM"):
				a.aggregate = sum
			case c.Is(i+1, "MIN"):
				a.aggregate = minimum
			case c.Is(i+1, "MAX"):
				a.aggregate = maximum
			default:
				c.SyntaxError()
				return false
			}
			i += 2
		case !v.stores && !v.counts && c.Is(i, "WITHSCORES"):
			a.withScores = true
			i++
		case v.counts && left >= 2 && c.Is(i, "LIMIT"):
			var ok bool
			if a.limit, ok = intFrom(c, i+1, 0, msgNegativeLimit); !ok {
				return false
			}
			i += 2
		default:
			c.SyntaxError()
			return false
		}
	}
	return true
}

func (a *algebra) weights(c *engine.Call, at int) bool {
	for i := range a.inputs {
		w, ok := engine.ParseFloat(c.Arg(at + i))
		if !ok {
			c.Err("ERR weight value is not a float")
			return false
		}
		a.inputs[i].weight = w
	}
	return true
}

// result computes the operation; the elements are in the order of a sorted set.
func (a *algebra) result() []element {
	var out []element
	switch a.op {
	case union:
		out = a.union()
	case intersection:
		a.intersect(func(member []byte, score float64) bool {
			out = append(out, element{string(member), score})
			return true
		})
	case difference:
		out = a.difference()
	}
	sortElements(out)
	return out
}

// smallestFirst orders the inputs of a union or intersection.
func (a *algebra) smallestFirst() {
	slices.SortStableFunc(a.inputs, func(x, y input) int { return cmp.Compare(x.len(), y.len()) })
}

func (a *algebra) union() []element {
	a.smallestFirst()
	var out []element
	index := make(map[string]int, a.inputs[len(a.inputs)-1].len())
	for i := range a.inputs {
		in := &a.inputs[i]
		in.each(func(member []byte, score float64) bool {
			score = number(in.weight * score)
			if at, have := index[string(member)]; have {
				out[at].score = a.aggregate.add(out[at].score, score)
				return true
			}
			text := string(member)
			index[text] = len(out)
			out = append(out, element{text, score})
			return true
		})
	}
	return out
}

// intersect calls f with the members of all inputs until it returns false. It walks over the smallest input only.
func (a *algebra) intersect(f func(member []byte, score float64) bool) {
	a.smallestFirst()
	first := &a.inputs[0]
	first.each(func(member []byte, score float64) bool {
		total := number(first.weight * score)
		for i := 1; i < len(a.inputs); i++ {
			in := &a.inputs[i]
			other, found := in.score(member)
			if !found {
				return true
			}
			total = a.aggregate.add(total, in.weight*other)
		}
		return f(member, total)
	})
}

// count is the size of the intersection, up to the limit.
func (a *algebra) count() (n int64) {
	a.intersect(func([]byte, float64) bool {
		n++
		return a.limit == 0 || n < a.limit
	})
	return n
}

// difference chooses between two ways: to look every member of the first input up in the others, half of the lookups
// being spared on average by an early hit; or to begin with all members of the first and to take away those of the others.
func (a *algebra) difference() []element {
	first, others := &a.inputs[0], a.inputs[1:]
	lookups, walks := first.len(), first.len()
	for i := range others {
		if bytes.Equal(first.key, others[i].key) {
			return nil
		}
		lookups += first.len()
		walks += others[i].len()
	}
	if lookups/2 <= walks {
		return first.without(others)
	}
	return first.minus(others)
}

func (in *input) without(others []input) (out []element) {
	// The largest first: it most probably has the member.
	slices.SortStableFunc(others, func(x, y input) int { return cmp.Compare(y.len(), x.len()) })
	in.each(func(member []byte, score float64) bool {
		for i := range others {
			if _, found := others[i].score(member); found {
				return true
			}
		}
		out = append(out, element{string(member), score})
		return true
	})
	return out
}

func (in *input) minus(others []input) (out []element) {
	left := make(map[string]float64, in.len())
	in.each(func(member []byte, score float64) bool {
		left[string(member)] = score
		return true
	})
	for i := range others {
		others[i].each(func(member []byte, _ float64) bool {
			delete(left, string(member))
			return len(left) > 0
		})
	}
	for member, score := range left {
		out = append(out, element{member, score})
	}
	return out
}

// replyResult computes and replies: ZUNION, ZINTER and ZDIFF.
func replyResult(c *engine.Call, op operation) {
	if a, ok := parseAlgebra(c, variant{op: op, numkeys: 1}); ok {
		replyElements(c, a.result(), a.withScores)
	}
}

// storeResult computes and stores: ZUNIONSTORE, ZINTERSTORE and ZDIFFSTORE.
func storeResult(c *engine.Call, op operation, event string) {
	if a, ok := parseAlgebra(c, variant{op: op, numkeys: 2, stores: true}); ok {
		list := a.result()
		store(c, c.Arg(1), list, expected(c, list), event)
	}
}

// expected is the number to announce for a result. One long member makes the whole set large from the start: a small
// encoding on the way would cost time, and the sign of a zero.
func expected(c *engine.Call, list []element) int {
	longest := c.Space().Limits().ZSetMaxListpackValue
	if slices.ContainsFunc(list, func(e element) bool { return len(e.member) > longest }) {
		return math.MaxInt
	}
	return len(list)
}
