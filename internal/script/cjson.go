package script

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// jsonOptions are the settings of one instance of cjson. A script's changes last as long as the script.
type jsonOptions struct {
	sparseConvert            bool
	sparseRatio, sparseSafe  int
	encodeDepth, decodeDepth int
	precision                int
	keepBuffer               bool
	encodeInvalid            string // "on", "off" or "null"
	decodeInvalid            bool
}

var defaultJSON = jsonOptions{
	sparseRatio: 2, sparseSafe: 10, encodeDepth: 1000, decodeDepth: 1000, precision: 14, keepBuffer: true,
	encodeInvalid: "off", decodeInvalid: true,
}

// maxJSONDepth bounds what the depth options may be set to: encoding and decoding recurse.
const maxJSONDepth = 10_000

func (m *machine) cjsonLibrary(o *jsonOptions) library {
	return library{
		"encode": func(l *lua.LState) int { return m.jsonEncode(l, o) },
		"decode": func(l *lua.LState) int { return m.jsonDecode(l, o) },
		"new": func(l *lua.LState) int {
			fresh := defaultJSON
			t := m.NewTable()
			for name, f := range m.cjsonLibrary(&fresh) {
				t.RawSetString(name, m.NewFunction(f))
			}
			t.RawSetString("null", m.null)
			t.RawSetString("_NAME", lua.LString("cjson"))
			t.RawSetString("_VERSION", lua.LString("2.1.0"))
			l.Push(t)
			return 1
		},
		"encode_max_depth":        func(l *lua.LState) int { return jsonInteger(l, "encode_max_depth", &o.encodeDepth, 1, math.MaxInt32) },
		"decode_max_depth":        func(l *lua.LState) int { return jsonInteger(l, "decode_max_depth", &o.decodeDepth, 1, math.MaxInt32) },
		"encode_number_precision": func(l *lua.LState) int { return jsonInteger(l, "encode_number_precision", &o.precision, 1, 14) },
		"encode_keep_buffer":      func(l *lua.LState) int { return jsonSwitch(l, "encode_keep_buffer", &o.keepBuffer) },
		"decode_invalid_numbers":  func(l *lua.LState) int { return jsonSwitch(l, "decode_invalid_numbers", &o.decodeInvalid) },
		"encode_invalid_numbers":  func(l *lua.LState) int { return jsonInvalid(l, &o.encodeInvalid) },
		"encode_sparse_array": func(l *lua.LState) int {
			const name = "encode_sparse_array"
			l.SetTop(3)
			if l.Get(3) != lua.LNil {
				jsonIntegerAt(l, name, 3, &o.sparseSafe, 0, math.MaxInt32)
			}
			if l.Get(2) != lua.LNil {
				jsonIntegerAt(l, name, 2, &o.sparseRatio, 0, math.MaxInt32)
			}
			if l.Get(1) != lua.LNil {
				jsonSwitch(l, name, &o.sparseConvert)
			}
			l.Push(lua.LBool(o.sparseConvert))
			l.Push(lua.LNumber(o.sparseRatio))
			l.Push(lua.LNumber(o.sparseSafe))
			return 3
		},
	}
}

func jsonInteger(l *lua.LState, name string, v *int, low, high int) int {
	if l.GetTop() > 0 && l.Get(1) != lua.LNil {
		jsonIntegerAt(l, name, 1, v, low, high)
	}
	l.Push(lua.LNumber(*v))
	return 1
}

func jsonIntegerAt(l *lua.LState, name string, n int, v *int, low, high int) {
	a := args{l, name}
	i := a.integer(n)
	if i < low || i > high {
		a.fail(n, "expected integer between "+strconv.Itoa(low)+" and "+strconv.Itoa(high))
	}
	*v = i
}

func jsonSwitch(l *lua.LState, name string, v *bool) int {
	if l.GetTop() > 0 && l.Get(1) != lua.LNil {
		switch x := l.Get(1).(type) {
		case lua.LBool:
			*v = bool(x)
		case lua.LString:
			if x != "on" && x != "off" {
				args{l, name}.fail(1, "invalid option '"+string(x)+"'")
			}
			*v = x == "on"
		default:
			args{l, name}.mismatch(1, "string")
		}
	}
	l.Push(lua.LBool(*v))
	return 1
}

func jsonInvalid(l *lua.LState, v *string) int {
	if l.GetTop() > 0 && l.Get(1) != lua.LNil {
		switch x := l.Get(1).(type) {
		case lua.LBool:
			*v = "off"
			if x {
				*v = "on"
			}
		case lua.LString:
			if x != "on" && x != "off" && x != "null" {
				args{l, "encode_invalid_numbers"}.fail(1, "invalid option '"+string(x)+"'")
			}
			*v = string(x)
		default:
			args{l, "encode_invalid_numbers"}.mismatch(1, "string")
		}
	}
	if *v == "null" {
		l.Push(lua.LString("null"))
	} else {
		l.Push(lua.LBool(*v == "on"))
	}
	return 1
}

func (m *machine) jsonEncode(l *lua.LState, o *jsonOptions) int {
	if l.GetTop() != 1 {
		args{l, "encode"}.fail(1, "expected 1 argument")
	}
	e := jsonEncoder{m: m, l: l, o: o, out: output{m: m}}
	e.value(l.Get(1), 0)
	l.Push(lua.LString(e.out.String()))
	return 1
}

type jsonEncoder struct {
	m   *machine
	l   *lua.LState
	o   *jsonOptions
	out output
}

func (e *jsonEncoder) fail(v lua.LValue, why string) {
	raisef(e.l, "Cannot serialise %s: %s", v.Type(), why)
}

func (e *jsonEncoder) value(v lua.LValue, depth int) {
	e.m.guard.spend(1)
	switch x := v.(type) {
	case lua.LString:
		e.text(string(x))
	case lua.LNumber:
		e.number(x)
	case lua.LBool:
		e.out.text(x.String())
	case *lua.LTable:
		e.table(e.m.real(x), depth+1)
	case *lua.LNilType:
		e.out.text("null")
	case *lua.LUserData:
		if x == e.m.null {
			e.out.text("null")
			return
		}
		e.fail(v, "type not supported")
	default:
		e.fail(v, "type not supported")
	}
}

func (e *jsonEncoder) number(n lua.LNumber) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		switch e.o.encodeInvalid {
		case "null":
			e.out.text("null")
			return
		case "off":
			e.fail(n, "must not be NaN or Inf")
		}
		s, _ := notFinite(f)
		e.out.text(s)
		return
	}
	e.out.text(strconv.FormatFloat(f, 'g', e.o.precision, 64))
}

const hexDigits = "0123456789abcdef"

func (e *jsonEncoder) text(s string) {
	e.out.byte('"')
	plain := 0
	for i := range len(s) {
		c := s[i]
		escaped := ""
		switch {
		case c == '"' || c == '\\' || c == '/':
			escaped = `\` + string(rune(c))
		case c == '\b':
			escaped = `\b`
		case c == '\t':
			escaped = `\t`
		case c == '\n':
			escaped = `\n`
		case c == '\f':
			escaped = `\f`
		case c == '\r':
			escaped = `\r`
		case c < 32 || c == 127:
			escaped = `\u00` + string([]byte{hexDigits[c>>4], hexDigits[c&15]})
		default:
			continue
		}
		e.out.text(s[plain:i])
		e.out.text(escaped)
		plain = i + 1
	}
	e.out.text(s[plain:])
	e.out.byte('"')
}

// arrayLength is the length of a table as a JSON array, -1 when it is an object.
func (e *jsonEncoder) arrayLength(t *lua.LTable) int {
	highest, items := 0, 0
	array := true
	e.m.each(t, func(k, _ lua.LValue) {
		n, ok := k.(lua.LNumber)
		if !ok || n < 1 || float64(n) != math.Floor(float64(n)) || n > math.MaxInt32 {
			array = false
			return
		}
		highest = max(highest, int(n))
		items++
	})
	if !array || items == 0 {
		return -1
	}
	if e.o.sparseRatio > 0 && highest > items*e.o.sparseRatio && highest > e.o.sparseSafe {
		if !e.o.sparseConvert {
			e.fail(t, "excessively sparse array")
		}
		return -1
	}
	return highest
}

func (e *jsonEncoder) table(t *lua.LTable, depth int) {
	if depth > min(e.o.encodeDepth, maxJSONDepth) {
		raisef(e.l, "Cannot serialise, excessive nesting (%d)", depth)
	}
	if n := e.arrayLength(t); n >= 0 {
		e.out.byte('[')
		for i := 1; i <= n; i++ {
			if i > 1 {
				e.out.byte(',')
			}
			e.value(t.RawGet(lua.LNumber(i)), depth)
		}
		e.out.byte(']')
		return
	}
	e.out.byte('{')
	first := true
	e.m.each(t, func(k, v lua.LValue) {
		if !first {
			e.out.byte(',')
		}
		first = false
		switch x := k.(type) {
		case lua.LString:
			e.text(string(x))
			e.out.byte(':')
		case lua.LNumber:
			e.out.byte('"')
			e.number(x)
			e.out.text(`":`)
		default:
			e.fail(k, "table key must be a number or string")
		}
		e.value(v, depth)
	})
	e.out.byte('}')
}
