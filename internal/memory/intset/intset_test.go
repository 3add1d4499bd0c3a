package intset

import (
	"bytes"
	"encoding/hex"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRecorded replays SADD and SREM as recorded from a real server and compares
// every byte.
func TestRecorded(t *testing.T) {
	data, err := os.ReadFile("testdata/redis-7.0.15.txt")
	if err != nil {
		t.Fatal(err)
	}
	is, results := New(nil), 0
	for line := range strings.Lines(string(data)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		v, _ := strconv.ParseInt(rest, 10, 64)
		switch word {
		case "add":
			is, _ = Add(is, v)
		case "remove":
			is, _ = Remove(is, v)
		case "=":
			if got := hex.EncodeToString(is); got != rest {
				t.Errorf("result %d\n got %s\nwant %s", results, got, rest)
			}
			is = New(nil)
			results++
		}
	}
	if results == 0 {
		t.Fatal("no recordings")
	}
}

func memberGen() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64Range(-5, 5),
		rapid.Map(rapid.Int16(), func(v int16) int64 { return int64(v) }),
		rapid.Map(rapid.Int32(), func(v int32) int64 { return int64(v) }),
		rapid.Int64(),
		rapid.SampledFrom([]int64{math.MinInt16, math.MinInt16 - 1, math.MaxInt16 + 1, math.MinInt32 - 1, math.MaxInt32 + 1, math.MinInt64, math.MaxInt64}),
	)
}

// TestModel compares with a sorted slice.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		is, model := New(nil), []int64{}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				v := memberGen().Draw(t, "v")
				at, present := slices.BinarySearch(model, v)
				size := SizeAfterAdd(is, v)
				var added bool
				is, added = Add(is, v)
				if added == present {
					t.Fatalf("Add(%d) = %v", v, added)
				}
				if len(is) != size {
					t.Fatalf("%d bytes, SizeAfterAdd said %d", len(is), size)
				}
				if added {
					model = slices.Insert(model, at, v)
				}
			},
			"remove": func(t *rapid.T) {
				v := memberGen().Draw(t, "v")
				if len(model) > 0 && rapid.Bool().Draw(t, "present") {
					v = rapid.SampledFrom(model).Draw(t, "member")
				}
				at, present := slices.BinarySearch(model, v)
				var removed bool
				is, removed = Remove(is, v)
				if removed != present {
					t.Fatalf("Remove(%d) = %v", v, removed)
				}
				if present {
					model = slices.Delete(model, at, at+1)
				}
			},
			"find": func(t *rapid.T) {
				v := memberGen().Draw(t, "v")
				at, present := slices.BinarySearch(model, v)
				if pos, ok := Find(is, v); pos != at || ok != present {
					t.Fatalf("Find(%d) = %d, %v, want %d, %v", v, pos, ok, at, present)
				}
			},
			"": func(t *rapid.T) {
				if err := Validate(is); err != nil {
					t.Fatal(err)
				}
				if Len(is) != len(model) {
					t.Fatalf("Len = %d, want %d", Len(is), len(model))
				}
				for i, want := range model {
					if got := At(is, i); got != want {
						t.Fatalf("At(%d) = %d, want %d", i, got, want)
					}
				}
			},
		})
	})
}

// TestInPlace: a block with room must not be left for the Go heap.
func TestInPlace(t *testing.T) {
	block := make([]byte, 0, 64)
	allocations := testing.AllocsPerRun(20, func() {
		is := New(block)
		for _, v := range []int64{3, 1, 70000, 1 << 40, -1 << 40} {
			is, _ = Add(is, v)
		}
		is, _ = Remove(is, 3)
		if &is[0] != &block[:1][0] {
			t.Fatal("the intset moved although the block has room")
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations, want none", allocations)
	}
}

func TestValidateRejects(t *testing.T) {
	good := New(nil)
	for _, v := range []int64{1, 2, 300} {
		good, _ = Add(good, v)
	}
	f := func(what string, change func(b []byte) []byte) {
		t.Helper()
		if Validate(change(bytes.Clone(good))) == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	f("nothing", func(b []byte) []byte { return nil })
	f("truncated", func(b []byte) []byte { return b[:len(b)-1] })
	f("width", func(b []byte) []byte { b[0] = 3; return b })
	f("count", func(b []byte) []byte { b[4]++; return b })
	f("huge count", func(b []byte) []byte { copy(b[4:], "\xff\xff\xff\xff"); return b })
	f("duplicate", func(b []byte) []byte { b[8] = 2; return b })
	f("order", func(b []byte) []byte { b[8] = 5; return b })
}

// FuzzValidate: what Validate accepts can be read and modified.
func FuzzValidate(f *testing.F) {
	is := New(nil)
	f.Add(bytes.Clone(is))
	for _, v := range []int64{5, -7, 70000, math.MinInt64} {
		is, _ = Add(is, v)
		f.Add(bytes.Clone(is))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if Validate(b) != nil {
			return
		}
		for i := range Len(b) {
			if pos, ok := Find(b, At(b, i)); pos != i || !ok {
				t.Fatalf("member %d is found at %d, %v", i, pos, ok)
			}
		}
		b, added := Add(bytes.Clone(b), 1<<40)
		if err := Validate(b); err != nil {
			t.Fatal(err)
		}
		if b, removed := Remove(b, 1<<40); !removed || Validate(b) != nil {
			t.Fatalf("removed %v after added %v", removed, added)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	is := New(nil)
	for i := range int64(512) {
		is, _ = Add(is, i*100)
	}
	v := int64(0)
	for b.Loop() {
		if _, ok := Find(is, v%512*100); !ok {
			b.Fatal("not found")
		}
		v += 7
	}
}
