package rdb_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestSaveAndLoadFile(t *testing.T) {
	dir := t.TempDir()
	db := newSpaces(t)
	db[0].SetString([]byte("k"), []byte("v"), false)
	size, err := rdb.SaveFile(vfs.OS, dir, "dump.rdb", rdb.WriterOptions{Checksum: true}, func(w *rdb.Writer) error { return w.WriteSpace(0, db[0]) })
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "dump.rdb"))
	if err != nil || info.Size() != size || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("%v, size %d, %v", info, size, err)
	}
	back, stats := load(t, filepath.Join(dir, "dump.rdb"))
	if diff := cmp.Diff(contentsOf(db[0]), contentsOf(back[0])); diff != "" || stats.Bytes != size {
		t.Error(diff, stats)
	}
	if diff := cmp.Diff([]string{"dump.rdb"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// A save that fails, at any stage, leaves the previous dump as it was and nothing beside it.
func TestFailedSaveKeepsTheOldFile(t *testing.T) {
	failure := errors.New("snapshot was cancelled")
	dir := t.TempDir()
	path := filepath.Join(dir, "dump.rdb")
	if err := os.WriteFile(path, []byte("previous"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := rdb.SaveFile(vfs.OS, dir, "dump.rdb", rdb.WriterOptions{}, func(w *rdb.Writer) error { return failure })
	if !errors.Is(err, failure) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if _, err := rdb.SaveFile(vfs.OS, dir, "dump.rdb", rdb.WriterOptions{Version: 3}, nil); err == nil {
		t.Error("version 3 was written")
	}
	old, err := os.ReadFile(path)
	if err != nil || string(old) != "previous" {
		t.Errorf("%q, %v", old, err)
	}
	if diff := cmp.Diff([]string{"dump.rdb"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}

	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = rdb.SaveFile(vfs.OS, dir, "taken", rdb.WriterOptions{}, func(w *rdb.Writer) error { return nil })
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "taken")) {
		t.Errorf("rename over a directory: %v", err)
	}
	if diff := cmp.Diff([]string{"dump.rdb", "taken"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}

	for _, name := range []string{"", ".", "..", "a/b", "../dump.rdb"} {
		if _, err := rdb.CreateFile(vfs.OS, dir, name, false); err == nil {
			t.Errorf("name %q was taken", name)
		}
	}
	_, err = rdb.CreateFile(vfs.OS, filepath.Join(dir, "missing"), "dump.rdb", false)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("%v", err)
	}
}

// A temporary file of a crashed process with the same pid is no obstacle.
func TestLeftoverIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("temp-%d.rdb", os.Getpid())), []byte(strings.Repeat("x", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := rdb.SaveFile(vfs.OS, dir, "dump.rdb", rdb.WriterOptions{Checksum: true}, func(w *rdb.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	load(t, filepath.Join(dir, "dump.rdb"))
}

func TestLoadFileErrors(t *testing.T) {
	dir := t.TempDir()
	opts := rdb.LoadOptions{Space: pick(newSpaces(t))}
	if _, err := rdb.LoadFile(vfs.OS, filepath.Join(dir, "absent.rdb"), opts); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := rdb.LoadFile(vfs.OS, dir, opts); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("%v", err)
	}
	for name, data := range map[string][]byte{"empty": nil, "trailing": append(sample(), 'x'), "trailing old": append(file(3), 'x')} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := rdb.LoadFile(vfs.OS, path, rdb.LoadOptions{Space: pick(newSpaces(t))})
		var corrupt *rdb.CorruptError
		if !errors.As(err, &corrupt) || corrupt.Path != path {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(data) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// Progress is reported while a large file is read.
func TestProgress(t *testing.T) {
	dir := t.TempDir()
	db := newSpaces(t)
	for i := range 20000 {
		db[0].SetString([]byte(fmt.Sprintf("key:%d", i)), []byte(strings.Repeat("v", 40)), false)
	}
	if _, err := rdb.SaveFile(vfs.OS, dir, "dump.rdb", rdb.WriterOptions{Checksum: true}, func(w *rdb.Writer) error { return w.WriteSpace(0, db[0]) }); err != nil {
		t.Fatal(err)
	}
	var seen []rdb.Stats
	stats, err := rdb.LoadFile(vfs.OS, filepath.Join(dir, "dump.rdb"), rdb.LoadOptions{Space: pick(newSpaces(t)), Progress: func(s rdb.Stats) error { seen = append(seen, s); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 3 {
		t.Fatalf("%d reports", len(seen))
	}
	for i := 1; i < len(seen); i++ {
		if seen[i].Bytes <= seen[i-1].Bytes || seen[i].Keys <= seen[i-1].Keys || seen[i].Bytes > stats.Bytes {
			t.Errorf("report %d: %+v after %+v", i, seen[i], seen[i-1])
		}
	}
}

// Files recorded from real servers, with the contents the server itself reported by commands (see interop_test.go).
func TestRecordedFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.rdb"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded files: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(strings.TrimSuffix(path, ".rdb") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]content
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			db, _ := load(t, path)
			compareWithServer(t, want, contentsOf(db[0]))
		})
	}
}
