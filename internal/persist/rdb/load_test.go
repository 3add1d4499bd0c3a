package rdb_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
)

func wantCorrupt(t *testing.T, err error, key string, named bool) {
	t.Helper()
	var corrupt *rdb.CorruptError
	if !errors.As(err, &corrupt) {
		t.Fatalf("error is %v", err)
	}
	if corrupt.Path != "x.rdb" || corrupt.Offset <= 0 || corrupt.Reason == "" {
		t.Errorf("error does not say where: %v", err)
	}
	if named && string(corrupt.Key) != key {
		t.Errorf("error does not name the key: %v", err)
	}
}

// sample is a small file with one value of most types, attributes and a second database.
func sample() []byte {
	return file(11,
		"\xfa"+str("redis-ver")+str("7.2.4"), "\xfa"+str("redis-bits")+"\xc0\x40",
		"\xfe\x00", "\xfb"+n(6)+n(1),
		"\xfc"+le64(2000000000123)+"\xf9\x07"+key(0, "string", str("value")),
		key(0, "lzf", "\xc3\x07\x0c\x02abc\xe0\x00\x02"),
		key(16, "hash", str("\x12\x00\x00\x00\x02\x00\x84name\x05\x83red\x04\xff")),
		key(17, "zset", str("\x0c\x00\x00\x00\x02\x00\x81m\x02\x05\x01\xff")),
		key(20, "set", str("\x0d\x00\x00\x00\x02\x00\x81a\x02\x81b\x02\xff")),
		key(11, "ints", str(intsetOf(2, 1, 2, 300))),
		"\xfe\x02", "\xfb"+n(2)+n(0),
		key(18, "list", n(2)+n(2)+str("\x0a\x00\x00\x00\x01\x00\x81x\x02\xff")+n(1)+"\xc3"+n(107)+n(9000)+"\x00p"+strings.Repeat("\xe0\xff\x00", 34)+"\xe0\x0e\x00"),
		"\xf8"+n(300)+key(5, "zset2", n(2)+str("b")+double(2)+str("a")+double(1)),
	)
}

func TestSample(t *testing.T) {
	db := newSpaces(t)
	var aux []string
	var access []string
	stats, err := loadBytes(sample(), rdb.LoadOptions{
		Space: pick(db),
		Aux:   func(name, value []byte) { aux = append(aux, string(name)+"="+string(value)) },
		Access: func(idle int64, frequency int) uint32 {
			access = append(access, fmt.Sprint(idle, " ", frequency))
			return 77
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := rdb.Stats{Version: 11, Keys: 8, Bytes: int64(len(sample())), Checksum: true}
	if diff := cmp.Diff(want, stats); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"redis-ver=7.2.4", "redis-bits=64"}, aux); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"-1 7", "-1 -1", "-1 -1", "-1 -1", "-1 -1", "-1 -1", "-1 -1", "300 -1"}, access); diff != "" {
		t.Error(diff)
	}
	if e, ok := db[0].Find([]byte("string")); !ok || e.Access() != 77 {
		t.Error("access word was not stored")
	}
	if got := len(contentsOf(db[2])); got != 2 {
		t.Errorf("%d keys in database 2", got)
	}
	if diff := cmp.Diff(content{"hash", "listpack", -1, []string{"name", "red"}}.quoted(), contentsOf(db[0])[quote("hash")]); diff != "" {
		t.Error(diff)
	}
}

// A file cut anywhere is refused at an offset within it.
func TestCutAnywhere(t *testing.T) {
	data := sample()
	store := newStore(t, 1)
	defer store.Arena().Close()
	for cut := range data {
		for _, sized := range []bool{true, false} {
			db := []*keyspace.Space{store.NewSpace(), store.NewSpace(), store.NewSpace()}
			opts := rdb.LoadOptions{Space: pick(db), Path: "x.rdb"}
			if sized {
				opts.Size = int64(cut)
			}
			_, err := rdb.NewReader(bytes.NewReader(data[:cut]), opts).Load()
			var corrupt *rdb.CorruptError
			if !errors.As(err, &corrupt) || corrupt.Offset < 0 || corrupt.Offset > int64(cut) {
				t.Fatalf("cut at %d of %d: %v", cut, len(data), err)
			}
			for _, sp := range db {
				sp.Flush(false)
			}
		}
	}
}

// A file with any byte changed in any bit is refused: by the structure or, at the latest, by the checksum.
func TestFlipAnywhere(t *testing.T) {
	data := sample()
	store := newStore(t, 1)
	defer store.Arena().Close()
	for i := range data {
		for bit := range 8 {
			damaged := bytes.Clone(data)
			damaged[i] ^= 1 << bit
			db := []*keyspace.Space{store.NewSpace(), store.NewSpace(), store.NewSpace()}
			_, err := loadBytes(damaged, rdb.LoadOptions{Space: func(n int) (*keyspace.Space, error) {
				return db[n%len(db)], nil
			}, Function: func([]byte) error { return nil }})
			var corrupt *rdb.CorruptError
			var unsupported *rdb.UnsupportedError
			if !errors.As(err, &corrupt) && !errors.As(err, &unsupported) {
				t.Fatalf("bit %d of byte %d (%#02x): %v", bit, i, data[i], err)
			}
			for _, sp := range db {
				sp.Flush(false)
			}
		}
	}
}

func TestExpiredAndEmptyKeysAreSkipped(t *testing.T) {
	data := file(11, "\xfc"+le64(1000)+key(0, "past", str("v")), "\xfc"+le64(3000)+key(0, "future", str("v")),
		key(1, "emptylist", n(0)), key(11, "emptyset", str(intsetOf(2))), key(18, "emptynodes", n(1)+n(2)+str("\x07\x00\x00\x00\x00\x00\xff")),
		key(9, "emptymap", str("\x00\xff")))
	for now, want := range map[int64]rdb.Stats{
		2000: {Version: 11, Keys: 1, Expired: 1, Empty: 4, Checksum: true},
		1000: {Version: 11, Keys: 2, Expired: 0, Empty: 4, Checksum: true}, // due, not past
		0:    {Version: 11, Keys: 2, Expired: 0, Empty: 4, Checksum: true}, // a replica keeps them
	} {
		db := newSpaces(t)
		var empty []string
		stats, err := loadBytes(data, rdb.LoadOptions{Space: pick(db), Now: now,
			EmptyKey: func(_ int, key []byte) { empty = append(empty, string(key)) }})
		if err != nil {
			t.Fatal(err)
		}
		want.Bytes = int64(len(data))
		if diff := cmp.Diff(want, stats); diff != "" {
			t.Errorf("now %d: %s", now, diff)
		}
		if int64(db[0].Len()) != want.Keys {
			t.Errorf("now %d: %d keys", now, db[0].Len())
		}
		if diff := cmp.Diff([]string{"emptylist", "emptyset", "emptynodes", "emptymap"}, empty); diff != "" {
			t.Error(diff)
		}
	}
}

// What cannot be represented stops the load with the key and the offset of its record; it is never dropped.
func TestUnsupported(t *testing.T) {
	lead := key(0, "before", str("v"))
	for name, c := range map[string]struct {
		version int
		record  string
		text    string
	}{
		"module":                {11, key(7, "m", "\x81"+"\x35\x35\x35\x35\x35\x35\x35\x35"), "values of modules"},
		"hash with TTLs":        {12, key(24, "h", n(0)), "value type 24, offset 19 (db 0, key \"h\") (the file has format version 12, this server knows up to 11)"},
		"old function":          {10, "\xf6" + str("x"), "release candidate"},
		"function, no callback": {11, "\xf5" + str("x"), "function libraries"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadBytes(file(c.version, lead, c.record), rdb.LoadOptions{Space: pick(newSpaces(t)), Path: "x.rdb"})
			var unsupported *rdb.UnsupportedError
			if !errors.As(err, &unsupported) || unsupported.Offset != 19 || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Later versions and Valkey's header are taken as long as they contain what we know.
func TestOtherHeaders(t *testing.T) {
	body := key(0, "k", str("v"))
	for header, want := range map[string]rdb.Stats{
		"VALKEY080": {Version: 80, Valkey: true, Keys: 1, Checksum: true},
		"REDIS0012": {Version: 12, Keys: 1, Checksum: true},
	} {
		data := finish([]byte(header+"\xf4"+n(1)+n(2)+n(3)+body), 11)
		stats, err := loadBytes(data, rdb.LoadOptions{Space: pick(newSpaces(t))})
		want.Bytes = int64(len(data))
		if err != nil || stats != want {
			t.Errorf("%s: %+v, %v", header, stats, err)
		}
	}
	for _, header := range []string{"REDIS00x1", "REDIS0000", "RODIS0011", "VALKEY08a", "<!DOCTYPE"} {
		_, err := loadBytes(finish([]byte(header+body), 11), rdb.LoadOptions{Space: pick(newSpaces(t)), Path: "x.rdb"})
		wantCorrupt(t, err, "", false)
	}
}

func TestModuleAuxIsSkipped(t *testing.T) {
	id := "\x81\x01\x02\x03\x04\x05\x06\x07\x08"
	value := "\x02\x07" + "\x01\x09" + "\x03abcd" + "\x04abcdefgh" + "\x05" + str("text") + "\x00"
	data := file(11, "\xf7"+id+"\x02\x02"+value, key(0, "k", str("v")))
	stats, err := loadBytes(data, rdb.LoadOptions{Space: pick(newSpaces(t))})
	if err != nil || stats.ModuleAux != 1 || stats.Keys != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
}

func TestFunctionsAndCallbackErrors(t *testing.T) {
	data := file(11, "\xf5"+str("#!lua name=a"), "\xf5"+str("#!lua name=b"), "\xfe\x05", key(0, "k", str("v")))
	var libraries []string
	opts := rdb.LoadOptions{Space: pick(newSpaces(t)), Path: "x.rdb", Function: func(p []byte) error {
		libraries = append(libraries, string(p))
		return nil
	}}
	stats, err := loadBytes(data, opts)
	if err == nil || err.Error() != "rdb x.rdb: at offset 39: database 5 of 3" {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff([]string{"#!lua name=a", "#!lua name=b"}, libraries); diff != "" || stats.Functions != 2 {
		t.Error(diff, stats)
	}
}

// A failing medium is not a damaged file.
func TestReadErrorIsPassedOn(t *testing.T) {
	broken := errors.New("input/output error")
	in := io.MultiReader(bytes.NewReader(sample()[:40]), iotest.ErrReader(broken))
	_, err := rdb.NewReader(in, rdb.LoadOptions{Space: pick(newSpaces(t)), Path: "x.rdb"}).Load()
	var corrupt *rdb.CorruptError
	if !errors.Is(err, broken) || errors.As(err, &corrupt) || !strings.Contains(err.Error(), "x.rdb") {
		t.Errorf("%v", err)
	}
}

// The reader takes whatever pieces the input comes in, and leaves what follows the file.
func TestRestOfStream(t *testing.T) {
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole":        func(r io.Reader) io.Reader { return r },
		"byte by byte": iotest.OneByteReader,
		"data and EOF": iotest.DataErrReader,
	} {
		in := wrap(strings.NewReader(string(sample()) + "*1\r\n$4\r\nPING\r\n"))
		rd := rdb.NewReader(in, rdb.LoadOptions{Space: pick(newSpaces(t))})
		if _, err := rd.Load(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rest, err := io.ReadAll(rd.Rest())
		if err != nil || string(rest) != "*1\r\n$4\r\nPING\r\n" {
			t.Errorf("%s: rest is %q, %v", name, rest, err)
		}
	}
}

func TestSkipChecksum(t *testing.T) {
	data := sample()
	data[len(data)-1] ^= 1
	if _, err := loadBytes(data, rdb.LoadOptions{Space: pick(newSpaces(t))}); err == nil {
		t.Error("a wrong checksum was taken")
	}
	if stats, err := loadBytes(data, rdb.LoadOptions{Space: pick(newSpaces(t)), SkipChecksum: true}); err != nil || stats.Checksum {
		t.Errorf("%+v, %v", stats, err)
	}
	zero := append(bytes.Clone(data[:len(data)-8]), make([]byte, 8)...)
	if stats, err := loadBytes(zero, rdb.LoadOptions{Space: pick(newSpaces(t))}); err != nil || stats.Checksum {
		t.Errorf("%+v, %v", stats, err)
	}
}

// Lengths that a damaged or hostile input announces do not decide how much memory is taken.
func TestMemoryIsBoundedByInput(t *testing.T) {
	const mega = 1 << 20
	// 20 KB that unpack to 1.7 MB: a set listpack with 880,000 entries, all of them 0.
	content := "\x00\x01"
	size := 7 + 2 + 2*264*3300
	bomb := "\x07" + le32(size) + "\xff\xff" + content + strings.Repeat("\xe0\xff\x01", 2*3300) + "\x00\xff"
	for name, record := range map[string]string{
		"string of 4 GB":    key(0, "k", "\x80\xff\xff\xff\xff"+"few"),
		"list of 2^62":      key(1, "k", "\x81\x40\x00\x00\x00\x00\x00\x00\x00"+str("few")),
		"LZF of 4 GB":       key(0, "k", "\xc3"+n(1000)+"\x80\xff\xff\xff\xff"+strings.Repeat("x", 1000)),
		"equal set members": key(20, "k", "\xc3"+n(len(bomb))+n(size)+bomb),
	} {
		data := file(11, record)
		for _, known := range []int64{0, int64(len(data))} {
			db := newSpaces(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := rdb.NewReader(bytes.NewReader(data), rdb.LoadOptions{Space: pick(db), Size: known, Path: "x.rdb"}).Load()
			runtime.ReadMemStats(&after)
			wantCorrupt(t, err, "k", true)
			if got := after.TotalAlloc - before.TotalAlloc; got > 4*mega {
				t.Errorf("%s, size %d: %d bytes allocated for %d of input (%v)", name, known, got, len(data), err)
			}
		}
	}
}
