package check_test

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/check"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
)

type tool func(args []string, c check.Console, version string) int

// run calls a tool and returns what it says and its exit code.
func run(program tool, stdin string, args ...string) (out string, code int) {
	var text bytes.Buffer
	code = program(args, check.Console{Stdin: strings.NewReader(stdin), Stdout: &text, Stderr: &text}, "7.2.4")
	return text.String(), code
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return text
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	must(t, os.WriteFile(path, content, 0o600))
}

// contains expects lines in this order.
func contains(t *testing.T, out string, lines ...string) {
	t.Helper()
	rest := out
	for _, line := range lines {
		at := strings.Index(rest, line)
		if at < 0 {
			t.Errorf("no %q at its place in:\n%s", line, out)
			return
		}
		rest = rest[at+len(line):]
	}
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func newStore(t *testing.T) *keyspace.Store {
	t.Helper()
	a, err := arena.New(1 << 32)
	must(t, err)
	t.Cleanup(func() { a.Close() })
	return keyspace.NewStore(a, maphash.MakeSeed(), rand.New(rand.NewPCG(1, 1)))
}

// dump writes a dump of eleven keys in two databases and returns its path.
func dump(t *testing.T, dir string) string {
	t.Helper()
	store := newStore(t)
	first, second := store.NewSpace(), store.NewSpace()
	for i := range 8 {
		first.SetString(fmt.Appendf(nil, "string:%d", i), []byte(strings.Repeat("value ", 10)), false)
	}
	e, _ := first.Find([]byte("string:3"))
	first.SetExpire(e, 1000)
	hash, err := first.Hash([]byte("small hash"))
	must(t, err)
	hash.Set([]byte("field"), []byte("value"))
	list, err := second.List([]byte("list"))
	must(t, err)
	list.PushBack([]byte("element"))
	second.SetString([]byte("last"), []byte("v"), false)
	_, err = rdb.SaveFile(vfs.OS, dir, "dump.rdb", rdb.WriterOptions{Version: rdb.Version10, Checksum: true, Aux: rdb.StandardAux(1, 2, false)}, func(w *rdb.Writer) error {
		if err := w.WriteSpace(0, first); err != nil {
			return err
		}
		return w.WriteSpace(3, second)
	})
	must(t, err)
	return filepath.Join(dir, "dump.rdb")
}

// keysOf loads a dump as the server does and counts its keys.
func keysOf(t *testing.T, path string) int {
	t.Helper()
	store := newStore(t)
	spaces := map[int]*keyspace.Space{}
	stats, err := rdb.LoadFile(vfs.OS, path, rdb.LoadOptions{Space: func(db int) (*keyspace.Space, error) {
		if spaces[db] == nil {
			spaces[db] = store.NewSpace()
		}
		return spaces[db], nil
	}})
	must(t, err)
	return int(stats.Keys)
}
