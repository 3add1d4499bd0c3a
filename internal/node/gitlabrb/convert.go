package gitlabrb

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// TypeError says that a value cannot be used as what a setting needs.
type TypeError struct {
	Want string // for example "an integer"
	Got  Value
}

// Error is "want …, got …"; the value itself is left out, it may be a secret.
func (e *TypeError) Error() string {
	got := e.Got.kind.String()
	if e.Got.kind == HashKind && e.Got.Len() == 0 {
		got = "an empty hash (the setting was read before it was set)"
	}
	return fmt.Sprintf("want %s, got %s", e.Want, got)
}

// AsInt is v as an integer. A string or symbol that spells a decimal number
// ('6379') and a float without fraction count; anything else is a *TypeError.
func (v Value) AsInt() (int64, error) {
	switch v.kind {
	case Int:
		return v.n, nil
	case Float:
		if v.f == math.Trunc(v.f) && math.Abs(v.f) < 1<<53 {
			return int64(v.f), nil
		}
	case String, Symbol:
		if n, err := strconv.ParseInt(strings.TrimSpace(v.str()), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, &TypeError{Want: "an integer", Got: v}
}

// AsBool is v as a truth value. true and false count, and the strings true,
// false, yes, no, on, off (any case); anything else, also nil, is a *TypeError.
func (v Value) AsBool() (bool, error) {
	switch v.kind {
	case Bool:
		return v.n != 0, nil
	case String, Symbol:
		switch strings.ToLower(strings.TrimSpace(v.str())) {
		case "true", "yes", "on":
			return true, nil
		case "false", "no", "off":
			return false, nil
		}
	}
	return false, &TypeError{Want: "true or false", Got: v}
}

// AsString is v as text: strings and symbols as they are, numbers and truth
// values as Ruby prints them. nil, arrays and hashes are a *TypeError.
func (v Value) AsString() (string, error) {
	switch v.kind {
	case String, Symbol:
		return v.str(), nil
	case Int:
		return strconv.FormatInt(v.n, 10), nil
	case Float:
		return formatFloat(v.f), nil
	case Bool:
		return strconv.FormatBool(v.n != 0), nil
	}
	return "", &TypeError{Want: "a string", Got: v}
}

// AsStrings is an array of scalars as text; a single scalar counts as an array
// of one, nil as an empty one.
func (v Value) AsStrings() ([]string, error) {
	switch v.kind {
	case Nil:
		return nil, nil
	case Array:
		out := make([]string, 0, len(v.elems()))
		for _, e := range v.elems() {
			s, err := e.AsString()
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
		return out, nil
	case HashKind:
		return nil, &TypeError{Want: "an array of strings", Got: v}
	}
	s, err := v.AsString()
	if err != nil {
		return nil, err
	}
	return []string{s}, nil
}

// formatFloat is Ruby's Float#to_s.
func formatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		if math.Signbit(f) {
			return "-0.0"
		}
		return "0.0"
	}
	if a := math.Abs(f); a < 1e-4 || a >= 1e16 {
		s := strconv.FormatFloat(f, 'e', -1, 64)
		mantissa, exponent, _ := strings.Cut(s, "e")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		return mantissa + "e" + exponent
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
