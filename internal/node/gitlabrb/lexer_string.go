package gitlabrb

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const hintNoShell = "put the value into an environment variable and read it with ENV, or into a file and read it with File.read"

// heredoc is an opener whose body starts on the next line.
type heredoc struct {
	token    int // index of its tokString
	id       string
	indented bool // <<- and <<~: the closing word may be indented
	squiggly bool // <<~: common indentation is removed
	raw      bool // quoted with ': no escapes, no interpolation
}

// quoted reads a string whose opening quote has been consumed.
func (l *lexer) quoted(space bool, at place, quote byte) {
	label := l.labelAllowed(space)
	parts := l.stringBody(0, quote, quote == '"', at)
	if l.failed != nil {
		return
	}
	if label && l.isLabelColon(l.off) {
		l.off++
		l.emit(token{kind: tokStringLab, at: at, space: space, extra: &tokenExtra{parts: parts}})
		return
	}
	l.emit(token{kind: tokString, at: at, space: space, extra: &tokenExtra{parts: parts}})
}

// stringBuilder collects the parts of a string.
type stringBuilder struct {
	parts []part
	text  strings.Builder
}

func (b *stringBuilder) flush() {
	if b.text.Len() > 0 {
		b.parts = append(b.parts, part{text: b.text.String()})
		b.text.Reset()
	}
}

// stringBody reads up to the closing delimiter and consumes it. open, when not
// 0, is a bracket that nests. closing 0 means: to the end of the source.
func (l *lexer) stringBody(open, closing byte, interpolate bool, at place) []part {
	var b stringBuilder
	nested := 0
	for l.failed == nil {
		if l.off >= len(l.src) {
			if closing != 0 {
				l.fail(at, "string", "", "string is never closed by %c", closing)
			}
			break
		}
		c := l.src[l.off]
		switch {
		case closing != 0 && c == closing && nested == 0:
			l.off++
			b.flush()
			return b.parts
		case closing != 0 && c == closing:
			nested--
			l.literalByte(&b, at)
		case open != 0 && c == open:
			nested++
			l.literalByte(&b, at)
		case c == '\\' && interpolate:
			l.escape(&b)
		case c == '\\':
			l.rawEscape(&b, open, closing)
		case c == '#' && interpolate && l.off+1 < len(l.src):
			l.interpolation(&b, at)
		default:
			l.literalByte(&b, at)
		}
	}
	b.flush()
	return b.parts
}

// literalByte takes one byte as it is.
func (l *lexer) literalByte(b *stringBuilder, at place) {
	c := l.src[l.off]
	b.text.WriteByte(c)
	if c != '\n' {
		l.off++
		return
	}
	if len(l.heredocs) > 0 {
		l.fail(at, "heredoc", "put the string on one line or into a variable", "a string that spans lines cannot follow a heredoc on its line")
		return
	}
	l.newline()
}

// rawEscape handles a backslash in a single quoted string: it hides itself and
// the delimiters, nothing else.
func (l *lexer) rawEscape(b *stringBuilder, open, closing byte) {
	if l.off+1 < len(l.src) {
		if n := l.src[l.off+1]; n == '\\' || n == closing || open != 0 && n == open {
			b.text.WriteByte(n)
			l.off += 2
			return
		}
	}
	b.text.WriteByte('\\')
	l.off++
}

var simpleEscapes = map[byte]byte{
	'n': '\n', 't': '\t', 's': ' ', 'r': '\r', 'e': 0x1b, 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v',
}

// escape handles a backslash in a double quoted string.
func (l *lexer) escape(b *stringBuilder) {
	at := l.place()
	l.off++
	if l.off >= len(l.src) {
		return // the caller sees the end
	}
	c := l.src[l.off]
	if r, ok := simpleEscapes[c]; ok {
		b.text.WriteByte(r)
		l.off++
		return
	}
	switch {
	case c == '\n':
		l.newline()
	case c == 'u':
		l.unicodeEscape(b, at)
	case c == 'x':
		n := spanOf(l.src[l.off+1:], 2, isHex)
		if n == 0 {
			l.fail(at, "escape", "", `\x needs one or two hexadecimal digits`)
			return
		}
		v, _ := strconv.ParseUint(l.src[l.off+1:l.off+1+n], 16, 8)
		b.text.WriteByte(byte(v))
		l.off += 1 + n
	case c >= '0' && c <= '7':
		n := spanOf(l.src[l.off:], 3, func(c byte) bool { return c >= '0' && c <= '7' })
		v, _ := strconv.ParseUint(l.src[l.off:l.off+n], 8, 16)
		b.text.WriteByte(byte(v))
		l.off += n
	case c == 'c' || c == 'C' || c == 'M':
		l.fail(at, "escape", `write \xHH`, `control escapes such as \%c are not supported`, c)
	default:
		_, size := utf8.DecodeRuneInString(l.src[l.off:])
		b.text.WriteString(l.src[l.off : l.off+size])
		l.off += size
	}
}

func (l *lexer) unicodeEscape(b *stringBuilder, at place) {
	rest := l.src[l.off+1:]
	codes, size := []string{}, 0
	if strings.HasPrefix(rest, "{") {
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			l.fail(at, "escape", "", `\u{ is not closed by }`)
			return
		}
		codes, size = strings.Fields(rest[1:end]), end+1
	} else if n := spanOf(rest, 4, isHex); n == 4 {
		codes, size = []string{rest[:4]}, 4
	}
	if len(codes) == 0 {
		l.fail(at, "escape", "", `\u needs four hexadecimal digits`)
		return
	}
	for _, code := range codes {
		r, err := strconv.ParseUint(code, 16, 32)
		if err != nil || !utf8.ValidRune(rune(r)) {
			l.fail(at, "escape", "", `\u%s is no Unicode character`, clip(code))
			return
		}
		b.text.WriteRune(rune(r))
	}
	l.off += 1 + size
}

// interpolation handles a # in a double quoted string.
func (l *lexer) interpolation(b *stringBuilder, at place) {
	switch next := l.src[l.off+1]; {
	case next == '{':
	case (next == '$' || next == '@') && l.off+2 < len(l.src) && (isNamePart(l.src[l.off+2]) || next == '@' && l.src[l.off+2] == '@'):
		l.fail(l.place(), "interpolation", `in a password, use single quotes or write \#`,
			"#%c in a double quoted string inserts a Ruby variable, which is not supported", next)
		return
	default:
		l.literalByte(b, at)
		return
	}
	if l.depth >= maxInterpolationDepth {
		l.fail(l.place(), "interpolation", "", "#{…} nested too deep")
		return
	}
	opened := l.place()
	l.off += 2
	b.flush()
	outer, heredocs := l.tokens, l.heredocs
	l.tokens, l.heredocs = nil, nil
	l.depth++
	l.valueEnd, l.command, l.afterDot, l.last = false, false, false, ""
	line := l.line
	l.run(&opened)
	l.depth--
	if l.line != line && len(heredocs) > 0 {
		l.fail(at, "heredoc", "put the string on one line", "a string that spans lines cannot follow a heredoc on its line")
	}
	b.parts = append(b.parts, part{code: l.tokens})
	l.tokens, l.heredocs = outer, heredocs
}

var brackets = map[byte]byte{'(': ')', '[': ']', '{': '}', '<': '>'}

// percentLiteral reads %w[], %i[], %q(), %Q(), %(); it returns false when the
// percent sign is none.
func (l *lexer) percentLiteral(space bool, at place) bool {
	rest := l.src[l.off+1:]
	if rest == "" {
		return false
	}
	kind := byte('Q')
	if c := rest[0]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		kind, rest = c, rest[1:]
	}
	if rest == "" || isNamePart(rest[0]) || rest[0] == ' ' || rest[0] == '\n' || rest[0] == '=' {
		return false
	}
	open := rest[0]
	closing, nests := brackets[open]
	if !nests {
		open, closing = 0, rest[0]
	}
	l.off = len(l.src) - len(rest) + 1
	switch kind {
	case 'q', 'Q':
		parts := l.stringBody(open, closing, kind == 'Q', at)
		l.emit(token{kind: tokString, at: at, space: space, extra: &tokenExtra{parts: parts}})
	case 'w', 'W', 'i', 'I':
		tok := tokWords
		if kind == 'i' || kind == 'I' {
			tok = tokSymbols
		}
		words := l.wordList(open, closing, kind == 'W' || kind == 'I', at)
		l.emit(token{kind: tok, at: at, space: space, extra: &tokenExtra{words: words}})
	case 'r':
		l.fail(at, "regular expression", "use plain strings", "regular expressions (%%r) are not supported")
	case 'x':
		l.fail(at, "backticks", hintNoShell, "running a command with %%x is not supported")
	default:
		l.fail(at, "percent literal", "", "%%%c literals are not supported", kind)
	}
	return true
}

// wordList reads the words of %w and its relatives.
func (l *lexer) wordList(open, closing byte, interpolate bool, at place) [][]part {
	var words [][]part
	var b stringBuilder
	nested := 0
	end := func() {
		b.flush()
		if len(b.parts) > 0 {
			words = append(words, b.parts)
			b.parts = nil
		}
	}
	for l.failed == nil {
		if l.off >= len(l.src) {
			l.fail(at, "word list", "", "word list is never closed by %c", closing)
			break
		}
		c := l.src[l.off]
		switch {
		case c == closing && nested == 0:
			l.off++
			end()
			return words
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			end()
			l.off++
		case c == '\n':
			end()
			l.literalByte(&stringBuilder{}, at)
		case c == '\\' && l.off+1 < len(l.src) && strings.IndexByte(" \t\n", l.src[l.off+1]) >= 0:
			l.off++
			l.literalByte(&b, at)
		case c == '\\' && interpolate:
			l.escape(&b)
		case c == '\\':
			l.rawEscape(&b, open, closing)
		case c == '#' && interpolate && l.off+1 < len(l.src):
			l.interpolation(&b, at)
		default:
			if c == closing {
				nested--
			} else if open != 0 && c == open {
				nested++
			}
			l.literalByte(&b, at)
		}
	}
	return nil
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// spanOf is the length of the longest prefix of s, up to limit bytes, whose
// bytes all satisfy ok.
func spanOf(s string, limit int, ok func(byte) bool) int {
	n := 0
	for n < limit && n < len(s) && ok(s[n]) {
		n++
	}
	return n
}
