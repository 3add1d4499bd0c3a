package script

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// maxArrayIndex bounds the part of a table that is kept as an array, and with it what one far index can allocate.
const maxArrayIndex = 1 << 20

const (
	msgReadonly = "Attempt to modify a readonly table"
	slotBytes   = 16
	// maxResults is the largest number of values that a function may return at once.
	maxResults = 8000
)

type library map[string]lua.LGFunction

// openLibraries fills the globals.
func (m *machine) openLibraries(version string) {
	g := m.globals
	for name, f := range m.baseLibrary() {
		g.RawSetString(name, m.NewFunction(f))
	}
	for name, f := range m.operators() {
		g.RawSetString(name, m.NewFunction(f))
	}
	g.RawSetString("_VERSION", lua.LString("Lua 5.1"))
	m.null = m.NewUserData()
	redis, constants := m.redisLibrary(), redisConstants(version)
	maps.Copy(constants, replConstants)
	if !m.library {
		maps.Copy(redis, evalLibrary)
	}
	m.freeze("redis", redis, constants)
	if !m.library {
		fields := m.real(g.RawGetString("redis").(*lua.LTable))
		g.RawSetString(nameCall, fields.RawGetString("call"))
		g.RawSetString(namePcall, fields.RawGetString("pcall"))
	}
	m.freeze("string", m.stringLibrary(), nil)
	m.freeze("table", m.tableLibrary(), nil)
	m.freeze("math", m.mathLibrary(), mathConstants)
	m.freeze("coroutine", m.coroutineLibrary(), nil)
	m.freeze("os", m.osLibrary(), nil)
	m.freeze("bit", m.bitLibrary(), nil)
	m.freeze("struct", m.structLibrary(), nil)
	m.freeze("cmsgpack", m.cmsgpackLibrary(), cmsgpackConstants)
	m.freeze("cjson", m.cjsonLibrary(&m.json), map[string]lua.LValue{
		"null": m.null, "_NAME": lua.LString("cjson"), "_VERSION": lua.LString("2.1.0"),
	})
	m.freezeGlobals()
	m.freezeStrings()
}

// freeze makes a global table whose fields nobody can change.
func (m *machine) freeze(name string, functions library, constants map[string]lua.LValue) {
	fields := m.NewTable()
	for n, f := range functions {
		fields.RawSetString(n, m.NewFunction(f))
	}
	for n, v := range constants {
		fields.RawSetString(n, v)
	}
	m.globals.RawSetString(name, m.frozenTable(fields))
}

// frozenTable is an empty table that shows the fields of another.
func (m *machine) frozenTable(fields *lua.LTable) *lua.LTable {
	t := m.NewTable()
	meta := m.NewTable()
	meta.RawSetString("__index", fields)
	meta.RawSetString("__newindex", m.NewFunction(raiseReadonly))
	t.Metatable = meta
	m.frozen[t] = fields
	return t
}

func raiseReadonly(l *lua.LState) int {
	raisef(l, msgReadonly)
	return 0
}

// freezeGlobals makes unknown globals an error and gives scripts a frozen view of the globals as _G.
func (m *machine) freezeGlobals() {
	meta := m.NewTable()
	meta.RawSetString("__index", m.NewFunction(func(l *lua.LState) int {
		raisef(l, "Script attempted to access nonexistent global variable '%s'", plainText(l.Get(2)))
		return 0
	}))
	m.globals.Metatable = meta
	view := m.frozenTable(m.globals)
	m.globals.RawSetString("_G", view)
	m.globals.RawSetString(nameFrozen, view)
}

// freezeStrings gives strings their methods and Lua's arithmetic: the machine itself reads "010" as octal.
func (m *machine) freezeStrings() {
	meta := m.NewTable()
	meta.RawSetString("__index", m.globals.RawGetString("string"))
	for name, op := range stringArithmetic {
		meta.RawSetString(name, m.NewFunction(func(l *lua.LState) int {
			x, okX := asNumber(l.Get(1))
			y, okY := asNumber(l.Get(2))
			okY = okY || name == "__unm"
			if !okX || !okY {
				bad := l.Get(1)
				if okX {
					bad = l.Get(2)
				}
				raisef(l, "attempt to perform arithmetic on a %s value", bad.Type())
			}
			l.Push(lua.LNumber(op(x, y)))
			return 1
		}))
	}
	m.SetMetatable(lua.LString(""), meta)
}

// real is the table that holds the fields of t.
func (m *machine) real(t *lua.LTable) *lua.LTable {
	if fields, ok := m.frozen[t]; ok {
		return fields
	}
	return t
}

// mutable raises an error for frozen tables.
func (m *machine) mutable(l *lua.LState, t *lua.LTable) {
	if _, ok := m.frozen[t]; ok {
		panicAt(l, 0, msgReadonly)
	}
}

// panicAt raises an error whose text begins with the place of the caller number level; 0 means no place.
func panicAt(l *lua.LState, level int, text string) {
	if level > 0 {
		for ; level < maxCalls; level++ {
			d, ok := l.GetStack(level)
			if !ok {
				break
			}
			if _, err := l.GetInfo("Sl", d, lua.LNil); err == nil && d.Source != "" {
				text = d.Source + ":" + strconv.Itoa(d.CurrentLine) + ": " + text
				break
			}
		}
	}
	raise(l, lua.LString(text))
}

// raise raises an error; it does not return.
func raise(l *lua.LState, v lua.LValue) int {
	l.Error(v, 0)
	return 0
}

// raisef raises an error at the place of the running Lua function.
func raisef(l *lua.LState, format string, values ...any) {
	panicAt(l, 1, fmt.Sprintf(format, values...))
}

// operators are what the rewritten operators call.
func (m *machine) operators() library {
	return library{
		nameConcat: m.concat,
		nameLength: func(l *lua.LState) int { l.Push(m.length(l, l.Get(1))); return 1 },
		nameStore: func(l *lua.LState) int {
			m.store(l, l.Get(1), l.Get(2), l.Get(3))
			return 0
		},
		nameFields: func(l *lua.LState) int {
			t := l.Get(1).(*lua.LTable)
			positional := int(l.Get(2).(lua.LNumber))
			for i := 3; i < l.GetTop(); i += 2 {
				k := l.Get(i)
				if n, ok := k.(lua.LNumber); ok && n >= 1 && int(n) <= positional && t.RawGet(k) != lua.LNil {
					continue // a positional field wins
				}
				m.store(l, t, k, l.Get(i+1))
			}
			l.Push(t)
			return 1
		},
	}
}

// concat joins its arguments from the right, as the operator does.
func (m *machine) concat(l *lua.LState) int {
	n := l.GetTop()
	total := 0
	for i := 1; i <= n; i++ {
		switch v := l.Get(i).(type) {
		case lua.LString:
			total += len(v)
		case lua.LNumber:
			total += 24
		default:
			return m.concatSlowly(l)
		}
	}
	m.guard.reserve(int64(total))
	var b strings.Builder
	b.Grow(total)
	for i := 1; i <= n; i++ {
		if s, ok := l.Get(i).(lua.LString); ok {
			b.WriteString(string(s))
		} else {
			b.WriteString(plainText(l.Get(i)))
		}
	}
	l.Push(lua.LString(b.String()))
	return 1
}

// concatSlowly serves chains with values that are neither strings nor numbers: their metamethods decide.
func (m *machine) concatSlowly(l *lua.LState) int {
	right := l.Get(l.GetTop())
	for i := l.GetTop() - 1; i >= 1; i-- {
		left := l.Get(i)
		if isText(left) && isText(right) {
			s := plainText(left)
			t := plainText(right)
			m.guard.reserve(int64(len(s) + len(t)))
			right = lua.LString(s + t)
			continue
		}
		f := l.GetMetaField(left, "__concat")
		if f == lua.LNil {
			f = l.GetMetaField(right, "__concat")
		}
		if f == lua.LNil {
			bad := left
			if isText(left) {
				bad = right
			}
			raisef(l, "attempt to concatenate a %s value", bad.Type())
		}
		l.Push(f)
		l.Push(left)
		l.Push(right)
		l.Call(2, 1)
		right = l.Get(-1)
		l.Pop(1)
	}
	l.Push(right)
	return 1
}

func isText(v lua.LValue) bool {
	switch v.(type) {
	case lua.LString, lua.LNumber:
		return true
	}
	return false
}

func (m *machine) length(l *lua.LState, v lua.LValue) lua.LValue {
	switch x := v.(type) {
	case lua.LString:
		return lua.LNumber(len(x))
	case *lua.LTable:
		return lua.LNumber(m.tableLen(m.real(x)))
	}
	raisef(l, "attempt to get length of a %s value", v.Type())
	return nil
}

// tableLen is the border of a table, also of one that has outgrown its array part.
func (m *machine) tableLen(t *lua.LTable) int {
	m.guard.spend(16) // the machine looks for it from the end
	n := t.Len()
	if n < maxArrayIndex-1 {
		return n
	}
	low, high := n, 2*n
	for t.RawGet(lua.LNumber(high)) != lua.LNil {
		low, high = high, 2*high
	}
	for low+1 < high {
		if mid := (low + high) / 2; t.RawGet(lua.LNumber(mid)) != lua.LNil {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// store is t[k] = v.
func (m *machine) store(l *lua.LState, obj, key, value lua.LValue) {
	t, ok := obj.(*lua.LTable)
	if !ok || t.Metatable != lua.LNil {
		if !ok {
			raisef(l, "attempt to index a %s value", obj.Type())
		}
		if t.RawGet(key) == lua.LNil && l.GetMetaField(t, "__newindex") != lua.LNil {
			l.SetTable(t, key, value)
			return
		}
	}
	m.rawStore(l, t, key, value)
}

// rawStore sets a field without metamethods, after asking for the memory when the table must grow by much.
func (m *machine) rawStore(l *lua.LState, t *lua.LTable, key, value lua.LValue) {
	switch k := key.(type) {
	case lua.LNumber:
		switch {
		case math.IsNaN(float64(k)):
			raisef(l, "table index is NaN")
		case k >= 1 && k < maxArrayIndex && k == lua.LNumber(int(k)):
			m.storeAt(t, int(k), value)
			return
		}
	case *lua.LNilType:
		raisef(l, "table index is nil")
	}
	t.RawSet(key, value)
}

func (m *machine) storeAt(t *lua.LTable, i int, value lua.LValue) {
	if i > maxPlainList {
		n := t.Len()
		switch {
		case value == lua.LNil && i > n:
			return
		case value == lua.LNil && i == n:
			t.Remove(i) // unlike storing nil this shortens the array
			return
		case i > n+maxPlainList:
			m.guard.reserve(int64(i-n) * slotBytes * 3) // it grows by doubling and copies
			m.guard.spend((i - n) / 64)
		}
	} else if value == lua.LNil && t.RawGetInt(i) == lua.LNil {
		return
	}
	t.RawSetInt(i, value)
}

// each calls f for every field, in an order that is the same every time.
func (m *machine) each(t *lua.LTable, f func(k, v lua.LValue)) {
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		m.guard.spend(1)
		f(k, v)
	}
}
