package listpack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// value reads the notation of the recordings: "text" or x*N.
func value(t *testing.T, s string) []byte {
	t.Helper()
	if n, ok := strings.CutPrefix(s, "x*"); ok {
		count, err := strconv.Atoi(n)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Repeat([]byte{'x'}, count)
	}
	return []byte(strings.Trim(s, `"`))
}

// arguments splits a line of a recording at spaces outside quotes.
func arguments(line string) []string {
	var out []string
	for line != "" {
		end := strings.IndexByte(line, ' ')
		if line[0] == '"' {
			end = 2 + strings.IndexByte(line[1:], '"')
		}
		if end < 0 || end >= len(line) {
			return append(out, line)
		}
		out = append(out, line[:end])
		line = strings.TrimPrefix(line[end:], " ")
	}
	return out
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// apply performs one recorded list command on lp.
func apply(t *testing.T, lp []byte, args []string) []byte {
	t.Helper()
	switch args[0] {
	case "append":
		return Append(lp, value(t, args[1]))
	case "prepend":
		return Prepend(lp, value(t, args[1]))
	case "replace":
		return Replace(lp, Seek(lp, number(t, args[1])), value(t, args[2]))
	case "insert":
		return Insert(lp, Find(lp, First(lp), value(t, args[1]), 0), value(t, args[2]))
	case "trim":
		from, end := number(t, args[1]), number(t, args[2])
		if end < 0 {
			end += Len(lp)
		}
		lp = Delete(lp, Seek(lp, end+1), Len(lp))
		return Delete(lp, First(lp), from)
	case "remove":
		max := number(t, args[1])
		if max == 0 {
			max = Len(lp)
		}
		lp, _ = DeleteMatching(lp, First(lp), value(t, args[2]), max)
		return lp
	}
	t.Fatalf("unknown operation %q", args[0])
	return nil
}

// TestRecorded replays list commands that were recorded from a real server and
// compares every byte of the node that resulted there.
func TestRecorded(t *testing.T) {
	for _, block := range recordings(t, "testdata/redis-7.0.15.txt") {
		lp := New(nil)
		for _, line := range block {
			want, isResult := strings.CutPrefix(line, "= ")
			if !isResult {
				lp = apply(t, lp, arguments(line))
				continue
			}
			if err := Validate(lp, 0); err != nil {
				t.Errorf("%q: %v", block, err)
			}
			got := hex.EncodeToString(lp)
			if strings.HasPrefix(want, "sha256:") {
				got = fmt.Sprintf("sha256:%x:%d", sha256.Sum256(lp), len(lp))
			}
			if got != want {
				t.Errorf("%q\n got %s\nwant %s", block[:len(block)-1], got, want)
			}
		}
	}
}

// TestRecordedTypes reads the listpacks of a hash and of a sorted set and builds
// the same bytes from the elements.
func TestRecordedTypes(t *testing.T) {
	for _, block := range recordings(t, "testdata/redis-7.0.15-types.txt") {
		elements := arguments(block[0])[1:]
		want, err := hex.DecodeString(strings.TrimPrefix(block[1], "= "))
		if err != nil {
			t.Fatal(err)
		}
		lp := New(nil)
		for _, e := range elements {
			lp = Append(lp, []byte(e))
		}
		if !bytes.Equal(lp, want) {
			t.Errorf("%v\n got %x\nwant %x", elements, lp, want)
		}
		if err := Validate(want, len(elements)); err != nil {
			t.Error(err)
		}
		for i, e := range elements {
			if got := string(Get(want, Seek(want, i)).Append(nil)); got != e {
				t.Errorf("element %d is %q, want %q", i, got, e)
			}
		}
	}
}

// recordings returns the blocks of a testdata file, which blank lines separate.
func recordings(t *testing.T, path string) [][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, block := range strings.Split(string(data), "\n\n") {
		block = strings.TrimSpace(block)
		if block != "" && block[0] != '#' {
			out = append(out, strings.Split(block, "\n"))
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s: no recordings", path)
	}
	return out
}
