package gitlabrb

import (
	"errors"
	"strconv"
	"strings"
)

// number reads an integer or float literal without sign.
func (l *lexer) number(space bool) {
	at, begin := l.place(), l.off
	end := l.off
	isFloat := false
	for end < len(l.src) {
		c := l.src[end]
		switch {
		case isDigit(c) || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		case c == '.' && !isFloat && end+1 < len(l.src) && isDigit(l.src[end+1]) && isDecimal(l.src[begin:end]):
			isFloat = true
		case (c == '+' || c == '-') && (l.src[end-1] == 'e' || l.src[end-1] == 'E') && isDecimalMantissa(l.src[begin:end-1]) && end+1 < len(l.src) && isDigit(l.src[end+1]):
		default:
			goto done
		}
		end++
	}
done:
	text := l.src[begin:end]
	l.off = end
	value, message := parseNumber(text)
	if message != "" {
		l.fail(at, "number", "", "%s: %q", message, clip(text))
		return
	}
	kind := tokInt
	if value.kind == Float {
		kind = tokFloat
	}
	l.emit(token{kind: kind, at: at, text: text, space: space, extra: &tokenExtra{number: value}})
}

func isDecimal(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && s[i] != '_' {
			return false
		}
	}
	return s != "" && (len(s) == 1 || s[0] != '0')
}

func isDecimalMantissa(s string) bool {
	whole, fraction, dotted := strings.Cut(s, ".")
	return isDecimal(whole) && (!dotted || strings.Trim(fraction, "0123456789_") == "")
}

// parseNumber is the value of a literal, or what is wrong with it.
func parseNumber(text string) (Value, string) {
	if strings.HasSuffix(text, "_") || strings.Contains(text, "__") || strings.Contains(text, "_.") {
		return Value{}, "misplaced _ in a number"
	}
	digits := strings.ReplaceAll(text, "_", "")
	if strings.ContainsAny(digits, ".") || isDecimalExponent(digits) {
		f, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			return Value{}, "not a number"
		}
		return FloatValue(f), ""
	}
	base := 10
	lower := strings.ToLower(digits)
	if len(lower) > 1 && lower[0] == '0' {
		switch {
		case strings.HasPrefix(lower, "0x"):
			base, lower = 16, lower[2:]
		case strings.HasPrefix(lower, "0b"):
			base, lower = 2, lower[2:]
		case strings.HasPrefix(lower, "0o"):
			base, lower = 8, lower[2:]
		case strings.HasPrefix(lower, "0d"):
			lower = lower[2:]
		default:
			base, lower = 8, lower[1:]
		}
	}
	n, err := strconv.ParseInt(lower, base, 64)
	if err != nil {
		if errors.Is(err, strconv.ErrRange) {
			return Value{}, "integer does not fit 64 bits"
		}
		return Value{}, "not a number"
	}
	return IntValue(n), ""
}

func isDecimalExponent(s string) bool {
	mantissa, exponent, found := strings.Cut(strings.ToLower(s), "e")
	return found && isDecimalMantissa(mantissa) && exponent != "" && strings.Trim(strings.TrimLeft(exponent, "+-"), "0123456789") == ""
}

// clip shortens text that goes into a message.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
