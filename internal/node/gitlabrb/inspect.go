package gitlabrb

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// toS is Ruby's to_s, what "#{…}" inserts.
func (ev *evaluator) toS(at place, v Value) string {
	switch v.kind {
	case Nil:
		return ""
	case String, Symbol:
		return v.str()
	}
	return ev.inspected(at, v)
}

// inspected is Ruby's inspect.
func (ev *evaluator) inspected(at place, v Value) string {
	var b strings.Builder
	ev.inspect(at, &b, v, 0)
	return b.String()
}

func (ev *evaluator) inspect(at place, b *strings.Builder, v Value, depth int) {
	if depth > ev.limits.Nesting || b.Len() > ev.limits.StringBytes {
		ev.fail(at, "size", "", "the value is too large to be turned into text")
	}
	switch v.kind {
	case Nil:
		b.WriteString("nil")
	case Bool:
		b.WriteString(strconv.FormatBool(v.n != 0))
	case Int:
		b.WriteString(strconv.FormatInt(v.n, 10))
	case Float:
		b.WriteString(formatFloat(v.f))
	case String:
		quote(b, v.str())
	case Symbol:
		b.WriteByte(':')
		if isPlainName(v.str()) {
			b.WriteString(v.str())
		} else {
			quote(b, v.str())
		}
	case Array:
		b.WriteByte('[')
		for i, e := range v.elems() {
			if i > 0 {
				b.WriteString(", ")
			}
			ev.inspect(at, b, e, depth+1)
		}
		b.WriteByte(']')
	case HashKind:
		b.WriteByte('{')
		for i, m := range v.hash().members {
			if i > 0 {
				b.WriteString(", ")
			}
			ev.inspect(at, b, m.key.value(), depth+1)
			b.WriteString("=>")
			ev.inspect(at, b, m.value, depth+1)
		}
		b.WriteByte('}')
	default:
		b.WriteString(v.ref.(receiver).name())
	}
}

func isPlainName(s string) bool {
	if s == "" || !isNameStart(s[0]) {
		return false
	}
	body := strings.TrimRight(s, "?!=")
	return len(s)-len(body) <= 1 && spanOf(body, len(body), isNamePart) == len(body)
}

var quotedEscapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\n': `\n`, '\t': `\t`, '\r': `\r`, 0x1b: `\e`, '\a': `\a`, '\b': `\b`, '\f': `\f`, '\v': `\v`,
}

// quote writes s as a double quoted Ruby literal.
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		escape, ok := quotedEscapes[r]
		switch {
		case ok:
			b.WriteString(escape)
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(b, `\x%02X`, s[i])
		case r == '#' && i+1 < len(s) && strings.IndexByte("{$@", s[i+1]) >= 0:
			b.WriteString(`\#`)
		case unicode.IsPrint(r) || unicode.Is(unicode.Cf, r):
			b.WriteString(s[i : i+size])
		case r > 0xFFFF:
			fmt.Fprintf(b, `\u{%X}`, r)
		default:
			fmt.Fprintf(b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
}

// format is sprintf with %s %d %i %f %x %o %p %% and simple widths.
func (ev *evaluator) format(at place, layout string, args []Value) Value {
	var b strings.Builder
	next := 0
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' {
			b.WriteByte(layout[i])
			continue
		}
		end := i + 1
		for end < len(layout) && strings.IndexByte("0123456789-+ .#", layout[end]) >= 0 {
			end++
		}
		if end >= len(layout) || end-i > 8 {
			ev.fail(at, "format", "", "malformed format %q", clip(layout))
		}
		flags, verb := layout[i:end], layout[end]
		i = end
		if verb == '%' {
			b.WriteByte('%')
			continue
		}
		if next >= len(args) {
			ev.fail(at, "format", "", "too few arguments for format %q", clip(layout))
		}
		b.WriteString(ev.formatOne(at, flags, verb, args[next]))
		next++
		if b.Len() > ev.limits.StringBytes {
			ev.fail(at, "size", "", "a string longer than %d bytes", ev.limits.StringBytes)
		}
	}
	return ev.text(at, b.String())
}

const widestField = 4096

func (ev *evaluator) formatOne(at place, flags string, verb byte, v Value) string {
	for _, number := range strings.FieldsFunc(flags, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(number); err != nil || n > widestField {
			ev.fail(at, "format", "", "a field wider than %d", widestField)
		}
	}
	switch verb {
	case 's':
		return fmt.Sprintf(flags+"s", ev.toS(at, v))
	case 'p':
		return fmt.Sprintf(flags+"s", ev.inspected(at, v))
	case 'd', 'i', 'x', 'X', 'o', 'b':
		if verb == 'i' {
			verb = 'd'
		}
		switch v.kind {
		case Int:
			return fmt.Sprintf(flags+string(verb), v.n)
		case Float:
			return fmt.Sprintf(flags+string(verb), ev.truncated(at, v.f))
		case String:
			if n, message := parseSigned(v.str()); message == "" && n.kind == Int {
				return fmt.Sprintf(flags+string(verb), n.n)
			}
		}
	case 'f', 'e', 'g':
		if v.isNumber() {
			return fmt.Sprintf(flags+string(verb), v.float())
		}
	default:
		ev.fail(at, "format", "", "%%%c in a format is not supported", verb)
	}
	ev.fail(at, "format", "", "%%%c cannot print %s", verb, v.kind)
	return ""
}
