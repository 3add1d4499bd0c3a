package gitlabrb

import (
	"math"
	"slices"
	"strings"
)

func (v Value) float() float64 {
	if v.kind == Float {
		return v.f
	}
	return float64(v.n)
}

func (v Value) isNumber() bool { return v.kind == Int || v.kind == Float }

func (ev *evaluator) evalUnary(n *unaryNode) Value {
	v := ev.eval(n.operand)
	switch {
	case n.op == "!":
		return BoolValue(!v.Truthy())
	case n.op == "-" && v.kind == Int:
		return ev.operate(n.place, "-", IntValue(0), v)
	case n.op == "-" && v.kind == Float:
		return FloatValue(-v.f)
	case n.op == "+" && (v.isNumber() || v.kind == String):
		return v
	case n.op == "~" && v.kind == Int:
		return IntValue(^v.n)
	}
	ev.fail(n.place, "operator "+n.op, "", "%s cannot be applied to %s", n.op, v.kind)
	return Value{}
}

func (ev *evaluator) evalBinary(n *binaryNode) Value {
	if n.op == "-" {
		ev.hyphenated(n)
	}
	left := ev.eval(n.left)
	return ev.operate(n.place, n.op, left, ev.eval(n.right))
}

// operate is left op right.
func (ev *evaluator) operate(at place, op string, left, right Value) Value {
	switch op {
	case "==":
		return BoolValue(ev.equal(at, left, right, 0))
	case "!=":
		return BoolValue(!ev.equal(at, left, right, 0))
	case "===":
		return BoolValue(ev.matches(at, left, right))
	case "<", "<=", ">", ">=", "<=>":
		return ev.compare(at, op, left, right)
	}
	switch {
	case left.kind == Int && right.kind == Int:
		if v, ok := ev.integers(at, op, left.n, right.n); ok {
			return v
		}
	case left.isNumber() && right.isNumber():
		if v, ok := floats(op, left.float(), right.float()); ok {
			return v
		}
	case left.kind == String:
		if v, ok := ev.strings(at, op, left, right); ok {
			return v
		}
	case left.kind == Array:
		if v, ok := ev.arrays(at, op, left, right); ok {
			return v
		}
	case left.kind == Bool && (op == "&" || op == "|"):
		if op == "&" {
			return BoolValue(left.Truthy() && right.Truthy())
		}
		return BoolValue(left.Truthy() || right.Truthy())
	}
	hint := ""
	switch {
	case op == "+" && left.kind == String:
		hint = "use .to_s or \"#{…}\""
	case left.kind == HashKind && left.hash().sections && left.Len() == 0:
		hint = "the setting was not set above; defaults are not visible in this file"
	}
	ev.fail(at, "operator "+op, hint, "%s cannot be applied to %s and %s", op, left.kind, right.kind)
	return Value{}
}

func (ev *evaluator) overflow(at place) {
	ev.fail(at, "number", "", "the result does not fit 64 bits")
}

// integers is integer arithmetic as Ruby does it: division rounds down.
func (ev *evaluator) integers(at place, op string, a, b int64) (Value, bool) {
	switch op {
	case "+":
		if s := a + b; (s > a) == (b > 0) {
			return IntValue(s), true
		}
		ev.overflow(at)
	case "-":
		if s := a - b; (s < a) == (b > 0) {
			return IntValue(s), true
		}
		ev.overflow(at)
	case "*":
		return IntValue(ev.product(at, a, b)), true
	case "/", "%":
		if b == 0 {
			ev.fail(at, "division", "", "division by zero")
		}
		if a == math.MinInt64 && b == -1 {
			ev.overflow(at)
		}
		quotient, rest := a/b, a%b
		if rest != 0 && (rest < 0) != (b < 0) {
			quotient, rest = quotient-1, rest+b
		}
		if op == "/" {
			return IntValue(quotient), true
		}
		return IntValue(rest), true
	case "**":
		if b < 0 {
			ev.fail(at, "operator **", "use a float", "a negative exponent is not supported")
		}
		if b > 64 && a != 0 && a != 1 && a != -1 {
			ev.overflow(at)
		}
		if a >= -1 && a <= 1 && b > 2 {
			b = 2 - b%2 // only the parity counts
		}
		result := int64(1)
		for range b {
			result = ev.product(at, result, a)
		}
		return IntValue(result), true
	case "<<", ">>":
		if op == ">>" {
			b = -b
		}
		if b > 62 || b < -63 {
			ev.overflow(at)
		}
		if b < 0 {
			return IntValue(a >> -b), true
		}
		return IntValue(ev.product(at, a, 1<<b)), true
	case "&":
		return IntValue(a & b), true
	case "|":
		return IntValue(a | b), true
	case "^":
		return IntValue(a ^ b), true
	}
	return Value{}, false
}

func (ev *evaluator) product(at place, a, b int64) int64 {
	p := a * b
	if a != 0 && (p/a != b || a == -1 && b == math.MinInt64) {
		ev.overflow(at)
	}
	return p
}

func floats(op string, a, b float64) (Value, bool) {
	switch op {
	case "+":
		return FloatValue(a + b), true
	case "-":
		return FloatValue(a - b), true
	case "*":
		return FloatValue(a * b), true
	case "/":
		return FloatValue(a / b), true
	case "%":
		m := math.Mod(a, b)
		if m != 0 && (m < 0) != (b < 0) {
			m += b
		}
		return FloatValue(m), true
	case "**":
		return FloatValue(math.Pow(a, b)), true
	}
	return Value{}, false
}

// truncated is a float as integer.
func (ev *evaluator) truncated(at place, f float64) int64 {
	if math.IsNaN(f) || f >= 1<<63 || f < -(1<<63) {
		ev.overflow(at)
	}
	return int64(f)
}

func (ev *evaluator) strings(at place, op string, left, right Value) (Value, bool) {
	switch {
	case op == "+" && right.kind == String:
		ev.grow(at, len(left.str())+len(right.str()))
		return StringValue(left.str() + right.str()), true
	case op == "*" && right.kind == Int:
		if right.n < 0 {
			ev.fail(at, "operator *", "", "a string cannot be repeated %d times", right.n)
		}
		if n := int64(len(left.str())); n > 0 && right.n > int64(ev.limits.StringBytes)/n {
			ev.fail(at, "size", "", "a string longer than %d bytes", ev.limits.StringBytes)
		}
		if left.str() == "" {
			return ev.text(at, ""), true
		}
		ev.grow(at, len(left.str())*int(right.n))
		return StringValue(strings.Repeat(left.str(), int(right.n))), true
	case op == "<<" && right.kind == String:
		cell := left.ref.(*text)
		if cell.frozen {
			ev.fail(at, "operator <<", "", "the string is frozen and cannot be changed")
		}
		ev.grow(at, len(cell.s)+len(right.str()))
		cell.s += right.str()
		return left, true
	case op == "%":
		if right.kind == Array {
			return ev.format(at, left.str(), right.elems()), true
		}
		return ev.format(at, left.str(), []Value{right}), true
	}
	return Value{}, false
}

func (ev *evaluator) arrays(at place, op string, left, right Value) (Value, bool) {
	a := left.elems()
	if op == "<<" {
		ev.push(at, left.list(), right)
		return left, true
	}
	if op == "*" && right.kind == String {
		return ev.join(at, left, right.str()), true
	}
	if op == "*" && right.kind == Int {
		if limit := int64(ev.limits.TotalBytes / elementCost); right.n < 0 || len(a) > 0 && right.n > limit/int64(len(a)) {
			ev.fail(at, "operator *", "", "an array cannot be repeated %d times", right.n)
		}
		if len(a) == 0 {
			return ev.array(at, nil), true
		}
		ev.charge(at, elementCost*len(a)*int(right.n))
		return ev.array(at, slices.Repeat(a, int(right.n))), true
	}
	if right.kind != Array {
		return Value{}, false
	}
	b := right.elems()
	switch op {
	case "+":
		return ev.array(at, slices.Concat(a, b)), true
	case "-":
		return ev.array(at, ev.filter(at, a, b, false)), true
	case "&":
		return ev.array(at, ev.unique(at, ev.filter(at, a, b, true))), true
	case "|":
		return ev.array(at, ev.unique(at, slices.Concat(a, b))), true
	}
	return Value{}, false
}

// push appends to an array in place.
func (ev *evaluator) push(at place, l *list, values ...Value) {
	if l.frozen {
		ev.fail(at, "array", "", "the array is frozen and cannot be changed")
	}
	for _, v := range values {
		if v.kind == object {
			ev.fail(at, "array", "", "%s cannot be an element", v.ref.(receiver).name())
		}
		ev.charge(at, elementCost)
		l.elems = append(l.elems, v.at(ev.pos(at)))
	}
}

// filter is the elements of a that are, or are not, in b. Elements are
// compared pairwise; charge bounds the work.
func (ev *evaluator) filter(at place, a, b []Value, in bool) []Value {
	ev.charge(at, len(a)*len(b))
	var out []Value
	for _, v := range a {
		if ev.contains(at, b, v) == in {
			out = append(out, v)
		}
	}
	return out
}

func (ev *evaluator) unique(at place, a []Value) []Value {
	ev.charge(at, len(a)*len(a)/2)
	var out []Value
	for _, v := range a {
		if !ev.contains(at, out, v) {
			out = append(out, v)
		}
	}
	return out
}

func (ev *evaluator) contains(at place, list []Value, v Value) bool {
	return slices.ContainsFunc(list, func(e Value) bool { return ev.equal(at, e, v, 0) })
}

// compare is an ordering of numbers or of strings.
func (ev *evaluator) compare(at place, op string, left, right Value) Value {
	order := 0
	switch {
	case left.kind == Int && right.kind == Int:
		order = compareOrdered(left.n, right.n)
	case left.isNumber() && right.isNumber():
		order = compareOrdered(left.float(), right.float())
	case left.isText() && left.kind == right.kind:
		ev.charge(at, left.Len()/readsPerByte)
		order = strings.Compare(left.str(), right.str())
	case op == "<=>":
		return NilValue()
	default:
		ev.fail(at, "operator "+op, "", "%s cannot be compared with %s", left.kind, right.kind)
	}
	switch op {
	case "<":
		return BoolValue(order < 0)
	case "<=":
		return BoolValue(order <= 0)
	case ">":
		return BoolValue(order > 0)
	case ">=":
		return BoolValue(order >= 0)
	}
	return IntValue(int64(order))
}

func compareOrdered[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// equal is Ruby's ==: 1 equals 1.0, :a does not equal 'a'.
func (ev *evaluator) equal(at place, a, b Value, depth int) bool {
	if depth > ev.limits.Nesting {
		ev.fail(at, "nesting", "", "values nested too deep to be compared")
	}
	if a.isNumber() && b.isNumber() {
		if a.kind == Int && b.kind == Int {
			return a.n == b.n
		}
		return a.float() == b.float()
	}
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case Bool:
		return a.n == b.n
	case String, Symbol:
		ev.charge(at, 1+a.Len()/readsPerByte)
		return a.str() == b.str()
	case Array:
		ev.charge(at, 8+a.Len())
		return slices.EqualFunc(a.elems(), b.elems(), func(x, y Value) bool { return ev.equal(at, x, y, depth+1) })
	case HashKind:
		ev.charge(at, 8+a.Len())
		if a.Len() != b.Len() {
			return false
		}
		for _, m := range a.hash().members {
			other, ok := b.hash().lookup(m.key)
			if !ok || !ev.equal(at, m.value, other, depth+1) {
				return false
			}
		}
		return true
	case object:
		return a.ref == b.ref
	}
	return true // nil
}
