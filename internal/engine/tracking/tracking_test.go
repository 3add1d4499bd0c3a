package tracking

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestTable compares the table with a map of sets over random changes.
func TestTable(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var table Table
	model := map[string]map[uint64]bool{}
	for step := range 20000 {
		key := fmt.Sprint("k", random.IntN(30))
		switch random.IntN(10) {
		case 0:
			var got []uint64
			table.Forget([]byte(key), func(id uint64) { got = append(got, id) })
			slices.Sort(got)
			if want := slices.Sorted(maps.Keys(model[key])); !slices.Equal(got, want) {
				t.Fatalf("step %d: %s was held by %v, want %v", step, key, got, want)
			}
			delete(model, key)
		default:
			id := uint64(1 + random.IntN(50))
			table.Remember([]byte(key), id, func(uint64) bool { return true })
			if model[key] == nil {
				model[key] = map[uint64]bool{}
			}
			model[key][id] = true
		}
		items := 0
		for _, ids := range model {
			items += len(ids)
		}
		if table.Len() != len(model) || table.Items() != items {
			t.Fatalf("step %d: %d keys, %d items; want %d, %d", step, table.Len(), table.Items(), len(model), items)
		}
		if len(model) > 0 && model[table.Any()] == nil {
			t.Fatalf("step %d: %q is not among the keys", step, table.Any())
		}
	}
	table.Clear()
	if table.Len() != 0 || table.Items() != 0 {
		t.Error("something is left after Clear")
	}
}

// TestTableForgetsTheDead: clients that come, read one key and go leave no list that grows for ever.
func TestTableForgetsTheDead(t *testing.T) {
	var table Table
	for id := uint64(1); id <= 100000; id++ {
		table.Remember([]byte("hot"), id, func(other uint64) bool { return other+10 > id })
	}
	if n := table.Items(); n > 100 {
		t.Errorf("%d items for about 10 clients", n)
	}
	living := 0
	table.Forget([]byte("hot"), func(id uint64) {
		if id > 99990 {
			living++
		}
	})
	if living != 10 || table.Items() != 0 {
		t.Errorf("%d of the living clients are told, %d items are left", living, table.Items())
	}
}

// TestPrefixes compares what is collected with a scan over all prefixes.
func TestPrefixes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	word := func() string {
		b := make([]byte, random.IntN(4))
		for i := range b {
			b[i] = "ab"[random.IntN(2)]
		}
		return string(b)
	}
	var p Prefixes
	type pair struct {
		prefix string
		id     uint64
	}
	model := map[pair]bool{}
	for round := range 2000 {
		for range 5 {
			one := pair{word(), uint64(1 + random.IntN(3))}
			if random.IntN(2) == 0 {
				p.Add(one.prefix, one.id)
				model[one] = true
			} else {
				p.Remove(one.prefix, one.id)
				delete(model, one)
			}
		}
		changed := map[string]uint64{}
		for range random.IntN(6) {
			key := word() + word()
			changed[key] = uint64(random.IntN(3))
			p.Changed([]byte(key), changed[key])
		}
		want := map[string]bool{}
		names := map[string]bool{}
		for one := range model {
			names[one.prefix] = true
			for key, by := range changed {
				if strings.HasPrefix(key, one.prefix) {
					want[fmt.Sprint(one.prefix, " ", one.id, " ", key, " ", by)] = true
				}
			}
		}
		if p.Len() != len(names) {
			t.Fatalf("round %d: %d prefixes, want %d", round, p.Len(), len(names))
		}
		got := map[string]bool{}
		p.Take(func(clients []uint64, keys []string, by func(int) uint64) {
			if !slices.IsSorted(keys) {
				t.Fatalf("round %d: %q are not in order", round, keys)
			}
			for _, id := range clients {
				for i, key := range keys {
					for name := range names { // which of the prefixes this was is seen from the clients and keys
						if model[pair{name, id}] && strings.HasPrefix(key, name) {
							got[fmt.Sprint(name, " ", id, " ", key, " ", by(i))] = true
						}
					}
				}
			}
		})
		if !maps.Equal(got, want) {
			t.Fatalf("round %d: got %v, want %v", round, got, want)
		}
		if p.PendingBytes() != 0 {
			t.Fatalf("round %d: %d bytes are pending", round, p.PendingBytes())
		}
	}
}
