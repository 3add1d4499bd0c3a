package gitlabrb

import (
	"fmt"
	"strings"
)

// parser builds the tree by recursive descent with one token of lookahead.
// Ruby's grammar needs to know which names are variables (is `x -1` a
// subtraction or a call?), so it follows assignments in the order of the text,
// as Ruby does.
//
// Errors unwind by panic(*Error), recovered in parse; recursion is bounded by
// Limits.Nesting.
type parser struct {
	file   string
	tokens []token
	off    int
	locals map[string]bool
	depth  int
	limits Limits
}

// parse is the tree of a whole file.
func parse(file, src string, limits Limits) (tree node, err *Error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		default:
			panic(r)
		}
	}()
	p := &parser{file: file, tokens: lex(file, src, limits), locals: map[string]bool{}, limits: limits}
	tree = p.statements()
	if t := p.peek(); t.kind != tokEOF {
		p.unexpected(t)
	}
	return tree, nil
}

func (p *parser) pos(at place) Pos { return Pos{File: p.file, Line: int(at.line), Column: int(at.col)} }

func (p *parser) fail(at place, construct, hint, format string, args ...any) {
	panic(failf(p.pos(at), construct, hint, format, args...))
}

// peek is the next token; the lexer's complaint surfaces here.
func (p *parser) peek() token {
	t := p.tokens[p.off]
	if t.kind == tokError {
		panic(t.extra.err)
	}
	return t
}

func (p *parser) peekAt(n int) token {
	if i := p.off + n; i < len(p.tokens) {
		return p.tokens[i]
	}
	return p.tokens[len(p.tokens)-1]
}

func (p *parser) advance() token {
	t := p.peek()
	if t.kind != tokEOF {
		p.off++
	}
	return t
}

func (p *parser) isOp(text string) bool {
	t := p.peek()
	return t.kind == tokOp && t.text == text
}

func (p *parser) isKeyword(words ...string) bool {
	t := p.peek()
	if t.kind != tokKeyword {
		return false
	}
	for _, w := range words {
		if t.text == w {
			return true
		}
	}
	return false
}

func (p *parser) acceptOp(text string) bool {
	if !p.isOp(text) {
		return false
	}
	p.off++
	return true
}

func (p *parser) skipNewlines() {
	for p.peek().kind == tokNewline {
		p.off++
	}
}

// expectOp consumes text, which closes what was opened at opened.
func (p *parser) expectOp(text string, opened place) {
	t := p.peek()
	if t.kind == tokOp && t.text == text {
		p.off++
		return
	}
	p.refuseBlock()
	if t.kind == tokEOF {
		p.fail(opened, "syntax", "", "%s is missing for what starts here", text)
	}
	p.fail(t.at, "syntax", "", "expected %s, found %s", text, describe(t))
}

func (p *parser) expectEnd(opened place, what string) {
	if p.isKeyword("end") {
		p.off++
		return
	}
	t := p.peek()
	if t.kind == tokEOF {
		p.fail(opened, what, "", "%s is never closed by end", what)
	}
	p.unexpected(t)
}

// callsPerNesting is how often enter is called for one pair of brackets.
const callsPerNesting = 4

// enter bounds recursion; leave undoes it.
func (p *parser) enter(at place) {
	if p.depth++; p.depth > callsPerNesting*p.limits.Nesting {
		p.fail(at, "nesting", "", "nested more than %d levels deep", p.limits.Nesting)
	}
}

func (p *parser) leave() { p.depth-- }

func describe(t token) string {
	switch t.kind {
	case tokEOF:
		return "the end of the file"
	case tokNewline:
		if t.text == ";" {
			return ";"
		}
		return "the end of the line"
	case tokString, tokStringLab, tokDSymbol:
		return "a string"
	case tokWords, tokSymbols:
		return "a word list"
	case tokLabel:
		return t.text + ":"
	case tokSymbol:
		return ":" + clip(t.text)
	}
	return clip(t.text)
}

// statements reads up to a token that cannot start a statement: the end of the
// file, a closing keyword or bracket.
func (p *parser) statements() node {
	at := p.peek().at
	var list []node
	for {
		p.skipNewlines()
		t := p.peek()
		if t.kind == tokEOF || t.kind == tokOp && (t.text == ")" || t.text == "}" || t.text == "]") ||
			t.kind == tokKeyword && (t.text == "end" || t.text == "else" || t.text == "elsif" || t.text == "when" || t.text == "in") {
			break
		}
		list = append(list, p.statement())
		t = p.peek()
		if t.kind == tokNewline || t.kind == tokEOF || t.kind == tokOp && t.text == ")" || isEndKeyword(t) {
			continue
		}
		p.unexpected(t)
	}
	if len(list) == 1 {
		return list[0]
	}
	return &sequenceNode{at, list}
}

func isEndKeyword(t token) bool {
	return t.kind == tokKeyword && (t.text == "end" || t.text == "else" || t.text == "elsif" || t.text == "when")
}

// statement is an expression with modifiers: x if y.
func (p *parser) statement() node {
	at := p.peek().at
	p.enter(at)
	defer p.leave()
	n := p.expression()
	for {
		t := p.peek()
		if t.kind != tokKeyword {
			return n
		}
		switch t.text {
		case "if", "unless":
			p.off++
			condition := p.expression()
			if t.text == "unless" {
				condition = &unaryNode{t.at, "!", condition}
			}
			n = &branchNode{place: at, conditions: []node{condition}, bodies: []node{n}}
		case "while", "until":
			p.fail(t.at, t.text, hintNoLoop, "loops (%s) are not supported", t.text)
		case "rescue":
			p.fail(t.at, "rescue", "test first, for example with File.exist? or ENV['X']", "rescue is not supported")
		default:
			return n
		}
	}
}

// expression is and/or/not over arguments.
func (p *parser) expression() node {
	left := p.notExpression()
	for p.isKeyword("and", "or") {
		t := p.advance()
		p.skipNewlines()
		left = &logicNode{t.at, t.text == "and", left, p.notExpression()}
	}
	return left
}

func (p *parser) notExpression() node {
	if p.isKeyword("not") {
		t := p.advance()
		p.enter(t.at)
		defer p.leave()
		return &unaryNode{t.at, "!", p.notExpression()}
	}
	n := p.argument()
	// a = 1, 2 assigns an array, a, b = 1, 2 is multiple assignment.
	if p.isOp(",") {
		if assign, ok := n.(*assignNode); ok && assign.op == "=" && p.depth <= 2 {
			return p.assignList(assign)
		}
		p.multipleAssignment(n)
	}
	return n
}

func (p *parser) assignList(assign *assignNode) node {
	elems := []node{assign.value}
	for p.acceptOp(",") {
		p.skipNewlines()
		elems = append(elems, p.argument())
	}
	assign.value = &arrayNode{assign.value.where(), elems}
	return assign
}

func (p *parser) multipleAssignment(first node) {
	for i := 0; i < 200; i++ {
		t := p.peekAt(i)
		if t.kind == tokOp && t.text == "=" {
			p.fail(first.where(), "multiple assignment", "assign one after the other", "assigning several variables at once is not supported")
		}
		if t.kind == tokNewline || t.kind == tokEOF || t.kind == tokError {
			return
		}
	}
}

const (
	hintNoLoop  = "write the settings out one by one; they can stay in a file of their own that from_file reads"
	hintNoBlock = "write the settings out; read single values with ENV or File.read, or generate a file and include it with from_file"
)

// refuseBlock reports a block at the current token, if there is one.
func (p *parser) refuseBlock() {
	t := p.peek()
	if t.kind == tokKeyword && t.text == "do" {
		p.fail(t.at, "block", hintNoBlock, "blocks (do … end) are not supported")
	}
	if t.kind == tokOp && t.text == "{" {
		p.fail(t.at, "block", hintNoBlock, "blocks ({ … }) are not supported")
	}
}

// refusedKeywords says what each keyword that is not supported is.
var refusedKeywords = map[string][2]string{
	"alias":        {"alias", ""},
	"begin":        {"begin/rescue", "test first, for example with File.exist? or ENV['X']"},
	"BEGIN":        {"BEGIN", ""},
	"END":          {"END", ""},
	"break":        {"break", hintNoLoop},
	"class":        {"class definition", ""},
	"def":          {"method definition", "use a variable instead"},
	"defined?":     {"defined?", "use ENV['X'], key? or nil?"},
	"ensure":       {"ensure", ""},
	"for":          {"for loop", hintNoLoop},
	"module":       {"module definition", ""},
	"next":         {"next", hintNoLoop},
	"redo":         {"redo", hintNoLoop},
	"rescue":       {"rescue", "test first, for example with File.exist? or ENV['X']"},
	"retry":        {"retry", hintNoLoop},
	"return":       {"return", "use if … end"},
	"self":         {"self", "write the section's name alone"},
	"super":        {"super", ""},
	"undef":        {"undef", ""},
	"until":        {"until loop", hintNoLoop},
	"while":        {"while loop", hintNoLoop},
	"yield":        {"yield", ""},
	"__ENCODING__": {"__ENCODING__", ""},
}

// unexpected reports a token that cannot stand where it does, by the name of
// the construct it belongs to if that is recognisable.
func (p *parser) unexpected(t token) {
	p.refuseBlock()
	switch {
	case t.kind == tokKeyword:
		if r, ok := refusedKeywords[t.text]; ok {
			p.fail(t.at, r[0], r[1], "%s is not supported", r[0])
		}
	case t.kind == tokOp && (t.text == "=~" || t.text == "!~"):
		p.fail(t.at, "regular expression", "use ==, include?, start_with? or end_with?", "matching with %s is not supported", t.text)
	case t.kind == tokOp && (t.text == ".." || t.text == "..."):
		p.fail(t.at, "range", "ranges work only as an index: text[0..3]", "ranges are not supported here")
	case t.kind == tokOp && t.text == "->":
		p.fail(t.at, "lambda", "use a variable", "lambdas are not supported")
	case t.kind == tokOp && t.text == "&":
		p.fail(t.at, "block", hintNoBlock, "blocks (&) are not supported")
	case t.kind == tokOp && (t.text == "*" || t.text == "**"):
		p.fail(t.at, "splat", "write the elements out, or join arrays with +", "%s in front of an argument is not supported", t.text)
	case t.kind == tokOp && t.text == "=":
		p.fail(t.at, "assignment", "settings are written section['key'] = value", "this cannot be assigned to")
	}
	p.fail(t.at, "syntax", "", "unexpected %s", strings.TrimPrefix(describe(t), "the "))
}

// pieces turns a string token's parts into tree form.
func (p *parser) pieces(parts []part) []piece {
	out := make([]piece, 0, len(parts))
	for _, part := range parts {
		if part.code == nil {
			out = append(out, piece{text: part.text})
			continue
		}
		inner := &parser{file: p.file, tokens: part.code, locals: p.locals, depth: p.depth, limits: p.limits}
		code := inner.statements()
		if t := inner.peek(); t.kind != tokEOF {
			inner.unexpected(t)
		}
		out = append(out, piece{code: code})
	}
	return out
}

func (p *parser) refuse(at place, construct, hint string) {
	p.fail(at, construct, hint, "%s", fmt.Sprintf("%s is not supported", construct))
}
