package rdb_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
	"redoubt/internal/memory/stream"
	"redoubt/internal/persist/rdb"
)

// node is a node of a stream under the master id 5-0, from the elements of its listpack.
func node(elements ...string) string {
	lp := listpack.New(nil)
	for _, e := range elements {
		lp = listpack.Append(lp, []byte(e))
	}
	return str(rawID(5, 0)) + str(string(lp))
}

func rawID(ms, seq uint64) string {
	return string(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, ms), seq))
}

// twoEntries is a node with 5-0 (f v) and 6-1 (f w).
var twoEntries = node("2", "0", "1", "f", "0", "2", "0", "0", "v", "4", "2", "1", "1", "w", "4")

// counters are what stands between nodes and groups in types 19 and 21, for twoEntries.
var counters = n(2) + n(6) + n(1) + n(5) + n(0) + n(0) + n(0) + n(2)

// Each way in which a stream can contradict itself is refused, and names what is wrong.
func TestDamagedStreams(t *testing.T) {
	nack := rawID(5, 0) + le64(1000) + n(1)
	group := func(pending, consumers string) string {
		return n(1) + twoEntries + counters + n(1) + str("g") + n(5) + n(0) + n(1) + pending + consumers
	}
	consumer := str("c") + le64(1000) + le64(1000)
	for want, body := range map[string]string{
		"under an id of 3 bytes":                    n(1) + str("abc") + str("x"),
		"too few for a header":                      n(1) + str(rawID(5, 0)) + str("x"),
		"without elements":                          n(1) + node(),
		"is no number":                              n(1) + node("2", "x"),
		"within its fields":                         n(1) + node("1", "0", "3", "f"),
		"-1 fields":                                 n(1) + node("1", "0", "-1", "f"),
		"end of the fields":                         n(1) + node("1", "0", "1", "f", "7"),
		"flags 0x4":                                 n(1) + node("1", "0", "1", "f", "0", "4", "0", "0", "v", "4"),
		"entry with 99 fields":                      n(1) + node("1", "0", "1", "f", "0", "0", "0", "0", "99", "v", "4"),
		"4 elements says 9":                         n(1) + node("1", "0", "1", "f", "0", "2", "0", "0", "v", "9"),
		"5-0 is not behind":                         n(1) + node("2", "0", "1", "f", "0", "2", "0", "0", "v", "4", "2", "0", "0", "w", "4"),
		"4-0 is not behind":                         n(1) + node("1", "0", "1", "f", "0", "2", "-1", "0", "v", "4"),
		"7 and 0 announced":                         n(1) + node("7", "0", "1", "f", "0", "2", "0", "0", "v", "4"),
		"1 and 2 announced":                         n(1) + node("1", "2", "1", "f", "0", "2", "0", "0", "v", "4"),
		"not behind the one before":                 n(2) + twoEntries + twoEntries,
		"3 entries announced":                       n(1) + twoEntries + n(3),
		"last id 6-0 is before":                     n(1) + twoEntries + n(2) + n(6) + n(0),
		"group \"g\" appears twice":                 n(1) + twoEntries + counters + n(2) + strings.Repeat(str("g")+n(5)+n(0)+n(1)+n(0)+n(0), 2),
		"pending twice":                             group(n(2)+nack+nack, ""),
		"pending for nobody":                        group(n(1)+nack, n(0)),
		"not pending in its group":                  group(n(0), n(1)+consumer+n(1)+rawID(5, 0)),
		"consumer \"d\" is not pendi":               group(n(1)+nack, n(2)+consumer+n(1)+rawID(5, 0)+str("d")+le64(0)+le64(0)+n(1)+rawID(5, 0)),
		"Duplicate stream consumer detected: \"c\"": group(n(0), n(2)+consumer+n(0)+consumer+n(0)),
		"elements announced":                        group("\x80\x7f\x00\x00\x00", ""),
	} {
		db := newSpaces(t)
		var p rdb.Payloads
		_, err := p.Restore(db[0], []byte("k"), payload(11, "\x15"+body))
		if !errors.Is(err, rdb.ErrBadData) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if db[0].Len() != 0 {
			t.Errorf("%s: left something behind", want)
		}
	}
}

// The three types differ in what is known about counters and consumers.
func TestStreamTypes(t *testing.T) {
	pending := n(1) + rawID(6, 1) + le64(1000) + n(3)
	for kind, body := range map[string]string{
		"\x0f": n(1) + twoEntries + n(2) + n(6) + n(1) +
			n(1) + str("g") + n(6) + n(1) + pending + n(1) + str("c") + le64(2000) + n(1) + rawID(6, 1),
		"\x13": n(1) + twoEntries + counters +
			n(1) + str("g") + n(6) + n(1) + n(2) + pending + n(1) + str("c") + le64(2000) + n(1) + rawID(6, 1),
		"\x15": n(1) + twoEntries + counters +
			n(1) + str("g") + n(6) + n(1) + n(2) + pending + n(1) + str("c") + le64(2000) + le64(1500) + n(1) + rawID(6, 1),
	} {
		db := newSpaces(t)
		var p rdb.Payloads
		e, err := p.Restore(db[0], []byte("k"), payload(11, kind+body))
		if err != nil {
			t.Errorf("type %d: %v", kind[0], err)
			continue
		}
		want := []string{"5-0", "f", "v", "6-1", "f", "w", "last 6-1 first 5-0 deleted 0-0 added 2", "group g last 6-1 read 2",
			"pending 6-1 for c since 1000, 3 times", "consumer c seen 2000, 1 pending"}
		if diff := cmp.Diff(want, streamElements(e.Stream().Data())); diff != "" {
			t.Errorf("type %d: %s", kind[0], diff)
		}
		active := map[string]int64{"\x0f": 2000, "\x13": 2000, "\x15": 1500}[kind]
		g, _ := e.Stream().Data().Group([]byte("g"))
		if c, ok := g.Consumer([]byte("c")); !ok || c.Active() != active {
			t.Errorf("type %d: consumer active at %d, want %d", kind[0], c.Active(), active)
		}
		out, err := p.AppendDump(nil, e, rdb.Version11, false)
		if err != nil || kind == "\x15" && string(out) != string(payload(11, kind+body)) {
			t.Errorf("type %d is dumped as %q, %v", kind[0], out, err)
		}
	}
}

// A stream without entries is a value, unlike other collections.
func TestEmptyStream(t *testing.T) {
	db := newSpaces(t)
	s, _ := db[0].Stream([]byte("k"))
	s.Create()
	s.Data().Append(stream.ID{Ms: 1}, [][]byte{[]byte("f"), []byte("v")})
	s.Data().Delete(stream.ID{Ms: 1})
	var p rdb.Payloads
	for _, version := range []int{rdb.Version10, rdb.Version11} {
		dump, err := p.AppendDump(nil, s.Entry(), version, true)
		if err != nil {
			t.Fatal(err)
		}
		e, err := p.Restore(db[1], []byte("k"), dump)
		if err != nil || e.Kind() != keyspace.KindStream {
			t.Fatal(err)
		}
		if diff := cmp.Diff(streamElements(s.Data()), streamElements(e.Stream().Data())); diff != "" {
			t.Error(diff)
		}
		db[1].Delete(e)
	}
}
