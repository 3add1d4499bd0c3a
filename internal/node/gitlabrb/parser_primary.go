package gitlabrb

// primary is a literal, a name, a bracketed expression or if/unless/case.
func (p *parser) primary() node {
	t := p.peek()
	p.enter(t.at)
	defer p.leave()
	switch t.kind {
	case tokInt, tokFloat:
		p.off++
		return &literalNode{t.at, t.extra.number}
	case tokString:
		return p.stringLiteral()
	case tokSymbol:
		p.off++
		return &literalNode{t.at, SymbolValue(t.text)}
	case tokDSymbol:
		p.off++
		return &stringNode{t.at, p.pieces(t.extra.parts), true}
	case tokWords, tokSymbols:
		p.off++
		elems := make([]node, len(t.extra.words))
		for i, w := range t.extra.words {
			elems[i] = &stringNode{t.at, p.pieces(w), t.kind == tokSymbols}
		}
		return &arrayNode{t.at, elems}
	case tokIdent:
		return p.identifier()
	case tokConst:
		return p.constant()
	case tokKeyword:
		return p.keyword()
	case tokOp:
		return p.bracketed()
	}
	p.unexpected(t)
	return nil
}

// stringLiteral is one or more adjacent string tokens.
func (p *parser) stringLiteral() node {
	t := p.advance()
	pieces := p.pieces(t.extra.parts)
	for p.peek().kind == tokString {
		pieces = append(pieces, p.pieces(p.advance().extra.parts)...)
	}
	return &stringNode{t.at, pieces, false}
}

func (p *parser) identifier() node {
	t := p.advance()
	if p.locals[t.text] && !(p.isOp("(") && !p.peek().space) {
		return &localNode{t.at, t.text}
	}
	call := &callNode{place: t.at, name: t.text}
	p.arguments(call)
	return call
}

func (p *parser) constant() node {
	t := p.advance()
	if next := p.peek(); next.kind == tokOp && next.text == "(" && !next.space {
		call := &callNode{place: t.at, name: t.text}
		p.arguments(call)
		return call
	}
	return &constNode{t.at, t.text}
}

func (p *parser) keyword() node {
	t := p.peek()
	switch t.text {
	case "nil":
		p.off++
		return &literalNode{t.at, NilValue()}
	case "true", "false":
		p.off++
		return &literalNode{t.at, BoolValue(t.text == "true")}
	case "__FILE__":
		p.off++
		return &stringNode{t.at, []piece{{text: p.file}}, false}
	case "__LINE__":
		p.off++
		return &literalNode{t.at, IntValue(int64(t.at.line))}
	case "if", "unless":
		return p.conditional()
	case "case":
		return p.caseExpression()
	case "not":
		return p.notExpression()
	}
	p.unexpected(t)
	return nil
}

func (p *parser) bracketed() node {
	t := p.peek()
	switch t.text {
	case "(":
		p.off++
		body := p.statements()
		p.expectOp(")", t.at)
		return body
	case "[":
		p.off++
		elems := p.list("]", t.at)
		return &arrayNode{t.at, elems}
	case "{":
		p.off++
		h := &hashNode{place: t.at}
		p.pairs(h, "}", t.at)
		return h
	case "::":
		if p.peekAt(1).kind == tokConst {
			p.off++
			return p.constant()
		}
	}
	p.unexpected(t)
	return nil
}

// conditional is if/unless … elsif … else … end.
func (p *parser) conditional() node {
	opener := p.advance()
	n := &branchNode{place: opener.at}
	for negate := opener.text == "unless"; ; negate = false {
		condition := p.expression()
		if negate {
			condition = &unaryNode{condition.where(), "!", condition}
		}
		p.thenSeparator(opener)
		n.conditions = append(n.conditions, condition)
		n.bodies = append(n.bodies, p.statements())
		if !p.isKeyword("elsif") {
			break
		}
		p.off++
	}
	if p.isKeyword("else") {
		p.off++
		n.otherwise = p.statements()
	}
	p.expectEnd(opener.at, opener.text)
	return n
}

func (p *parser) thenSeparator(opener token) {
	t := p.peek()
	if t.kind != tokNewline && !p.isKeyword("then") {
		p.refuseBlock()
		p.fail(t.at, opener.text, "", "expected the end of the line or then after the condition of %s, found %s", opener.text, describe(t))
	}
	p.skipNewlines()
	if p.isKeyword("then") {
		p.off++
	}
}

func (p *parser) caseExpression() node {
	opener := p.advance()
	n := &caseNode{place: opener.at}
	if p.peek().kind != tokNewline {
		n.subject = p.expression()
	}
	p.skipNewlines()
	if p.isKeyword("in") {
		p.refuse(p.peek().at, "pattern matching", "use when")
	}
	for p.isKeyword("when") {
		p.off++
		var patterns []node
		for {
			p.skipNewlines()
			patterns = append(patterns, p.argument())
			if !p.acceptOp(",") {
				break
			}
		}
		p.thenSeparator(token{text: "when"})
		n.patterns = append(n.patterns, patterns)
		n.bodies = append(n.bodies, p.statements())
	}
	if len(n.bodies) == 0 {
		p.fail(opener.at, "case", "", "case without when")
	}
	if p.isKeyword("else") {
		p.off++
		n.otherwise = p.statements()
	}
	p.expectEnd(opener.at, "case")
	return n
}

// arguments reads what is passed to a call: (a, b), or a, b without
// parentheses. A block after it is refused.
func (p *parser) arguments(call *callNode) {
	t := p.peek()
	switch {
	case t.kind == tokOp && t.text == "(" && !t.space:
		p.off++
		call.parens = true
		call.args = p.list(")", t.at)
	case p.startsArgument(t):
		call.parens = true
		call.args = p.commandArguments()
	}
	next := p.peek()
	if next.kind == tokKeyword && next.text == "do" || next.kind == tokOp && next.text == "{" {
		p.fail(next.at, "block", blockHint(call), "%s with a block is not supported", call.name)
	}
}

func blockHint(call *callNode) string {
	if c, ok := call.receiver.(*constNode); ok && call.name == "fetch" && c.name == "ENV" {
		return "give the default as second argument: ENV.fetch('X', 'default')"
	}
	return hintNoBlock
}

// startsArgument reports whether t begins an argument of a call without
// parentheses.
func (p *parser) startsArgument(t token) bool {
	if !t.space {
		// roles['a'] is an index, but YAML.load"x" would be a call; nobody
		// writes that.
		return false
	}
	switch t.kind {
	case tokInt, tokFloat, tokString, tokSymbol, tokDSymbol, tokWords, tokSymbols, tokLabel, tokStringLab, tokIdent, tokConst:
		return true
	case tokKeyword:
		switch t.text {
		case "nil", "true", "false", "not", "case", "__FILE__", "__LINE__", "self":
			return true
		}
	case tokOp:
		next := p.peekAt(1)
		switch t.text {
		case "[", "->", "!", "~":
			return true
		case "(":
			return true
		case "-", "::", "*", "&", "**":
			return !next.space && next.kind != tokNewline
		}
	}
	return false
}

func (p *parser) commandArguments() []node {
	at := p.peek().at
	p.enter(at)
	defer p.leave()
	var args []node
	var last *hashNode
	for {
		p.element(&args, &last)
		if !p.isOp(",") {
			return args
		}
		p.off++
		p.skipNewlines()
	}
}

// list reads comma separated elements up to closing, which it consumes.
func (p *parser) list(closing string, opened place) []node {
	var elems []node
	var last *hashNode
	for {
		p.skipNewlines()
		if p.acceptOp(closing) {
			return elems
		}
		p.element(&elems, &last)
		p.skipNewlines()
		if !p.acceptOp(",") {
			p.expectOp(closing, opened)
			return elems
		}
	}
}

// element reads one element; key => value pairs without braces are collected
// in one hash, which is the last element.
func (p *parser) element(elems *[]node, last **hashNode) {
	t := p.peek()
	if t.kind == tokOp && (t.text == "*" || t.text == "**" || t.text == "&") {
		p.unexpected(t)
	}
	var key node
	if t.kind == tokLabel || t.kind == tokStringLab {
		key = p.label()
	} else {
		n := p.listItem()
		if !p.isOp("=>") {
			*elems = append(*elems, n)
			return
		}
		p.off++
		key = n
	}
	p.skipNewlines()
	if *last == nil {
		*last = &hashNode{place: t.at}
		*elems = append(*elems, *last)
	}
	(*last).keys = append((*last).keys, key)
	(*last).values = append((*last).values, p.argument())
}

// listItem is an argument, or `not x`.
func (p *parser) listItem() node {
	if p.isKeyword("not") {
		return p.notExpression()
	}
	return p.argument()
}

func (p *parser) label() node {
	t := p.advance()
	if t.kind == tokLabel {
		return &literalNode{t.at, SymbolValue(t.text)}
	}
	return &stringNode{t.at, p.pieces(t.extra.parts), true}
}

// pairs reads the inside of a hash literal.
func (p *parser) pairs(h *hashNode, closing string, opened place) {
	for {
		p.skipNewlines()
		if p.acceptOp(closing) {
			return
		}
		t := p.peek()
		if t.kind == tokOp && t.text == "**" {
			p.unexpected(t)
		}
		var key node
		if t.kind == tokLabel || t.kind == tokStringLab {
			key = p.label()
		} else {
			key = p.argument()
			if !p.isOp("=>") {
				p.fail(p.peek().at, "hash", "", "expected => after a key of a hash, found %s", describe(p.peek()))
			}
			p.off++
		}
		p.skipNewlines()
		if next := p.peek(); next.kind == tokOp && (next.text == "," || next.text == closing) {
			p.fail(next.at, "hash", "", "a key of the hash has no value")
		}
		h.keys = append(h.keys, key)
		h.values = append(h.values, p.argument())
		p.skipNewlines()
		if !p.acceptOp(",") {
			p.expectOp(closing, opened)
			return
		}
	}
}
