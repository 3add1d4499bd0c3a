package main

import (
	"strconv"
	"strings"

	"redoubt/internal/resp"
)

// kindOfKey is one row of the table of types: how many keys there are, and the request that makes the one with a number.
type kindOfKey struct {
	name string
	keys int
	make func(key string, i int) [][]string
}

// elements makes requests that add n elements to a key.
func elements(command string, n int, element func(j int) []string) func(string, int) [][]string {
	return func(key string, _ int) (requests [][]string) {
		for from := 0; from < n; from += portion {
			words := []string{command, key}
			for j := from; j < min(from+portion, n); j++ {
				words = append(words, element(j)...)
			}
			requests = append(requests, words)
		}
		return requests
	}
}

// Numbers of elements: small ones have the compact encoding, large ones have not.
const (
	fewElements  = 10
	manyElements = 5000
)

func stringOf(bytes int, more ...string) func(string, int) [][]string {
	return func(key string, i int) [][]string {
		value := strconv.Itoa(i)
		return [][]string{append([]string{"SET", key, value + strings.Repeat("v", bytes-len(value))}, more...)}
	}
}

// kindsOfKeys are every type in its small and its large form.
var kindsOfKeys = []kindOfKey{
	{"string 16 B", 300000, stringOf(16)},
	{"string 16 B with a deadline", 300000, stringOf(16, "PX", "100000000")},
	{"string 100 B", 200000, stringOf(100)},
	{"string 1 KB", 40000, stringOf(1000)},
	{"number", 300000, func(key string, i int) [][]string { return [][]string{{"SET", key, strconv.Itoa(i * 7)}} }},
	{"hash small", 150000, elements("HSET", fewElements, func(j int) []string { return []string{"field" + strconv.Itoa(j), "value " + strconv.Itoa(j)} })},
	{"hash large", 120, elements("HSET", manyElements, func(j int) []string { return []string{elementName(j), "value " + strconv.Itoa(j)} })},
	{"list small", 150000, elements("RPUSH", fewElements, func(j int) []string { return []string{"element " + strconv.Itoa(j)} })},
	{"list large", 500, elements("RPUSH", manyElements, func(j int) []string { return []string{elementName(j)} })},
	{"set small", 100000, elements("SADD", fewElements, func(j int) []string { return []string{"member " + strconv.Itoa(j)} })},
	{"set large", 120, elements("SADD", manyElements, func(j int) []string { return []string{elementName(j)} })},
	{"set of numbers small", 300000, elements("SADD", fewElements, func(j int) []string { return []string{strconv.Itoa(j * 1000)} })},
	{"set of numbers large", 150, elements("SADD", manyElements, func(j int) []string { return []string{strconv.Itoa(j * 1000)} })},
	{"sorted set small", 200000, elements("ZADD", fewElements, func(j int) []string { return []string{strconv.Itoa(j), "member " + strconv.Itoa(j)} })},
	{"sorted set large", 100, elements("ZADD", manyElements, func(j int) []string { return []string{strconv.Itoa(j * 3), elementName(j)} })},
	{"stream small", 20000, streamOf(fewElements)},
	{"stream large", 300, streamOf(manyElements)},
	{"HyperLogLog large", 2000, elements("PFADD", 2000, func(j int) []string { return []string{elementName(j)} })},
	{"HyperLogLog small", 200000, elements("PFADD", fewElements, func(j int) []string { return []string{elementName(j)} })},
}

func streamOf(n int) func(string, int) [][]string {
	return func(key string, _ int) (requests [][]string) {
		for j := range n {
			requests = append(requests, []string{"XADD", key, strconv.Itoa(1_700_000_000_000+j*17) + "-0", "event", "created", "id", strconv.Itoa(j)})
		}
		return requests
	}
}

// memory measures every type on servers that hold nothing else.
func (b *bench) memory() error {
	for _, kind := range kindsOfKeys {
		keys := kind.keys
		if b.Small {
			keys = max(10, keys/10)
		}
		if b.skip(kind.name) {
			continue
		}
		c := result{Section: b.section, Workload: kind.name, Keys: keys}
		err := b.withArms(b.withoutControl(), b.serverCPUs, func(arms []*arm) error {
			for _, a := range arms {
				f, err := b.memoryOf(a, kind, keys)
				if err != nil {
					b.note("%s, %s, %s: %v", b.section, c.Name(), a.Name, err)
					f.Failed = err.Error()
				}
				f.Arm, f.Rounds = a.Name, 1
				c.Arms = append(c.Arms, f)
			}
			return nil
		})
		if err != nil {
			return err
		}
		b.log("  %s: %s", c.Name(), c.brief())
		b.report.Results = append(b.report.Results, c)
	}
	return nil
}

// memoryOf fills one server. Its buffers for requests have their size before: they are not part of a key.
func (b *bench) memoryOf(a *arm, kind kindOfKey, keys int) (figures, error) {
	if err := a.writeKeys(kind, "w", max(1, keys/5)); err != nil {
		return figures{}, err
	}
	before, err := a.resident()
	if err != nil {
		return figures{}, err
	}
	if err := a.writeKeys(kind, "key", keys); err != nil {
		return figures{}, err
	}
	after, err := a.resident()
	return figures{Resident: after, PerKey: float64(after-before) / float64(keys)}, err
}

// operationBytes is about how much is sent at a time: a server's buffers are to be small beside the data.
const operationBytes = 16 << 10

// writeKeys makes keys of a kind.
func (a *arm) writeKeys(kind kindOfKey, prefix string, keys int) error {
	k := 0
	var waiting [][]string // requests for key k-1 that are not sent
	return a.fill(1, func(_ int, dst []byte) ([]byte, int) {
		n := 0
		for len(dst) < operationBytes {
			if len(waiting) == 0 {
				if k == keys {
					break
				}
				waiting = kind.make(prefix+strconv.Itoa(1000000+k), k)
				k++
			}
			dst = resp.AppendCommandStrings(dst, waiting[0]...)
			waiting = waiting[1:]
			n++
		}
		return dst, n
	})
}
