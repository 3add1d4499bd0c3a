package gitlabrb

// argument is an assignment, a ternary or anything below.
func (p *parser) argument() node {
	at := p.peek().at
	p.enter(at)
	defer p.leave()
	p.declare()
	left := p.ternary()
	t := p.peek()
	if t.kind != tokOp {
		return left
	}
	op, ok := assignOperators[t.text]
	if !ok {
		return left
	}
	switch target := left.(type) {
	case *localNode, *constNode, *indexNode:
	case *callNode:
		if target.receiver == nil || target.parens {
			p.unexpected(t)
		}
	default:
		p.unexpected(t)
	}
	p.off++
	p.skipNewlines()
	return &assignNode{left.where(), left, op, p.argument()}
}

// assignOperators maps to the operation, "=" for none.
var assignOperators = map[string]string{
	"=": "=", "||=": "||", "&&=": "&&", "+=": "+", "-=": "-", "*=": "*", "/=": "/", "%=": "%", "**=": "**",
	"<<=": "<<", ">>=": ">>", "|=": "|", "&=": "&", "^=": "^",
}

// declare makes a name that is about to be assigned a variable.
func (p *parser) declare() {
	t := p.peek()
	if t.kind != tokIdent {
		return
	}
	next := p.peekAt(1)
	if next.kind == tokOp {
		if _, ok := assignOperators[next.text]; ok {
			p.locals[t.text] = true
		}
	}
}

func (p *parser) ternary() node {
	condition := p.binary(0)
	if !p.isOp("?") {
		return condition
	}
	question := p.advance()
	p.enter(question.at)
	defer p.leave()
	p.skipNewlines()
	yes := p.argument()
	p.skipNewlines()
	t := p.peek()
	var no node
	switch {
	case t.kind == tokOp && t.text == ":":
		p.off++
		p.skipNewlines()
		no = p.argument()
	case t.kind == tokSymbol && t.space: // a ? b :c
		p.tokens[p.off] = token{kind: tokIdent, at: t.at, text: t.text}
		if t.text == "nil" || t.text == "true" || t.text == "false" {
			p.tokens[p.off].kind = tokKeyword
		}
		no = p.argument()
	default:
		p.fail(question.at, "ternary", "", "? without : in a condition")
	}
	return &branchNode{place: condition.where(), conditions: []node{condition}, bodies: []node{yes}, otherwise: no}
}

// precedence of the binary operators, from loose to tight.
var precedence = map[string]int{
	"||": 1,
	"&&": 2,
	"==": 4, "!=": 4, "<=>": 4, "===": 4,
	"<": 5, "<=": 5, ">": 5, ">=": 5,
	"|": 6, "^": 6,
	"&":  7,
	"<<": 8, ">>": 8,
	"+": 9, "-": 9,
	"*": 10, "/": 10, "%": 10,
}

// binary is precedence climbing; `not` has no level of its own here.
func (p *parser) binary(minimum int) node {
	left := p.unary()
	for {
		t := p.peek()
		if t.kind != tokOp {
			return left
		}
		if t.text == "=~" || t.text == "!~" {
			p.unexpected(t)
		}
		level, ok := precedence[t.text]
		if !ok || level < minimum || level == 0 {
			return left
		}
		p.off++
		p.skipNewlines()
		right := p.rightOperand(t.at, level)
		switch t.text {
		case "||", "&&":
			left = &logicNode{t.at, t.text == "&&", left, right}
		default:
			left = &binaryNode{t.at, t.text, left, right}
		}
	}
}

// rightOperand is the operand after an operator. It may be an assignment:
// x && redis['port'] = 1.
func (p *parser) rightOperand(at place, level int) node {
	p.enter(at)
	defer p.leave()
	p.declare()
	right := p.binary(level + 1)
	t := p.peek()
	op, ok := assignOperators[t.text]
	if t.kind != tokOp || !ok {
		return right
	}
	switch right.(type) {
	case *localNode, *constNode, *indexNode:
		p.off++
		p.skipNewlines()
		return &assignNode{right.where(), right, op, p.argument()}
	}
	return right
}

func (p *parser) unary() node {
	t := p.peek()
	if t.kind != tokOp {
		return p.power()
	}
	switch t.text {
	case "!", "-", "+", "~":
		p.off++
		p.enter(t.at)
		defer p.leave()
		if next := p.peek(); t.text == "-" && (next.kind == tokInt || next.kind == tokFloat) && !next.space {
			return p.negativeNumber(t)
		}
		return &unaryNode{t.at, t.text, p.unary()}
	}
	return p.power()
}

// negativeNumber is -1 as a literal: -1.abs is (-1).abs, but -2 ** 2 is -(2**2).
func (p *parser) negativeNumber(minus token) node {
	if after := p.peekAt(1); after.kind == tokOp && after.text == "**" {
		return &unaryNode{minus.at, "-", p.power()}
	}
	number := p.advance().extra.number
	number.n, number.f = -number.n, -number.f
	return p.postfix(&literalNode{minus.at, number})
}

func (p *parser) power() node {
	base := p.postfix(p.primary())
	if !p.isOp("**") {
		return base
	}
	t := p.advance()
	p.skipNewlines()
	p.enter(t.at)
	defer p.leave()
	return &binaryNode{t.at, "**", base, p.unary()}
}

// postfix reads .method, &.method, ::name and [index] after a value.
func (p *parser) postfix(n node) node {
	for {
		t := p.peek()
		if t.kind != tokOp {
			return n
		}
		switch t.text {
		case ".", "&.":
			p.off++
			p.skipNewlines()
			n = p.methodCall(n, t)
		case "::":
			name := p.peekAt(1)
			if c, ok := n.(*constNode); ok && name.kind == tokConst {
				p.off += 2
				n = &constNode{c.place, c.name + "::" + name.text}
				continue
			}
			p.off++
			n = p.methodCall(n, t)
		case "[":
			// With a space it starts an argument, except after a variable or a
			// value that takes none.
			if t.space && takesArguments(n) {
				return n
			}
			p.off++
			args := p.indexArguments(t.at)
			n = &indexNode{n.where(), n, args}
		default:
			return n
		}
	}
}

// takesArguments reports whether n is a call that could still get arguments.
func takesArguments(n node) bool {
	c, ok := n.(*callNode)
	return ok && !c.parens
}

func (p *parser) indexArguments(opened place) []node {
	p.enter(opened)
	defer p.leave()
	var args []node
	for {
		p.skipNewlines()
		if p.acceptOp("]") {
			return args
		}
		args = append(args, p.indexArgument())
		p.skipNewlines()
		if !p.acceptOp(",") {
			p.expectOp("]", opened)
			return args
		}
	}
}

// indexArgument is an argument or a range.
func (p *parser) indexArgument() node {
	at := p.peek().at
	var low node
	if !p.isOp("..") && !p.isOp("...") {
		low = p.argument()
	}
	t := p.peek()
	if t.kind != tokOp || t.text != ".." && t.text != "..." {
		return low
	}
	p.off++
	var high node
	if !p.isOp("]") {
		high = p.argument()
	}
	return &rangeNode{at, low, high, t.text == "..."}
}

// methodCall reads the name and arguments after a dot.
func (p *parser) methodCall(receiver node, dot token) node {
	name := p.peek()
	switch name.kind {
	case tokIdent, tokConst, tokKeyword:
	case tokOp:
		if name.text == "(" {
			p.fail(name.at, "lambda", "", "calling a lambda with .() is not supported")
		}
		p.unexpected(name)
	default:
		p.unexpected(name)
	}
	p.off++
	call := &callNode{place: name.at, receiver: receiver, name: name.text, safe: dot.text == "&."}
	p.arguments(call)
	return call
}
