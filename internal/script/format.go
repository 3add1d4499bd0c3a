package script

import (
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// stringFormat is string.format: C's printf with widths and precisions of two digits.
func (m *machine) stringFormat(l *lua.LState) int {
	a := args{l, "format"}
	f := a.text(1)
	out := output{m: m}
	n := 1
	for i := 0; i < len(f); i++ {
		if f[i] != '%' {
			out.byte(f[i])
			continue
		}
		if i++; i < len(f) && f[i] == '%' {
			out.byte('%')
			continue
		}
		n++
		if n > l.GetTop() {
			a.fail(n, "no value")
		}
		d := m.directive(l, f, i)
		i = d.end
		m.formatOne(a, &out, d, n)
	}
	l.Push(lua.LString(out.String()))
	return 1
}

// directive is one "%…": flags, width and precision as text for package fmt, and the conversion.
type directive struct {
	spec      string
	precision int // -1 without
	verb      byte
	end       int
}

func (m *machine) directive(l *lua.LState, f string, i int) directive {
	from := i
	for i < len(f) && strings.IndexByte("-+ #0", f[i]) >= 0 {
		i++
	}
	if i-from > 5 {
		raisef(l, "invalid format (repeated flags)")
	}
	digits := func() {
		for n := 0; n < 2 && i < len(f) && f[i] >= '0' && f[i] <= '9'; n++ {
			i++
		}
	}
	digits()
	d := directive{precision: -1}
	if i < len(f) && f[i] == '.' {
		i++
		at := i
		digits()
		d.precision, _ = strconv.Atoi(f[at:i])
	}
	if i < len(f) && f[i] >= '0' && f[i] <= '9' {
		raisef(l, "invalid format (width or precision too long)")
	}
	d.spec, d.end = "%"+f[from:i], i
	if i < len(f) {
		d.verb = f[i]
	}
	return d
}

func (m *machine) formatOne(a args, out *output, d directive, n int) {
	switch d.verb {
	case 'c':
		out.text(fmt.Sprintf(withoutPrecision(d.spec)+"s", string([]byte{byte(a.integer(n))})))
	case 'd', 'i':
		out.text(fmt.Sprintf(d.spec+"d", toInteger(a.number(n))))
	case 'u':
		out.text(fmt.Sprintf(d.spec+"d", toUnsigned(a.number(n))))
	case 'o', 'x', 'X':
		out.text(fmt.Sprintf(d.spec+string(d.verb), toUnsigned(a.number(n))))
	case 'e', 'E', 'f', 'g', 'G':
		v := a.number(n)
		if s, odd := notFinite(v); odd {
			if d.verb < 'a' {
				s = strings.ToUpper(s)
			}
			out.text(fmt.Sprintf(strings.ReplaceAll(withoutPrecision(d.spec), "0", "")+"s", s))
			return
		}
		if d.precision < 0 && (d.verb|0x20) == 'g' {
			d.spec += ".6"
		}
		out.text(fmt.Sprintf(d.spec+string(d.verb), v))
	case 'q':
		quote(out, a.text(n))
	case 's':
		s := a.text(n)
		if d.spec == "%" {
			out.text(s)
			return
		}
		out.text(padded(d, s))
	default:
		raisef(a.l, "invalid option '%%%s' to 'format'", strings.TrimRight(string([]byte{d.verb}), "\x00"))
	}
}

func withoutPrecision(spec string) string {
	s, _, _ := strings.Cut(spec, ".")
	return s
}

// padded is "%5.2s" on bytes; package fmt would count characters.
func padded(d directive, s string) string {
	if d.precision >= 0 && d.precision < len(s) {
		s = s[:d.precision]
	}
	width, left := 0, false
	for _, c := range strings.TrimLeft(withoutPrecision(d.spec)[1:], " +#0") {
		if c == '-' {
			left = true
		} else if c >= '0' && c <= '9' {
			width = width*10 + int(c-'0')
		}
	}
	fill := strings.Repeat(" ", max(width-len(s), 0))
	if left {
		return s + fill
	}
	return fill + s
}

func quote(out *output, s string) {
	out.byte('"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			out.byte('\\')
			out.byte(c)
		case '\r':
			out.text(`\r`)
		case 0:
			out.text(`\000`)
		default:
			out.byte(c)
		}
	}
	out.byte('"')
}
