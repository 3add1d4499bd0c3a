package zset_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// model is a sorted set as a plain map.
type model map[string]float64

// sorted lists the members in the order of a sorted set.
func (m model) sorted() []string {
	var out []string
	for member := range m {
		out = append(out, member)
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(m[a], m[b]), cmp.Compare(a, b))
	})
	return out
}

// between lists the members within a range of scores, upwards or downwards, narrowed by LIMIT.
func (m model) between(lo, hi bound, rev bool, offset, count int) []string {
	var out []string
	for _, member := range m.sorted() {
		s := m[member]
		if (s > lo.score || s == lo.score && !lo.exclusive) && (s < hi.score || s == hi.score && !hi.exclusive) {
			out = append(out, member)
		}
	}
	if rev {
		slices.Reverse(out)
	}
	if offset < 0 || offset >= len(out) {
		return nil
	}
	out = out[offset:]
	if count >= 0 {
		out = out[:min(count, len(out))]
	}
	return out
}

type bound struct {
	score     float64
	exclusive bool
}

func (b bound) String() string {
	s := strconv.FormatFloat(b.score, 'g', -1, 64)
	if b.exclusive {
		return "(" + s
	}
	return s
}

// texts flattens a reply of strings and integers.
func texts(r resp.Reply) []string {
	if r.Type != resp.TypeArray {
		return []string{string(r.Str)}
	}
	var out []string
	for i := range r.Elems {
		out = append(out, texts(r.Elems[i])...)
	}
	return out
}

// withScores interleaves members with the texts of their scores.
func (m model) withScores(members []string) []string {
	var out []string
	for _, member := range members {
		out = append(out, member, string(resp.FormatDouble(nil, m[member])))
	}
	return out
}

var (
	memberGen = rapid.StringMatching(`[a-f]{1,2}`)
	scoreGen  = rapid.SampledFrom([]float64{-2, -0.5, 0, 1, 1.5, 2, 100, math.Inf(1), math.Inf(-1)})
	boundGen  = rapid.Custom(func(t *rapid.T) bound {
		return bound{scoreGen.Draw(t, "score"), rapid.Bool().Draw(t, "exclusive")}
	})
)

// TestRangesFollowModel compares ranges, ranks and range removals with a plain map, in both encodings.
func TestRangesFollowModel(t *testing.T) {
	node := inprocess.Start(t, "--zset-max-listpack-entries", "8")
	c := node.Client(t)
	expect := func(rt *rapid.T, request string, want ...string) {
		if got := texts(c.Do(request)); !slices.Equal(got, want) {
			rt.Fatalf("%s: got %q, want %q", request, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		c.Do("FLUSHALL")
		m := model{}
		rt.Repeat(map[string]func(*rapid.T){
			"add": func(rt *rapid.T) {
				member, score := memberGen.Draw(rt, "member"), scoreGen.Draw(rt, "score")
				_, had := m[member]
				m[member] = score
				expect(rt, fmt.Sprintf("ZADD z %g %s", score, member), map[bool]string{false: "1", true: "0"}[had])
			},
			"rank": func(rt *rapid.T) {
				member := memberGen.Draw(rt, "member")
				want := ""
				if at := slices.Index(m.sorted(), member); at >= 0 {
					want = strconv.Itoa(at)
				}
				expect(rt, "ZRANK z "+member, want)
			},
			"byScore": func(rt *rapid.T) {
				lo, hi, rev := boundGen.Draw(rt, "lo"), boundGen.Draw(rt, "hi"), rapid.Bool().Draw(rt, "rev")
				offset, count := rapid.IntRange(-1, 4).Draw(rt, "offset"), rapid.IntRange(-1, 4).Draw(rt, "count")
				request := fmt.Sprintf("ZRANGE z %v %v BYSCORE LIMIT %d %d WITHSCORES", lo, hi, offset, count)
				if rev {
					request = fmt.Sprintf("ZRANGE z %v %v BYSCORE REV LIMIT %d %d WITHSCORES", hi, lo, offset, count)
				}
				expect(rt, request, m.withScores(m.between(lo, hi, rev, offset, count))...)
				expect(rt, fmt.Sprintf("ZCOUNT z %v %v", lo, hi), strconv.Itoa(len(m.between(lo, hi, false, 0, -1))))
			},
			"removeByScore": func(rt *rapid.T) {
				lo, hi := boundGen.Draw(rt, "lo"), boundGen.Draw(rt, "hi")
				gone := m.between(lo, hi, false, 0, -1)
				for _, member := range gone {
					delete(m, member)
				}
				expect(rt, fmt.Sprintf("ZREMRANGEBYSCORE z %v %v", lo, hi), strconv.Itoa(len(gone)))
			},
			"byRank": func(rt *rapid.T) {
				start, stop := rapid.IntRange(-12, 12).Draw(rt, "start"), rapid.IntRange(-12, 12).Draw(rt, "stop")
				members := m.sorted()
				expect(rt, fmt.Sprintf("ZRANGE z %d %d", start, stop), slice(members, start, stop)...)
				slices.Reverse(members)
				expect(rt, fmt.Sprintf("ZRANGE z %d %d REV", start, stop), slice(members, start, stop)...)
			},
			"": func(rt *rapid.T) {
				expect(rt, "ZRANGE z 0 -1 WITHSCORES", m.withScores(m.sorted())...)
			},
		})
	})
}

// slice is what ZRANGE start stop means for a list.
func slice(list []string, start, stop int) []string {
	if start < 0 {
		start = max(start+len(list), 0)
	}
	if stop < 0 {
		stop += len(list)
	}
	stop = min(stop, len(list)-1)
	if start > stop {
		return nil
	}
	return list[start : stop+1]
}

// TestAlgebraFollowsModel compares union, intersection and difference with plain maps.
func TestAlgebraFollowsModel(t *testing.T) {
	node := inprocess.Start(t, "--zset-max-listpack-entries", "8")
	c := node.Client(t)
	rapid.Check(t, func(rt *rapid.T) {
		c.Do("FLUSHALL")
		var inputs []model
		var keys []string
		for i := range rapid.IntRange(1, 4).Draw(rt, "inputs") {
			in, key := model{}, fmt.Sprintf("k%d", i)
			isSet := rapid.Bool().Draw(rt, "set")
			for _, member := range rapid.SliceOfN(memberGen, 0, 20).Draw(rt, "members") {
				if in[member] = 1; isSet {
					c.Do("SADD " + key + " " + member)
					continue
				}
				in[member] = float64(rapid.IntRange(-8, 8).Draw(rt, "score")) / 2
				c.Do(fmt.Sprintf("ZADD %s %g %s", key, in[member], member))
			}
			inputs, keys = append(inputs, in), append(keys, key)
		}
		union, intersection, difference := combined(inputs)
		list := fmt.Sprintf("%d %s", len(keys), strings.Join(keys, " "))
		for name, want := range map[string]model{"UNION": union, "INTER": intersection, "DIFF": difference} {
			words := want.withScores(want.sorted())
			if got := texts(c.Do("Z" + name + " " + list + " WITHSCORES")); !slices.Equal(got, words) {
				rt.Fatalf("Z%s: got %q, want %q", name, got, words)
			}
			target := rapid.SampledFrom(append(keys, "other")).Draw(rt, "target")
			c.Do("COPY " + target + " saved REPLACE")
			if got := c.Do("Z" + name + "STORE " + target + " " + list); int(got.Int) != len(want) {
				rt.Fatalf("Z%sSTORE: got %d, want %d", name, got.Int, len(want))
			}
			if got := texts(c.Do("ZRANGE " + target + " 0 -1 WITHSCORES")); !slices.Equal(got, words) {
				rt.Fatalf("Z%sSTORE stored %q, want %q", name, got, words)
			}
			c.Do("DEL " + target)
			c.Do("RENAME saved " + target)
		}
	})
}

// combined computes the three results with sums of scores.
func combined(inputs []model) (union, intersection, difference model) {
	union, intersection, difference = model{}, model{}, model{}
	for _, in := range inputs {
		for member, score := range in {
			union[member] += score
		}
	}
	for member, score := range inputs[0] {
		in := 0
		for _, other := range inputs {
			if _, found := other[member]; found {
				in++
			}
		}
		if in == len(inputs) {
			intersection[member] = union[member]
		}
		if in == 1 {
			difference[member] = score
		}
	}
	return union, intersection, difference
}
