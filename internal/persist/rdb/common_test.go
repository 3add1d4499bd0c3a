package rdb_test

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"sort"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
	"redoubt/internal/memory/stream"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
)

// content is a value in a form that can be compared, printed and kept as JSON.
type content struct {
	Kind     string
	Encoding string
	ExpireAt int64    // ms, -1 without
	Elements []string // fields and values, members and scores alternate; sets and hashes sorted
}

// quote makes binary text fit for JSON and diffs.
func quote(s string) string { return strconv.QuoteToASCII(s) }

func (c content) quoted() content {
	out := make([]string, len(c.Elements))
	for i, e := range c.Elements {
		out[i] = quote(e)
	}
	c.Elements = out
	return c
}

func pairsOf(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var out []string
	for _, k := range keys {
		out = append(out, k, m[k])
	}
	return out
}

func text(v listpack.Value) string { return string(v.Append(nil)) }

// contentsOf reads a whole space through its typed views.
func contentsOf(sp *keyspace.Space) map[string]content {
	out := map[string]content{}
	sp.ForEach(func(e keyspace.Entry) bool {
		v := content{Kind: e.Kind().String(), Encoding: e.Encoding().String(), ExpireAt: -1}
		if at, ok := e.ExpireAt(); ok {
			v.ExpireAt = at
		}
		switch e.Kind() {
		case keyspace.KindString:
			v.Elements = []string{string(e.AppendString(nil))}
		case keyspace.KindList:
			e.List().Ascend(0, func(_ int, x listpack.Value) bool {
				v.Elements = append(v.Elements, text(x))
				return true
			})
		case keyspace.KindSet:
			e.Set().Each(func(x listpack.Value) bool {
				v.Elements = append(v.Elements, text(x))
				return true
			})
			sort.Strings(v.Elements)
		case keyspace.KindHash:
			m := map[string]string{}
			e.Hash().Each(func(f, x listpack.Value) bool {
				m[text(f)] = text(x)
				return true
			})
			v.Elements = pairsOf(m)
		case keyspace.KindZSet:
			z := e.ZSet()
			z.Each(0, z.Len(), false, func(x listpack.Value, score float64) bool {
				v.Elements = append(v.Elements, text(x), strconv.FormatFloat(score, 'g', -1, 64))
				return true
			})
		case keyspace.KindStream:
			v.Elements = streamElements(e.Stream().Data())
		}
		out[quote(string(e.Key()))] = v.quoted()
		return true
	})
	return out
}

// streamElements is a stream in texts: its entries, its counters, its groups.
func streamElements(s stream.Stream) (out []string) {
	s.Ascend(stream.MinID, stream.MaxID, func(e stream.Entry) bool {
		out = append(out, e.ID.String())
		e.Each(func(f, x listpack.Value) bool {
			out = append(out, text(f), text(x))
			return true
		})
		return true
	})
	out = append(out, fmt.Sprintf("last %v first %v deleted %v added %d", s.LastID(), s.FirstID(), s.MaxDeletedID(), s.Added()))
	s.EachGroup(func(g stream.Group) bool {
		out = append(out, fmt.Sprintf("group %s last %v read %d", g.Name(), g.LastID(), max(g.EntriesRead(), 0)))
		g.EachNack(stream.MinID, func(n stream.Nack) bool {
			out = append(out, fmt.Sprintf("pending %v for %s since %d, %d times", n.ID(), n.Consumer().Name(), n.Delivered(), n.Deliveries()))
			return true
		})
		g.EachConsumer(func(c stream.Consumer) bool {
			out = append(out, fmt.Sprintf("consumer %s seen %d, %d pending", c.Name(), c.Seen(), c.Pending()))
			return true
		})
		return true
	})
	return out
}

// tb is what testing.TB and rapid.TB share.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// newStore returns an empty store; closing the arena is the caller's.
func newStore(t tb, seed uint64) *keyspace.Store {
	t.Helper()
	a, err := arena.New(1 << 32)
	if err != nil {
		t.Fatal(err)
	}
	return keyspace.NewStore(a, maphash.MakeSeed(), rand.New(rand.NewPCG(seed, seed)))
}

// newSpaces returns a few empty databases that live as long as the test.
func newSpaces(t testing.TB) []*keyspace.Space {
	t.Helper()
	store := newStore(t, 1)
	t.Cleanup(func() { store.Arena().Close() })
	return []*keyspace.Space{store.NewSpace(), store.NewSpace(), store.NewSpace()}
}

func pick(db []*keyspace.Space) func(int) (*keyspace.Space, error) {
	return func(n int) (*keyspace.Space, error) {
		if n >= len(db) {
			return nil, fmt.Errorf("database %d of %d", n, len(db))
		}
		return db[n], nil
	}
}

// load reads a file that must be good.
func load(t testing.TB, path string) ([]*keyspace.Space, rdb.Stats) {
	t.Helper()
	db := newSpaces(t)
	stats, err := rdb.LoadFile(vfs.OS, path, rdb.LoadOptions{Space: pick(db)})
	if err != nil {
		t.Fatal(err)
	}
	return db, stats
}

// loadBytes reads data, telling the reader its size.
func loadBytes(data []byte, opts rdb.LoadOptions) (rdb.Stats, error) {
	opts.Size = int64(len(data))
	return rdb.NewReader(bytes.NewReader(data), opts).Load()
}

// compareWithServer allows the differences between Redis 7.0 and 7.2 in OBJECT ENCODING.
func compareWithServer(t *testing.T, want, got map[string]content) {
	t.Helper()
	adapted := map[string]content{}
	for key, v := range want {
		g := got[key]
		switch {
		case v.Encoding == "quicklist" && g.Encoding == "listpack": // 7.0 has no small encoding for lists
			v.Encoding = "listpack"
		case v.Encoding == "hashtable" && v.Kind == "set" && g.Encoding == "listpack": // nor for sets of texts
			v.Encoding = "listpack"
		}
		adapted[key] = v
	}
	if diff := cmp.Diff(adapted, got); diff != "" {
		t.Errorf("loaded (+) is not what the server has (-):\n%s", diff)
	}
}
