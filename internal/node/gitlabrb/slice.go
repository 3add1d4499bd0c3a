package gitlabrb

import "strings"

// span resolves Ruby's start and length against a sequence of size elements;
// ok is false when the result is nil.
func span(start, length, size int64) (from, to int64, ok bool) {
	if start < 0 {
		start += size
	}
	if start < 0 || start > size || length < 0 {
		return 0, 0, false
	}
	return start, start + min(length, size-start), true
}

// slice is container[low..high].
func (ev *evaluator) slice(at place, container Value, r *rangeNode) Value {
	c := &call{ev: ev, at: at, recv: container, name: "[]"}
	size := int64(0)
	switch container.kind {
	case Array:
		size = int64(container.Len())
	case String:
		c.ev.charge(at, 4*container.Len())
		size = int64(len([]rune(container.str())))
	default:
		ev.fail(at, "range", "", "%s has no range of elements", container.kind)
	}
	bound := func(n node, otherwise int64) int64 {
		v := ev.eval(n)
		if v.IsNil() {
			return otherwise
		}
		if v.kind != Int {
			ev.fail(at, "range", "", "the ends of a range must be integers")
		}
		return v.n
	}
	low, high := bound(r.low, 0), bound(r.high, -1)
	open := r.high == nil
	if low < 0 {
		low += size
	}
	if high < 0 {
		high += size
	}
	if !r.exclusive || open {
		high = min(high, size-1) + 1
	}
	if low > size {
		return NilValue()
	}
	return c.section(low, max(min(high, size)-low, 0))
}

// section is length elements from start of the receiver.
func (c *call) section(start, length int64) Value {
	if c.recv.kind == Array {
		from, to, ok := span(start, length, int64(c.recv.Len()))
		if !ok {
			return NilValue()
		}
		return c.ev.array(c.at, append([]Value(nil), c.recv.elems()[from:to]...))
	}
	runes := []rune(c.recv.str())
	from, to, ok := span(start, length, int64(len(runes)))
	if !ok {
		return NilValue()
	}
	return c.ev.text(c.at, string(runes[from:to]))
}

// substring is text[index], text[start, length] and text['part'].
func (c *call) substring() Value {
	c.want(1, 2)
	if len(c.args) == 1 && c.args[0].kind == String {
		if strings.Contains(c.recv.str(), c.text(0)) {
			return c.ev.text(c.at, c.text(0))
		}
		return NilValue()
	}
	c.ev.charge(c.at, 4*c.recv.Len())
	if len(c.args) == 2 {
		return c.section(c.integer(0), c.integer(1))
	}
	v := c.section(c.integer(0), 1)
	if v.Len() == 0 {
		return NilValue()
	}
	return v
}
