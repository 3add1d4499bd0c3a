package gitlabrb

import (
	"redoubt/internal/node/gitlabrb/vocabulary"
)

// evaluator walks the tree. The language it accepts has no loops, blocks or
// recursion, so a file is done after as many steps as it has nodes; what is
// left to bound is size (charge), depth (eval) and included files.
//
// Errors unwind by panic(*Error), recovered in runAll.
type evaluator struct {
	env    Env
	limits Limits
	config *Config

	file      string           // being evaluated
	locals    map[string]Value // of that file
	constants map[string]Value
	roleNames Value // what `roles` was last called with
	rolesAt   Pos

	spent     int // bytes made so far, against Limits.TotalBytes
	depth     int // of eval
	fileDepth int
	includes  int
	warned    map[Warning]bool
}

// depthPerNesting relates the parser's depth to eval's: operators in a chain
// (a + b + c) deepen the tree without nesting.
const depthPerNesting = 10

func newEvaluator(env Env) *evaluator {
	return &evaluator{
		env:       env,
		limits:    env.Limits.withDefaults(),
		constants: map[string]Value{},
		warned:    map[Warning]bool{},
		config: &Config{
			sections: map[string]*Hash{},
			scalars:  map[string]Value{},
			rolePos:  map[string]Pos{},
		},
	}
}

func (ev *evaluator) pos(at place) Pos {
	return Pos{File: ev.file, Line: int(at.line), Column: int(at.col)}
}

func (ev *evaluator) fail(at place, construct, hint, format string, args ...any) {
	panic(failf(ev.pos(at), construct, hint, format, args...))
}

func (ev *evaluator) warn(at place, message string) { ev.warnOnce(at, message, false) }

func (ev *evaluator) warnOnce(at place, message string, removed bool) {
	w := Warning{File: ev.file, Line: int(at.line), Message: message, Removed: removed}
	if !ev.warned[w] {
		ev.warned[w] = true
		ev.config.Warnings = append(ev.config.Warnings, w)
	}
}

// charge accounts for n bytes about to be made.
func (ev *evaluator) charge(at place, n int) {
	if n < 0 || n > ev.limits.TotalBytes-ev.spent {
		ev.fail(at, "size", "", "the file makes more than %d bytes of values", ev.limits.TotalBytes)
	}
	ev.spent += n
}

// grow accounts for a string of n bytes about to be made.
func (ev *evaluator) grow(at place, n int) {
	if n < 0 || n > ev.limits.StringBytes {
		ev.fail(at, "size", "", "a string of %d bytes; the limit is %d", n, ev.limits.StringBytes)
	}
	ev.charge(at, n+16)
}

// text makes a string that is part of the result.
func (ev *evaluator) text(at place, s string) Value {
	ev.grow(at, len(s))
	return StringValue(s)
}

const elementCost = 128 // bytes an array element or hash member is charged with

func (ev *evaluator) array(at place, elems []Value) Value {
	ev.charge(at, elementCost*(1+len(elems)))
	return ArrayValue(elems...)
}

// eval is the value of n.
func (ev *evaluator) eval(n node) Value {
	if n == nil {
		return NilValue()
	}
	if ev.depth++; ev.depth > depthPerNesting*ev.limits.Nesting {
		ev.fail(n.where(), "nesting", "", "the expression is nested too deep")
	}
	v := ev.evalNode(n)
	ev.depth--
	return v
}

func (ev *evaluator) evalNode(n node) Value {
	switch n := n.(type) {
	case *literalNode:
		return n.value
	case *stringNode:
		return ev.evalString(n)
	case *arrayNode:
		elems := make([]Value, len(n.elems))
		for i, e := range n.elems {
			elems[i] = ev.eval(e).at(ev.pos(e.where()))
		}
		return ev.array(n.place, elems)
	case *hashNode:
		return ev.evalHash(n)
	case *localNode:
		return ev.locals[n.name]
	case *constNode:
		return ev.evalConstant(n)
	case *callNode:
		return ev.evalCall(n)
	case *indexNode:
		return ev.evalIndex(n)
	case *rangeNode:
		ev.fail(n.place, "range", "ranges work only as an index: text[0..3]", "ranges are not supported here")
	case *assignNode:
		return ev.evalAssign(n)
	case *unaryNode:
		return ev.evalUnary(n)
	case *binaryNode:
		return ev.evalBinary(n)
	case *logicNode:
		left := ev.eval(n.left)
		if left.Truthy() == n.and {
			return ev.eval(n.right)
		}
		return left
	case *branchNode:
		for i, c := range n.conditions {
			if ev.eval(c).Truthy() {
				return ev.eval(n.bodies[i])
			}
		}
		return ev.eval(n.otherwise)
	case *caseNode:
		return ev.evalCase(n)
	case *sequenceNode:
		var last Value
		for _, s := range n.statements {
			last = ev.eval(s)
		}
		return last
	}
	panic("gitlabrb: unknown node")
}

func (ev *evaluator) evalString(n *stringNode) Value {
	var s string
	if len(n.pieces) == 1 && n.pieces[0].code == nil {
		s = n.pieces[0].text
		ev.grow(n.place, len(s))
	} else {
		parts := make([]string, len(n.pieces))
		size := 0
		for i, p := range n.pieces {
			parts[i] = p.text
			if p.code != nil {
				parts[i] = ev.toS(p.code.where(), ev.eval(p.code))
			}
			size += len(parts[i])
		}
		ev.grow(n.place, size)
		s = concat(parts, size)
	}
	if n.symbol {
		return SymbolValue(s)
	}
	return StringValue(s)
}

func concat(parts []string, size int) string {
	b := make([]byte, 0, size)
	for _, p := range parts {
		b = append(b, p...)
	}
	return string(b)
}

func (ev *evaluator) evalHash(n *hashNode) Value {
	h := newHash(false)
	for i := range n.keys {
		at := n.keys[i].where()
		key := ev.key(at, ev.eval(n.keys[i]))
		ev.storeMember(h, key, ev.eval(n.values[i]), at)
	}
	return hashValue(h)
}

// key is v as a hash key.
func (ev *evaluator) key(at place, v Value) hashKey {
	k, ok := keyOf(v)
	if !ok {
		ev.fail(at, "hash key", "use a string", "%s cannot be a key", v.kind)
	}
	return k
}

// storeMember sets a member of a hash; in a section the value is copied and
// the key checked against the vocabulary.
func (ev *evaluator) storeMember(h *Hash, k hashKey, v Value, at place) {
	if h.frozen {
		ev.fail(at, "assignment", "", "the hash is frozen and cannot be changed")
	}
	if v.kind == object {
		v = ev.settle(v, Pos{}, at, 0) // refuses it
	}
	if h.sections {
		v = ev.settle(v, ev.pos(at), at, 0)
		if h.section != "" {
			ev.checkKey(h.section, k.text(), at)
		}
	}
	ev.charge(at, elementCost+len(k.s))
	h.store(k, v.at(ev.pos(at)))
}

// settle copies a value for a section: hashes become section hashes, all the
// way down, and nothing is shared with variables or other settings.
func (ev *evaluator) settle(v Value, pos Pos, at place, depth int) Value {
	if depth > ev.limits.Nesting {
		ev.fail(at, "nesting", "", "a value is nested more than %d levels deep", ev.limits.Nesting)
	}
	if !v.pos.IsValid() {
		v.pos = pos
	}
	switch v.kind {
	case object:
		ev.fail(at, "assignment", "", "%s is no value a setting can have", v.ref.(receiver).name())
	case String:
		// The text is shared with the variable it came from until someone
		// appends to that, so it gets a cell of its own.
		ev.charge(at, 16)
		return Value{kind: String, pos: v.pos, ref: &text{s: v.str()}}
	case Array:
		ev.charge(at, elementCost*(1+v.Len()))
		elems := make([]Value, v.Len())
		for i, e := range v.elems() {
			elems[i] = ev.settle(e, v.pos, at, depth+1)
		}
		return ArrayValue(elems...).at(v.pos)
	case HashKind:
		ev.charge(at, elementCost*(1+v.Len()))
		h := newHash(true)
		for _, m := range v.hash().members {
			h.store(m.key, ev.settle(m.value, v.pos, at, depth+1))
		}
		return hashValue(h).at(v.pos)
	}
	return v
}

// checkKey warns of a key that its section does not have.
func (ev *evaluator) checkKey(section, key string, at place) {
	if c, ok := vocabulary.HistoricKey(section, key); ok {
		effect := " and has no effect: "
		if c.ReadAs != "" {
			effect = ", and is read as what took its place: "
		}
		ev.warnOnce(at, c.Message+effect+c.Instead, !c.NeverExisted)
		return
	}
	s, _ := vocabulary.Lookup(section)
	if !s.Suspicious(key) {
		return
	}
	message := "unknown setting " + section + "['" + clip(key) + "'] has no effect"
	if near := s.Nearest(key); near != "" {
		message += "; did you mean " + section + "['" + near + "']?"
	}
	ev.warn(at, message)
}

func (ev *evaluator) evalCase(n *caseNode) Value {
	var subject Value
	if n.subject != nil {
		subject = ev.eval(n.subject)
	}
	for i, patterns := range n.patterns {
		for _, p := range patterns {
			v := ev.eval(p)
			if n.subject == nil && v.Truthy() || n.subject != nil && ev.matches(p.where(), v, subject) {
				return ev.eval(n.bodies[i])
			}
		}
	}
	return ev.eval(n.otherwise)
}

// matches is pattern === subject: equality, or membership for a class name.
func (ev *evaluator) matches(at place, pattern, subject Value) bool {
	if pattern.kind == object {
		return ev.isA(at, subject, pattern)
	}
	return ev.equal(at, pattern, subject, 0)
}
