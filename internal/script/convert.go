package script

import (
	"bytes"
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"redoubt/internal/resp"
)

const (
	// maxReplyDepth bounds the nesting of a script's reply.
	maxReplyDepth = 1000
	// valueBytes estimates the memory of a reply's bytes as Lua values.
	valueBytes = 16
)

// fromRESP turns a command's reply into a Lua value.
func (m *machine) fromRESP(reply []byte) lua.LValue {
	m.guard.reserve(int64(len(reply)))
	d := decoder{m: m, in: reply}
	return d.value(0)
}

type decoder struct {
	m  *machine
	in []byte
}

func (d *decoder) line() []byte {
	end := bytes.IndexByte(d.in, '\n')
	s := d.in[:end-1]
	d.in = d.in[end+1:]
	return s
}

func (d *decoder) count() int {
	n, _ := strconv.Atoi(string(d.line()))
	return n
}

// value decodes one reply. The engine made it, so it is well-formed; its depth is that of commands' replies.
func (d *decoder) value(depth int) lua.LValue {
	d.m.guard.spend(1)
	kind := d.in[0]
	d.in = d.in[1:]
	switch kind {
	case '+':
		return d.field("ok", lua.LString(d.line()))
	case '-':
		return d.m.errorTable(string(d.line()), true)
	case ':':
		n, _ := strconv.ParseInt(string(d.line()), 10, 64)
		return lua.LNumber(n)
	case '$', '=':
		n := d.count()
		if n < 0 {
			return lua.LFalse
		}
		s := d.in[:n]
		d.in = d.in[n+2:]
		if kind == '=' {
			t := d.m.NewTable()
			t.RawSetString("format", lua.LString(s[:3]))
			t.RawSetString("string", lua.LString(s[4:]))
			return d.field("verbatim_string", t)
		}
		return lua.LString(s)
	case '*', '>':
		return d.array(depth)
	case '%', '|':
		return d.pairs(depth, kind == '|')
	case '~':
		return d.set(depth)
	case '_':
		d.line()
		return lua.LNil
	case '#':
		return lua.LBool(d.line()[0] == 't')
	case ',':
		f, _ := strconv.ParseFloat(string(d.line()), 64)
		return d.field("double", lua.LNumber(f))
	case '(':
		return d.field("big_number", lua.LString(d.line()))
	}
	panic("script: reply of unknown type " + string(kind))
}

func (d *decoder) field(name string, v lua.LValue) lua.LValue {
	t := d.m.CreateTable(0, 1)
	t.RawSetString(name, v)
	return t
}

func (d *decoder) array(depth int) lua.LValue {
	n := d.count()
	if n < 0 {
		return lua.LFalse
	}
	d.m.guard.reserve(int64(n) * valueBytes)
	t := d.m.CreateTable(n, 0)
	for i := range n {
		t.RawSetInt(i+1, d.value(depth+1))
	}
	return t
}

func (d *decoder) pairs(depth int, attribute bool) lua.LValue {
	n := d.count()
	d.m.guard.reserve(int64(n) * 8 * valueBytes)
	t := d.m.CreateTable(0, min(n, 1024))
	for range n {
		k := d.value(depth + 1)
		v := d.value(depth + 1)
		if k != lua.LNil {
			t.RawSet(k, v)
		}
	}
	if attribute {
		return d.value(depth)
	}
	return d.field("map", t)
}

func (d *decoder) set(depth int) lua.LValue {
	n := d.count()
	d.m.guard.reserve(int64(n) * 8 * valueBytes)
	t := d.m.CreateTable(0, min(n, 1024))
	for range n {
		if k := d.value(depth + 1); k != lua.LNil {
			t.RawSet(k, lua.LTrue)
		}
	}
	return d.field("set", t)
}

// errorTable is how Lua sees an error reply.
func (m *machine) errorTable(text string, counted bool) *lua.LTable {
	t := m.CreateTable(0, 2)
	t.RawSetString("err", lua.LString(text))
	if counted {
		t.RawSetString(countedField, lua.LTrue)
	}
	return t
}

// reply writes a script's result. It may raise an error: the result's fields can be deep.
func (m *machine) reply(w *resp.Writer, v lua.LValue, depth int) {
	m.guard.spend(1)
	if depth > maxReplyDepth {
		w.Error("ERR reached lua stack limit")
		return
	}
	switch x := v.(type) {
	case lua.LString:
		m.guard.reserve(int64(len(x)))
		w.BulkString(string(x))
	case lua.LNumber:
		w.Int(toInteger(float64(x)))
	case lua.LBool:
		switch {
		case m.replyProtocol == 3:
			w.Bool(bool(x))
		case bool(x):
			w.Int(1)
		default:
			w.Null()
		}
	case *lua.LTable:
		m.replyTable(w, m.real(x), depth)
	default:
		w.Null()
	}
}

func (m *machine) replyTable(w *resp.Writer, t *lua.LTable, depth int) {
	if s, ok := t.RawGetString("err").(lua.LString); ok {
		w.Error(oneLine(string(s)))
		return
	}
	if s, ok := t.RawGetString("ok").(lua.LString); ok {
		w.SimpleString(oneLine(string(s)))
		return
	}
	if f, ok := t.RawGetString("double").(lua.LNumber); ok {
		w.Double(float64(f))
		return
	}
	if inner, ok := t.RawGetString("map").(*lua.LTable); ok {
		mark, n := w.DeferLen(), 0
		m.each(inner, func(k, v lua.LValue) {
			m.reply(w, k, depth+1)
			m.reply(w, v, depth+1)
			n++
		})
		w.SetMapLen(mark, n)
		return
	}
	if inner, ok := t.RawGetString("set").(*lua.LTable); ok {
		mark, n := w.DeferLen(), 0
		m.each(inner, func(k, _ lua.LValue) {
			m.reply(w, k, depth+1)
			n++
		})
		w.SetSetLen(mark, n)
		return
	}
	if s, ok := t.RawGetString("big_number").(lua.LString); ok {
		w.BigNumber(oneLine(string(s)))
		return
	}
	if inner, ok := t.RawGetString("verbatim_string").(*lua.LTable); ok {
		text, hasText := inner.RawGetString("string").(lua.LString)
		format, hasFormat := inner.RawGetString("format").(lua.LString)
		if hasText && hasFormat && len(format) == 3 {
			w.Verbatim(string(format), []byte(text))
			return
		}
	}
	mark, n := w.DeferLen(), 0
	for {
		v := t.RawGet(lua.LNumber(n + 1))
		if v == lua.LNil {
			break
		}
		m.reply(w, v, depth+1)
		n++
	}
	w.SetArrayLen(mark, n)
}

// toInteger converts as C does on amd64.
func toInteger(f float64) int64 {
	if f >= math.MinInt64 && f < math.MaxInt64 {
		return int64(f)
	}
	return math.MinInt64
}

// toUnsigned converts to an unsigned integer as C does on amd64: what is too large is 0.
func toUnsigned(f float64) uint64 {
	switch {
	case f >= 1<<64:
		return 0
	case f >= 1<<63:
		return uint64(f-1<<63) | 1<<63
	}
	return uint64(toInteger(f))
}
