package script

import (
	lua "github.com/yuin/gopher-lua"
)

// args reads the arguments of a library function and raises Lua's errors about them.
type args struct {
	l    *lua.LState
	name string
}

func (a args) fail(n int, what string) {
	raisef(a.l, "bad argument #%d to '%s' (%s)", n, a.name, what)
}

func typeName(l *lua.LState, n int) string {
	if n > l.GetTop() {
		return "no value"
	}
	return l.Get(n).Type().String()
}

func (a args) mismatch(n int, want string) { a.fail(n, want+" expected, got "+typeName(a.l, n)) }

// text reads a string; numbers are strings too.
func (a args) text(n int) string {
	switch v := a.l.Get(n).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return formatNumber(float64(v))
	}
	a.mismatch(n, "string")
	return ""
}

func (a args) optText(n int, otherwise string) string {
	if a.none(n) {
		return otherwise
	}
	return a.text(n)
}

// number reads a number; strings that look like one are numbers too.
func (a args) number(n int) float64 {
	if f, ok := asNumber(a.l.Get(n)); ok {
		return f
	}
	a.mismatch(n, "number")
	return 0
}

// integer reads a number and cuts it as C does.
func (a args) integer(n int) int { return int(toInteger(a.number(n))) }

func (a args) optInteger(n, otherwise int) int {
	if a.none(n) {
		return otherwise
	}
	return a.integer(n)
}

func (a args) table(n int) *lua.LTable {
	t, ok := a.l.Get(n).(*lua.LTable)
	if !ok {
		a.mismatch(n, "table")
	}
	return t
}

func (a args) function(n int) *lua.LFunction {
	f, ok := a.l.Get(n).(*lua.LFunction)
	if !ok {
		a.mismatch(n, "function")
	}
	return f
}

// any requires that there is an argument at all.
func (a args) any(n int) lua.LValue {
	if n > a.l.GetTop() {
		a.fail(n, "value expected")
	}
	return a.l.Get(n)
}

// none tells whether an argument is missing or nil.
func (a args) none(n int) bool { return n > a.l.GetTop() || a.l.Get(n) == lua.LNil }

func asNumber(v lua.LValue) (float64, bool) {
	switch x := v.(type) {
	case lua.LNumber:
		return float64(x), true
	case lua.LString:
		return parseNumber(string(x))
	}
	return 0, false
}
