package engine

import (
	"math"
	"testing"

	"redoubt/internal/resp"
)

func TestScanCursorReadsWhatRedisReads(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "": 0, "17": 17, "+5": 5, "-1": math.MaxUint64, "007": 7, "18446744073709551615": math.MaxUint64,
	} {
		if got, ok := parseCursor([]byte(text)); !ok || got != want {
			t.Errorf("cursor %q: got %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{" 1", "1 ", "x", "1x", "-", "18446744073709551616", "99999999999999999999"} {
		if got, ok := parseCursor([]byte(text)); ok {
			t.Errorf("cursor %q is accepted as %d", text, got)
		}
	}
}

// scanReply scans a table of `size` portions with one element each.
func scanReply(size uint64, count int64) string {
	c := &Call{Reply: &resp.Writer{Buf: []byte("before")}}
	c.ReplyScan(0, &ScanOptions{Count: count}, func(cursor uint64) (next uint64, looked, written int) {
		c.Reply.Bulk([]byte{byte('a' + cursor)})
		return (cursor + 1) % size, 1, 1
	})
	return string(c.Reply.Buf)
}

func TestReplyScanPutsCursorInFront(t *testing.T) {
	if got, want := scanReply(5, 2), "before*2\r\n$1\r\n2\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := "before*2\r\n$2\r\n11\r\n*11\r\n"
	for i := range 11 {
		want += "$1\r\n" + string(rune('a'+i)) + "\r\n"
	}
	if got := scanReply(20, 11); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := scanReply(1, math.MaxInt64), "before*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReplyScanEndsInThinlyFilledTable(t *testing.T) {
	c := &Call{Reply: &resp.Writer{}}
	steps := 0
	c.ReplyScan(0, &ScanOptions{Count: 3}, func(cursor uint64) (next uint64, looked, written int) {
		steps++
		return cursor + 1, 0, 0
	})
	if steps != 31 || string(c.Reply.Buf) != "*2\r\n$2\r\n31\r\n*0\r\n" {
		t.Errorf("%d steps, reply %q; want to stop after ten portions an element", steps, c.Reply.Buf)
	}
}
