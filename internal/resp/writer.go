package resp

import (
	"fmt"
	"slices"
	"strconv"
)

// Writer appends replies to Buf. The zero value writes RESP2. Nothing fails and nothing is allocated beyond
// the growth of Buf.
type Writer struct {
	Buf   []byte
	Proto int // protocol version: 3 for RESP3, anything else for RESP2
	// Most bounds the strings: one that would make Buf longer than so many bytes is left out, and Exceeded set. What is in
	// Buf is then no reply any more. 0: no bound.
	Most     int64
	Exceeded bool
}

// SimpleString writes a status such as OK. Line ends in it become spaces.
func (w *Writer) SimpleString(text string) { w.textLine('+', text) }

// OK writes the status OK.
func (w *Writer) OK() { w.Buf = append(w.Buf, "+OK\r\n"...) }

// Error writes an error. The first word of msg is its code (ERR, WRONGTYPE, …); there is no leading "-".
// Line ends in it become spaces, so that a message may quote what a client sent.
func (w *Writer) Error(msg string) { w.textLine('-', msg) }

// Errorf is Error with formatting.
func (w *Writer) Errorf(format string, args ...any) {
	start := len(w.Buf)
	w.Buf = append(w.Buf, '-')
	w.Buf = fmt.Appendf(w.Buf, format, args...)
	oneLine(w.Buf[start:])
	w.Buf = append(w.Buf, '\r', '\n')
}

// textLine writes a type byte and one line of text.
func (w *Writer) textLine(kind byte, text string) {
	w.Buf = append(w.Buf, kind)
	start := len(w.Buf)
	w.Buf = append(w.Buf, text...)
	oneLine(w.Buf[start:])
	w.Buf = append(w.Buf, '\r', '\n')
}

// oneLine turns line ends into spaces.
func oneLine(text []byte) {
	for i, c := range text {
		if c == '\r' || c == '\n' {
			text[i] = ' '
		}
	}
}

// Int writes an integer.
func (w *Writer) Int(value int64) {
	if value >= 0 {
		w.header(':', int(value))
		return
	}
	w.Buf = append(w.Buf, ':')
	w.Buf = strconv.AppendInt(w.Buf, value, 10)
	w.Buf = append(w.Buf, '\r', '\n')
}

// largeBulk is from where a string is worth a look whether the end of its line fits, too: growing a buffer copies it.
const largeBulk = 64 << 10

// Bulk writes a byte string.
func (w *Writer) Bulk(value []byte) {
	if len(value) > cap(w.Buf)-len(w.Buf) && !w.fits(len(value)) {
		return
	}
	w.header('$', len(value))
	if len(value) > largeBulk {
		w.Buf = slices.Grow(w.Buf, len(value)+len("\r\n"))
	}
	w.Buf = append(w.Buf, value...)
	w.Buf = append(w.Buf, '\r', '\n')
}

// fits tells whether a string of n bytes is within the bound. Bulk asks when Buf has to grow.
func (w *Writer) fits(n int) bool {
	if w.Most == 0 || int64(len(w.Buf)+n) <= w.Most {
		return true
	}
	w.Exceeded = true
	return false
}

// BulkString writes a byte string given as a string.
func (w *Writer) BulkString(value string) {
	w.header('$', len(value))
	w.Buf = append(w.Buf, value...)
	w.Buf = append(w.Buf, '\r', '\n')
}

// Null writes the absent value: RESP3 null, RESP2 null bulk string.
func (w *Writer) Null() {
	if w.Proto == 3 {
		w.Buf = append(w.Buf, "_\r\n"...)
		return
	}
	w.Buf = append(w.Buf, "$-1\r\n"...)
}

// NullArray writes the absent value where an array is expected: RESP3 null, RESP2 null array.
func (w *Writer) NullArray() {
	if w.Proto == 3 {
		w.Buf = append(w.Buf, "_\r\n"...)
		return
	}
	w.Buf = append(w.Buf, "*-1\r\n"...)
}

// EmptyArray writes an array without elements.
func (w *Writer) EmptyArray() { w.Buf = append(w.Buf, "*0\r\n"...) }

// Array announces n elements, which follow.
func (w *Writer) Array(n int) { w.header('*', n) }

// Map announces n pairs, which follow; RESP2: an array of 2n elements.
func (w *Writer) Map(n int) {
	if w.Proto == 3 {
		w.header('%', n)
		return
	}
	w.header('*', 2*n)
}

// Set announces n elements without order, which follow; RESP2: an array.
func (w *Writer) Set(n int) { w.header(w.kind('~', '*'), n) }

// Push announces an out-of-band message of n elements, which follow; RESP2: an array.
func (w *Writer) Push(n int) { w.header(w.kind('>', '*'), n) }

// Attribute announces n pairs of auxiliary data for the reply behind them. RESP2 has nothing to put in their
// place, so it is for RESP3 connections only.
func (w *Writer) Attribute(n int) {
	if w.Proto != 3 {
		panic("resp: attribute on a RESP2 connection")
	}
	w.header('|', n)
}

// Bool writes a truth value; RESP2: the integer 1 or 0.
func (w *Writer) Bool(value bool) {
	switch {
	case w.Proto == 3 && value:
		w.Buf = append(w.Buf, "#t\r\n"...)
	case w.Proto == 3:
		w.Buf = append(w.Buf, "#f\r\n"...)
	case value:
		w.Buf = append(w.Buf, ":1\r\n"...)
	default:
		w.Buf = append(w.Buf, ":0\r\n"...)
	}
}

// Double writes a floating point number as FormatDouble spells it; RESP2: as a bulk string.
func (w *Writer) Double(value float64) {
	if w.Proto == 3 {
		w.Buf = append(w.Buf, ',')
		w.Buf = FormatDouble(w.Buf, value)
		w.Buf = append(w.Buf, '\r', '\n')
		return
	}
	var scratch [maxDoubleText]byte
	w.Bulk(FormatDouble(scratch[:0], value))
}

// BigNumber writes an integer of any size given as decimal digits; RESP2: as a bulk string.
func (w *Writer) BigNumber(digits string) {
	if w.Proto == 3 {
		w.textLine('(', digits)
		return
	}
	w.BulkString(digits)
}

// Verbatim writes text with a format, which is a three-letter extension such as "txt" or "mkd"; RESP2: the
// text as a bulk string.
func (w *Writer) Verbatim(format string, text []byte) {
	if w.Proto != 3 {
		w.Bulk(text)
		return
	}
	if len(format) != 3 {
		panic("resp: verbatim format must have three letters: " + format)
	}
	w.header('=', len(text)+4)
	w.Buf = append(w.Buf, format...)
	w.Buf = append(w.Buf, ':')
	w.Buf = append(w.Buf, text...)
	w.Buf = append(w.Buf, '\r', '\n')
}

// Mark is a place in Writer.Buf.
type Mark int

// reserved is the header that DeferLen leaves room for; it is the final one for fewer than 10 elements.
const reserved = "*0\r\n"

// Mark returns the current end of Buf, for Truncate.
func (w *Writer) Mark() Mark { return Mark(len(w.Buf)) }

// Truncate drops everything written since the mark.
func (w *Writer) Truncate(mark Mark) { w.Buf = w.Buf[:mark] }

// DeferLen reserves the header of an aggregate whose length is not known yet. One of SetArrayLen, SetMapLen
// and SetSetLen fills it in. Of nested marks the inner ones must be set before the outer ones, because
// setting a length may move what lies behind the mark.
func (w *Writer) DeferLen() Mark {
	mark := Mark(len(w.Buf))
	w.Buf = append(w.Buf, reserved...)
	return mark
}

// SetArrayLen makes the reserved header at mark announce an array of n elements.
func (w *Writer) SetArrayLen(mark Mark, n int) { w.settle(mark, '*', n) }

// SetMapLen makes the reserved header at mark announce a map of n pairs.
func (w *Writer) SetMapLen(mark Mark, n int) {
	if w.Proto == 3 {
		w.settle(mark, '%', n)
		return
	}
	w.settle(mark, '*', 2*n)
}

// SetSetLen makes the reserved header at mark announce a set of n elements.
func (w *Writer) SetSetLen(mark Mark, n int) { w.settle(mark, w.kind('~', '*'), n) }

// SetPushLen makes the reserved header at mark announce an out-of-band message of n elements.
func (w *Writer) SetPushLen(mark Mark, n int) { w.settle(mark, w.kind('>', '*'), n) }

func (w *Writer) settle(mark Mark, kind byte, n int) {
	w.Buf[mark] = kind
	if n < 10 {
		w.Buf[mark+1] = '0' + byte(n)
		return
	}
	var scratch [20]byte
	digits := strconv.AppendInt(scratch[:0], int64(n), 10)
	body := int(mark) + len(reserved)
	extra := len(digits) - 1
	w.Buf = append(w.Buf, digits[:extra]...) // any bytes: they make room
	copy(w.Buf[body+extra:], w.Buf[body:len(w.Buf)-extra])
	copy(w.Buf[mark+1:], digits)
	w.Buf[body+extra-2], w.Buf[body+extra-1] = '\r', '\n'
}

func (w *Writer) kind(resp3, resp2 byte) byte {
	if w.Proto == 3 {
		return resp3
	}
	return resp2
}

// header writes a type byte, a number that is not negative, and a line end.
func (w *Writer) header(kind byte, n int) { w.Buf = appendHeader(w.Buf, kind, n) }

func appendHeader(dst []byte, kind byte, n int) []byte {
	switch {
	case n < 10:
		return append(dst, kind, '0'+byte(n), '\r', '\n')
	case n < 100:
		return append(dst, kind, '0'+byte(n/10), '0'+byte(n%10), '\r', '\n')
	}
	dst = append(dst, kind)
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, '\r', '\n')
}

// AppendCommand appends a request in multibulk form.
func AppendCommand(dst []byte, args ...[]byte) []byte {
	dst = appendHeader(dst, '*', len(args))
	for _, arg := range args {
		dst = appendHeader(dst, '$', len(arg))
		dst = append(dst, arg...)
		dst = append(dst, '\r', '\n')
	}
	return dst
}

// AppendCommandStrings is AppendCommand for arguments given as strings.
func AppendCommandStrings(dst []byte, args ...string) []byte {
	dst = appendHeader(dst, '*', len(args))
	for _, arg := range args {
		dst = appendHeader(dst, '$', len(arg))
		dst = append(dst, arg...)
		dst = append(dst, '\r', '\n')
	}
	return dst
}
