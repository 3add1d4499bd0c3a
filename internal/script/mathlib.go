package script

import (
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// random is the generator of math.random: 48-bit linear congruential, as Redis', so that the same seed gives the same
// numbers on every server.
type random struct{ state uint64 }

func (r *random) seed(v int32) { r.state = uint64(uint32(v))<<16 | 0x330e }

func (r *random) next() int64 {
	r.state = (r.state*0x5deece66d + 0xb) & (1<<48 - 1)
	return int64(r.state >> 17)
}

var mathConstants = map[string]lua.LValue{"pi": lua.LNumber(math.Pi), "huge": lua.LNumber(math.Inf(1))}

func (m *machine) mathLibrary() library {
	lib := library{
		"max": func(l *lua.LState) int { return extreme(l, "max", func(a, b float64) bool { return b > a }) },
		"min": func(l *lua.LState) int { return extreme(l, "min", func(a, b float64) bool { return b < a }) },
		"modf": func(l *lua.LState) int {
			whole, fraction := math.Modf(args{l, "modf"}.number(1))
			if math.IsInf(whole, 0) {
				fraction = 0
			}
			l.Push(lua.LNumber(whole))
			l.Push(lua.LNumber(fraction))
			return 2
		},
		"frexp": func(l *lua.LState) int {
			fraction, exponent := math.Frexp(args{l, "frexp"}.number(1))
			l.Push(lua.LNumber(fraction))
			l.Push(lua.LNumber(exponent))
			return 2
		},
		"ldexp": func(l *lua.LState) int {
			a := args{l, "ldexp"}
			e := min(max(a.integer(2), -5000), 5000)
			l.Push(lua.LNumber(math.Ldexp(a.number(1), e)))
			return 1
		},
		"random":     m.mathRandom,
		"randomseed": func(l *lua.LState) int { m.random.seed(int32(args{l, "randomseed"}.integer(1))); return 0 },
	}
	for name, f := range map[string]func(float64) float64{
		"abs": math.Abs, "acos": math.Acos, "asin": math.Asin, "atan": math.Atan, "ceil": math.Ceil, "cos": math.Cos,
		"cosh": math.Cosh, "exp": math.Exp, "floor": math.Floor, "log": math.Log, "log10": math.Log10, "sin": math.Sin,
		"sinh": math.Sinh, "sqrt": math.Sqrt, "tan": math.Tan, "tanh": math.Tanh,
		"deg": func(x float64) float64 { return x / (math.Pi / 180) },
		"rad": func(x float64) float64 { return x * (math.Pi / 180) },
	} {
		lib[name] = func(l *lua.LState) int {
			l.Push(lua.LNumber(f(args{l, name}.number(1))))
			return 1
		}
	}
	for name, f := range map[string]func(x, y float64) float64{
		"atan2": math.Atan2, "fmod": math.Mod, "mod": math.Mod, "pow": math.Pow,
	} {
		lib[name] = func(l *lua.LState) int {
			a := args{l, name}
			l.Push(lua.LNumber(f(a.number(1), a.number(2))))
			return 1
		}
	}
	return lib
}

func extreme(l *lua.LState, name string, better func(a, b float64) bool) int {
	a := args{l, name}
	best := a.number(1)
	for i := 2; i <= l.GetTop(); i++ {
		if v := a.number(i); better(best, v) {
			best = v
		}
	}
	l.Push(lua.LNumber(best))
	return 1
}

func (m *machine) mathRandom(l *lua.LState) int {
	a := args{l, "random"}
	r := float64(m.random.next()%math.MaxInt32) / math.MaxInt32
	switch l.GetTop() {
	case 0:
		l.Push(lua.LNumber(r))
	case 1:
		u := a.integer(1)
		if u < 1 {
			a.fail(1, "interval is empty")
		}
		l.Push(lua.LNumber(math.Floor(r*float64(u)) + 1))
	case 2:
		low, high := a.integer(1), a.integer(2)
		if low > high {
			a.fail(2, "interval is empty")
		}
		l.Push(lua.LNumber(math.Floor(r*float64(high-low+1)) + float64(low)))
	default:
		raisef(l, "wrong number of arguments")
	}
	return 1
}

// osLibrary has the one function of os that scripts may use.
func (m *machine) osLibrary() library {
	begin := time.Now()
	return library{"clock": func(l *lua.LState) int {
		l.Push(lua.LNumber(time.Since(begin).Seconds()))
		return 1
	}}
}
