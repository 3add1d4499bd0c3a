package script

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"
)

var cmsgpackConstants = map[string]lua.LValue{
	"_NAME": lua.LString("cmsgpack"), "_VERSION": lua.LString("lua-cmsgpack 0.4.0"),
	"_COPYRIGHT":   lua.LString("Redoubt's own"),
	"_DESCRIPTION": lua.LString("MessagePack for Lua"),
}

const (
	// packDepth is the nesting that pack writes; deeper tables become nil.
	packDepth = 16
	// unpackDepth bounds the nesting that unpack reads.
	unpackDepth = 1000
)

func (m *machine) cmsgpackLibrary() library {
	return library{
		"pack":   m.msgpackPack,
		"unpack": func(l *lua.LState) int { return m.msgpackUnpack(args{l, "unpack"}, 0, 0) },
		"unpack_one": func(l *lua.LState) int {
			a := args{l, "unpack_one"}
			return m.msgpackUnpack(a, 1, a.optInteger(2, 0))
		},
		"unpack_limit": func(l *lua.LState) int {
			a := args{l, "unpack_limit"}
			return m.msgpackUnpack(a, a.integer(2), a.optInteger(3, 0))
		},
	}
}

func (m *machine) msgpackPack(l *lua.LState) int {
	if l.GetTop() == 0 {
		args{l, "pack"}.fail(0, "MessagePack pack needs input.")
	}
	out := output{m: m}
	for i := 1; i <= l.GetTop(); i++ {
		m.packValue(&out, l.Get(i), 0)
	}
	l.Push(lua.LString(out.String()))
	return 1
}

func (m *machine) packValue(out *output, v lua.LValue, depth int) {
	m.guard.spend(1)
	switch x := v.(type) {
	case lua.LString:
		packHeader(out, len(x), 0xa0, 31, 0xd9, 0xda)
		out.text(string(x))
	case lua.LNumber:
		packNumber(out, float64(x))
	case lua.LBool:
		if x {
			out.byte(0xc3)
		} else {
			out.byte(0xc2)
		}
	case *lua.LTable:
		if depth == packDepth {
			out.byte(0xc0)
			return
		}
		m.packTable(out, m.real(x), depth)
	default:
		out.byte(0xc0)
	}
}

// packHeader writes a length: inside a byte, or after a byte for 8 (0: not used), 16 and 32 bits.
func packHeader(out *output, n int, fix byte, fixMax int, code8, code16 byte) {
	switch {
	case n <= fixMax:
		out.byte(fix | byte(n))
	case code8 != 0 && n <= math.MaxUint8:
		out.text(string([]byte{code8, byte(n)}))
	case n <= math.MaxUint16:
		out.text(string(binary.BigEndian.AppendUint16([]byte{code16}, uint16(n))))
	default:
		out.text(string(binary.BigEndian.AppendUint32([]byte{code16 + 1}, uint32(n))))
	}
}

func packNumber(out *output, f float64) {
	if f != math.Trunc(f) || f < math.MinInt64 || f >= math.MaxInt64 {
		if single := float32(f); float64(single) == f {
			out.text(string(binary.BigEndian.AppendUint32([]byte{0xca}, math.Float32bits(single))))
		} else {
			out.text(string(binary.BigEndian.AppendUint64([]byte{0xcb}, math.Float64bits(f))))
		}
		return
	}
	n := int64(f)
	var b []byte
	switch {
	case n >= 0 && n <= 127 || n < 0 && n >= -32:
		b = []byte{byte(n)}
	case n >= 0 && n <= math.MaxUint8:
		b = []byte{0xcc, byte(n)}
	case n >= 0 && n <= math.MaxUint16:
		b = binary.BigEndian.AppendUint16([]byte{0xcd}, uint16(n))
	case n >= 0 && n <= math.MaxUint32:
		b = binary.BigEndian.AppendUint32([]byte{0xce}, uint32(n))
	case n >= 0:
		b = binary.BigEndian.AppendUint64([]byte{0xcf}, uint64(n))
	case n >= math.MinInt8:
		b = []byte{0xd0, byte(n)}
	case n >= math.MinInt16:
		b = binary.BigEndian.AppendUint16([]byte{0xd1}, uint16(n))
	case n >= math.MinInt32:
		b = binary.BigEndian.AppendUint32([]byte{0xd2}, uint32(n))
	default:
		b = binary.BigEndian.AppendUint64([]byte{0xd3}, uint64(n))
	}
	out.text(string(b))
}

// packTable writes an array when the keys are exactly 1 to n, an empty table included, else a map.
func (m *machine) packTable(out *output, t *lua.LTable, depth int) {
	count, highest, array := 0, 0.0, true
	m.each(t, func(k, _ lua.LValue) {
		n, ok := k.(lua.LNumber)
		if !ok || n <= 0 || float64(n) != math.Trunc(float64(n)) {
			array = false
		}
		highest = max(highest, float64(n))
		count++
	})
	if array && int(highest) == count {
		packHeader(out, count, 0x90, 15, 0, 0xdc)
		for i := 1; i <= count; i++ {
			m.packValue(out, t.RawGet(lua.LNumber(i)), depth+1)
		}
		return
	}
	packHeader(out, count, 0x80, 15, 0, 0xde)
	m.each(t, func(k, v lua.LValue) {
		m.packValue(out, k, depth+1)
		m.packValue(out, v, depth+1)
	})
}

// msgpackUnpack decodes up to limit values from an offset; limit 0 means all. Unless everything is wanted, the first
// result is the offset after the last value, -1 at the end.
func (m *machine) msgpackUnpack(a args, limit, offset int) int {
	data := a.text(1)
	l := a.l
	if offset < 0 || limit < 0 {
		raisef(l, "Invalid request to unpack with offset of %d and limit of %d.", offset, len(data))
	}
	if offset > len(data) {
		raisef(l, "Start offset %d greater than input length %d.", offset, len(data))
	}
	d := unpacker{m: m, l: l, data: data, at: offset}
	all := limit == 0 && offset == 0
	var values []lua.LValue
	for d.at < len(data) && (limit == 0 || len(values) < limit) {
		if len(values) >= maxResults {
			raisef(l, "too many results to unpack")
		}
		values = append(values, d.value(0))
	}
	if all {
		return pushAll(l, values)
	}
	end := d.at
	if end == len(data) {
		end = -1
	}
	l.Push(lua.LNumber(end))
	return 1 + pushAll(l, values)
}

type unpacker struct {
	m    *machine
	l    *lua.LState
	data string
	at   int
}

func (d *unpacker) take(n int) string {
	if n > len(d.data)-d.at {
		raisef(d.l, "Missing bytes in input.")
	}
	s := d.data[d.at : d.at+n]
	d.at += n
	return s
}

func (d *unpacker) bits(n int) uint64 {
	var v uint64
	for _, b := range []byte(d.take(n)) {
		v = v<<8 | uint64(b)
	}
	return v
}

func (d *unpacker) value(depth int) lua.LValue {
	d.m.guard.spend(1)
	if depth > unpackDepth {
		raisef(d.l, "Bad data format in input.")
	}
	c := d.take(1)[0]
	switch {
	case c <= 0x7f:
		return lua.LNumber(c)
	case c <= 0x8f:
		return d.table(int(c&15), depth)
	case c <= 0x9f:
		return d.array(int(c&15), depth)
	case c <= 0xbf:
		return lua.LString(d.take(int(c & 31)))
	case c >= 0xe0:
		return lua.LNumber(int8(c))
	}
	switch c {
	case 0xc0:
		return lua.LNil
	case 0xc2, 0xc3:
		return lua.LBool(c == 0xc3)
	case 0xc4, 0xd9:
		return lua.LString(d.take(int(d.bits(1))))
	case 0xc5, 0xda:
		return lua.LString(d.take(int(d.bits(2))))
	case 0xc6, 0xdb:
		return lua.LString(d.take(int(d.bits(4))))
	case 0xca:
		return lua.LNumber(math.Float32frombits(uint32(d.bits(4))))
	case 0xcb:
		return lua.LNumber(math.Float64frombits(d.bits(8)))
	case 0xcc, 0xcd, 0xce, 0xcf:
		return lua.LNumber(d.bits(1 << (c - 0xcc)))
	case 0xd0:
		return lua.LNumber(int8(d.bits(1)))
	case 0xd1:
		return lua.LNumber(int16(d.bits(2)))
	case 0xd2:
		return lua.LNumber(int32(d.bits(4)))
	case 0xd3:
		return lua.LNumber(int64(d.bits(8)))
	case 0xdc, 0xdd:
		return d.array(int(d.bits(2<<(c-0xdc))), depth)
	case 0xde, 0xdf:
		return d.table(int(d.bits(2<<(c-0xde))), depth)
	}
	raisef(d.l, "Bad data format in input.")
	return nil
}

func (d *unpacker) array(n, depth int) lua.LValue {
	t := d.m.NewTable()
	for i := 1; i <= n; i++ {
		d.m.rawStore(d.l, t, lua.LNumber(i), d.value(depth+1))
	}
	return t
}

func (d *unpacker) table(n, depth int) lua.LValue {
	t := d.m.NewTable()
	for range n {
		k := d.value(depth + 1)
		d.m.rawStore(d.l, t, k, d.value(depth+1))
	}
	return t
}
