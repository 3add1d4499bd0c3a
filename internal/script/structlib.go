package script

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// The library struct packs values into C structures.

const (
	maxIntegerSize = 32
	maxAlignment   = 8
)

func (m *machine) structLibrary() library {
	return library{"pack": m.structPack, "unpack": m.structUnpack, "size": m.structSize}
}

// layout reads a format: options one after another with their sizes, byte order and alignment.
type layout struct {
	a      args
	format string
	big    bool
	align  int
}

// next returns an option with its size and the padding in front of it at an offset. ok is false at the end.
func (f *layout) next(offset int) (option byte, size, padding int, ok bool) {
	for f.format != "" {
		c := f.format[0]
		f.format = f.format[1:]
		switch c {
		case '>':
			f.big = true
			continue
		case '<':
			f.big = false
			continue
		case ' ':
			continue
		case '!':
			f.align = f.number(maxAlignment)
			if f.align == 0 || f.align&(f.align-1) != 0 {
				raisef(f.a.l, "alignment %d is not a power of 2", f.align)
			}
			continue
		}
		size = f.size(c)
		return c, size, f.padding(c, size, offset), true
	}
	return 0, 0, 0, false
}

func (f *layout) size(c byte) int {
	switch c {
	case 'b', 'B', 'x':
		return 1
	case 'h', 'H':
		return 2
	case 'f':
		return 4
	case 'l', 'L', 'T', 'd':
		return 8
	case 'c':
		return f.number(1)
	case 's':
		return 0
	case 'i', 'I':
		n := f.number(4)
		if n > maxIntegerSize {
			raisef(f.a.l, "integral size %d is larger than limit of %d", n, maxIntegerSize)
		}
		return n
	}
	f.a.fail(1, "invalid format option '"+string([]byte{c})+"'")
	return 0
}

func (f *layout) padding(c byte, size, offset int) int {
	size = min(size, f.align)
	if c == 'c' || c == 's' || size <= 1 || size&(size-1) != 0 {
		return 0
	}
	return (size - offset&(size-1)) & (size - 1)
}

func (f *layout) number(otherwise int) int {
	n, digits := 0, 0
	for f.format != "" && f.format[0] >= '0' && f.format[0] <= '9' {
		n = n*10 + int(f.format[0]-'0')
		if n > math.MaxInt32 {
			raisef(f.a.l, "integral size overflow")
		}
		f.format = f.format[1:]
		digits++
	}
	if digits == 0 {
		return otherwise
	}
	return n
}

func (m *machine) structPack(l *lua.LState) int {
	a := args{l, "pack"}
	f := layout{a: a, format: a.text(1), align: 1}
	out := output{m: m}
	arg := 2
	for {
		option, size, padding, ok := f.next(out.Len())
		if !ok {
			break
		}
		for range padding {
			out.byte(0)
		}
		switch option {
		case 'x':
			out.byte(0)
			continue
		case 'f':
			packInteger(&out, uint64(math.Float32bits(float32(a.number(arg)))), 4, f.big)
		case 'd':
			packInteger(&out, math.Float64bits(a.number(arg)), 8, f.big)
		case 'c':
			s := a.text(arg)
			if size == 0 {
				size = len(s)
			}
			if len(s) < size {
				a.fail(arg+1, "string too short") // as the original counts
			}
			out.text(s[:size])
		case 's':
			out.text(a.text(arg))
			out.byte(0)
		default:
			n := a.number(arg)
			v := uint64(toInteger(n))
			if n >= math.MaxInt64 && n < math.MaxUint64 {
				v = uint64(n)
			}
			packInteger(&out, v, size, f.big)
		}
		arg++
	}
	l.Push(lua.LString(out.String()))
	return 1
}

func packInteger(out *output, v uint64, size int, big bool) {
	var b [maxIntegerSize]byte
	for i := range size {
		at := i
		if big {
			at = size - 1 - i
		}
		b[at] = byte(v)
		v >>= 8
	}
	out.text(string(b[:size]))
}

func unpackInteger(s string, big, signed bool) float64 {
	var v uint64
	for i := range len(s) {
		at := len(s) - 1 - i
		if big {
			at = i
		}
		v = v<<8 | uint64(s[at])
	}
	if !signed {
		return float64(v)
	}
	if n := len(s); n > 0 && n < 8 && v>>(8*n-1) != 0 {
		v |= ^uint64(0) << (8 * n)
	}
	return float64(int64(v))
}

func (m *machine) structUnpack(l *lua.LState) int {
	a := args{l, "unpack"}
	f := layout{a: a, format: a.text(1), align: 1}
	data := a.text(2)
	at := a.optInteger(3, 1) - 1
	if at < 0 || at > len(data) {
		a.fail(2, "data string too short")
	}
	var values []lua.LValue
	for {
		option, size, padding, ok := f.next(at)
		if !ok {
			break
		}
		m.guard.spend(1)
		if size > len(data)-at || padding > len(data)-at-size {
			a.fail(2, "data string too short")
		}
		at += padding
		if len(values) >= maxResults {
			raisef(l, "too many results to unpack")
		}
		field := data[at : at+size]
		switch option {
		case 'x':
		case 'f':
			values = append(values, lua.LNumber(math.Float32frombits(uint32(rawBits(field, f.big)))))
		case 'd':
			values = append(values, lua.LNumber(math.Float64frombits(rawBits(field, f.big))))
		case 'c':
			if size == 0 {
				values, field = m.sized(a, values, data[at:])
				size = len(field)
			}
			values = append(values, lua.LString(field))
		case 's':
			end := strings.IndexByte(data[at:], 0)
			if end < 0 {
				raisef(l, "unfinished string in data")
			}
			values = append(values, lua.LString(data[at:at+end]))
			size = end + 1
		default:
			values = append(values, lua.LNumber(unpackInteger(field, f.big, option >= 'a')))
		}
		at += size
	}
	values = append(values, lua.LNumber(at+1))
	return pushAll(l, values)
}

func rawBits(s string, big bool) uint64 {
	var v uint64
	for i := range len(s) {
		at := len(s) - 1 - i
		if big {
			at = i
		}
		v = v<<8 | uint64(s[at])
	}
	return v
}

// sized serves "c0": its size is the number before it, which is taken back from the results.
func (m *machine) sized(a args, values []lua.LValue, data string) ([]lua.LValue, string) {
	if len(values) == 0 || values[len(values)-1].Type() != lua.LTNumber {
		raisef(a.l, "format 'c0' needs a previous size")
	}
	n := float64(values[len(values)-1].(lua.LNumber))
	if n < 0 || n > float64(len(data)) {
		a.fail(2, "data string too short")
	}
	return values[:len(values)-1], data[:int(n)]
}

func (m *machine) structSize(l *lua.LState) int {
	a := args{l, "size"}
	f := layout{a: a, format: a.text(1), align: 1}
	total := 0
	for {
		option, size, padding, ok := f.next(total)
		if !ok {
			break
		}
		if option == 's' {
			a.fail(1, "option 's' has no fixed size")
		} else if option == 'c' && size == 0 {
			a.fail(1, "option 'c0' has no fixed size")
		}
		if total += size + padding; total > math.MaxInt32 {
			a.fail(1, "item is too large")
		}
	}
	l.Push(lua.LNumber(total))
	return 1
}
