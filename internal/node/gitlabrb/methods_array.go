package gitlabrb

import (
	"slices"
	"strings"
)

func arrayMethod(c *call) (Value, bool) {
	for _, group := range []func(*call) (Value, bool){arrayElements, arrayQuestion, arrayChange, arrayDerived} {
		if v, ok := group(c); ok {
			return v, true
		}
	}
	return Value{}, false
}

// arrayElements are the methods that pick elements.
func arrayElements(c *call) (Value, bool) {
	elems := c.recv.elems()
	size := int64(len(elems))
	switch c.name {
	case "[]", "at", "slice":
		c.want(1, 2)
		if len(c.args) == 2 {
			return c.section(c.integer(0), c.integer(1)), true
		}
		return elementAt(elems, c.integer(0)), true
	case "dig":
		c.want(1, 64)
		return c.dig(), true
	case "fetch":
		c.want(1, 2)
		i := c.integer(0)
		if i >= size || i < -size {
			if len(c.args) == 2 {
				return c.args[1], true
			}
			c.fail("fetch", "give a default as second argument", "index %d is outside of an array of %d", i, size)
		}
		return elementAt(elems, i), true
	case "first", "last":
		c.want(0, 1)
		index := map[string]int64{"first": 0, "last": -1}[c.name]
		if len(c.args) == 0 {
			return elementAt(elems, index), true
		}
		n := min(max(c.integer(0), 0), size)
		if c.name == "first" {
			return c.section(0, n), true
		}
		return c.section(size-n, n), true
	case "take":
		c.want(1, 1)
		return c.section(0, max(c.integer(0), 0)), true
	case "drop":
		c.want(1, 1)
		return c.section(min(max(c.integer(0), 0), size), size), true
	case "min", "max":
		c.want(0, 0)
		if size == 0 {
			return NilValue(), true
		}
		sorted := c.sorted()
		return elementAt(sorted, map[string]int64{"min": 0, "max": -1}[c.name]), true
	}
	return Value{}, false
}

func elementAt(elems []Value, i int64) Value {
	if i < 0 {
		i += int64(len(elems))
	}
	if i < 0 || i >= int64(len(elems)) {
		return Value{}
	}
	return elems[i]
}

func arrayQuestion(c *call) (Value, bool) {
	elems := c.recv.elems()
	switch c.name {
	case "length", "size", "count":
		return IntValue(int64(len(elems))), c.none()
	case "empty?":
		return BoolValue(len(elems) == 0), c.none()
	case "include?", "member?":
		c.want(1, 1)
		c.ev.charge(c.at, len(elems))
		return BoolValue(c.ev.contains(c.at, elems, c.args[0])), true
	case "index", "find_index":
		c.want(1, 1)
		c.ev.charge(c.at, len(elems))
		i := slices.IndexFunc(elems, func(e Value) bool { return c.ev.equal(c.at, e, c.args[0], 0) })
		if i < 0 {
			return NilValue(), true
		}
		return IntValue(int64(i)), true
	case "any?":
		return BoolValue(slices.ContainsFunc(elems, Value.Truthy)), c.none()
	case "all?":
		return BoolValue(!slices.ContainsFunc(elems, func(v Value) bool { return !v.Truthy() })), c.none()
	case "none?":
		return BoolValue(!slices.ContainsFunc(elems, Value.Truthy)), c.none()
	}
	return Value{}, false
}

// arrayChange are the methods that change the array.
func arrayChange(c *call) (Value, bool) {
	l := c.recv.list()
	switch c.name {
	case "push", "append":
		c.ev.push(c.at, l, c.args...)
		return c.recv, true
	case "concat":
		for _, a := range c.args {
			if a.kind != Array {
				c.fail("concat", "", "concat needs arrays, got %s", a.kind)
			}
			c.ev.push(c.at, l, a.elems()...)
		}
		return c.recv, true
	case "unshift", "prepend":
		rest := l.elems
		c.ev.charge(c.at, elementCost*len(rest))
		c.ev.push(c.at, l) // refuses a frozen array
		l.elems = nil
		c.ev.push(c.at, l, c.args...)
		l.elems = append(l.elems, rest...)
		return c.recv, true
	case "pop", "shift":
		c.want(0, 0)
		c.ev.push(c.at, l)
		n := len(l.elems)
		if n == 0 {
			return NilValue(), true
		}
		if c.name == "pop" {
			v := l.elems[n-1]
			l.elems = l.elems[: n-1 : n-1]
			return v, true
		}
		v := l.elems[0]
		l.elems = l.elems[1:]
		return v, true
	}
	return Value{}, false
}

// arrayDerived are the methods that make something new.
func arrayDerived(c *call) (Value, bool) {
	elems := c.recv.elems()
	switch c.name {
	case "join":
		c.want(0, 1)
		separator := ""
		if len(c.args) == 1 && !c.args[0].IsNil() {
			separator = c.text(0)
		}
		return c.ev.join(c.at, c.recv, separator), true
	case "to_a", "to_ary", "entries":
		return c.recv, c.none()
	case "to_s":
		return c.ev.text(c.at, c.ev.inspected(c.at, c.recv)), c.none()
	case "to_h":
		return c.pairsToHash(), c.none()
	case "uniq":
		return c.ev.array(c.at, c.ev.unique(c.at, elems)), c.none()
	case "compact":
		return c.ev.array(c.at, slices.DeleteFunc(slices.Clone(elems), Value.IsNil)), c.none()
	case "reverse":
		out := slices.Clone(elems)
		slices.Reverse(out)
		return c.ev.array(c.at, out), c.none()
	case "sort":
		return c.ev.array(c.at, c.sorted()), c.none()
	case "flatten":
		var out []Value
		c.ev.flatten(c.at, &out, elems, 0)
		return c.ev.array(c.at, out), c.none()
	case "sum":
		c.want(0, 1)
		total := IntValue(0)
		if len(c.args) == 1 {
			total = c.args[0]
		}
		for _, e := range elems {
			total = c.ev.operate(c.at, "+", total, e)
		}
		return total, true
	}
	return Value{}, false
}

func (c *call) sorted() []Value {
	out := slices.Clone(c.recv.elems())
	c.ev.charge(c.at, elementCost*len(out))
	slices.SortStableFunc(out, func(a, b Value) int {
		order := c.ev.compare(c.at, "<=>", a, b)
		if order.IsNil() {
			c.fail(c.name, "", "%s cannot be compared with %s", a.kind, b.kind)
		}
		return int(order.n)
	})
	return out
}

func (c *call) pairsToHash() Value {
	h := newHash(false)
	for _, e := range c.recv.elems() {
		if e.kind != Array || e.Len() != 2 {
			c.fail("to_h", "", "to_h needs an array of pairs")
		}
		c.ev.storeMember(h, c.ev.key(c.at, e.elems()[0]), e.elems()[1], c.at)
	}
	return hashValue(h)
}

func (ev *evaluator) flatten(at place, out *[]Value, elems []Value, depth int) {
	if depth > ev.limits.Nesting {
		ev.fail(at, "nesting", "", "the array is nested too deep")
	}
	ev.charge(at, elementCost*len(elems))
	for _, e := range elems {
		if e.kind == Array {
			ev.flatten(at, out, e.elems(), depth+1)
		} else {
			*out = append(*out, e)
		}
	}
}

// join is Array#join: nested arrays are joined too.
func (ev *evaluator) join(at place, array Value, separator string) Value {
	var flat []Value
	ev.flatten(at, &flat, array.elems(), 0)
	parts := make([]string, len(flat))
	size := 0
	for i, e := range flat {
		parts[i] = ev.toS(at, e)
		size += len(parts[i]) + len(separator)
		if size > ev.limits.StringBytes {
			ev.fail(at, "size", "", "a string longer than %d bytes", ev.limits.StringBytes)
		}
	}
	return ev.text(at, strings.Join(parts, separator))
}

// dig follows keys and indexes, nil when one is missing. In contrast to [] it
// creates nothing.
func (c *call) dig() Value {
	v := c.recv
	for i, arg := range c.args {
		switch v.kind {
		case Nil:
			return v
		case HashKind:
			v, _ = v.hash().lookup(c.ev.key(c.at, arg))
		case Array:
			v = elementAt(v.elems(), c.integer(i))
		default:
			c.fail("dig", "", "%s has no members", v.kind)
		}
	}
	return v
}
