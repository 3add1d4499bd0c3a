package script

import (
	"math"
	"math/bits"

	lua "github.com/yuin/gopher-lua"
)

// bitArgument takes a number modulo 2^32, rounded to even. It does that as the C library does, by an addition that moves the
// low bits of the integer to the end of the mantissa; beyond 2^51 it takes what stands there. NaN is 0: Go's own has a low
// bit that the C library's has not.
func bitArgument(a args, n int) uint32 {
	const align = 1<<52 + 1<<51
	v := a.number(n)
	if math.IsNaN(v) {
		return 0
	}
	return uint32(math.Float64bits(v + align))
}

func pushBits(l *lua.LState, v uint32) int {
	l.Push(lua.LNumber(int32(v)))
	return 1
}

// bitLibrary is the library bit: operations on 32 bits, results signed.
func (m *machine) bitLibrary() library {
	lib := library{
		"tobit": func(l *lua.LState) int { return pushBits(l, bitArgument(args{l, "tobit"}, 1)) },
		"bnot":  func(l *lua.LState) int { return pushBits(l, ^bitArgument(args{l, "bnot"}, 1)) },
		"bswap": func(l *lua.LState) int {
			return pushBits(l, bits.ReverseBytes32(bitArgument(args{l, "bswap"}, 1)))
		},
		"tohex": bitToHex,
	}
	for name, f := range map[string]func(x, y uint32) uint32{
		"band": func(x, y uint32) uint32 { return x & y },
		"bor":  func(x, y uint32) uint32 { return x | y },
		"bxor": func(x, y uint32) uint32 { return x ^ y },
	} {
		lib[name] = func(l *lua.LState) int {
			a := args{l, name}
			v := bitArgument(a, 1)
			for i := 2; i <= l.GetTop(); i++ {
				v = f(v, bitArgument(a, i))
			}
			return pushBits(l, v)
		}
	}
	for name, f := range map[string]func(x uint32, n int) uint32{
		"lshift":  func(x uint32, n int) uint32 { return x << n },
		"rshift":  func(x uint32, n int) uint32 { return x >> n },
		"arshift": func(x uint32, n int) uint32 { return uint32(int32(x) >> n) },
		"rol":     bits.RotateLeft32,
		"ror":     func(x uint32, n int) uint32 { return bits.RotateLeft32(x, -n) },
	} {
		lib[name] = func(l *lua.LState) int {
			a := args{l, name}
			return pushBits(l, f(bitArgument(a, 1), int(bitArgument(a, 2)&31)))
		}
	}
	return lib
}

func bitToHex(l *lua.LState) int {
	a := args{l, "tohex"}
	v := bitArgument(a, 1)
	n := int32(8)
	if !a.none(2) {
		n = int32(bitArgument(a, 2))
	}
	digits := "0123456789abcdef"
	if n < 0 {
		digits = "0123456789ABCDEF"
		n = -max(n, -8)
	}
	n = min(n, 8)
	out := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = digits[v&15]
		v >>= 4
	}
	l.Push(lua.LString(out))
	return 1
}
