package gitlabrb

import (
	"strings"
	"unicode/utf8"
)

// lexer turns source text into tokens. Ruby's tokens depend on what came
// before (is `/` a division or a regular expression, `<<` an operator or a
// heredoc?), so it keeps track of whether the last token ended a value and
// whether that value was a name that could be a call without parentheses.
//
// It never fails: text that cannot be accepted becomes one tokError, after
// which the token list ends. The parser reports it when it gets there, so that
// an earlier mistake is reported first.
type lexer struct {
	file   string
	src    string
	off    int
	line   int32
	start  int   // offset of the current line's first byte
	shift  int32 // columns removed from each line (squiggly heredocs)
	tokens []token
	failed *Error

	valueEnd bool   // the last token ended a value
	command  bool   // … and was a name that may take arguments without parentheses
	last     string // text of the last token that is no newline, if an operator
	afterDot bool   // the last token was . or &.

	locals   map[string]bool // names assigned so far
	heredocs []heredoc       // opened on this line, bodies still to come
	depth    int             // nesting of #{…}
	limits   Limits

	dotFound   bool // what continuesWithDot found …
	dotKnownTo int  // … for every line that starts before this offset
}

const maxInterpolationDepth = 10

// lex is all tokens of src, ending with tokEOF or tokError.
func lex(file, src string, limits Limits) []token {
	l := &lexer{file: file, src: src, line: 1, locals: map[string]bool{}, limits: limits}
	if strings.HasPrefix(l.src, "\ufeff") {
		l.off = len("\ufeff")
		l.start = l.off
	}
	l.run(nil)
	return l.tokens
}

func (l *lexer) place() place { return l.placeAt(l.off) }

func (l *lexer) placeAt(off int) place {
	return place{l.line, int32(off-l.start) + 1 + l.shift}
}

func (l *lexer) pos(at place) Pos {
	return Pos{File: l.file, Line: int(at.line), Column: int(at.col)}
}

// fail records the first thing that cannot be accepted.
func (l *lexer) fail(at place, construct, hint, format string, args ...any) {
	if l.failed == nil {
		l.failed = failf(l.pos(at), construct, hint, format, args...)
	}
}

// run reads tokens to the end of the source, or, inside the #{…} of a string
// that starts at opened, up to the closing brace, which it consumes.
func (l *lexer) run(opened *place) {
	braces := 0
	for l.failed == nil {
		space := l.skipBlank()
		if l.failed != nil {
			break
		}
		if l.off >= len(l.src) || l.atEndMarker() {
			if opened != nil {
				l.fail(*opened, "interpolation", "", "#{ is not closed by }")
				break
			}
			l.finish()
			return
		}
		if opened != nil {
			switch l.src[l.off] {
			case '{':
				braces++
			case '}':
				if braces == 0 {
					l.off++
					l.tokens = append(l.tokens, token{kind: tokEOF, at: l.placeAt(l.off - 1)})
					return
				}
				braces--
			}
		}
		l.next(space)
	}
	at := place{int32(l.failed.Line), int32(l.failed.Column)}
	l.tokens = append(l.tokens, token{kind: tokError, at: at, extra: &tokenExtra{err: l.failed}})
}

// finish ends the token list, after the last line's heredocs turned out to
// have no body.
func (l *lexer) finish() {
	if len(l.heredocs) > 0 {
		h := l.heredocs[0]
		l.fail(l.tokens[h.token].at, "heredoc", "", "heredoc %s is never closed", h.id)
		at := l.tokens[h.token].at
		l.tokens = append(l.tokens, token{kind: tokError, at: at, extra: &tokenExtra{err: l.failed}})
		return
	}
	l.tokens = append(l.tokens, token{kind: tokEOF, at: l.place()})
}

// atEndMarker reports whether the rest of the file is data after __END__.
func (l *lexer) atEndMarker() bool {
	if l.off != l.start || l.depth > 0 || !strings.HasPrefix(l.src[l.off:], "__END__") {
		return false
	}
	rest := l.src[l.off+len("__END__"):]
	return rest == "" || rest[0] == '\n'
}

// newline moves over the line break at off and over the bodies of the heredocs
// that were opened on the line.
func (l *lexer) newline() {
	l.off++
	l.line++
	l.start = l.off
	if len(l.heredocs) > 0 {
		l.readHeredocs()
	}
}

// skipBlank moves over blanks, continued lines, comments and =begin blocks and
// says whether there was any.
func (l *lexer) skipBlank() bool {
	begin := l.off
	for l.off < len(l.src) {
		switch c := l.src[l.off]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.off++
		case c == '\\' && l.off+1 < len(l.src) && l.src[l.off+1] == '\n':
			l.off++
			l.newline()
		case c == '#':
			for l.off < len(l.src) && l.src[l.off] != '\n' {
				l.off++
			}
		case c == '=' && l.off == l.start && l.startsBlockComment("=begin"):
			l.skipBlockComment()
		default:
			return l.off > begin
		}
		if l.failed != nil {
			return true
		}
	}
	return l.off > begin
}

func (l *lexer) startsBlockComment(word string) bool {
	rest, ok := strings.CutPrefix(l.src[l.off:], word)
	return ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n')
}

func (l *lexer) skipBlockComment() {
	at := l.place()
	for l.off < len(l.src) {
		last := l.startsBlockComment("=end")
		if i := strings.IndexByte(l.src[l.off:], '\n'); i >= 0 {
			l.off += i + 1
			l.line++
			l.start = l.off
		} else {
			l.off = len(l.src)
		}
		if last {
			return
		}
	}
	l.fail(at, "=begin", "", "=begin is never closed by =end")
}

func (l *lexer) emit(t token) {
	l.tokens = append(l.tokens, t)
	l.valueEnd, l.command, l.afterDot, l.last = false, false, false, ""
	switch t.kind {
	case tokInt, tokFloat, tokString, tokSymbol, tokDSymbol, tokWords, tokSymbols:
		l.valueEnd = true
	case tokConst:
		l.valueEnd = true
	case tokOp:
		l.valueEnd = t.text == ")" || t.text == "]" || t.text == "}"
		l.afterDot = t.text == "." || t.text == "&."
		l.last = t.text
	case tokKeyword:
		switch t.text {
		case "end", "true", "false", "nil", "self", "__FILE__", "__LINE__":
			l.valueEnd = true
		}
	}
}

// operand reports whether a character that could be an operator or the start
// of a literal is the latter.
func (l *lexer) operand(space bool) bool {
	if !l.valueEnd {
		return true
	}
	if !l.command || !space || l.off+1 >= len(l.src) {
		return false
	}
	next := l.src[l.off+1]
	return next != ' ' && next != '\t' && next != '\n' && next != '='
}

// next reads one token.
func (l *lexer) next(space bool) {
	at := l.place()
	c := l.src[l.off]
	switch {
	case c == '\n' || c == ';':
		l.lineEnd(c, at)
	case isDigit(c):
		l.number(space)
	case isNameStart(c):
		l.name(space)
	case c == '\'' || c == '"':
		l.off++
		l.quoted(space, at, c)
	case c == '`':
		l.fail(at, "backticks", hintNoShell, "running a command with backticks is not supported")
	case c == '@' || c == '$':
		l.fail(at, "global or instance variable", "use a plain variable", "variables with %c are not supported", c)
	case c == '/' && l.operand(space):
		l.fail(at, "regular expression", "use plain strings: gsub, sub, split, start_with?, end_with? and include? take them",
			"regular expressions are not supported")
	case c == '%' && l.operand(space) && l.percentLiteral(space, at):
	case c == '<' && strings.HasPrefix(l.src[l.off:], "<<") && (l.operandHeredoc(space)) && l.openHeredoc(space, at):
	case c == '?' && !l.valueEnd && l.characterLiteral(space, at):
	case c == ':' && l.symbol(space, at):
	default:
		l.operator(space, at)
	}
}

func (l *lexer) operandHeredoc(space bool) bool { return !l.valueEnd || l.command && space }

// lineEnd emits one tokNewline for a run of line ends, none when the next line
// goes on with .method.
func (l *lexer) lineEnd(c byte, at place) {
	if c == ';' {
		l.off++
	} else {
		l.newline()
		if l.failed == nil && l.continuesWithDot() {
			return
		}
	}
	if n := len(l.tokens); n > 0 && l.tokens[n-1].kind == tokNewline {
		return
	}
	last := l.last
	l.emit(token{kind: tokNewline, at: at, text: string(c)})
	l.last = last
}

// continuesWithDot looks past comment lines, but not past empty ones, for a
// leading dot. The answer holds for every line it looked past, so that a long
// comment is read once.
func (l *lexer) continuesWithDot() bool {
	if l.off >= l.dotKnownTo {
		l.dotFound, l.dotKnownTo = l.leadingDot()
	}
	return l.dotFound
}

func (l *lexer) leadingDot() (found bool, knownTo int) {
	i := l.off
	for i < len(l.src) {
		i += spanOf(l.src[i:], len(l.src)-i, func(c byte) bool { return c == ' ' || c == '\t' || c == '\r' })
		rest := l.src[i:]
		if !strings.HasPrefix(rest, "#") {
			dot := strings.HasPrefix(rest, ".") && !strings.HasPrefix(rest, "..") || strings.HasPrefix(rest, "&.")
			return dot, i
		}
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		i += end + 1
	}
	return false, len(l.src)
}

// labelAllowed reports whether name: or "name": would be a hash key here.
func (l *lexer) labelAllowed(space bool) bool {
	if l.valueEnd {
		return l.command && space
	}
	return l.last == "{" || l.last == "," || l.last == "(" || l.last == "[" || l.last == "|"
}

// isLabelColon reports whether the text at off is the colon of a label.
func (l *lexer) isLabelColon(off int) bool {
	return off < len(l.src) && l.src[off] == ':' && (off+1 >= len(l.src) || l.src[off+1] != ':')
}

func (l *lexer) name(space bool) {
	at, begin := l.place(), l.off
	for l.off < len(l.src) && isNamePart(l.src[l.off]) {
		l.off++
	}
	if l.off < len(l.src) && (l.src[l.off] == '?' || l.src[l.off] == '!') {
		rest := l.src[l.off+1:]
		if !strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, "==") || strings.HasPrefix(rest, "=~") {
			l.off++
		}
	}
	text := l.src[begin:l.off]
	if l.labelAllowed(space) && !l.afterDot && l.isLabelColon(l.off) {
		l.off++
		l.emit(token{kind: tokLabel, at: at, text: text, space: space})
		return
	}
	if keywords[text] && !l.afterDot {
		l.emit(token{kind: tokKeyword, at: at, text: text, space: space})
		return
	}
	kind := tokIdent
	if first, _ := utf8.DecodeRuneInString(text); first >= 'A' && first <= 'Z' {
		kind = tokConst
	}
	method := l.afterDot
	l.emit(token{kind: kind, at: at, text: text, space: space})
	l.valueEnd = true
	if kind == tokIdent {
		if !method && l.assigned() {
			l.locals[text] = true
		}
		l.command = method || !l.locals[text]
	}
}

// assigned reports whether the name just read is followed by an assignment.
func (l *lexer) assigned() bool {
	rest := strings.TrimLeft(l.src[l.off:], " \t")
	switch {
	case strings.HasPrefix(rest, "="):
		return !strings.HasPrefix(rest, "==") && !strings.HasPrefix(rest, "=~") && !strings.HasPrefix(rest, "=>")
	case strings.HasPrefix(rest, "||="), strings.HasPrefix(rest, "&&="):
		return true
	}
	return false
}

// symbol reads :name and :"text"; it returns false for any other colon.
func (l *lexer) symbol(space bool, at place) bool {
	if l.off+1 >= len(l.src) {
		return false
	}
	switch c := l.src[l.off+1]; {
	case c == '"' || c == '\'':
		if l.valueEnd && !l.command {
			return false // cond ? a :"b"
		}
		l.off += 2
		parts := l.stringBody(0, c, c == '"', at)
		l.emit(token{kind: tokDSymbol, at: at, space: space, extra: &tokenExtra{parts: parts}})
		return true
	case isNameStart(c):
		begin := l.off + 1
		l.off = begin
		for l.off < len(l.src) && isNamePart(l.src[l.off]) {
			l.off++
		}
		if l.off < len(l.src) && strings.IndexByte("?!", l.src[l.off]) >= 0 && !strings.HasPrefix(l.src[l.off+1:], "=") {
			l.off++
		}
		l.emit(token{kind: tokSymbol, at: at, text: l.src[begin:l.off], space: space})
		return true
	}
	return false
}

func (l *lexer) characterLiteral(space bool, at place) bool {
	rest := l.src[l.off+1:]
	r, size := utf8.DecodeRuneInString(rest)
	if size == 0 || r == ' ' || r == '\n' || r == '\t' || r == '\\' || len(rest) > size && isNamePart(rest[size]) {
		return false
	}
	l.off += 1 + size
	l.emit(token{kind: tokString, at: at, space: space, extra: &tokenExtra{parts: []part{{text: rest[:size]}}}})
	return true
}

func (l *lexer) operator(space bool, at place) {
	for _, op := range operators {
		if strings.HasPrefix(l.src[l.off:], op) {
			l.off += len(op)
			l.emit(token{kind: tokOp, at: at, text: op, space: space})
			return
		}
	}
	r, _ := utf8.DecodeRuneInString(l.src[l.off:])
	l.fail(at, "character", "", "unexpected character %q", r)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isNameStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
func isNamePart(c byte) bool { return isNameStart(c) || isDigit(c) }
