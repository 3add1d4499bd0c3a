package script

import (
	"errors"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// baseLibrary holds the functions that are globals themselves.
func (m *machine) baseLibrary() library {
	return library{
		"assert": baseAssert, "error": baseError, "type": baseType, "tostring": m.baseTostring, "tonumber": baseTonumber,
		"pairs": m.basePairs, "ipairs": m.baseIpairs, "next": m.baseNext, "select": baseSelect, "unpack": m.baseUnpack,
		"rawequal": baseRawequal, "rawget": m.baseRawget, "rawset": m.baseRawset,
		"getmetatable": m.baseGetmetatable, "setmetatable": m.baseSetmetatable,
		"pcall": m.basePcall, "xpcall": m.baseXpcall, "load": m.baseLoad, "loadstring": m.baseLoadstring,
		"collectgarbage": baseCollectgarbage, "gcinfo": func(l *lua.LState) int { l.Push(lua.LNumber(0)); return 1 },
	}
}

func baseAssert(l *lua.LState) int {
	a := args{l, "assert"}
	if lua.LVAsBool(a.any(1)) {
		return l.GetTop()
	}
	if l.GetTop() >= 2 && l.Get(2) != lua.LNil {
		if s, ok := l.Get(2).(lua.LString); ok {
			raisef(l, "%s", string(s))
		}
		raise(l, l.Get(2))
	}
	raisef(l, "assertion failed!")
	return 0
}

func baseError(l *lua.LState) int {
	level := args{l, "error"}.optInteger(2, 1)
	v := l.Get(1)
	if isText(v) && level > 0 {
		if level > 200 {
			level = 0
		}
		panicAt(l, level, plainText(v))
	}
	return raise(l, v)
}

func baseType(l *lua.LState) int {
	l.Push(lua.LString(args{l, "type"}.any(1).Type().String()))
	return 1
}

func (m *machine) baseTostring(l *lua.LState) int {
	l.Push(m.tostring(l, args{l, "tostring"}.any(1)))
	return 1
}

func (m *machine) tostring(l *lua.LState, v lua.LValue) lua.LValue {
	if isText(v) {
		return lua.LString(plainText(v))
	}
	if f := l.GetMetaField(v, "__tostring"); f != lua.LNil {
		l.Push(f)
		l.Push(v)
		l.Call(1, 1)
		r := l.Get(-1)
		l.Pop(1)
		return r
	}
	return lua.LString(plainText(v))
}

func baseTonumber(l *lua.LState) int {
	a := args{l, "tonumber"}
	base := a.optInteger(2, 10)
	if base == 10 {
		if f, ok := asNumber(a.any(1)); ok {
			l.Push(lua.LNumber(f))
		} else {
			l.Push(lua.LNil)
		}
		return 1
	}
	if base < 2 || base > 36 {
		a.fail(2, "base out of range")
	}
	s, _, _ := strings.Cut(a.text(1), "\x00")
	s = strings.Trim(s, spaces)
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if base == 16 && len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	v, err := strconv.ParseUint(s, base, 64)
	switch {
	case errors.Is(err, strconv.ErrRange): // then v is the largest number, as of C's strtoul, and has no sign
		l.Push(lua.LNumber(v))
	case err != nil:
		l.Push(lua.LNil)
	case negative:
		l.Push(lua.LNumber(-v))
	default:
		l.Push(lua.LNumber(v))
	}
	return 1
}

func (m *machine) baseNext(l *lua.LState) int {
	t := m.real(args{l, "next"}.table(1))
	var k lua.LValue = lua.LNil
	if l.GetTop() >= 2 {
		k = l.Get(2)
	}
	for {
		m.guard.spend(1)
		var v lua.LValue
		if k, v = t.Next(k); k == lua.LNil {
			l.Push(lua.LNil)
			return 1
		} else if s, ok := k.(lua.LString); !ok || !strings.HasPrefix(string(s), hidden) {
			l.Push(k)
			l.Push(v)
			return 2
		}
	}
}

func (m *machine) basePairs(l *lua.LState) int {
	t := args{l, "pairs"}.table(1)
	l.Push(m.globals.RawGetString("next"))
	l.Push(t)
	l.Push(lua.LNil)
	return 3
}

func (m *machine) baseIpairs(l *lua.LState) int {
	t := m.real(args{l, "ipairs"}.table(1))
	l.Push(l.NewClosure(func(l *lua.LState) int {
		i := int(l.CheckNumber(2)) + 1
		v := t.RawGet(lua.LNumber(i))
		if v == lua.LNil {
			l.Push(lua.LNil)
			return 1
		}
		l.Push(lua.LNumber(i))
		l.Push(v)
		return 2
	}, t))
	l.Push(t)
	l.Push(lua.LNumber(0))
	return 3
}

func baseSelect(l *lua.LState) int {
	a := args{l, "select"}
	n := l.GetTop()
	if s, ok := l.Get(1).(lua.LString); ok && s == "#" {
		l.Push(lua.LNumber(n - 1))
		return 1
	}
	i := a.integer(1)
	switch {
	case i < 0:
		i = n + i
	case i > n:
		i = n
	}
	if i < 1 {
		a.fail(1, "index out of range")
	}
	return n - i
}

func (m *machine) baseUnpack(l *lua.LState) int {
	a := args{l, "unpack"}
	t := m.real(a.table(1))
	from := a.optInteger(2, 1)
	to := 0
	if a.none(3) {
		to = m.tableLen(t)
	} else {
		to = a.integer(3)
	}
	if from > to {
		return 0
	}
	n := uint64(to) - uint64(from) // wide ranges must not wrap around
	if n >= maxResults {
		raisef(l, "too many results to unpack")
	}
	m.guard.spend(int(n))
	for i := range int(n) + 1 {
		l.Push(t.RawGet(lua.LNumber(from + i)))
	}
	return int(n) + 1
}

func baseRawequal(l *lua.LState) int {
	a := args{l, "rawequal"}
	l.Push(lua.LBool(a.any(1) == a.any(2)))
	return 1
}

func (m *machine) baseRawget(l *lua.LState) int {
	a := args{l, "rawget"}
	l.Push(m.real(a.table(1)).RawGet(a.any(2)))
	return 1
}

func (m *machine) baseRawset(l *lua.LState) int {
	a := args{l, "rawset"}
	t := a.table(1)
	m.mutable(l, t)
	m.rawStore(l, t, a.any(2), a.any(3))
	l.Push(t)
	return 1
}

func (m *machine) baseGetmetatable(l *lua.LState) int {
	v := args{l, "getmetatable"}.any(1)
	switch x := v.(type) {
	case *lua.LTable:
		if fields, ok := m.frozen[x]; ok && fields != m.globals {
			l.Push(lua.LNil)
			return 1
		} else if ok {
			l.Push(m.frozenTable(m.NewTable()))
			return 1
		}
	case lua.LString:
		view := m.NewTable()
		view.RawSetString("__index", m.globals.RawGetString("string"))
		l.Push(m.frozenTable(view))
		return 1
	case *lua.LUserData:
		l.Push(lua.LNil)
		return 1
	}
	l.Push(l.GetMetatable(v))
	return 1
}

func (m *machine) baseSetmetatable(l *lua.LState) int {
	a := args{l, "setmetatable"}
	t := a.table(1)
	var meta lua.LValue = lua.LNil
	if l.GetTop() < 2 || l.Get(2).Type() != lua.LTTable && l.Get(2) != lua.LNil {
		a.fail(2, "nil or table expected")
	} else {
		meta = l.Get(2)
	}
	m.mutable(l, t)
	if old, ok := t.Metatable.(*lua.LTable); ok && old.RawGetString("__metatable") != lua.LNil {
		raisef(l, "cannot change a protected metatable")
	}
	t.Metatable = meta
	l.Push(t)
	return 1
}

func (m *machine) baseLoadstring(l *lua.LState) int {
	a := args{l, "loadstring"}
	return m.load(l, a.text(1), a.optText(2, a.text(1)))
}

func (m *machine) baseLoad(l *lua.LState) int {
	a := args{l, "load"}
	f := a.function(1)
	chunk := a.optText(2, "=(load)")
	var b strings.Builder
	for {
		l.Push(f)
		l.Call(0, 1)
		piece := l.Get(-1)
		l.Pop(1)
		s, ok := piece.(lua.LString)
		if !ok || s == "" {
			break
		}
		if b.Len()+len(s) > maxText {
			l.Push(lua.LNil)
			l.Push(lua.LString("script is too long"))
			return 2
		}
		b.WriteString(string(s))
	}
	return m.load(l, b.String(), chunk)
}

func (m *machine) load(l *lua.LState, text, chunk string) int {
	m.guard.spend(len(text) / 8)
	m.guard.reserve(int64(len(text)) * loadedBytes)
	switch {
	case strings.HasPrefix(chunk, "@"), strings.HasPrefix(chunk, "="):
		chunk = chunk[1:]
	default:
		first, _, more := strings.Cut(chunk, "\n")
		if more || len(first) > 40 {
			first = first[:min(len(first), 40)] + "..."
		}
		chunk = `[string "` + first + `"]`
	}
	var c compiled
	if len(text) < largeText {
		c = compile(text, chunk, m.library)
	} else {
		m.guard.host.Aside(func() { c = compile(text, chunk, m.library) })
	}
	if c.err != nil {
		l.Push(lua.LNil)
		l.Push(lua.LString(c.err.Error()))
		return 2
	}
	l.Push(m.NewFunctionFromProto(c.proto))
	return 1
}

func baseCollectgarbage(l *lua.LState) int {
	switch (args{l, "collectgarbage"}).optText(1, "collect") {
	case "count":
		l.Push(lua.LNumber(machineBytes / 1024))
	default:
		l.Push(lua.LNumber(0))
	}
	return 1
}

// stringArithmetic are the operators on strings that look like numbers.
var stringArithmetic = map[string]func(x, y float64) float64{
	"__add": func(x, y float64) float64 { return x + y },
	"__sub": func(x, y float64) float64 { return x - y },
	"__mul": func(x, y float64) float64 { return x * y },
	"__div": func(x, y float64) float64 { return x / y },
	"__mod": modulo,
	"__pow": math.Pow,
	"__unm": func(x, _ float64) float64 { return -x },
}

func modulo(x, y float64) float64 {
	r := math.Mod(x, y)
	if r*y < 0 {
		r += y
	}
	return r
}
