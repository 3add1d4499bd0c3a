package gitlabrb

import (
	"math"
	"strconv"
)

// commonMethod is what every value has.
func commonMethod(c *call) (Value, bool) {
	switch c.name {
	case "nil?":
		c.want(0, 0)
		return BoolValue(c.recv.IsNil()), true
	case "inspect":
		c.want(0, 0)
		return c.ev.text(c.at, c.ev.inspected(c.at, c.recv)), true
	case "is_a?", "kind_of?", "instance_of?":
		c.want(1, 1)
		return BoolValue(c.ev.isA(c.at, c.recv, c.args[0])), true
	case "itself":
		c.want(0, 0)
		return c.recv, true
	case "freeze":
		c.want(0, 0)
		switch r := c.recv.ref.(type) {
		case *text:
			r.frozen = true
		case *list:
			r.frozen = true
		case *Hash:
			r.frozen = true
		}
		return c.recv, true
	case "frozen?":
		c.want(0, 0)
		switch r := c.recv.ref.(type) {
		case *text:
			return BoolValue(r.frozen), true
		case *list:
			return BoolValue(r.frozen), true
		case *Hash:
			return BoolValue(r.frozen), true
		}
		return BoolValue(true), true
	case "eql?", "equal?":
		c.want(1, 1)
		return BoolValue(c.recv.kind == c.args[0].kind && c.ev.equal(c.at, c.recv, c.args[0], 0)), true
	case "to_json":
		c.want(0, 0)
		return c.ev.text(c.at, c.ev.toJSON(c.at, c.recv)), true
	case "dup", "clone":
		c.want(0, 0)
		return c.duplicate(), true
	}
	return Value{}, false
}

// duplicate is a shallow copy.
func (c *call) duplicate() Value {
	switch c.recv.kind {
	case String:
		return c.ev.text(c.at, c.recv.str())
	case Array:
		return c.ev.array(c.at, append([]Value(nil), c.recv.elems()...))
	case HashKind:
		h := c.recv.hash()
		return hashValue(c.ev.copyHash(c.at, h, h.sections))
	}
	return c.recv
}

func (ev *evaluator) copyHash(at place, h *Hash, sections bool) *Hash {
	ev.charge(at, elementCost*(1+h.Len()))
	out := newHash(sections)
	for _, m := range h.members {
		out.store(m.key, m.value)
	}
	return out
}

// isA is value.is_a?(class).
func (ev *evaluator) isA(at place, v, class Value) bool {
	var name string
	if class.kind == object {
		name = class.ref.(receiver).name()
	}
	switch name {
	case "String":
		return v.kind == String
	case "Symbol":
		return v.kind == Symbol
	case "Integer":
		return v.kind == Int
	case "Float":
		return v.kind == Float
	case "Numeric":
		return v.isNumber()
	case "Array":
		return v.kind == Array
	case "Hash", "Mash":
		return v.kind == HashKind
	case "NilClass":
		return v.kind == Nil
	case "TrueClass":
		return v.kind == Bool && v.n != 0
	case "FalseClass":
		return v.kind == Bool && v.n == 0
	}
	ev.fail(at, "is_a?", "use String, Symbol, Integer, Float, Array, Hash or NilClass", "this is no class that is known here")
	return false
}

func nilMethod(c *call) (Value, bool) {
	switch c.name {
	case "to_s":
		return c.ev.text(c.at, ""), true
	case "to_a":
		return c.ev.array(c.at, nil), true
	case "to_h":
		return hashValue(newHash(false)), true
	case "to_i":
		return IntValue(0), true
	case "to_f":
		return FloatValue(0), true
	}
	return Value{}, false
}

func numberMethod(c *call) (Value, bool) {
	if c.recv.kind == Int {
		if v, ok := integerMethod(c); ok {
			return v, true
		}
	}
	f := c.recv.float()
	switch c.name {
	case "to_s":
		c.want(0, 0)
		return c.ev.text(c.at, c.ev.toS(c.at, c.recv)), true
	case "to_i", "to_int", "truncate":
		c.want(0, 0)
		if c.recv.kind == Int {
			return c.recv, true
		}
		return IntValue(c.ev.truncated(c.at, f)), true
	case "to_f":
		return FloatValue(f), true
	case "floor", "ceil", "round":
		return c.rounded(f), true
	case "abs":
		if c.recv.kind == Float {
			return FloatValue(math.Abs(f)), true
		}
		if c.recv.n < 0 {
			return c.ev.operate(c.at, "-", IntValue(0), c.recv), true
		}
		return c.recv, true
	case "zero?":
		return BoolValue(f == 0), true
	case "positive?":
		return BoolValue(f > 0), true
	case "negative?":
		return BoolValue(f < 0), true
	case "fdiv":
		c.want(1, 1)
		if c.args[0].isNumber() {
			return FloatValue(f / c.args[0].float()), true
		}
	case "div":
		c.want(1, 1)
		if c.args[0].kind == Int && c.recv.kind == Int {
			return c.ev.operate(c.at, "/", c.recv, c.args[0]), true
		}
	case "modulo":
		c.want(1, 1)
		return c.ev.operate(c.at, "%", c.recv, c.args[0]), true
	case "between?":
		c.want(2, 2)
		return BoolValue(c.ev.compare(c.at, ">=", c.recv, c.args[0]).Truthy() && c.ev.compare(c.at, "<=", c.recv, c.args[1]).Truthy()), true
	case "clamp":
		c.want(2, 2)
		if c.ev.compare(c.at, "<", c.recv, c.args[0]).Truthy() {
			return c.args[0], true
		}
		if c.ev.compare(c.at, ">", c.recv, c.args[1]).Truthy() {
			return c.args[1], true
		}
		return c.recv, true
	}
	return Value{}, false
}

func integerMethod(c *call) (Value, bool) {
	n := c.recv.n
	switch c.name {
	case "to_s":
		c.want(0, 1)
		if len(c.args) == 1 {
			base := c.integer(0)
			if base < 2 || base > 36 {
				c.fail("to_s", "", "invalid base %d", base)
			}
			return c.ev.text(c.at, strconv.FormatInt(n, int(base))), true
		}
	case "even?":
		return BoolValue(n%2 == 0), true
	case "odd?":
		return BoolValue(n%2 != 0), true
	case "succ", "next":
		return c.ev.operate(c.at, "+", c.recv, IntValue(1)), true
	case "pred":
		return c.ev.operate(c.at, "-", c.recv, IntValue(1)), true
	}
	return Value{}, false
}

// rounded is floor, ceil or round, of a float to digits after the point.
func (c *call) rounded(f float64) Value {
	c.want(0, 1)
	round := map[string]func(float64) float64{"floor": math.Floor, "ceil": math.Ceil, "round": math.Round}[c.name]
	digits := int64(0)
	if len(c.args) == 1 {
		digits = c.integer(0)
	}
	switch {
	case digits < 0 || digits > 15:
		c.fail(c.name, "", "%s takes 0 to 15 digits", c.name)
	case c.recv.kind == Int:
		return c.recv
	case digits > 0:
		scale := math.Pow(10, float64(digits))
		return FloatValue(round(f*scale) / scale)
	}
	return IntValue(c.ev.truncated(c.at, round(f)))
}
