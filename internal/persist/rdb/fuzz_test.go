package rdb

import (
	"bytes"
	"errors"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
)

func fuzzStore(t testing.TB) *keyspace.Store {
	a, err := arena.New(1 << 32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return keyspace.NewStore(a, maphash.MakeSeed(), rand.New(rand.NewPCG(1, 1)))
}

// readAll makes every view walk its value: what was accepted must be readable.
func readAll(t *testing.T, sp *keyspace.Space) {
	enc := encoder{version: Version10}
	sp.ForEach(func(e keyspace.Entry) bool {
		if e.EmptyCollection() {
			t.Fatalf("empty value under %q", e.Key())
		}
		if err := enc.value(e); err != nil {
			t.Fatal(err)
		}
		enc.out = enc.out[:0]
		return true
	})
}

func refusal(err error) bool {
	var corrupt *CorruptError
	var unsupported *UnsupportedError
	return errors.As(err, &corrupt) || errors.As(err, &unsupported)
}

// Any bytes either load into readable values or are refused; the checksum is not compared, so that the structural
// checks are on their own.
func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join("testdata", "*.rdb"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range seeds {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("REDIS0011\xfe\x00\x00\x01k\xc3\x07\x0c\x02abc\xe0\x00\x02\xff\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("REDIS0003\x01\x01k\x02\x01a\xc0\x07\xff"))
	f.Add([]byte("REDIS0006\x0d\x01k\x13\x13\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\x01f\x03\x01v\xff\xff"))
	f.Add([]byte("REDIS0002\x09\x01k\x08\x01\x01f\x01\x00v\xff\xff"))
	store := fuzzStore(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		sp := store.NewSpace()
		defer sp.Flush(false)
		for _, size := range []int64{0, int64(len(data))} {
			opts := LoadOptions{Space: func(int) (*keyspace.Space, error) { return sp, nil }, Size: size, SkipChecksum: true}
			_, err := NewReader(bytes.NewReader(data), opts).Load()
			if err != nil && !refusal(err) {
				t.Fatal(err)
			}
			readAll(t, sp)
			sp.Flush(false)
		}
	})
}

// A payload whose footer is right is restored or refused as bad data; what was restored can be dumped and restored.
func FuzzRestore(f *testing.F) {
	for _, body := range []string{
		"\x00\x05hello", "\x00\xc1\x39\x30", "\x01\x02\x01a\x01b", "\x02\x02\x01a\x01b", "\x04\x01\x01f\x01v",
		"\x0b\x0a\x02\x00\x00\x00\x01\x00\x00\x00\x05\x00",
		"\x10\x0d\x0d\x00\x00\x00\x02\x00\x81f\x02\x81v\x02\xff",
		"\x11\x0c\x0c\x00\x00\x00\x02\x00\x81m\x02\x05\x01\xff",
		"\x12\x01\x02\x0a\x0a\x00\x00\x00\x01\x00\x81x\x02\xff",
		"\x14\x0a\x0a\x00\x00\x00\x01\x00\x81a\x02\xff",
		"\x15\x01\x10\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x1d\x1d\x00\x00\x00\x0a\x00\x01\x01\x00\x01\x01\x01\x81f\x02" +
			"\x00\x01\x02\x01\x00\x01\x00\x01\x81v\x02\x04\x01\xff\x01\x05\x00\x05\x00\x00\x00\x01\x01\x01g\x05\x00\x01" +
			"\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01" +
			"\x01\x01c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00",
		"\x0e\x01\x0f\x0f\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x00\x02ab\xff",
	} {
		f.Add([]byte(body))
	}
	store := fuzzStore(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		sp := store.NewSpace()
		defer sp.Flush(false)
		var p Payloads
		data := appendFooter(bytes.Clone(body), 0, Version11)
		e, err := p.Restore(sp, []byte("k"), data)
		if err != nil {
			if !errors.Is(err, ErrBadData) || sp.Len() != 0 {
				t.Fatalf("%v, %d keys", err, sp.Len())
			}
			return
		}
		readAll(t, sp)
		again, err := p.AppendDump(nil, e, Version11, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Restore(sp, []byte("k2"), again); err != nil {
			t.Fatalf("what was restored from %q cannot be restored from its dump %q: %v", body, again, err)
		}
	})
}

// The ziplist and zipmap iterators end, stay inside, and count what they return.
func FuzzLegacyBlobs(f *testing.F) {
	f.Add([]byte("\x13\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\x01f\x03\x01v\xff"))
	f.Add([]byte("\x0b\x00\x00\x00\x0a\x00\x00\x00\x00\x00\xff"))
	f.Add([]byte("\x01\x01f\x01\x00v\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if z, err := openZiplist(data); err == nil {
			count := 0
			for ; ; count++ {
				if _, ok, err := z.next(); err != nil || !ok {
					break
				}
			}
			if count != z.seen || count > len(data) {
				t.Fatalf("%d entries, %d seen", count, z.seen)
			}
		}
		if z, err := openZipmap(data); err == nil {
			for {
				if _, _, ok, err := z.next(); err != nil || !ok {
					break
				}
			}
			if z.seen > len(data) {
				t.Fatal("more pairs than bytes")
			}
		}
	})
}
