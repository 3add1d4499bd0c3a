package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"redoubt/internal/bench/load"
	"redoubt/internal/resp"
)

// Sizes of the large values.
const (
	largeElements = 1_000_000
	sortElements  = 100_000
	largeString   = 100 << 20
	largeBytes    = 16 // of an element of the list
)

// onLarge is a request for a part of a large value. It changes the value by little, so that it can be repeated.
type onLarge struct {
	name    string
	request func(n int, rng *rand.Rand) []string
}

func fixed(words ...string) func(int, *rand.Rand) []string {
	return func(int, *rand.Rand) []string { return words }
}

// at makes a request whose word "@" is the number of an element anywhere, and "%" that element.
func at(words ...string) func(int, *rand.Rand) []string {
	return func(n int, rng *rand.Rand) []string {
		i := rng.IntN(n)
		replaced := make([]string, len(words))
		for j, w := range words {
			switch w {
			case "@":
				w = strconv.Itoa(i)
			case "@+9":
				w = strconv.Itoa(i + 9)
			case "@+99":
				w = strconv.Itoa(i + 99)
			case "%":
				w = elementName(i)
			}
			replaced[j] = w
		}
		return replaced
	}
}

var onLargeValues = []onLarge{
	{"LINDEX", at("LINDEX", "list", "@")},
	{"LSET", at("LSET", "list", "@", "another element")},
	{"LRANGE of 100", at("LRANGE", "list", "@", "@+99")},
	{"LINSERT before the middle", fixed("LINSERT", "list", "BEFORE", "middle", "new")},
	{"LREM of the middle", fixed("LREM", "list", "1", "new")},
	{"LPOS of the middle", fixed("LPOS", "list", "middle")},
	{"ZRANK", at("ZRANK", "zset", "%")},
	{"ZRANGE of 100", at("ZRANGE", "zset", "@", "@+99")},
	{"ZCOUNT", at("ZCOUNT", "zset", "@", "+inf")},
	{"ZREMRANGEBYRANK of 10", at("ZREMRANGEBYRANK", "zset", "@", "@+9")},
	{"HSCAN of 1000", fixed("HSCAN", "hash", "0", "COUNT", "1000")},
	{"HRANDFIELD of 100", fixed("HRANDFIELD", "hash", "100")},
	{"SPOP of 10", fixed("SPOP", "set", "10")},
	{"SRANDMEMBER of 100", fixed("SRANDMEMBER", "set", "100")},
	{"SORT of 100,000, LIMIT 10", fixed("SORT", "unsorted", "LIMIT", "0", "10")},
	{"GETRANGE of 100", at("GETRANGE", "string", "@", "@+99")},
	{"SETRANGE", at("SETRANGE", "string", "@", "0123456789")},
	{"GET of 100 MB", fixed("GET", "string")},
}

// large measures requests for parts of large values.
func (b *bench) large() error {
	return b.withArms(b.withoutControl(), b.serverCPUs, func(arms []*arm) error {
		for _, a := range arms {
			if err := b.fillLarge(a); err != nil {
				return fmt.Errorf("%s: %w", a.Name, err)
			}
		}
		for _, o := range onLargeValues {
			c := result{Workload: o.name, Connections: 1}
			if b.skip(c.Name()) {
				continue
			}
			b.compare(c, arms, b.fillLarge, func(a *arm) (figures, error) { return b.askLarge(a, o) })
		}
		return nil
	})
}

// fillLarge makes the values.
func (b *bench) fillLarge(a *arm) error {
	n := b.smaller(largeElements)
	for _, v := range []struct {
		command, key string
		elements     int
	}{{"RPUSH", "list", n / 2}, {"ZADD", "zset", n}, {"SADD", "set", n}} {
		if err := a.push(v.command, v.key, 0, v.elements, largeBytes); err != nil {
			return err
		}
	}
	if _, err := a.do("RPUSH", "list", "middle"); err != nil {
		return err
	}
	if err := a.push("RPUSH", "list", 0, n-n/2, largeBytes); err != nil {
		return err
	}
	if err := a.push("HSET", "hash", 0, n, 0); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(5, 6))
	err := a.fill(1, func(i int, dst []byte) ([]byte, int) {
		if i*portion >= b.smaller(sortElements) {
			return dst, 0
		}
		words := []string{"RPUSH", "unsorted"}
		for range portion {
			words = append(words, strconv.Itoa(rng.IntN(1<<30)))
		}
		return resp.AppendCommandStrings(dst, words...), 1
	})
	if err != nil {
		return err
	}
	_, err = a.do("SETRANGE", "string", strconv.Itoa(b.smaller(largeString)-1), "x")
	return err
}

// asking repeats a request.
type asking struct {
	onLarge
	n   int
	rng *rand.Rand
}

// Next implements load.Stream.
func (s *asking) Next(dst []byte, _ *load.Answer) ([]byte, load.Operation) {
	return resp.AppendCommandStrings(dst, s.request(s.n, s.rng)...), load.Operation{Requests: 1}
}

func (b *bench) askLarge(a *arm, o onLarge) (figures, error) {
	return underLoad(a, func() (figures, float64, error) {
		s := &asking{onLarge: o, n: b.smaller(largeElements) / 2, rng: rand.New(rand.NewPCG(1, 1))}
		r, err := a.runLoad(load.Load{Kinds: []string{"large"}, Streams: []load.Stream{s}, Duration: time.Duration(b.Seconds / 2 * float64(time.Second))})
		if err != nil {
			return figures{}, 0, err
		}
		f, err := ofRun(r)
		return f, float64(r.Requests()), err
	})
}
