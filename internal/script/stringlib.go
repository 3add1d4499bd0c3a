package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (m *machine) stringLibrary() library {
	return library{
		"byte": m.stringByte, "char": m.stringChar, "dump": stringDump, "format": m.stringFormat,
		"find":   func(l *lua.LState) int { return m.find(l, "find", true) },
		"match":  func(l *lua.LState) int { return m.find(l, "match", false) },
		"gmatch": m.stringGmatch, "gfind": stringGfind, "gsub": m.stringGsub,
		"len":     func(l *lua.LState) int { l.Push(lua.LNumber(len(args{l, "len"}.text(1)))); return 1 },
		"lower":   func(l *lua.LState) int { return m.mapBytes(l, "lower", lowerByte) },
		"upper":   func(l *lua.LState) int { return m.mapBytes(l, "upper", upperByte) },
		"reverse": m.stringReverse, "rep": m.stringRep, "sub": stringSub,
	}
}

func stringDump(l *lua.LState) int {
	args{l, "dump"}.function(1)
	raisef(l, "unable to dump given function")
	return 0
}

func stringGfind(l *lua.LState) int {
	raisef(l, "'string.gfind' was renamed to 'string.gmatch'")
	return 0
}

// span turns Lua's positions i and j into offsets of a substring.
func span(i, j, length int) (from, to int) {
	if i < 0 {
		i = max(length+i+1, 1)
	} else if i == 0 {
		i = 1
	}
	if j < 0 {
		j = length + j + 1
	} else if j > length {
		j = length
	}
	if i > j {
		return 0, 0
	}
	return i - 1, j
}

func stringSub(l *lua.LState) int {
	a := args{l, "sub"}
	s := a.text(1)
	from, to := span(a.integer(2), a.optInteger(3, -1), len(s))
	l.Push(lua.LString(s[from:to]))
	return 1
}

func (m *machine) stringByte(l *lua.LState) int {
	a := args{l, "byte"}
	s := a.text(1)
	i := a.optInteger(2, 1)
	from, to := span(i, a.optInteger(3, i), len(s))
	if to-from >= maxResults {
		raisef(l, "string slice too long")
	}
	m.guard.spend(to - from)
	for _, b := range []byte(s[from:to]) {
		l.Push(lua.LNumber(b))
	}
	return to - from
}

func (m *machine) stringChar(l *lua.LState) int {
	a := args{l, "char"}
	b := make([]byte, l.GetTop())
	for i := range b {
		c := a.integer(i + 1)
		if c < 0 || c > 255 {
			a.fail(i+1, "invalid value")
		}
		b[i] = byte(c)
	}
	l.Push(lua.LString(b))
	return 1
}

func lowerByte(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func upperByte(b byte) byte {
	if 'a' <= b && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}

func (m *machine) mapBytes(l *lua.LState, name string, f func(byte) byte) int {
	s := args{l, name}.text(1)
	m.guard.reserve(2 * int64(len(s)))
	b := []byte(s)
	for i := range b {
		b[i] = f(b[i])
	}
	l.Push(lua.LString(b))
	return 1
}

func (m *machine) stringReverse(l *lua.LState) int {
	s := args{l, "reverse"}.text(1)
	m.guard.reserve(2 * int64(len(s)))
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	l.Push(lua.LString(b))
	return 1
}

func (m *machine) stringRep(l *lua.LState) int {
	a := args{l, "rep"}
	s, n := a.text(1), a.integer(2)
	if n <= 0 || s == "" {
		l.Push(lua.LString(""))
		return 1
	}
	if int64(n) > m.guard.limit/int64(len(s)) {
		raisef(l, stopMemory)
	}
	m.guard.reserve(int64(n) * int64(len(s)))
	l.Push(lua.LString(strings.Repeat(s, n)))
	return 1
}
