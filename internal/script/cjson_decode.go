package script

import (
	"regexp"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (m *machine) jsonDecode(l *lua.LState, o *jsonOptions) int {
	if l.GetTop() != 1 {
		args{l, "decode"}.fail(1, "expected 1 argument")
	}
	text := args{l, "decode"}.text(1)
	if len(text) >= 2 && (text[0] == 0 || text[1] == 0) {
		raisef(l, "JSON parser does not support UTF-16 or UTF-32")
	}
	d := jsonDecoder{m: m, l: l, o: o, s: text}
	d.next()
	v := d.value(0)
	d.next()
	if d.kind != "T_END" {
		d.unexpected("the end")
	}
	l.Push(v)
	return 1
}

// jsonDecoder reads tokens; kind names the current one as cjson's errors do.
type jsonDecoder struct {
	m     *machine
	l     *lua.LState
	o     *jsonOptions
	s     string
	i     int
	kind  string
	at    int // 0-based place of the current token or of the error in it
	str   string
	num   float64
	truth bool
}

func (d *jsonDecoder) unexpected(wanted string) {
	found := strings.TrimPrefix(d.kind, "T_ERROR ")
	raisef(d.l, "Expected %s but found %s at character %d", wanted, found, d.at+1)
}

func (d *jsonDecoder) bad(what string, at int) { d.kind, d.at = "T_ERROR "+what, at }

func (d *jsonDecoder) next() {
	d.m.guard.spend(1)
	for d.i < len(d.s) && strings.IndexByte(" \t\n\r", d.s[d.i]) >= 0 {
		d.i++
		if d.i%64 == 0 {
			d.m.guard.spend(1)
		}
	}
	d.at = d.i
	if d.i >= len(d.s) {
		d.kind = "T_END"
		return
	}
	rest := d.s[d.i:]
	if kind := punctuation[rest[0]]; kind != "" {
		d.kind = kind
		d.i++
		return
	}
	switch {
	case rest[0] == '"':
		d.text()
	case strings.HasPrefix(rest, "true"):
		d.kind, d.truth, d.i = "T_BOOLEAN", true, d.i+4
	case strings.HasPrefix(rest, "false"):
		d.kind, d.truth, d.i = "T_BOOLEAN", false, d.i+5
	case strings.HasPrefix(rest, "null"):
		d.kind, d.i = "T_NULL", d.i+4
	default:
		d.number(rest)
	}
}

var punctuation = map[byte]string{
	'{': "T_OBJ_BEGIN", '}': "T_OBJ_END", '[': "T_ARR_BEGIN", ']': "T_ARR_END", ',': "T_COMMA", ':': "T_COLON",
}

// number reads what C's strtod takes, beginning with a digit or a minus; with decode_invalid_numbers also what JSON does not know,
// beginning otherwise.
func (d *jsonDecoder) number(s string) {
	begins := s[0] == '-' || '0' <= s[0] && s[0] <= '9'
	invalid := invalidNumber.MatchString(s[:min(len(s), len("-inf"))])
	f, n := 0.0, 0
	switch {
	case begins && invalid && !d.o.decodeInvalid:
	case begins, invalid && d.o.decodeInvalid:
		f, n = strtod(s[:min(len(s), maxNumeral)])
	default:
		d.bad("invalid token", d.i)
		return
	}
	if n == 0 {
		d.bad("invalid number", d.i)
		return
	}
	d.kind, d.num, d.i = "T_NUMBER", f, d.i+n
}

// invalidNumber matches the beginning of numbers that C knows and JSON does not: +1, 0x1, 01, inf, nan.
var invalidNumber = regexp.MustCompile(`^(\+|-?(0[xX0-9]|(?i:inf|nan)))`)

func (d *jsonDecoder) text() {
	i := d.i + 1
	out := output{m: d.m}
	for {
		end := i
		for end < len(d.s) && d.s[end] != '"' && d.s[end] != '\\' {
			end++
		}
		d.m.guard.spend((end - i) / 64)
		if end >= len(d.s) {
			d.bad("unexpected end of string", len(d.s))
			d.kind = "T_ERROR unexpected end of string"
			return
		}
		if d.s[end] == '"' {
			d.kind, d.i = "T_STRING", end+1
			if out.Len() == 0 {
				d.str = d.s[i:end]
				return
			}
			out.text(d.s[i:end])
			d.str = out.String()
			return
		}
		out.text(d.s[i:end])
		i = d.escape(&out, end)
		if i < 0 {
			return
		}
	}
}

// escape decodes the escape at i and returns where it ends, -1 after an error.
func (d *jsonDecoder) escape(out *output, i int) int {
	if i+1 >= len(d.s) {
		d.bad("invalid escape code", i)
		return -1
	}
	switch c := d.s[i+1]; c {
	case '"', '\\', '/':
		out.byte(c)
	case 'b':
		out.byte('\b')
	case 'f':
		out.byte('\f')
	case 'n':
		out.byte('\n')
	case 'r':
		out.byte('\r')
	case 't':
		out.byte('\t')
	case 'u':
		code, ok := hex4(d.s, i+2)
		end := i + 6
		if ok && code >= 0xd800 && code < 0xe000 {
			low, okLow := rune(0), false
			if strings.HasPrefix(d.s[end:], `\u`) {
				low, okLow = hex4(d.s, end+2)
			}
			ok = code < 0xdc00 && okLow && low >= 0xdc00 && low < 0xe000
			code = 0x10000 + (code-0xd800)<<10 + (low - 0xdc00)
			end += 6
		}
		if !ok {
			d.bad("invalid unicode escape code", i)
			return -1
		}
		out.text(string(code))
		return end
	default:
		d.bad("invalid escape code", i)
		return -1
	}
	return i + 2
}

func hex4(s string, i int) (rune, bool) {
	if i+4 > len(s) {
		return 0, false
	}
	v, err := strconv.ParseUint(s[i:i+4], 16, 32)
	return rune(v), err == nil
}

// value decodes the value that begins with the current token.
func (d *jsonDecoder) value(depth int) lua.LValue {
	switch d.kind {
	case "T_STRING":
		return lua.LString(d.str)
	case "T_NUMBER":
		return lua.LNumber(d.num)
	case "T_BOOLEAN":
		return lua.LBool(d.truth)
	case "T_NULL":
		return d.m.null
	case "T_OBJ_BEGIN", "T_ARR_BEGIN":
		if depth++; depth > min(d.o.decodeDepth, maxJSONDepth) {
			raisef(d.l, "Found too many nested data structures (%d) at character %d", depth, d.at+1)
		}
		if d.kind == "T_OBJ_BEGIN" {
			return d.object(depth)
		}
		return d.array(depth)
	}
	d.unexpected("value")
	return nil
}

func (d *jsonDecoder) array(depth int) lua.LValue {
	t := d.m.NewTable()
	d.next()
	if d.kind == "T_ARR_END" {
		return t
	}
	for i := 1; ; i++ {
		d.m.rawStore(d.l, t, lua.LNumber(i), d.value(depth))
		d.next()
		if d.kind == "T_ARR_END" {
			return t
		}
		if d.kind != "T_COMMA" {
			d.unexpected("comma or array end")
		}
		d.next()
	}
}

func (d *jsonDecoder) object(depth int) lua.LValue {
	t := d.m.NewTable()
	d.next()
	if d.kind == "T_OBJ_END" {
		return t
	}
	for {
		if d.kind != "T_STRING" {
			d.unexpected("object key string")
		}
		key := d.str
		d.next()
		if d.kind != "T_COLON" {
			d.unexpected("colon")
		}
		d.next()
		t.RawSetString(key, d.value(depth))
		d.next()
		if d.kind == "T_OBJ_END" {
			return t
		}
		if d.kind != "T_COMMA" {
			d.unexpected("comma or object end")
		}
		d.next()
	}
}
