package aof

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"regexp"
	"testing"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/persist/vfs/faultfs"
)

// put writes a file anew.
func put(t *testing.T, files vfs.FS, name string, content []byte) {
	t.Helper()
	f, err := files.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// smallBase is an RDB of two keys.
func smallBase(t *testing.T, store *keyspace.Store) []byte {
	t.Helper()
	sp := store.NewSpace()
	defer sp.Close()
	sp.SetString([]byte("key"), []byte("a value that is long enough to be compressed, compressed, compressed"), false)
	hash, err := sp.Hash([]byte("hash"))
	if err != nil {
		t.Fatal(err)
	}
	hash.Set([]byte("field"), []byte("value"))
	var out bytes.Buffer
	w, err := rdb.NewWriter(&out, rdb.WriterOptions{Compression: true, Checksum: true, Aux: rdb.StandardAux(1, 2, true)})
	if err == nil {
		err = w.WriteSpace(0, sp)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var offsetNamed = regexp.MustCompile(`offset \d+`)

// TestFlipEveryByte changes every byte of a base and of an increment. In the base, which has a checksum, every change is
// refused. In the increment, which has none, it is refused with file and offset, or the commands have the same shape: a
// change inside a word cannot be seen.
func TestFlipEveryByte(t *testing.T) {
	a, err := arena.New(1 << 32)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	store := keyspace.NewStore(a, maphash.MakeSeed(), rand.New(rand.NewPCG(1, 1)))
	base, incr := smallBase(t, store), []byte(nil)
	numbers := []int{0, 1, 12}
	for _, n := range numbers {
		incr = append(incr, pushed(n)...)
	}
	d := faultfs.New(1)
	if err := d.MkdirAll("/data/appendonlydir", 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, d, "/data/appendonlydir/appendonly.aof.manifest", []byte("file b seq 1 type b\nfile i seq 1 type i\n"))
	load := func(base, incr []byte) (shape string, err error) {
		put(t, d, "/data/appendonlydir/b", base)
		put(t, d, "/data/appendonlydir/i", incr)
		sp := store.NewSpace()
		defer sp.Close()
		_, err = logOn(t, d).Load(LoadOptions{
			RDB:  rdb.LoadOptions{Space: func(int) (*keyspace.Space, error) { return sp, nil }},
			Warn: func(string, ...any) {},
			Command: func(words [][]byte) error {
				shape += "command"
				for _, w := range words {
					shape += fmt.Sprint(" ", len(w))
				}
				return nil
			},
		})
		return shape, err
	}
	good, err := load(base, incr)
	if err != nil {
		t.Fatal(err)
	}
	for at := range base {
		for bit := range 8 {
			damaged := bytes.Clone(base)
			damaged[at] ^= 1 << bit
			if _, err := load(damaged, incr); err == nil {
				t.Errorf("base, byte %d, bit %d: not noticed", at, bit)
			}
		}
	}
	refused := 0
	for at := range incr {
		for bit := range 8 {
			damaged := bytes.Clone(incr)
			damaged[at] ^= 1 << bit
			shape, err := load(base, damaged)
			switch {
			case err != nil && offsetNamed.MatchString(err.Error()):
				refused++
			case err != nil || shape != good:
				t.Errorf("increment, byte %d, bit %d: %v, %s", at, bit, err, shape)
			}
		}
	}
	structure := len(incr)
	for _, n := range numbers {
		structure -= len("RPUSH") + len("k") + bytes.Count(pushed(n), []byte("x")) + len(fmt.Sprint(n))
	}
	if refused != 8*structure {
		t.Errorf("%d changes are refused, but %d bits are outside of words", refused, 8*structure)
	}
}
