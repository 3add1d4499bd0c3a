package set_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// members lists a reply, sorted: the order of sets means nothing.
func members(r resp.Reply) []string {
	var out []string
	for i := range r.Elems {
		out = append(out, r.Elems[i].String())
	}
	slices.Sort(out)
	return out
}

// TestAlgebraFollowsModel compares union, intersection and difference with plain maps, over all encodings and with
// sizes that make the difference take either of its ways.
func TestAlgebraFollowsModel(t *testing.T) {
	node := inprocess.Start(t, "--set-max-intset-entries", "8", "--set-max-listpack-entries", "10")
	c := node.Client(t)
	rapid.Check(t, func(rt *rapid.T) {
		c.Do("FLUSHALL")
		var inputs [][]string
		var keys []string
		for i := range rapid.IntRange(1, 5).Draw(rt, "inputs") {
			pattern := rapid.SampledFrom([]string{`[0-9]`, `[0-9a-f]`, `[a-f]{1,2}`}).Draw(rt, "pattern")
			in := rapid.SliceOfN(rapid.StringMatching(pattern), 0, 25).Draw(rt, "members")
			key := fmt.Sprintf("k%d", i)
			for _, m := range in {
				c.Do("SADD " + key + " " + m)
			}
			inputs, keys = append(inputs, in), append(keys, key)
		}
		union, intersection, difference := combined(inputs)
		list := strings.Join(keys, " ")
		for name, want := range map[string][]string{"UNION": union, "INTER": intersection, "DIFF": difference} {
			if got := members(c.Do("S" + name + " " + list)); !slices.Equal(got, want) {
				rt.Fatalf("S%s: got %q, want %q", name, got, want)
			}
			target := rapid.SampledFrom(append(keys, "other")).Draw(rt, "target")
			c.Do("COPY " + target + " saved REPLACE")
			if got := c.Do("S" + name + "STORE " + target + " " + list); int(got.Int) != len(want) {
				rt.Fatalf("S%sSTORE: got %d, want %d", name, got.Int, len(want))
			}
			if got := members(c.Do("SMEMBERS " + target)); !slices.Equal(got, want) {
				rt.Fatalf("S%sSTORE stored %q, want %q", name, got, want)
			}
			c.Do("DEL " + target)
			c.Do("RENAME saved " + target)
		}
		if got := c.Do(fmt.Sprintf("SINTERCARD %d %s", len(keys), list)); int(got.Int) != len(intersection) {
			rt.Fatalf("SINTERCARD: got %d, want %d", got.Int, len(intersection))
		}
	})
}

// combined computes the three results, sorted.
func combined(inputs [][]string) (union, intersection, difference []string) {
	for _, in := range inputs {
		union = append(union, in...)
	}
	slices.Sort(union)
	union = slices.Compact(union)
	for _, m := range union {
		in := 0
		for _, other := range inputs {
			if slices.Contains(other, m) {
				in++
			}
		}
		if in == len(inputs) {
			intersection = append(intersection, m)
		}
		if in == 1 && slices.Contains(inputs[0], m) {
			difference = append(difference, m)
		}
	}
	return union, intersection, difference
}

// TestRandomMembers says that random replies hold members only, different ones unless repetition is asked for, and that
// a reply that would be too long is refused.
func TestRandomMembers(t *testing.T) {
	node := inprocess.Start(t, "--proto-max-bulk-len", "1mb")
	c := node.Client(t)
	for _, word := range []string{"7", "m", strings.Repeat("x", 65)} { // intset, listpack, table
		c.Do("DEL s")
		var all []string
		for i := range 50 {
			m := fmt.Sprintf("%d", i)
			if i == 0 {
				m = word + "1"
			}
			all = append(all, m)
			c.Do("SADD s " + m)
		}
		slices.Sort(all)
		all = slices.Compact(all)
		for _, n := range []int{1, 3, 20, 45, len(all), 1000} {
			got := members(c.Do(fmt.Sprintf("SRANDMEMBER s %d", n)))
			if len(slices.Compact(got)) != min(n, len(all)) {
				t.Errorf("SRANDMEMBER s %d: %q", n, got)
			}
			for _, m := range got {
				if !slices.Contains(all, m) {
					t.Errorf("SRANDMEMBER s %d: %q is no member", n, m)
				}
			}
		}
		if got := members(c.Do("SRANDMEMBER s -500")); len(got) != 500 || len(slices.Compact(got)) < 10 {
			t.Errorf("SRANDMEMBER s -500: %d members", len(got))
		}
		if r := c.Do("SRANDMEMBER s -9223372036854775807"); r.String() != "ERR value is out of range" {
			t.Errorf("an endless reply: got %.100q", r.String())
		}
	}
}

// TestScan says that a complete scan meets every member that is there all the time, whatever happens to others.
func TestScan(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	const n = 2000
	for i := range n {
		c.Do(fmt.Sprintf("SADD s stays%d goes%d", i, i))
	}
	seen := map[string]bool{}
	cursor := "0"
	for round := 0; ; round++ {
		r := c.Do("SSCAN s " + cursor + " COUNT 20 MATCH stays*")
		for _, m := range members(r.Elems[1]) {
			seen[m] = true
		}
		if cursor = r.Elems[0].String(); cursor == "0" {
			break
		}
		c.Do(fmt.Sprintf("SREM s goes%d", round))
		c.Do(fmt.Sprintf("SADD s comes%d", round))
	}
	if len(seen) != n {
		t.Errorf("the scan met %d of %d members", len(seen), n)
	}
}
