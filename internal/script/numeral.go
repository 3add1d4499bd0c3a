package script

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Lua 5.1 reads numbers by C's strtod, in texts as in strings: hexadecimal ones may have fractions and exponents, and "inf" and
// "nan" are numbers where no name can be meant.

const (
	// maxNumeral bounds the text of a number.
	maxNumeral = 4096
	// spaces are what may stand around a number.
	spaces = " \t\n\v\f\r"
)

// parseNumber reads a number as Lua does: what strtod takes, with spaces around, up to a zero byte.
func parseNumber(s string) (float64, bool) {
	s, _, _ = strings.Cut(s, "\x00")
	s = strings.Trim(s, spaces)
	if len(s) > maxNumeral {
		return 0, false
	}
	f, n := strtod(s)
	return f, n > 0 && n == len(s)
}

// strtod reads the longest number that s begins with, and returns how many bytes it has: 0 when there is none. Out of range is
// infinite, or 0.
func strtod(s string) (f float64, n int) {
	sign, i := 1.0, 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		i = 1
	}
	body := s[i:]
	switch {
	case hasWord(body, "infinity"):
		return math.Inf(int(sign)), i + len("infinity")
	case hasWord(body, "inf"):
		return math.Inf(int(sign)), i + len("inf")
	case hasWord(body, "nan"):
		n = len("nan")
		if end := n + 1 + digits(body[min(n+1, len(body)):], isWord); body[n:] != "" && body[n] == '(' && end < len(body) && body[end] == ')' {
			n = end + 1
		}
		return math.Copysign(math.NaN(), sign), i + n
	}
	if n = floatLength(body); n == 0 {
		return 0, 0
	}
	text := body[:n]
	if hasWord(text, "0x") && !strings.ContainsAny(text, "pP") {
		text += "p0" // which C leaves out
	}
	f, _ = strconv.ParseFloat(text, 64)
	return sign * f, i + n
}

// floatLength is the length of the longest number without a sign that s begins with: decimal, or hexadecimal behind 0x.
func floatLength(s string) int {
	if hasWord(s, "0x") {
		if n := mantissaLength(s[len("0x"):], isHexDigit); n > 0 {
			return exponentEnd(s, len("0x")+n, 'p')
		}
	}
	n := mantissaLength(s, isDigit)
	if n == 0 {
		return 0
	}
	return exponentEnd(s, n, 'e')
}

// mantissaLength is the length of digits with at most one point among them; 0 when there is no digit.
func mantissaLength(s string, digit func(byte) bool) int {
	whole := digits(s, digit)
	if whole == len(s) || s[whole] != '.' {
		return whole
	}
	fraction := digits(s[whole+1:], digit)
	if whole+fraction == 0 {
		return 0
	}
	return whole + 1 + fraction
}

// exponentEnd is where an exponent ends that begins at n with the given lower-case letter; n when there is none.
func exponentEnd(s string, n int, letter byte) int {
	if n == len(s) || s[n]|0x20 != letter {
		return n
	}
	at := n + 1
	if at < len(s) && (s[at] == '+' || s[at] == '-') {
		at++
	}
	if more := digits(s[at:], isDigit); more > 0 {
		return at + more
	}
	return n
}

// digits is how many bytes of a kind s begins with.
func digits(s string, kind func(byte) bool) int {
	for i := range len(s) {
		if !kind(s[i]) {
			return i
		}
	}
	return len(s)
}

func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isHexDigit(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
func isWord(c byte) bool     { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }

// hasWord tells whether s begins with a word of lower-case letters, in any case.
func hasWord(s, word string) bool {
	return len(s) >= len(word) && strings.EqualFold(s[:len(word)], word)
}

// plainNumerals writes the numerals of a text that the parser does not take, or takes although Lua does not, as decimal numbers of
// the same value. The error is about a malformed one in the line.
func plainNumerals(text string) (plain string, line int, err error) {
	var out strings.Builder
	kept := 0 // what of text is in out
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case strings.HasPrefix(text[i:], "--"):
			i += 2
			if n := longBracket(text[i:]); n > 0 {
				i += n
			} else if n := strings.IndexAny(text[i:], "\r\n"); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
		case c == '[':
			i += max(longBracket(text[i:]), 1)
		case c == '"', c == '\'':
			i += quoted(text[i:])
		case isDigit(c), c == '.' && i+1 < len(text) && isDigit(text[i+1]):
			n := numeralLength(text[i:])
			numeral := text[i : i+n]
			f, read := strtod(numeral)
			if read != n {
				return "", 1 + strings.Count(text[:i], "\n"), fmt.Errorf("malformed number near '%s'", numeral)
			}
			if strings.ContainsAny(numeral, "xX") {
				out.WriteString(text[kept:i])
				out.WriteString(decimal(f))
				kept = i + n
			}
			i += n
		case isWord(c):
			i += digits(text[i:], isWord)
		case c == '.':
			i += len(text[i:]) - len(strings.TrimLeft(text[i:], "."))
		default:
			i++
		}
	}
	if kept == 0 {
		return text, 0, nil
	}
	out.WriteString(text[kept:])
	return out.String(), 0, nil
}

// decimal writes a number with an exponent, so that a point behind it is none of its own.
func decimal(f float64) string {
	if math.IsInf(f, 1) {
		return "1e999"
	}
	return strconv.FormatFloat(f, 'e', -1, 64)
}

// numeralLength is how far Lua reads a numeral before it looks whether that is a number.
func numeralLength(s string) int {
	n := digits(s, func(c byte) bool { return isDigit(c) || c == '.' })
	if n < len(s) && s[n]|0x20 == 'e' {
		if n++; n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
	}
	return n + digits(s[n:], isWord)
}

// longBracket is the length of the string or comment in long brackets that s begins with: 0 when it does not, all of s when
// there is no end.
func longBracket(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	level := digits(s[1:], func(c byte) bool { return c == '=' })
	if 1+level == len(s) || s[1+level] != '[' {
		return 0
	}
	end := strings.Index(s, "]"+strings.Repeat("=", level)+"]")
	if end < 0 {
		return len(s)
	}
	return end + level + 2
}

// quoted is the length of the quoted string that s begins with, up to the end of the text when it has none.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return len(s)
}
