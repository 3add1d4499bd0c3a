package gitlabrb

func hashMethod(c *call) (Value, bool) {
	for _, group := range []func(*call) (Value, bool){hashMembers, hashQuestion, hashDerived} {
		if v, ok := group(c); ok {
			return v, true
		}
	}
	return Value{}, false
}

// hashMembers are the methods that read or change single members.
func hashMembers(c *call) (Value, bool) {
	h := c.recv.hash()
	switch c.name {
	case "fetch":
		c.want(1, 2)
		if v, ok := h.lookup(c.ev.key(c.at, c.args[0])); ok {
			return v, true
		}
		if len(c.args) == 2 {
			return c.args[1], true
		}
		c.fail("fetch", "give a default as second argument", "key not found: %s", clip(c.ev.inspected(c.at, c.args[0])))
	case "dig":
		c.want(1, 64)
		return c.dig(), true
	case "[]=", "store":
		c.want(2, 2)
		c.ev.storeMember(h, c.ev.key(c.at, c.args[0]), c.args[1], c.at)
		return c.args[1], true
	case "delete":
		c.want(1, 1)
		if h.frozen {
			c.fail("delete", "", "the hash is frozen and cannot be changed")
		}
		c.ev.charge(c.at, h.Len()) // the index is renumbered
		v, _ := h.remove(c.ev.key(c.at, c.args[0]))
		return v, true
	case "merge!", "update":
		c.mergeInto(h)
		return c.recv, true
	case "values_at":
		values := make([]Value, len(c.args))
		for i, a := range c.args {
			values[i], _ = h.lookup(c.ev.key(c.at, a))
		}
		return c.ev.array(c.at, values), true
	}
	return Value{}, false
}

// mergeInto stores the members of all arguments in h.
func (c *call) mergeInto(h *Hash) {
	for _, a := range c.args {
		if a.kind != HashKind {
			c.fail(c.name, "", "%s needs a hash, got %s", c.name, a.kind)
		}
		for _, m := range append([]member(nil), a.hash().members...) {
			c.ev.storeMember(h, m.key, m.value, c.at)
		}
	}
}

func hashQuestion(c *call) (Value, bool) {
	h := c.recv.hash()
	switch c.name {
	case "key?", "has_key?", "include?", "member?":
		c.want(1, 1)
		_, ok := h.lookup(c.ev.key(c.at, c.args[0]))
		return BoolValue(ok), true
	case "value?", "has_value?":
		c.want(1, 1)
		c.ev.charge(c.at, h.Len())
		for _, m := range h.members {
			if c.ev.equal(c.at, m.value, c.args[0], 0) {
				return BoolValue(true), true
			}
		}
		return BoolValue(false), true
	case "length", "size", "count":
		return IntValue(int64(h.Len())), c.none()
	case "empty?":
		return BoolValue(h.Len() == 0), c.none()
	case "any?":
		return BoolValue(h.Len() > 0), c.none()
	}
	return Value{}, false
}

// hashDerived are the methods that make something new.
func hashDerived(c *call) (Value, bool) {
	h := c.recv.hash()
	switch c.name {
	case "merge":
		out := c.ev.copyHash(c.at, h, h.sections)
		c.mergeInto(out)
		return hashValue(out), true
	case "keys", "values", "to_a":
		c.want(0, 0)
		c.ev.charge(c.at, elementCost*h.Len())
		elems := make([]Value, h.Len())
		for i, m := range h.members {
			switch c.name {
			case "keys":
				elems[i] = m.key.value()
			case "values":
				elems[i] = m.value
			default:
				elems[i] = ArrayValue(m.key.value(), m.value)
			}
		}
		return c.ev.array(c.at, elems), true
	case "to_h", "to_hash":
		c.want(0, 0)
		if !h.sections {
			return c.recv, true
		}
		return hashValue(c.ev.copyHash(c.at, h, false)), true
	case "to_s":
		return c.ev.text(c.at, c.ev.inspected(c.at, c.recv)), c.none()
	case "compact":
		c.want(0, 0)
		return c.picked(h, func(m member) bool { return !m.value.IsNil() }), true
	case "slice", "except":
		named := map[hashKey]bool{}
		for _, a := range c.args {
			named[h.normal(c.ev.key(c.at, a))] = true
		}
		return c.picked(h, func(m member) bool { return named[m.key] == (c.name == "slice") }), true
	}
	return Value{}, false
}

func (c *call) picked(h *Hash, keep func(member) bool) Value {
	c.ev.charge(c.at, elementCost*h.Len())
	out := newHash(h.sections)
	for _, m := range h.members {
		if keep(m) {
			out.store(m.key, m.value)
		}
	}
	return hashValue(out)
}
