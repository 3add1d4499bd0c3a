package lzf_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"redoubt/internal/persist/lzf"
)

// An input that comes in pieces becomes the block of the whole, and does not fit a limit exactly when that does not.
func TestStream(t *testing.T) {
	var whole lzf.Encoder
	rapid.Check(t, func(t *rapid.T) {
		src := compressible(t)
		for len(src) < 300000 && rapid.Bool().Draw(t, "longer") {
			src = append(src, src...)
		}
		limit := max(1, len(src)-4)
		if rapid.Bool().Draw(t, "tight") {
			limit = rapid.IntRange(1, len(src)).Draw(t, "limit")
		}
		want, fits := whole.Compress(nil, src, limit)
		s := lzf.NewStream(len(src), limit)
		var got []byte
		ok := true
		for rest := src; len(rest) > 0; {
			n := min(len(rest), rapid.IntRange(1, 20000).Draw(t, "piece"))
			got, ok = s.Append(got, rest[:n])
			rest = rest[n:]
		}
		if ok != fits {
			t.Fatalf("%d bytes with limit %d: fits is %v, as a whole %v", len(src), limit, ok, fits)
		}
		if ok && (!bytes.Equal(got, want) || s.Size() != len(want)) {
			t.Fatalf("%d bytes in pieces became another block, of %d bytes instead of %d", len(src), s.Size(), len(want))
		}
	})
}
