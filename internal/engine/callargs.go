package engine

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"time"

	"redoubt/internal/memory/keyspace"
)

// ParseInt reads a canonical signed 64-bit integer as Redis does: no sign but '-', no leading zeros or spaces.
func ParseInt(s []byte) (int64, bool) { return keyspace.ParseInt(s) }

// maxFloatText bounds what is taken for a number: enough for every double written out in full.
const maxFloatText = 4096

// ParseFloat reads a double as Redis does: decimal or hex, inf in any spelling, no spaces, no NaN, nothing beyond the
// range of doubles to either side.
func ParseFloat(s []byte) (float64, bool) {
	if len(s) == 0 || len(s) > maxFloatText {
		return 0, false
	}
	for _, b := range s {
		if b == '_' { // Go accepts digit separators, C does not
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(string(s), 64)
	if err != nil {
		if !errors.Is(err, strconv.ErrRange) || f == 0 {
			return hexFloat(s)
		}
		return 0, false // overflow
	}
	if math.IsNaN(f) || f == 0 && !writtenAsZero(s) {
		return 0, false
	}
	return f, true
}

// writtenAsZero tells whether a number has no digit but 0, so that it is not one too small for a double.
func writtenAsZero(s []byte) bool {
	exponent := []byte("eE")
	if bytes.ContainsAny(s, "xX") {
		exponent = []byte("pP")
	}
	for _, b := range s {
		switch {
		case bytes.IndexByte(exponent, b) >= 0:
			return true
		case '1' <= b && b <= '9', 'a' <= b|0x20 && b|0x20 <= 'f':
			return false
		}
	}
	return true
}

// hexFloat accepts C's hexadecimal form without an exponent ("0x1f"), which Go's parser wants written out.
func hexFloat(s []byte) (float64, bool) {
	f, err := strconv.ParseFloat(string(s)+"p0", 64)
	if err != nil || math.IsNaN(f) || len(s) < 3 {
		return 0, false
	}
	body := s
	if body[0] == '-' || body[0] == '+' {
		body = body[1:]
	}
	if len(body) < 3 || body[0] != '0' || body[1]|0x20 != 'x' {
		return 0, false
	}
	return f, true
}

// Int reads word i as an integer; on failure it has replied and ok is false.
func (c *Call) Int(i int) (v int64, ok bool) {
	v, ok = ParseInt(c.Argv[i])
	if !ok {
		c.Err(msgNotInteger)
	}
	return v, ok
}

// IntOr is Int with another error text.
func (c *Call) IntOr(i int, msg string) (v int64, ok bool) {
	v, ok = ParseInt(c.Argv[i])
	if !ok {
		c.Err(msg)
	}
	return v, ok
}

// IntIn reads word i as an integer in [lo, hi]; msg is the error outside of it.
func (c *Call) IntIn(i int, lo, hi int64, msg string) (v int64, ok bool) {
	v, ok = ParseInt(c.Argv[i])
	if !ok {
		c.Err(msgNotInteger)
		return 0, false
	}
	if v < lo || v > hi {
		c.Err(msg)
		return 0, false
	}
	return v, true
}

// Float reads word i as a double; on failure it has replied and ok is false.
func (c *Call) Float(i int) (v float64, ok bool) {
	v, ok = ParseFloat(c.Argv[i])
	if !ok {
		c.Err(msgNotFloat)
	}
	return v, ok
}

// Timeout reads word i as a number of seconds with fraction; 0 means forever.
func (c *Call) Timeout(i int) (d time.Duration, ok bool) {
	f, ok := ParseFloat(c.Argv[i])
	if !ok {
		c.Err("ERR timeout is not a float or out of range")
		return 0, false
	}
	return c.timeoutFromMs(f * 1000)
}

// TimeoutMs reads word i as a whole number of milliseconds; 0 means forever.
func (c *Call) TimeoutMs(i int) (d time.Duration, ok bool) {
	v, ok := ParseInt(c.Argv[i])
	if !ok {
		c.Err("ERR timeout is not an integer or out of range")
		return 0, false
	}
	return c.timeoutFromMs(float64(v))
}

func (c *Call) timeoutFromMs(ms float64) (time.Duration, bool) {
	if ms < 0 {
		c.Err("ERR timeout is negative")
		return 0, false
	}
	ms = math.Ceil(ms)
	if ms > float64(math.MaxInt64)-float64(c.NowMs()) || ms >= math.MaxInt64 {
		c.Err("ERR timeout is out of range")
		return 0, false
	}
	if ms > float64(math.MaxInt64/int64(time.Millisecond)) {
		return math.MaxInt64, true
	}
	return time.Duration(ms) * time.Millisecond, true
}

// keptRoom is how many elements of the room for commands are kept from one command to the next.
const keptRoom = 4096

// Floats returns an empty slice with room for n numbers, which is the caller's until the command ends.
func (c *Call) Floats(n int) []float64 { return room(&c.Engine.floats, n) }

// Bytes returns an empty slice with room for n bytes, which is the caller's until the command ends.
func (c *Call) Bytes(n int) []byte { return room(&c.Engine.bytes, n) }

func room[T any](kept *[]T, n int) []T {
	if n > keptRoom {
		return make([]T, 0, n)
	}
	if n > cap(*kept) {
		*kept = make([]T, 0, keptRoom)
	}
	return (*kept)[:0]
}
