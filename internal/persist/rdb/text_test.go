package rdb_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
)

// take runs a cut through a store to its end and returns the file. between is called between the steps.
func take(t *testing.T, store *keyspace.Store, sp *keyspace.Space, o rdb.WriterOptions, between func()) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := rdb.NewWriter(&file, o)
	if err != nil {
		t.Fatal(err)
	}
	s := rdb.NewSnapshot(o)
	cut, ok := store.BeginCut([]*keyspace.Space{sp}, s)
	if !ok {
		t.Fatal("no cut")
	}
	var chunks []rdb.Chunk
	for more := true; more; {
		more = cut.Step(100_000)
		chunks = s.Take(chunks)
		for _, c := range chunks {
			if err := w.WriteChunk(c); err != nil {
				t.Fatal(err)
			}
		}
		between()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if s.Bytes() != 0 || cut.Kept() != 0 {
		t.Errorf("%d bytes are held at the end, %d kept", s.Bytes(), cut.Kept())
	}
	return file.Bytes()
}

// Long strings are in a file as they were when the cut began, whatever their length and however well they can be compressed, and
// take about as much as if they were written as a whole.
func TestLongTexts(t *testing.T) {
	noise := make([]byte, 9<<20)
	seed := uint32(1)
	for i := range noise {
		seed = seed*1664525 + 1013904223
		noise[i] = byte(seed >> 24)
	}
	var lines strings.Builder
	for i := 0; lines.Len() < 9<<20; i++ {
		fmt.Fprintf(&lines, "line %d of a text that can be compressed\n", i)
	}
	for name, text := range map[string]string{
		"short": lines.String()[:20_000], "whole": lines.String()[:3<<20], "twice": lines.String(),
		"noise": string(noise[:1<<20]), "long noise": string(noise), "zeros": string(make([]byte, 9<<20)),
	} {
		for _, compress := range []bool{true, false} {
			o := rdb.WriterOptions{Compression: compress, Checksum: true}
			store := newStore(t, 1)
			sp := store.NewSpace()
			key := []byte("key")
			sp.SetString(key, []byte(text), false)
			var whole bytes.Buffer
			w, err := rdb.NewWriter(&whole, o)
			if err != nil {
				t.Fatal(err)
			}
			e, _ := sp.Find(key)
			if err := w.WriteEntry(e); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			n := 0
			got := take(t, store, sp, o, func() {
				n++
				sp.SetRange(key, (n*377_777)%len(text), []byte("changed"))
			})
			if len(got) > whole.Len()+whole.Len()/10 {
				t.Errorf("%s, compression %v: %d bytes, as a whole %d", name, compress, len(got), whole.Len())
			}
			back := newStore(t, 1).NewSpace()
			_, err = rdb.NewReader(bytes.NewReader(got), rdb.LoadOptions{
				Size: int64(len(got)), Space: func(int) (*keyspace.Space, error) { return back, nil },
			}).Load()
			if e, found := back.Find(key); err != nil || !found || string(e.AppendString(nil)) != text {
				t.Errorf("%s, compression %v: it is not what it was, or cannot be read: %v", name, compress, err)
			}
		}
	}
}
