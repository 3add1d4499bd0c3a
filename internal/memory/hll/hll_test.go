package hll

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const sparseMax = 3000

// TestBytesAreThoseOfRedis replays what testdata/redis-7.0.15.txt recorded.
func TestBytesAreThoseOfRedis(t *testing.T) {
	text, err := os.ReadFile("testdata/redis-7.0.15.txt")
	if err != nil {
		t.Fatal(err)
	}
	var h []byte
	limit, added := -1, 0
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var nextLimit, n int
		var before, after string
		var count uint64
		if _, err := fmt.Sscan(line, &nextLimit, &n, &before, &count, &after); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if nextLimit != limit {
			limit, added = nextLimit, 0
			h = New(nil)
			Invalidate(h) // as PFADD does with a new key
		}
		for added < n {
			added++
			h = mustAdd(t, h, fmt.Sprintf("element:%d", added), limit)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(h)); got != before {
			t.Fatalf("limit %d, %d elements: the bytes differ", limit, n)
		}
		got, err := Count(h)
		if err != nil || got != count {
			t.Fatalf("limit %d, %d elements: counted %d, %v; want %d", limit, n, got, err, count)
		}
		SetCached(h, got)
		if got := fmt.Sprintf("%x", sha256.Sum256(h)); got != after {
			t.Fatalf("limit %d, %d elements: the bytes with the estimate differ", limit, n)
		}
	}
}

func mustAdd(t testing.TB, h []byte, element string, limit int) []byte {
	t.Helper()
	h, _, err := Add(h, []byte(element), limit)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestRegistersMatchTheModel raises registers in every way and compares all of them with an array.
func TestRegistersMatchTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int{0, 18, 40, sparseMax, 1 << 20}).Draw(t, "sparse limit")
		// Neighbouring registers with few values make runs split and join.
		registers := rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(Registers-20, Registers-1), rapid.IntRange(0, Registers-1))
		values := rapid.OneOf(rapid.Uint8Range(1, 3), rapid.Uint8Range(1, maxRank))
		h := New(nil)
		var model Values
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			register, value := registers.Draw(t, "register"), values.Draw(t, "value")
			var changed bool
			var err error
			h, changed, err = raise(h, register, value, limit)
			if err != nil || changed != (value > model[register]) {
				t.Fatalf("register %d to %d: changed %v, %v", register, value, changed, err)
			}
			model[register] = max(model[register], value)
			if !Dense(h) && len(h) > max(limit, 18) {
				t.Fatalf("sparse with %d bytes, the limit is %d", len(h), limit)
			}
		}
		var got Values
		if err := got.Merge(h); err != nil || got != model {
			t.Fatalf("the registers differ from the model (%v)", err)
		}
		n, err := Count(h)
		if err != nil || n != model.Count() {
			t.Fatalf("counted %d, %v; the model %d", n, err, model.Count())
		}
		dense, err := ToDense(bytes.Clone(h))
		got = Values{}
		if err != nil || got.Merge(dense) != nil || got != model {
			t.Fatalf("dense: the registers differ from the model (%v)", err)
		}
		into, err := model.MergeInto(New(nil), limit)
		got = Values{}
		if err != nil || got.Merge(into) != nil || got != model {
			t.Fatalf("merged into an empty one: the registers differ from the model (%v)", err)
		}
	})
}

func TestUnionCountsEveryElementOnce(t *testing.T) {
	a, b, both := New(nil), New(nil), New(nil)
	for i := range 3000 {
		e := fmt.Sprint(i)
		if i < 2000 {
			a = mustAdd(t, a, e, sparseMax)
		}
		if i >= 1000 {
			b = mustAdd(t, b, e, sparseMax)
		}
		both = mustAdd(t, both, e, sparseMax)
	}
	var v Values
	if err := errors.Join(v.Merge(a), v.Merge(b)); err != nil {
		t.Fatal(err)
	}
	if want, _ := Count(both); v.Count() != want {
		t.Fatalf("the union counts %d, want %d", v.Count(), want)
	}
}

func TestEstimateIsCachedUntilARegisterRises(t *testing.T) {
	h := mustAdd(t, New(nil), "a", sparseMax)
	if _, ok := Cached(h); ok {
		t.Fatal("valid after a change")
	}
	SetCached(h, 1)
	h = mustAdd(t, h, "a", sparseMax)
	if n, ok := Cached(h); !ok || n != 1 {
		t.Fatalf("%d, %v after adding what was there; want 1, valid", n, ok)
	}
	h = mustAdd(t, h, "b", sparseMax)
	if _, ok := Cached(h); ok {
		t.Fatal("valid after another change")
	}
}

func TestWhatIsNoHyperLogLog(t *testing.T) {
	dense, _ := ToDense(New(nil))
	for name, h := range map[string][]byte{
		"empty": nil, "text": []byte("a text of more than sixteen bytes"), "short": []byte("HYLL\x01"),
		"unknown encoding": append([]byte("HYLL\x02"), make([]byte, 20)...),
		"dense, too short": dense[:len(dense)-1], "dense, too long": append(bytes.Clone(dense), 0),
	} {
		if err := Check(h); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, want ErrFormat", name, err)
		}
	}
}

func TestCorruptRuns(t *testing.T) {
	header := New(nil)[:headerBytes]
	for name, runs := range map[string][]byte{
		"none": {}, "too few": {0x7f, 0xfe}, "too many": {0x7f, 0xff, 0x00}, "cut off": {0x7f},
		"values behind the end": {0x7f, 0xfd, 0x83}, "two of the longest": {0x7f, 0xff, 0x7f, 0xff},
	} {
		h := append(bytes.Clone(header), runs...)
		if _, err := Count(h); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: count: %v, want ErrCorrupt", name, err)
		}
		if _, err := ToDense(h); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: to dense: %v, want ErrCorrupt", name, err)
		}
		var v Values
		if err := v.Merge(h); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: merge: %v, want ErrCorrupt", name, err)
		}
	}
}

// TestAddToRunsBeyondTheEnd: adding does as Redis does, which looks no further than the run that it changes; only counting
// tells that the value is corrupt.
func TestAddToRunsBeyondTheEnd(t *testing.T) {
	register, rank := place([]byte("a"))
	h := append(New(nil)[:headerBytes], 0x7f, 0xff, 0x7f, 0xff)
	h, changed, err := Add(h, []byte("a"), sparseMax)
	if err != nil || !changed {
		t.Fatalf("changed is %v, error %v", changed, err)
	}
	runs, err := AppendRuns(nil, h)
	if want := fmt.Sprintf("Z:%d v:%d,1 Z:%d Z:%d", register, rank, Registers-1-register, Registers); string(runs) != want || err != nil {
		t.Errorf("runs are %s (%v), want %s", runs, err, want)
	}
	if _, err := Count(h); !errors.Is(err, ErrCorrupt) {
		t.Errorf("count: %v, want ErrCorrupt", err)
	}
}

func TestSelfTest(t *testing.T) {
	if err := SelfTest(); err != nil {
		t.Fatal(err)
	}
}

// FuzzUntrusted feeds arbitrary bytes to everything; what was accepted by Check must not make anything panic, and adding
// must keep a sound value sound.
func FuzzUntrusted(f *testing.F) {
	sparse := New(nil)
	for i := range 50 {
		sparse = mustAdd(f, sparse, fmt.Sprint(i), sparseMax)
	}
	f.Add(bytes.Clone(sparse), []byte("a"), 3000)
	f.Add(New(nil), []byte("a"), 0)
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff\x7f\xff\xff"), []byte("b"), 20000)
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f"), []byte("b"), 3000)
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xfd\x83\x83\x83"), []byte("c"), 20)
	f.Add([]byte("HYLL\x00"), []byte(""), 3000)
	f.Fuzz(func(t *testing.T, h, element []byte, limit int) {
		if Check(h) != nil {
			return
		}
		_, countErr := Count(h)
		var v Values
		if err := v.Merge(h); (err == nil) != (countErr == nil) {
			t.Fatalf("count: %v, merge: %v", countErr, err)
		}
		if !Dense(h) {
			_, _ = AppendRuns(nil, h)
		}
		_, _ = ToDense(bytes.Clone(h))
		out, _, err := Add(bytes.Clone(h), element, limit)
		if countErr != nil {
			return
		}
		if err != nil {
			t.Fatalf("adding to a sound one: %v", err)
		}
		if _, err := Count(out); err != nil {
			t.Fatalf("%x is unsound after adding %q: %x: %v", h, element, out, err)
		}
	})
}

func benchmarkValue(b *testing.B, n int) []byte {
	h := New(nil)
	for i := range n {
		h = mustAdd(b, h, fmt.Sprint(i), sparseMax)
	}
	return h
}

func BenchmarkAdd(b *testing.B) {
	for _, n := range []int{100, 1000, 100_000} {
		b.Run(fmt.Sprintf("elements=%d", n), func(b *testing.B) {
			h := benchmarkValue(b, n)
			var element [8]byte
			i := uint64(0)
			for b.Loop() {
				binary.LittleEndian.PutUint64(element[:], i%uint64(n))
				i++
				h, _, _ = Add(h, element[:], sparseMax)
			}
		})
	}
}

func BenchmarkCount(b *testing.B) {
	for _, n := range []int{100, 100_000} {
		b.Run(fmt.Sprintf("elements=%d", n), func(b *testing.B) {
			h := benchmarkValue(b, n)
			for b.Loop() {
				_, _ = Count(h)
			}
		})
	}
}

func BenchmarkMerge(b *testing.B) {
	h := benchmarkValue(b, 100_000)
	var v Values
	for b.Loop() {
		_ = v.Merge(h)
	}
}
