package script

import (
	"sort"

	lua "github.com/yuin/gopher-lua"
)

func (m *machine) tableLibrary() library {
	return library{
		"concat": m.tableConcat, "insert": m.tableInsert, "remove": m.tableRemove, "sort": m.tableSort,
		"maxn": m.tableMaxn, "getn": func(l *lua.LState) int {
			l.Push(lua.LNumber(m.tableLen(m.real(args{l, "getn"}.table(1)))))
			return 1
		},
		"setn": func(l *lua.LState) int {
			raisef(l, "'setn' is obsolete")
			return 0
		},
		"foreach": m.tableForeach, "foreachi": m.tableForeachi,
	}
}

func (m *machine) tableConcat(l *lua.LState) int {
	a := args{l, "concat"}
	t := m.real(a.table(1))
	sep := a.optText(2, "")
	from := a.optInteger(3, 1)
	to := 0
	if a.none(4) {
		to = m.tableLen(t)
	} else {
		to = a.integer(4)
	}
	out := output{m: m}
	for i := from; i <= to; i++ {
		v := t.RawGet(lua.LNumber(i))
		if !isText(v) {
			raisef(l, "invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		out.text(plainText(v))
		if i == to {
			break // to may be the largest integer
		}
		out.text(sep)
	}
	l.Push(lua.LString(out.String()))
	return 1
}

func (m *machine) tableInsert(l *lua.LState) int {
	a := args{l, "insert"}
	t := a.table(1)
	m.mutable(l, t)
	n := m.tableLen(t) + 1
	switch l.GetTop() {
	case 2:
		m.rawStore(l, t, lua.LNumber(n), l.Get(2))
	case 3:
		pos := a.integer(2)
		if pos > n {
			n = pos
		}
		value := l.Get(3)
		m.guard.spend(min(max(n-pos, 0)/16, interval))
		for i := n; i > pos; i-- {
			if i%64 == 0 {
				m.guard.spend(1)
			}
			m.rawStore(l, t, lua.LNumber(i), t.RawGet(lua.LNumber(i-1)))
		}
		m.rawStore(l, t, lua.LNumber(pos), value)
	default:
		raisef(l, "wrong number of arguments to 'insert'")
	}
	return 0
}

func (m *machine) tableRemove(l *lua.LState) int {
	a := args{l, "remove"}
	t := a.table(1)
	m.mutable(l, t)
	n := m.tableLen(t)
	pos := a.optInteger(2, n)
	if pos < 1 || pos > n {
		return 0
	}
	l.Push(t.RawGet(lua.LNumber(pos)))
	if n < maxArrayIndex {
		m.guard.spend((n-pos)/256 + 1)
		t.Remove(pos)
		return 1
	}
	for i := pos; i < n; i++ {
		if i%64 == 0 {
			m.guard.spend(1)
		}
		m.rawStore(l, t, lua.LNumber(i), t.RawGet(lua.LNumber(i+1)))
	}
	m.rawStore(l, t, lua.LNumber(n), lua.LNil)
	return 1
}

func (m *machine) tableMaxn(l *lua.LState) int {
	biggest := 0.0
	m.each(m.real(args{l, "maxn"}.table(1)), func(k, _ lua.LValue) {
		if n, ok := k.(lua.LNumber); ok {
			biggest = max(biggest, float64(n))
		}
	})
	l.Push(lua.LNumber(biggest))
	return 1
}

func (m *machine) tableForeach(l *lua.LState) int {
	a := args{l, "foreach"}
	t, f := m.real(a.table(1)), a.function(2)
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		m.guard.spend(1)
		if r := m.callBack(l, f, k, v); r != lua.LNil {
			l.Push(r)
			return 1
		}
	}
	return 0
}

func (m *machine) tableForeachi(l *lua.LState) int {
	a := args{l, "foreachi"}
	t, f := m.real(a.table(1)), a.function(2)
	n := m.tableLen(t)
	for i := 1; i <= n; i++ {
		m.guard.spend(1)
		if r := m.callBack(l, f, lua.LNumber(i), t.RawGet(lua.LNumber(i))); r != lua.LNil {
			l.Push(r)
			return 1
		}
	}
	return 0
}

func (m *machine) callBack(l *lua.LState, f lua.LValue, values ...lua.LValue) lua.LValue {
	l.Push(f)
	for _, v := range values {
		l.Push(v)
	}
	l.Call(len(values), 1)
	r := l.Get(-1)
	l.Pop(1)
	return r
}

func (m *machine) tableSort(l *lua.LState) int {
	a := args{l, "sort"}
	t := a.table(1)
	m.mutable(l, t)
	n := m.tableLen(t)
	m.guard.reserve(int64(n) * slotBytes)
	s := sorter{m: m, l: l, values: make([]lua.LValue, n)}
	if !a.none(2) {
		s.less = a.function(2)
	}
	for i := range s.values {
		s.values[i] = t.RawGet(lua.LNumber(i + 1))
	}
	sort.Sort(&s)
	for i, v := range s.values {
		m.rawStore(l, t, lua.LNumber(i+1), v)
	}
	return 0
}

type sorter struct {
	m      *machine
	l      *lua.LState
	less   lua.LValue
	values []lua.LValue
}

func (s *sorter) Len() int      { return len(s.values) }
func (s *sorter) Swap(i, j int) { s.values[i], s.values[j] = s.values[j], s.values[i] }
func (s *sorter) Less(i, j int) bool {
	s.m.guard.spend(1)
	x, y := s.values[i], s.values[j]
	if s.less != nil {
		return lua.LVAsBool(s.m.callBack(s.l, s.less, x, y))
	}
	switch a := x.(type) {
	case lua.LNumber:
		if b, ok := y.(lua.LNumber); ok {
			return a < b
		}
	case lua.LString:
		if b, ok := y.(lua.LString); ok {
			return a < b
		}
	case *lua.LTable:
		if _, ok := y.(*lua.LTable); ok {
			if f := s.l.GetMetaField(a, "__lt"); f != lua.LNil {
				return lua.LVAsBool(s.m.callBack(s.l, f, x, y))
			}
		}
	}
	if x.Type() == y.Type() {
		panicAt(s.l, 0, "attempt to compare two "+x.Type().String()+" values")
	}
	panicAt(s.l, 0, "attempt to compare "+x.Type().String()+" with "+y.Type().String())
	return false
}
