//go:build interop

package rdb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"redoubt/internal/memory/stream"
	"redoubt/internal/persist/rdb"
)

// A stream that went through the same additions, deletions and trims here and there is the same byte for byte.
func TestInteropStreamBytes(t *testing.T) {
	c := startServer(t, t.TempDir(), "--rdbcompression", "no", "--stream-node-max-entries", "7", "--stream-node-max-bytes", "300")
	ctx := context.Background()
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		key := fmt.Sprint("s", seed)
		store := newStore(t, seed)
		defer store.Arena().Close()
		store.Limits.StreamNodeMaxBytes, store.Limits.StreamNodeMaxEntries = 300, 7
		view, _ := store.NewSpace().Stream([]byte(key))
		view.Create()
		s := view.Data()
		do := func(args ...any) {
			t.Helper()
			if err := c.Do(ctx, args...).Err(); err != nil {
				t.Fatalf("%v: %v", args, err)
			}
		}
		id := stream.ID{Ms: 1000}
		for range 400 {
			switch rng.IntN(8) {
			case 0:
				gone := stream.ID{Ms: 1000 + rng.Uint64N(id.Ms-999), Seq: rng.Uint64N(3)}
				s.Delete(gone)
				do("XDEL", key, gone.String())
			case 1:
				most := uint64(20 + rng.IntN(200))
				s.Trim(stream.Trim{MaxLen: most, Approximate: most%2 == 0})
				if most%2 == 0 {
					do("XTRIM", key, "MAXLEN", "~", most, "LIMIT", 0)
				} else {
					do("XTRIM", key, "MAXLEN", most)
				}
			default:
				if rng.IntN(3) == 0 {
					id = stream.ID{Ms: id.Ms + 1 + rng.Uint64N(400)}
				}
				id.Seq++
				args, pairs := []any{"XADD", key, id.String()}, [][]byte(nil)
				for i := range 1 + rng.IntN(3) {
					field := fmt.Sprint("f", i+rng.IntN(2))
					value := []string{"", "7", "-129", "70000", "5000000000", "text", noise(seed, rng.IntN(90))}[rng.IntN(7)]
					args, pairs = append(args, field, value), append(pairs, []byte(field), []byte(value))
				}
				s.Append(id, pairs)
				do(args...)
			}
		}
		var p rdb.Payloads
		ours, err := p.AppendDump(nil, view.Entry(), rdb.Version10, false)
		if err != nil {
			t.Fatal(err)
		}
		if theirs := c.Dump(ctx, key).Val(); theirs != string(ours) {
			t.Errorf("seed %d: payloads of %d and %d bytes differ", seed, len(ours), len(theirs))
		}
	}
}
