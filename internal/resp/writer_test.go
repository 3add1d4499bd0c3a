package resp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWriter(t *testing.T) {
	tests := []struct {
		name         string
		write        func(w *Writer)
		resp2, resp3 string
	}{
		{"status", func(w *Writer) { w.SimpleString("OK") }, "+OK\r\n", "+OK\r\n"},
		{"error", func(w *Writer) { w.Error("ERR a\r\nb") }, "-ERR a  b\r\n", "-ERR a  b\r\n"},
		{"errorf", func(w *Writer) { w.Errorf("ERR '%s'", "a\nb") }, "-ERR 'a b'\r\n", "-ERR 'a b'\r\n"},
		{"int", func(w *Writer) { w.Int(7); w.Int(-7); w.Int(42); w.Int(math.MinInt64) },
			":7\r\n:-7\r\n:42\r\n:-9223372036854775808\r\n", ":7\r\n:-7\r\n:42\r\n:-9223372036854775808\r\n"},
		{"bulk", func(w *Writer) { w.Bulk([]byte("a\r\nb")); w.BulkString("") },
			"$4\r\na\r\nb\r\n$0\r\n\r\n", "$4\r\na\r\nb\r\n$0\r\n\r\n"},
		{"null", func(w *Writer) { w.Null() }, "$-1\r\n", "_\r\n"},
		{"null array", func(w *Writer) { w.NullArray() }, "*-1\r\n", "_\r\n"},
		{"array", func(w *Writer) { w.Array(100); w.EmptyArray() }, "*100\r\n*0\r\n", "*100\r\n*0\r\n"},
		{"map", func(w *Writer) { w.Map(8) }, "*16\r\n", "%8\r\n"},
		{"set", func(w *Writer) { w.Set(2) }, "*2\r\n", "~2\r\n"},
		{"push", func(w *Writer) { w.Push(2) }, "*2\r\n", ">2\r\n"},
		{"bool", func(w *Writer) { w.Bool(true); w.Bool(false) }, ":1\r\n:0\r\n", "#t\r\n#f\r\n"},
		{"double", func(w *Writer) { w.Double(1.5) }, "$3\r\n1.5\r\n", ",1.5\r\n"},
		{"big number", func(w *Writer) { w.BigNumber("12345") }, "$5\r\n12345\r\n", "(12345\r\n"},
		{"verbatim", func(w *Writer) { w.Verbatim("txt", []byte("ab")) }, "$2\r\nab\r\n", "=6\r\ntxt:ab\r\n"},
		{"deferred", func(w *Writer) {
			outer := w.DeferLen()
			inner := w.DeferLen()
			w.Int(1)
			w.SetMapLen(inner, 6)
			empty := w.DeferLen()
			w.SetArrayLen(empty, 0)
			set := w.DeferLen()
			w.SetSetLen(set, 1000)
			w.SetArrayLen(outer, 12)
		}, "*12\r\n*12\r\n:1\r\n*0\r\n*1000\r\n", "*12\r\n%6\r\n:1\r\n*0\r\n~1000\r\n"},
		{"truncate", func(w *Writer) { w.Int(1); mark := w.Mark(); w.Int(2); w.Truncate(mark) }, ":1\r\n", ":1\r\n"},
	}
	for _, test := range tests {
		for proto, want := range map[int]string{2: test.resp2, 3: test.resp3} {
			w := Writer{Proto: proto}
			test.write(&w)
			if string(w.Buf) != want {
				t.Errorf("%s, RESP%d: got %q, want %q", test.name, proto, w.Buf, want)
			}
		}
	}
}

func TestWriterDoesNotAllocate(t *testing.T) {
	w := Writer{Buf: make([]byte, 0, 4096), Proto: 2}
	value := []byte("value")
	allocs := testing.AllocsPerRun(100, func() {
		w.Buf = w.Buf[:0]
		mark := w.DeferLen()
		w.Bulk(value)
		w.Int(123456)
		w.Double(3.14159)
		w.Error("ERR no such key")
		w.SetArrayLen(mark, 12)
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestFormatDouble(t *testing.T) {
	for want, f := range map[string]float64{
		"0": 0, "-0": math.Copysign(0, -1), "3": 3, "-17": -17, "inf": math.Inf(1), "-inf": math.Inf(-1), "nan": math.NaN(),
		"3.1": 3.1, "-0.5": -0.5, "0.1": 0.1, "0.30000000000000004": 0.30000000000000004,
		"1000000000000000000": 1e18, "4611686018427387904": 1 << 62, "1e+19": 1e19, "12345678901234567000": 12345678901234567000,
		"1.5e+300": 1.5e300, "1e-7": 1e-7, "0.000001": 1e-6, "1.5e-9": 1.5e-9, "0.00015": 1.5e-4, "1.5e-6": 1.5e-6,
		"1.7976931348623157e+308": math.MaxFloat64, "5e-324": math.SmallestNonzeroFloat64, "1234.5678": 1234.5678,
		"1.234567890123e-4": 0.0001234567890123, "0.001234567890123": 0.001234567890123, "1.234567890123456e-5": 0.00001234567890123456,
	} {
		if got := string(FormatDouble(nil, f)); got != want {
			t.Errorf("%g: got %s, want %s", f, got, want)
		}
	}
}

// TestFormatDoubleReadsBack: the text is always read as the same number.
func TestFormatDoubleReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		text := FormatDouble(nil, f)
		back, err := strconv.ParseFloat(string(text), 64)
		if err != nil || math.Float64bits(back) != math.Float64bits(f) && !math.IsNaN(f) {
			t.Fatalf("%v: %s reads back as %v, %v", f, text, back, err)
		}
		if len(text) > maxDoubleText {
			t.Fatalf("%s is longer than %d", text, maxDoubleText)
		}
	})
}

// TestReplyRoundTrip: what a RESP3 Writer writes, ReadReply reads as the same tree.
func TestReplyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := Writer{Proto: 3}
		want := drawReply(t, &w, 0)
		reader := bufio.NewReaderSize(iotestReader{bytes.NewReader(w.Buf)}, 16)
		got, err := ReadReply(reader, DefaultReplyLimits())
		if err != nil {
			t.Fatalf("%q: %v", w.Buf, err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(bytes.Equal)); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", w.Buf, diff)
		}
		if _, err := ReadReply(reader, DefaultReplyLimits()); !errors.Is(err, io.EOF) {
			t.Fatalf("after the reply: %v", err)
		}
	})
}

// iotestReader gives one byte at a time.
type iotestReader struct{ r io.Reader }

func (r iotestReader) Read(p []byte) (int, error) { return r.r.Read(p[:min(1, len(p))]) }

func drawReply(t *rapid.T, w *Writer, depth int) Reply {
	kinds := []byte{'+', '-', ':', '$', '_', '#', ',', '(', '='}
	if depth < 3 {
		kinds = append(kinds, '*', '%', '~', '>')
	}
	reply := Reply{Type: rapid.SampledFrom(kinds).Draw(t, "type")}
	switch reply.Type {
	case TypeSimpleString, TypeError:
		text := rapid.StringMatching(`[A-Z]+( [a-z ]+)?`).Draw(t, "text")
		reply.Str = []byte(text)
		w.textLine(reply.Type, text)
	case TypeInt:
		reply.Int = rapid.Int64().Draw(t, "int")
		reply.Str = strconv.AppendInt(nil, reply.Int, 10)
		w.Int(reply.Int)
	case TypeBulk:
		reply.Str = rapid.SliceOf(rapid.Byte()).Draw(t, "bulk")
		w.Bulk(reply.Str)
	case TypeNull:
		reply.Null = true
		w.Null()
	case TypeBool:
		reply.Bool = rapid.Bool().Draw(t, "bool")
		reply.Str = []byte(strconv.FormatBool(reply.Bool)[:1])
		w.Bool(reply.Bool)
	case TypeDouble:
		reply.Float = rapid.Float64().Draw(t, "double")
		reply.Str = FormatDouble(nil, reply.Float)
		w.Double(reply.Float)
	case TypeBigNumber:
		text := rapid.StringMatching(`-?[1-9][0-9]{0,40}`).Draw(t, "digits")
		reply.Str = []byte(text)
		w.BigNumber(text)
	case TypeVerbatim:
		reply.Format = "txt"
		reply.Str = rapid.SliceOf(rapid.Byte()).Draw(t, "verbatim")
		w.Verbatim(reply.Format, reply.Str)
	default:
		drawElems(t, w, depth, &reply)
	}
	return reply
}

func drawElems(t *rapid.T, w *Writer, depth int, reply *Reply) {
	n := rapid.IntRange(0, 4).Draw(t, "n")
	reply.Elems = []Reply{}
	mark := w.DeferLen()
	elems := n
	if reply.Type == TypeMap {
		elems *= 2
	}
	for range elems {
		reply.Elems = append(reply.Elems, drawReply(t, w, depth+1))
	}
	switch reply.Type {
	case TypeArray:
		w.SetArrayLen(mark, n)
	case TypeMap:
		w.SetMapLen(mark, n)
	case TypeSet:
		w.SetSetLen(mark, n)
	case TypePush:
		w.SetPushLen(mark, n)
	}
}

func TestReadReplyRefuses(t *testing.T) {
	lim := ReplyLimits{MaxDepth: 3, MaxElems: 10, MaxBulk: 10}
	for _, stream := range []string{
		"$11\r\n", "*11\r\n", "%6\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "*5\r\n*6\r\n", "$-2\r\n", "*x\r\n", "?\r\n", "\r\n",
		":1x\r\n", "#x\r\n", ",x\r\n", "$1\r\nabc", "+OK\n", "=3\r\nabc\r\n", "+" + strings.Repeat("x", maxLine) + "\r\n",
		strings.Repeat("|0\r\n", 5) + ":1\r\n",
	} {
		if reply, err := ReadReply(bufio.NewReader(strings.NewReader(stream)), lim); !errors.Is(err, ErrProtocol) {
			t.Errorf("%.40q: got %+v, %v", stream, reply, err)
		}
	}
	for _, stream := range []string{"$3\r\nab", "*1\r\n", "+OK", "%1\r\n:1\r\n"} {
		if _, err := ReadReply(bufio.NewReader(strings.NewReader(stream)), lim); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v, want an unexpected end", stream, err)
		}
	}
}

func TestReadReplyAttributes(t *testing.T) {
	stream := "|1\r\n+popularity\r\n,0.5\r\n*1\r\n|1\r\n+ttl\r\n:3\r\n:7\r\n"
	got, err := ReadReply(bufio.NewReader(strings.NewReader(stream)), DefaultReplyLimits())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Attr) != 2 || got.Attr[1].Float != 0.5 || len(got.Elems) != 1 || got.Elems[0].Int != 7 || len(got.Elems[0].Attr) != 2 {
		t.Errorf("got %+v", got)
	}
}

func BenchmarkWriteBulk(b *testing.B) {
	w := Writer{Buf: make([]byte, 0, 64)}
	value := []byte("0123456789abcdef")
	b.ReportAllocs()
	for b.Loop() {
		w.Buf = w.Buf[:0]
		w.Bulk(value)
	}
}
