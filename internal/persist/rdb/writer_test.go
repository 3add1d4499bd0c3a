package rdb_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
)

// populate fills sp with random values of every kind and, through their sizes, encoding.
func populate(t *rapid.T, sp *keyspace.Space) {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	for i := range rapid.IntRange(0, 12).Draw(t, "keys") {
		name := []byte(fmt.Sprintf("key %d %s", i, randomText(rng, 10)))
		size := []int{1, 3, 20, 150, 700}[rng.IntN(5)]
		wide := []int{4, 40, 100, 9000}[rng.IntN(4)]
		if wide == 9000 {
			size = min(size, 20)
		}
		populateKey(t, sp, rng, name, size, wide)
		if e, ok := sp.Find(name); ok && rng.IntN(3) == 0 {
			sp.SetExpire(e, 1<<40+rng.Int64N(1<<30))
		}
	}
}

func populateKey(t *rapid.T, sp *keyspace.Space, rng *rand.Rand, name []byte, size, wide int) {
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch rng.IntN(6) {
	case 0:
		sp.SetString(name, randomText(rng, wide), false)
	case 1:
		l, err := sp.List(name)
		check(err)
		for range size {
			l.PushBack(randomText(rng, wide))
		}
	case 2:
		s, err := sp.Set(name)
		check(err)
		for range size {
			s.Add(randomText(rng, wide))
		}
	case 3:
		s, err := sp.Set(name)
		check(err)
		shift := rng.IntN(64)
		for range size {
			s.Add(strconv.AppendInt(nil, int64(rng.Uint64())>>shift, 10))
		}
	case 4:
		h, err := sp.Hash(name)
		check(err)
		for range size {
			h.Set(randomText(rng, wide), randomText(rng, wide))
		}
	case 5:
		z, err := sp.ZSet(name)
		check(err)
		for range size {
			z.Put(randomText(rng, wide), randomScore(rng))
		}
	}
}

// randomText is an integer, a compressible or an incompressible text of up to n bytes.
func randomText(rng *rand.Rand, n int) []byte {
	switch rng.IntN(4) {
	case 0:
		return strconv.AppendInt(nil, int64(rng.Uint64())>>rng.IntN(64), 10)
	case 1:
		return []byte(strings.Repeat(string(rune('a'+rng.IntN(26))), rng.IntN(n+1)))
	}
	b := make([]byte, rng.IntN(n+1))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func randomScore(rng *rand.Rand) float64 {
	switch rng.IntN(5) {
	case 0:
		return math.Inf(rng.IntN(2)*2 - 1)
	case 1:
		return rng.NormFloat64() * 1e200
	case 2:
		return rng.Float64()
	}
	return float64(rng.IntN(20) - 10)
}

// Whatever is in the keyspace is the same, in contents and encoding, after a save and a load; for both versions.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := newStore(t, 1)
		defer store.Arena().Close()
		db := []*keyspace.Space{store.NewSpace(), store.NewSpace()}
		populate(t, db[0])
		populate(t, db[1])
		opts := rdb.WriterOptions{
			Version:     rapid.SampledFrom([]int{rdb.Version10, rdb.Version11}).Draw(t, "version"),
			Compression: rapid.Bool().Draw(t, "compression"),
			Checksum:    true,
			Aux:         rdb.StandardAux(1700000000, 123456, false),
		}
		data := save(t, db, opts)
		back := []*keyspace.Space{store.NewSpace(), store.NewSpace()}
		stats, err := loadBytes(data, rdb.LoadOptions{Space: pick(back)})
		if err != nil {
			t.Fatal(err)
		}
		if stats.Version != opts.Version || !stats.Checksum || stats.Keys != int64(db[0].Len()+db[1].Len()) {
			t.Fatalf("%+v", stats)
		}
		for i := range db {
			if diff := cmp.Diff(contentsOf(db[i]), contentsOf(back[i])); diff != "" {
				t.Fatalf("database %d:\n%s", i, diff)
			}
		}
	})
}

func save(t tb, db []*keyspace.Space, opts rdb.WriterOptions) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := rdb.NewWriter(&out, opts)
	if err != nil {
		t.Fatal(err)
	}
	for i, sp := range db {
		if err := w.WriteSpace(i, sp); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Size() != int64(out.Len()) {
		t.Fatalf("Size is %d, written %d", w.Size(), out.Len())
	}
	return out.Bytes()
}

// The bytes of a file with one value of each small encoding are those of the format description.
func TestWriterBytes(t *testing.T) {
	write := func(opts rdb.WriterOptions) []byte {
		db := newSpaces(t)
		e := db[0].SetString([]byte("k"), []byte("300"), false)
		e.SetAccess(5)
		db[0].SetExpire(e, 2000000000123)
		set, err := db[1].Set([]byte("7"))
		if err != nil {
			t.Fatal(err)
		}
		set.Add([]byte("a"))
		second, _ := db[1].Find([]byte("7"))
		second.SetAccess(0)
		return save(t, db, opts)
	}
	head := func(version string) string {
		return "REDIS" + version + "\xfa" + str("a") + "\xc0\x40" + "\xfe\x00\xfb\x01\x01" + "\xfc" + le64(2000000000123)
	}
	aux := []rdb.AuxField{{Name: "a", Value: "64"}}
	for name, c := range map[string]struct {
		opts rdb.WriterOptions
		want string
	}{
		"version 11, idle": {
			rdb.WriterOptions{Checksum: true, Aux: aux, Idle: func(a uint32) uint64 { return uint64(a) * 20 }},
			head("0011") + "\xf8\x40\x64\x00" + str("k") + "\xc1\x2c\x01" +
				"\xfe\x01\xfb\x01\x00" + "\xf8\x00\x14\xc0\x07" + str("\x0a\x00\x00\x00\x01\x00\x81a\x02\xff"),
		},
		"version 10, frequency": {
			rdb.WriterOptions{Version: 10, Checksum: true, Aux: aux, Frequency: func(a uint32) uint8 { return uint8(a) }},
			head("0010") + "\xf9\x05\x00" + str("k") + "\xc1\x2c\x01" + "\xfe\x01\xfb\x01\x00" + "\xf9\x00\x02\xc0\x07" + n(1) + str("a"),
		},
	} {
		got := write(c.opts)
		if want := finish([]byte(c.want), 11); !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
	}
	got := write(rdb.WriterOptions{Aux: aux})
	if binary.LittleEndian.Uint64(got[len(got)-8:]) != 0 {
		t.Error("a checksum was written without being asked for")
	}
}

func TestWriterFunctionsAndAux(t *testing.T) {
	var out bytes.Buffer
	w, err := rdb.NewWriter(&out, rdb.WriterOptions{Checksum: true, Aux: rdb.StandardAux(1700000000, 5000, true)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteFunction([]byte("#!lua name=x\nreturn")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	_, err = loadBytes(out.Bytes(), rdb.LoadOptions{Space: pick(newSpaces(t)),
		Aux:      func(name, value []byte) { got = append(got, string(name)+"="+string(value)) },
		Function: func(p []byte) error { got = append(got, string(p)); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"redis-ver=7.2.4", "redis-bits=64", "ctime=1700000000", "used-mem=5000", "aof-base=1", "#!lua name=x\nreturn"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

type failingWriter struct{ left int }

var errFull = errors.New("no space left on device")

func (f *failingWriter) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return f.left, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

// TestWriterMakesWay: whoever is to let others go first is asked to again and again, and the file is the same.
func TestWriterMakesWay(t *testing.T) {
	sp := newSpaces(t)[0]
	for i := range 3000 {
		sp.SetString(fmt.Appendf(nil, "key %d", i), bytes.Repeat([]byte("text"), 100+i%50), false)
	}
	save := func(between func()) []byte {
		var file bytes.Buffer
		w, err := rdb.NewWriter(&file, rdb.WriterOptions{Compression: true, Checksum: true})
		if err != nil {
			t.Fatal(err)
		}
		w.Between(between)
		snapshot := rdb.NewSnapshot(rdb.WriterOptions{Compression: true})
		sp.ForEach(func(e keyspace.Entry) bool { snapshot.Entry(0, e); return true })
		for _, chunk := range snapshot.Take(nil) {
			if err := w.WriteChunk(chunk); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return file.Bytes()
	}
	times := 0
	got := save(func() { times++ })
	if !bytes.Equal(got, save(nil)) {
		t.Error("the file depends on who is asked to make way")
	}
	if least := 3000 * 500 / (8 << 10); times < least {
		t.Errorf("%d times while 1.5 MB were compressed, want at least %d", times, least)
	}
}

// A write error stops the writer for good, also in the middle of a large value, and says where.
func TestWriterErrorSticks(t *testing.T) {
	db := newSpaces(t)
	set, err := db[0].Set([]byte("large"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40000 {
		set.Add([]byte(fmt.Sprintf("member number %d", i)))
	}
	w, err := rdb.NewWriter(&failingWriter{left: 200 << 10}, rdb.WriterOptions{Checksum: true})
	if err != nil {
		t.Fatal(err)
	}
	err = w.WriteSpace(0, db[0])
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "write rdb at offset") {
		t.Fatalf("%v", err)
	}
	if again := w.Close(); !errors.Is(again, err) {
		t.Errorf("Close: %v", again)
	}
	if again := w.WriteSelectDB(1, 0, 0); !errors.Is(again, err) {
		t.Errorf("WriteSelectDB: %v", again)
	}
}

func TestWriterRefusesOtherVersions(t *testing.T) {
	for _, version := range []int{9, 12, -1} {
		if _, err := rdb.NewWriter(&bytes.Buffer{}, rdb.WriterOptions{Version: version}); err == nil {
			t.Errorf("version %d was taken", version)
		}
	}
}

// benchSpace is 100,000 short strings and 100 hashes of 100 fields.
func benchSpace(b *testing.B) *keyspace.Space {
	db := newSpaces(b)
	for i := range 100000 {
		db[0].SetString([]byte(fmt.Sprintf("key:%06d", i)), []byte("a value of some 26 letters"), false)
	}
	for i := range 100 {
		h, err := db[0].Hash([]byte(fmt.Sprintf("hash:%d", i)))
		if err != nil {
			b.Fatal(err)
		}
		for j := range 100 {
			h.Set([]byte(fmt.Sprintf("field:%d", j)), []byte("value"))
		}
	}
	return db[0]
}

func BenchmarkSave(b *testing.B) {
	sp := benchSpace(b)
	opts := rdb.WriterOptions{Compression: true, Checksum: true}
	b.SetBytes(int64(len(save(b, []*keyspace.Space{sp}, opts))))
	b.ReportAllocs()
	for b.Loop() {
		save(b, []*keyspace.Space{sp}, opts)
	}
}

func BenchmarkLoad(b *testing.B) {
	data := save(b, []*keyspace.Space{benchSpace(b)}, rdb.WriterOptions{Compression: true, Checksum: true})
	store := newStore(b, 1)
	defer store.Arena().Close()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		sp := store.NewSpace()
		if _, err := loadBytes(data, rdb.LoadOptions{Space: pick([]*keyspace.Space{sp})}); err != nil {
			b.Fatal(err)
		}
		sp.Flush(false)
	}
}
