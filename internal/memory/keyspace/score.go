package keyspace

import (
	"math"
	"strconv"

	"redoubt/internal/memory/listpack"
)

// AppendScore appends the text of a score as Redis 7.2 prints and stores it: integers below 2^52 as such, other
// numbers with the fewest digits that read back as the same number, in decimal notation while that is short.
func AppendScore(dst []byte, score float64) []byte {
	switch {
	case math.IsInf(score, 1):
		return append(dst, "inf"...)
	case math.IsInf(score, -1):
		return append(dst, "-inf"...)
	case score == 0 && math.Signbit(score):
		return append(dst, "-0"...)
	}
	if n, ok := wholeScore(score); ok {
		return strconv.AppendInt(dst, n, 10)
	}
	var scratch [32]byte
	text := strconv.AppendFloat(scratch[:0], math.Abs(score), 'e', -1, 64)
	if score < 0 {
		dst = append(dst, '-')
	}
	digits, point := scientific(text)
	return appendDigits(dst, digits, point)
}

// wholeScore returns score as an integer when it is one that doubles hold exactly.
func wholeScore(score float64) (int64, bool) {
	const limit = 1 << 52
	if score <= -limit || score >= limit {
		return 0, false
	}
	n := int64(score)
	return n, float64(n) == score
}

// scientific splits text, d.dddde±xx, into its digits (written over text) and the exponent of the last of them.
func scientific(text []byte) (digits []byte, exponent int) {
	mantissa := 0
	for text[mantissa] != 'e' {
		mantissa++
	}
	exponent, _ = strconv.Atoi(string(text[mantissa+1:]))
	digits = text[:1]
	if mantissa > 2 {
		digits = append(digits, text[2:mantissa]...)
	}
	return digits, exponent - (len(digits) - 1)
}

// appendDigits appends digits * 10^exponent in the notation that suits.
func appendDigits(dst, digits []byte, exponent int) []byte {
	n := len(digits)
	leading := exponent + n - 1 // exponent of the first digit
	switch {
	case exponent >= 0 && leading < n+7:
		dst = append(dst, digits...)
		for range exponent {
			dst = append(dst, '0')
		}
		return dst
	case exponent < 0 && (exponent > -7 || max(leading, -leading) < 4):
		if n+exponent > 0 {
			dst = append(dst, digits[:n+exponent]...)
			dst = append(dst, '.')
			return append(dst, digits[n+exponent:]...)
		}
		dst = append(dst, "0."...)
		for range -(n + exponent) {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[0])
	if n > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	dst = append(dst, 'e')
	if leading >= 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(leading), 10)
}

// appendStoredScore is AppendScore for a listpack, where both zeros are the number 0.
func appendStoredScore(dst []byte, score float64) []byte { return AppendScore(dst, score+0) }

// storedScore reads a score from a listpack.
func storedScore(v listpack.Value) float64 {
	if v.IsInt() {
		return float64(v.Int)
	}
	score, err := strconv.ParseFloat(string(v.Bytes), 64)
	if err != nil && !math.IsInf(score, 0) {
		return 0
	}
	return score
}
