package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (m *machine) matcher(l *lua.LState, subject, pattern string) *matcher {
	return &matcher{
		subject: subject, pattern: pattern, spend: m.guard.spend,
		fail: func(what string) { raisef(l, "%s", what) },
	}
}

// start turns Lua's position (1-based, negative from the end) into an offset.
func start(at, length int) int {
	switch {
	case at > 0:
		return at - 1
	case at == 0:
		return 0
	case -at > length:
		return 0
	}
	return length + at
}

// value is capture i of a match from s to e; without captures, capture 0 is the whole match.
func (p *matcher) value(i, s, e int) lua.LValue {
	if i >= p.level {
		if i != 0 {
			p.fail("invalid capture index")
		}
		return lua.LString(p.subject[s:e])
	}
	c := p.captures[i]
	switch c.length {
	case capturePosition:
		return lua.LNumber(c.start + 1)
	case captureOpen:
		p.fail("unfinished capture")
	}
	return lua.LString(p.subject[c.start : c.start+c.length])
}

func (p *matcher) push(l *lua.LState, s, e int, whole bool) int {
	n := p.level
	if n == 0 && whole {
		n = 1
	}
	for i := range n {
		l.Push(p.value(i, s, e))
	}
	return n
}

func (m *machine) find(l *lua.LState, name string, positions bool) int {
	a := args{l, name}
	subject, pattern := a.text(1), a.text(2)
	at := start(a.optInteger(3, 1), len(subject))
	if at > len(subject) {
		at = len(subject)
	}
	if positions && (lua.LVAsBool(l.Get(4)) || !strings.ContainsAny(pattern, "^$*+?.([%-")) {
		m.guard.spend((len(subject)-at)/64 + 1)
		i := strings.Index(subject[at:], pattern)
		if i < 0 {
			l.Push(lua.LNil)
			return 1
		}
		l.Push(lua.LNumber(at + i + 1))
		l.Push(lua.LNumber(at + i + len(pattern)))
		return 2
	}
	anchored := strings.HasPrefix(pattern, "^")
	p := m.matcher(l, subject, strings.TrimPrefix(pattern, "^"))
	if !anchored {
		p.pattern = pattern
	}
	for ; ; at++ {
		p.level = 0
		if e := p.match(at, 0); e >= 0 {
			if positions {
				l.Push(lua.LNumber(at + 1))
				l.Push(lua.LNumber(e))
				return 2 + p.push(l, at, e, false)
			}
			return p.push(l, at, e, true)
		}
		if at >= len(subject) || anchored {
			l.Push(lua.LNil)
			return 1
		}
	}
}

func (m *machine) stringGmatch(l *lua.LState) int {
	a := args{l, "gmatch"}
	subject, pattern := a.text(1), a.text(2)
	at := 0
	l.Push(l.NewClosure(func(l *lua.LState) int {
		p := m.matcher(l, subject, pattern)
		for ; at <= len(subject); at++ {
			p.level = 0
			if e := p.match(at, 0); e >= 0 {
				s := at
				at = e
				if e == s {
					at++
				}
				return p.push(l, s, e, true)
			}
		}
		l.Push(lua.LNil)
		return 1
	}, lua.LString(subject)))
	return 1
}

func (m *machine) stringGsub(l *lua.LState) int {
	a := args{l, "gsub"}
	subject, pattern := a.text(1), a.text(2)
	replace := l.Get(3)
	switch replace.(type) {
	case lua.LString, lua.LNumber, *lua.LTable, *lua.LFunction:
	default:
		a.fail(3, "string/function/table expected")
	}
	limit := a.optInteger(4, len(subject)+1)
	anchored := strings.HasPrefix(pattern, "^")
	if anchored {
		pattern = pattern[1:]
	}
	p := m.matcher(l, subject, pattern)
	out := output{m: m}
	count, s := 0, 0
	for count < limit {
		p.level = 0
		e := p.match(s, 0)
		if e >= 0 {
			count++
			m.replacement(l, p, &out, replace, s, e)
		}
		switch {
		case e > s:
			s = e
		case s < len(subject):
			out.byte(subject[s])
			s++
		default:
			s++
		}
		if s > len(subject) || anchored {
			break
		}
	}
	if s < len(subject) {
		out.text(subject[s:])
	}
	l.Push(lua.LString(out.String()))
	l.Push(lua.LNumber(count))
	return 2
}

func (m *machine) replacement(l *lua.LState, p *matcher, out *output, replace lua.LValue, s, e int) {
	var v lua.LValue
	switch r := replace.(type) {
	case *lua.LFunction:
		l.Push(r)
		n := p.push(l, s, e, true)
		l.Call(n, 1)
		v = l.Get(-1)
		l.Pop(1)
	case *lua.LTable:
		v = l.GetTable(r, p.value(0, s, e))
	default:
		m.expand(p, out, plainText(replace), s, e)
		return
	}
	switch {
	case !lua.LVAsBool(v):
		out.text(p.subject[s:e])
	case isText(v):
		out.text(plainText(v))
	default:
		raisef(l, "invalid replacement value (a %s)", v.Type())
	}
}

// expand writes a replacement text with %0 to %9.
func (m *machine) expand(p *matcher, out *output, text string, s, e int) {
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			out.byte(text[i])
			continue
		}
		if i++; i == len(text) {
			out.byte(0)
			return
		}
		switch c := text[i]; {
		case c == '0':
			out.text(p.subject[s:e])
		case c >= '1' && c <= '9':
			out.text(plainText(p.value(int(c-'1'), s, e)))
		default:
			out.byte(c)
		}
	}
}

// output collects a text whose growth is paid for.
type output struct {
	m *machine
	strings.Builder
}

func (o *output) room(n int) {
	if o.Cap()-o.Len() < n {
		o.m.guard.reserve(int64(2*o.Cap() + n))
	}
	o.m.guard.spend(n/64 + 1)
}

func (o *output) text(s string) { o.room(len(s)); o.WriteString(s) }
func (o *output) byte(b byte)   { o.room(1); o.WriteByte(b) }
