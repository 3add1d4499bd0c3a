package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// parseDecimal reads a whole number in its one canonical spelling: no sign but a minus, no leading zeros, no blanks.
func parseDecimal(text string) (number int64, ok bool) {
	number, err := strconv.ParseInt(text, 10, 64)
	return number, err == nil && strconv.FormatInt(number, 10) == text
}

// parseLenient reads a whole number the way the C library does: blanks and a plus sign may stand in front, and nothing at
// all is zero. What follows the number makes it wrong; a number out of range is the nearest one in range.
func parseLenient(text string, base int) (number int64, ok bool) {
	if text == "" {
		return 0, true
	}
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	number, err := strconv.ParseInt(text, base, 64)
	return number, err == nil || isRange(err)
}

// parseMemory reads a size: digits and one of the units b, k, kb, m, mb, g, gb in either case. Without a b the unit is
// a power of 1000, with it one of 1024. No digits are zero; a size out of range is the largest one.
func parseMemory(text string) (bytes uint64, ok bool) {
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	unit, ok := memoryUnit(strings.ToLower(text[digits:]))
	if !ok {
		return 0, false
	}
	if digits == 0 {
		return 0, true
	}
	bytes, err := strconv.ParseUint(text[:digits], 10, 64)
	if err != nil || bytes > math.MaxUint64/unit {
		return math.MaxUint64, true
	}
	return bytes * unit, true
}

func memoryUnit(name string) (bytes uint64, ok bool) {
	switch name {
	case "", "b":
		return 1, true
	case "k":
		return 1000, true
	case "kb":
		return 1 << 10, true
	case "m":
		return 1000 * 1000, true
	case "mb":
		return 1 << 20, true
	case "g":
		return 1000 * 1000 * 1000, true
	case "gb":
		return 1 << 30, true
	}
	return 0, false
}

// formatMemory spells a size for the configuration file, in the largest unit that divides it.
func formatMemory(bytes uint64) string {
	for _, unit := range []struct {
		name string
		size uint64
	}{{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}} {
		if bytes != 0 && bytes%unit.size == 0 {
			return strconv.FormatUint(bytes/unit.size, 10) + unit.name
		}
	}
	return strconv.FormatUint(bytes, 10)
}

func isRange(err error) bool {
	return errors.Is(err, strconv.ErrRange)
}
