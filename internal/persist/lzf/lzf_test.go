package lzf_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redoubt/internal/persist/lzf"
)

// compressible draws inputs with repeats at many distances and lengths.
func compressible(t *rapid.T) []byte {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	size := rapid.IntRange(1, 40000).Draw(t, "size")
	alphabet := rapid.IntRange(1, 256).Draw(t, "alphabet")
	out := make([]byte, 0, size)
	for len(out) < size {
		if len(out) > 0 && rng.IntN(3) == 0 {
			from := rng.IntN(len(out))
			n := min(rng.IntN(400), len(out)-from)
			out = append(out, out[from:from+n]...)
			continue
		}
		for range rng.IntN(40) + 1 {
			out = append(out, byte(rng.IntN(alphabet)))
		}
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	var e lzf.Encoder // shared on purpose: stale table entries must never matter
	rapid.Check(t, func(t *rapid.T) {
		src := compressible(t)
		prefix := []byte("kept")
		block, ok := e.Compress(prefix, src, len(src)+len(src)/16+64)
		if !ok {
			t.Fatalf("%d bytes did not fit a limit above the worst case", len(src))
		}
		if !bytes.HasPrefix(block, prefix) {
			t.Fatal("prefix lost")
		}
		block = block[len(prefix):]
		got, err := lzf.Decompress([]byte("x"), block, len(src))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got[1:], src) || got[0] != 'x' {
			t.Fatal("content changed")
		}
		var fresh lzf.Encoder
		again, _ := fresh.Compress(nil, src, len(src)+len(src)/16+64)
		if !bytes.Equal(again, block) {
			t.Fatal("output depends on what was compressed before")
		}
	})
}

// compressor is an Encoder or a Quick.
type compressor interface {
	Compress(dst, src []byte, limit int) ([]byte, bool)
}

func TestLimitIsKept(t *testing.T) {
	for _, c := range []compressor{new(lzf.Encoder), new(lzf.Quick)} {
		rapid.Check(t, func(t *rapid.T) {
			src := compressible(t)
			limit := rapid.IntRange(0, len(src)).Draw(t, "limit")
			block, ok := c.Compress(nil, src, limit)
			if ok && len(block) > limit {
				t.Fatalf("%d bytes with limit %d", len(block), limit)
			}
			if !ok && block != nil {
				t.Fatal("refused but something was appended")
			}
		})
	}
}

// TestQuick: what the quick encoder makes is read back, depends on nothing before it, and is about as small as the other's.
func TestQuick(t *testing.T) {
	var q lzf.Quick // shared on purpose
	var e lzf.Encoder
	quick, exact := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		src := compressible(t)
		limit := len(src) + len(src)/16 + 64
		block, ok := q.Compress([]byte("kept"), src, limit)
		if !ok || string(block[:4]) != "kept" {
			t.Fatalf("%d bytes did not fit a limit above the worst case", len(src))
		}
		if got, err := lzf.Decompress(nil, block[4:], len(src)); err != nil || !bytes.Equal(got, src) {
			t.Fatalf("content changed: %v", err)
		}
		var fresh lzf.Quick
		if again, _ := fresh.Compress(nil, src, limit); !bytes.Equal(again, block[4:]) {
			t.Fatal("output depends on what was compressed before")
		}
		other, _ := e.Compress(nil, src, limit)
		quick += len(block) - 4
		exact += len(other)
	})
	if quick > exact+exact/10 {
		t.Errorf("%d bytes, the other makes %d", quick, exact)
	}
}

// Blocks built by hand from the format description, one of each run kind.
func TestDecompressByHand(t *testing.T) {
	for _, c := range []struct {
		block, want string
	}{
		{"\x02abc", "abc"},
		{"\x00a\x20\x00", "aaaa"},                                                   // shortest copy, overlapping itself
		{"\x02abc\xe0\x00\x02", "abc" + "abcabcabc"},                                // long form, shortest
		{"\x00z\xe0\xff\x00", strings.Repeat("z", 265)},                             // longest copy
		{"\x1f" + strings.Repeat("q", 32) + "\x00r", strings.Repeat("q", 32) + "r"}, // longest literal run
	} {
		got, err := lzf.Decompress(nil, []byte(c.block), len(c.want))
		if err != nil || string(got) != c.want {
			t.Errorf("%q: %q, %v; want %q", c.block, got, err, c.want)
		}
	}
}

func TestDecompressRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		block string
		size  int
	}{
		"literal run cut off":         {"\x05abc", 6},
		"copy cut off":                {"\x00a\x20", 4},
		"long copy cut off":           {"\x00a\xe0\x01", 11},
		"copy before the output":      {"\x00a\x20\x01", 4},
		"more content than announced": {"\x02abc", 2},
		"less content than announced": {"\x02abc", 4},
		"impossible size":             {"\x02abc", 1 << 40},
		"negative size":               {"\x02abc", -1},
		"empty block, some size":      {"", 1},
	} {
		if out, err := lzf.Decompress(nil, []byte(c.block), c.size); !errors.Is(err, lzf.ErrCorrupt) || out != nil {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

func FuzzDecompress(f *testing.F) {
	f.Add([]byte("\x02abc\xe0\x00\x02"), 12)
	f.Add([]byte("\x00z\xe0\xff\x00"), 265)
	f.Add([]byte("\x05abc"), 6)
	f.Fuzz(func(t *testing.T, block []byte, size int) {
		out, err := lzf.Decompress(nil, block, size)
		if err == nil && len(out) != size {
			t.Fatalf("%d bytes for size %d", len(out), size)
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("hello hello hello hello"))
	f.Add(bytes.Repeat([]byte{0}, 300))
	compressors := []compressor{new(lzf.Encoder), new(lzf.Quick)}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, c := range compressors {
			block, ok := c.Compress(nil, src, len(src)+len(src)/16+64)
			if !ok {
				if len(src) != 0 {
					t.Fatal("refused")
				}
				return
			}
			got, err := lzf.Decompress(nil, block, len(src))
			if err != nil || !bytes.Equal(got, src) {
				t.Fatalf("%v", err)
			}
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	mixed, random := make([]byte, 0, 1000), make([]byte, 1000)
	for rng := rand.New(rand.NewPCG(1, 1)); len(mixed) < 1000; {
		mixed = fmt.Appendf(mixed, "%08x ........", rng.Uint32())
	}
	for i, rng := 0, rand.New(rand.NewPCG(1, 1)); i < len(random); i++ {
		random[i] = byte(rng.Uint32())
	}
	texts := map[string][]byte{
		"repeats": []byte(strings.Repeat(`{"class":"PostReceive","args":["project-123",42],"retry":3,"jid":"`, 15)), "mixed": mixed, "random": random,
	}
	for _, encoder := range []struct {
		name string
		compressor
	}{{"encoder", new(lzf.Encoder)}, {"quick", new(lzf.Quick)}} {
		for name, src := range texts {
			b.Run(encoder.name+"/"+name, func(b *testing.B) {
				dst := make([]byte, 0, len(src))
				b.SetBytes(int64(len(src)))
				for b.Loop() {
					_, _ = encoder.Compress(dst, src, len(src)-4)
				}
			})
		}
	}
}

func BenchmarkDecompress(b *testing.B) {
	src := []byte(strings.Repeat(`{"class":"PostReceive","args":["project-123",42],"retry":3,"jid":"`, 100))
	var e lzf.Encoder
	block, _ := e.Compress(nil, src, len(src))
	dst := make([]byte, 0, len(src))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		dst, _ = lzf.Decompress(dst[:0], block, len(src))
	}
}
