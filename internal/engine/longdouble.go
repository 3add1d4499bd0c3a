package engine

import (
	"math/big"
	"strings"
)

// INCRBYFLOAT and HINCRBYFLOAT compute with C's long double, on amd64 the 80-bit x87 format with a 64-bit mantissa. A
// big.Float with 64 bits of precision that rounds to even gives the same sums.

const longDoubleBits = 64

// longDoubleMaxText bounds what is parsed: Redis' own buffer for such numbers is 5 KB with the zero behind them.
const longDoubleMaxText = 5<<10 - 1

// LongDouble is a long double.
type LongDouble struct{ f *big.Float }

// ParseLongDouble reads a long double as Redis does: no spaces, no NaN. inf in any spelling is accepted.
func ParseLongDouble(s []byte) (LongDouble, bool) {
	if len(s) == 0 || len(s) > longDoubleMaxText || strings.ContainsRune(string(s), '_') {
		return LongDouble{}, false
	}
	text := string(s)
	switch strings.ToLower(strings.TrimLeft(text, "+-")) {
	case "inf", "infinity":
		if len(text)-len(strings.TrimLeft(text, "+-")) > 1 {
			return LongDouble{}, false
		}
		return LongDouble{new(big.Float).SetPrec(longDoubleBits).SetInf(text[0] == '-')}, true
	}
	// An exponent beyond long double's range is out of range there; big.Float would go on to compute with it.
	f, _, err := big.ParseFloat(text, 0, longDoubleBits, big.ToNearestEven)
	if err != nil || hasIntegerPrefix(text) || f.MantExp(nil) > 16384 {
		return LongDouble{}, false
	}
	return LongDouble{f}, true
}

// hasIntegerPrefix tells whether Go would read the text in a base that C does not know in floating point numbers.
func hasIntegerPrefix(text string) bool {
	t := strings.ToLower(strings.TrimLeft(text, "+-"))
	return strings.HasPrefix(t, "0b") || strings.HasPrefix(t, "0o")
}

// Add returns the sum; finite is false when it is infinite or not a number.
func (a LongDouble) Add(b LongDouble) (sum LongDouble, finite bool) {
	if a.f.IsInf() || b.f.IsInf() {
		return LongDouble{}, false
	}
	f := new(big.Float).SetPrec(longDoubleBits).Add(a.f, b.f)
	return LongDouble{f}, f.MantExp(nil) <= 16384
}

// String is the human form: up to 17 decimals, no trailing zeros, never an exponent.
func (a LongDouble) String() string {
	s := a.f.Text('f', 17)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(s, "0")
		s = strings.TrimSuffix(s, ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}
