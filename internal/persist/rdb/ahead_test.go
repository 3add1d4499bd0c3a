package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"redoubt/internal/memory/keyspace"
)

// outcome loads data in one of the two ways and returns all that can be seen of it.
func outcome(t *testing.T, data []byte, both bool, o LoadOptions) string {
	t.Helper()
	store := fuzzStore(t)
	spaces := map[int]*keyspace.Space{}
	o.Size, o.Path = int64(len(data)), "x.rdb"
	o.Space = func(db int) (*keyspace.Space, error) {
		if db > 15 {
			return nil, fmt.Errorf("database %d", db)
		}
		if spaces[db] == nil {
			spaces[db] = store.NewSpace()
		}
		return spaces[db], nil
	}
	o.Function = func([]byte) error { return nil }
	rd := NewReader(bytes.NewReader(data), o)
	var err error
	if !both { // the file is small
		_, err = rd.Load()
	} else if err = rd.header(); err == nil {
		if err = rd.loadAhead(); err == nil {
			err = rd.footer()
		}
	}
	rd.leaveDB()
	text := fmt.Sprint(err, " ", rd.stats.Keys, " ", rd.stats.Expired, " ", rd.stats.Empty, "\n")
	for _, db := range slices.Sorted(maps.Keys(spaces)) {
		var lines []string
		spaces[db].ForEach(func(e keyspace.Entry) bool {
			enc := encoder{version: Version10}
			if err := enc.value(e); err != nil {
				t.Fatal(err)
			}
			at, _ := e.ExpireAt()
			lines = append(lines, fmt.Sprintf("%d %q %s %d %d", db, e.Key(), e.Encoding(), at, len(enc.out)))
			return true
		})
		slices.Sort(lines)
		spaces[db].EachExpire(func(e keyspace.Entry, at int64) bool {
			lines = append(lines, fmt.Sprintf("%d %q", at, e.Key()))
			return true
		})
		text += fmt.Sprint(lines, "\n")
	}
	if err := store.Arena().Close(); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestAheadIsTheSame: with the goroutine the same keys are loaded and the same errors found, whatever is damaged.
func TestAheadIsTheSame(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*.rdb"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recorded files: %v", err)
	}
	for _, path := range paths {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		step := max(len(good)/40, 1)
		for at := 0; at <= len(good); at += step {
			for name, data := range map[string][]byte{"cut": good[:at], "flipped": flipped(good, at)} {
				one, two := outcome(t, data, false, LoadOptions{}), outcome(t, data, true, LoadOptions{})
				if one != two {
					t.Fatalf("%s, %s at %d: alone\n%s\nwith the goroutine\n%s", path, name, at, one, two)
				}
			}
		}
	}
}

func flipped(good []byte, at int) []byte {
	data := bytes.Clone(good)
	if at < len(data) {
		data[at] ^= 0x21
	}
	return data
}

// TestAheadEnds: an error of the caller's ends the goroutine, at any time.
func TestAheadEnds(t *testing.T) {
	store := fuzzStore(t)
	sp := store.NewSpace()
	for i := range 30000 {
		sp.SetString(fmt.Appendf(nil, "key:%d", i), bytes.Repeat([]byte{byte(i)}, 50), false)
	}
	var file bytes.Buffer
	w, err := NewWriter(&file, WriterOptions{})
	if err == nil {
		err = w.WriteSpace(0, sp)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil || file.Len() < aheadFrom {
		t.Fatal(err, file.Len())
	}
	stop := errors.New("stop")
	for calls := range 6 {
		to := store.NewSpace()
		_, err := NewReader(bytes.NewReader(file.Bytes()), LoadOptions{
			Size: int64(file.Len()), Space: func(int) (*keyspace.Space, error) { return to, nil },
			Progress: func(Stats) error {
				if calls--; calls < 0 {
					return stop
				}
				return nil
			},
		}).Load()
		if calls < 0 != errors.Is(err, stop) || calls >= 0 && (err != nil || to.Len() != sp.Len()) {
			t.Errorf("%v, %d keys", err, to.Len())
		}
		to.Close()
	}
}
