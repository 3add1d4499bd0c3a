package resp

import (
	"math"
	"strconv"
)

// maxDoubleText is enough for any text of FormatDouble: a sign, 17 digits, a point and an exponent or zeros.
const maxDoubleText = 32

// FormatDouble appends f as Redis 7.2 writes scores: an integer without point if f is one (up to half the
// range of 64 bits), otherwise the fewest digits that read back as f, in plain notation unless that needs
// many zeros, else with an exponent without padding (1e+20, 1.5e-9); inf, -inf, nan and -0. Redis' own digits
// are not the fewest possible for about one number in a thousand; both texts read back as the same number.
func FormatDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	case f == 0 && math.Signbit(f):
		return append(dst, "-0"...)
	case math.Abs(f) <= math.MaxInt64/2 && f == math.Trunc(f):
		return strconv.AppendInt(dst, int64(f), 10)
	}
	// d.ddde±xx, taken apart: the digits, and the power of ten of the last one.
	var scratch [maxDoubleText]byte
	text := strconv.AppendFloat(scratch[:0], math.Abs(f), 'e', -1, 64)
	var digits [17]byte
	count, i := 0, 0
	for ; text[i] != 'e'; i++ {
		if text[i] != '.' {
			digits[count] = text[i]
			count++
		}
	}
	exponent := 0 // of the first digit
	for _, c := range text[i+2:] {
		exponent = exponent*10 + int(c-'0')
	}
	if text[i+1] == '-' {
		exponent = -exponent
	}
	if f < 0 {
		dst = append(dst, '-')
	}
	return appendDigits(dst, digits[:count], exponent)
}

// appendDigits lays out the digits of a number whose first digit counts 10^exponent.
func appendDigits(dst, digits []byte, exponent int) []byte {
	last := exponent - len(digits) + 1 // power of ten of the last digit
	size := exponent
	if size < 0 {
		size = -size
	}
	switch {
	case last >= 0 && size < len(digits)+7:
		dst = append(dst, digits...)
		for ; last > 0; last-- {
			dst = append(dst, '0')
		}
		return dst
	case last < 0 && exponent >= 0 && (last > -7 || size < 4):
		dst = append(dst, digits[:exponent+1]...)
		dst = append(dst, '.')
		return append(dst, digits[exponent+1:]...)
	case last < 0 && exponent < 0 && (last > -7 || size < 4):
		dst = append(dst, '0', '.')
		for i := exponent + 1; i < 0; i++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	dst = append(dst, 'e', '+')
	if exponent < 0 {
		dst[len(dst)-1] = '-'
	}
	return strconv.AppendInt(dst, int64(size), 10)
}
