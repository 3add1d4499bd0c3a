package gitlabrb

func (ev *evaluator) evalAssign(n *assignNode) Value {
	switch target := n.target.(type) {
	case *localNode:
		return ev.assignLocal(n, target)
	case *constNode:
		return ev.assignConstant(n, target)
	case *indexNode:
		return ev.assignIndex(n, target)
	case *callNode:
		ev.assignAttribute(target)
	}
	panic("gitlabrb: unknown assignment target")
}

func (ev *evaluator) assignLocal(n *assignNode, target *localNode) Value {
	ev.assignedSetting(target.name, n.place)
	v, assigned := ev.combine(n, ev.locals[target.name])
	if assigned {
		ev.locals[target.name] = v
	}
	return v
}

func (ev *evaluator) assignConstant(n *assignNode, target *constNode) Value {
	if isBuiltin(target.name) {
		ev.fail(n.place, target.name, "choose another name", "%s cannot be replaced", target.name)
	}
	v, assigned := ev.combine(n, ev.constants[target.name])
	if assigned {
		ev.constants[target.name] = v
	}
	return v
}

// combine is the new value for an assignment to something that has the value
// old; assigned is false when ||= or &&= leaves it as it is.
func (ev *evaluator) combine(n *assignNode, old Value) (v Value, assigned bool) {
	switch n.op {
	case "=":
	case "||":
		if old.Truthy() {
			return old, false
		}
	case "&&":
		if !old.Truthy() {
			return old, false
		}
	default:
		return ev.operate(n.place, n.op, old, ev.eval(n.value)), true
	}
	return ev.eval(n.value), true
}

func (ev *evaluator) assignIndex(n *assignNode, target *indexNode) Value {
	container := ev.receiverOf(target.receiver)
	args := make([]Value, len(target.args))
	for i, a := range target.args {
		args[i] = ev.eval(a)
	}
	if len(args) != 1 {
		ev.fail(target.place, "assignment", "", "an assignment needs one index")
	}
	switch container.kind {
	case HashKind:
		return ev.assignMember(n, target, container.hash(), args[0])
	case Array:
		return ev.assignElement(n, container.list(), args[0])
	case object:
		ev.fail(target.place, "assignment", "", "%s cannot be changed", container.ref.(receiver).name())
	}
	ev.fail(target.place, "assignment", "", "%s has no members that could be set", container.kind)
	return Value{}
}

func (ev *evaluator) assignMember(n *assignNode, target *indexNode, h *Hash, index Value) Value {
	k := ev.key(target.place, index)
	if n.op == "=" {
		v := ev.eval(n.value)
		ev.storeMember(h, k, v, n.place)
		return v
	}
	old, exists := h.lookup(k)
	if !exists && h.sections {
		// As in the original: reading creates an empty hash, which is true.
		old = ev.vivify(h, k, n.place)
		if n.op == "||" {
			ev.warn(n.place, "||= on a setting that was not set before does nothing and leaves an empty hash; write = instead")
		} else {
			ev.warnUnset(n.place, h, k)
		}
	}
	v, assigned := ev.combine(n, old)
	if assigned {
		ev.storeMember(h, k, v, n.place)
	}
	return v
}

func (ev *evaluator) assignElement(n *assignNode, l *list, index Value) Value {
	if index.kind != Int {
		ev.fail(n.place, "assignment", "", "an array's index must be an integer")
	}
	i := index.n
	if i < 0 {
		i += int64(len(l.elems))
	}
	const farthest = 1 << 16
	if i < 0 || i > farthest {
		ev.fail(n.place, "assignment", "", "index %d is out of range", index.n)
	}
	if l.frozen {
		ev.fail(n.place, "assignment", "", "the array is frozen and cannot be changed")
	}
	var old Value
	if i < int64(len(l.elems)) {
		old = l.elems[i]
	}
	v, assigned := ev.combine(n, old)
	if assigned {
		ev.charge(n.place, elementCost*(int(i)+1))
		for int64(len(l.elems)) <= i {
			l.elems = append(l.elems, Value{})
		}
		l.elems[i] = v
	}
	return v
}

// assignAttribute reports redis.port = 1.
func (ev *evaluator) assignAttribute(target *callNode) {
	hint := "write ['" + target.name + "'] = value"
	if r, ok := target.receiver.(*callNode); ok && r.receiver == nil {
		hint = "write " + r.name + "['" + target.name + "'] = value"
	}
	ev.fail(target.place, "attribute assignment", hint, "settings cannot be assigned with .%s =", target.name)
}

// vivify creates the empty hash that a read of a missing setting leaves.
func (ev *evaluator) vivify(h *Hash, k hashKey, at place) Value {
	ev.charge(at, 2*elementCost+len(k.s))
	v := hashValue(newHash(true)).at(ev.pos(at))
	h.store(k, v)
	return v
}

func (ev *evaluator) warnUnset(at place, h *Hash, k hashKey) {
	name := "['" + clip(k.text()) + "']"
	if h.section != "" {
		name = h.section + name
	}
	ev.warn(at, name+" is read but not set above: the result is an empty hash, which counts as true; defaults are not visible in this file")
}

// receiverOf is the value of something that is about to be indexed: missing
// settings on the way are created silently, redis['a']['b'] = 1.
func (ev *evaluator) receiverOf(n node) Value {
	index, ok := n.(*indexNode)
	if !ok || len(index.args) != 1 {
		return ev.eval(n)
	}
	if _, isRange := index.args[0].(*rangeNode); isRange {
		return ev.eval(n)
	}
	if ev.depth++; ev.depth > depthPerNesting*ev.limits.Nesting {
		ev.fail(n.where(), "nesting", "", "the expression is nested too deep")
	}
	defer func() { ev.depth-- }()
	container := ev.receiverOf(index.receiver)
	arg := ev.eval(index.args[0])
	return ev.indexValue(index.place, container, []Value{arg}, true)
}

func (ev *evaluator) evalIndex(n *indexNode) Value {
	container := ev.receiverOf(n.receiver)
	if len(n.args) == 1 {
		if r, ok := n.args[0].(*rangeNode); ok {
			return ev.slice(n.place, container, r)
		}
	}
	args := make([]Value, len(n.args))
	for i, a := range n.args {
		args[i] = ev.eval(a)
	}
	return ev.indexValue(n.place, container, args, false)
}

// indexValue is container[args]; quiet when more indexes follow.
func (ev *evaluator) indexValue(at place, container Value, args []Value, quiet bool) Value {
	if container.kind == HashKind && len(args) == 1 {
		h := container.hash()
		k := ev.key(at, args[0])
		v, ok := h.lookup(k)
		if !ok && h.sections {
			v = ev.vivify(h, k, at)
			if !quiet {
				ev.warnUnset(at, h, k)
			}
		}
		return v
	}
	return ev.method(&call{ev: ev, at: at, recv: container, name: "[]", args: args})
}
