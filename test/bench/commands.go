package main

import (
	"slices"
	"strconv"
	"strings"

	"redoubt/internal/bench/load"
	"redoubt/internal/resp"
)

// everyWorkload are the tests that redis-benchmark has built in.
var everyWorkload = []string{"ping_inline", "ping_mbulk", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "sadd", "hset", "spop", "zadd", "zpopmin",
	"lrange_100", "lrange_300", "lrange_500", "lrange_600", "mset"}

// ofOtherSizes are measured with every size of values.
var ofOtherSizes = []string{"set", "get", "lpush", "lrange_100", "mset"}

// Keys of redis-benchmark's tests.
const (
	benchList = "mylist"
	benchSet  = "myset"
	benchZset = "myzset"
	// rangeList is the list of the lrange workloads. Their own form fills a list within the measurement.
	rangeList = "bench:list"
)

func requestOf(workload string) []string {
	if n, ok := strings.CutPrefix(workload, "lrange_"); ok {
		last, _ := strconv.Atoi(n) // names of workloads end in numbers
		return []string{"lrange", rangeList, "0", strconv.Itoa(last - 1)}
	}
	return []string{"-t", workload}
}

// commands measures the tests of redis-benchmark, at every pipeline, with every size.
func (b *bench) commands() error {
	for i, bytes := range b.ValueBytes {
		workloads := b.Workloads
		if i > 0 {
			workloads = slices.DeleteFunc(slices.Clone(workloads), func(w string) bool { return !slices.Contains(ofOtherSizes, w) })
		}
		fill := func(a *arm) error { return b.fillForCommands(a, bytes) }
		err := b.withArms(b.specs, b.serverCPUs, func(arms []*arm) error {
			for _, a := range arms {
				if err := fill(a); err != nil {
					return err
				}
			}
			for _, pipeline := range b.Pipelines {
				for _, w := range workloads {
					b.command(arms, fill, w, pipeline, bytes)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// command measures one test.
func (b *bench) command(arms []*arm, fill func(*arm) error, workload string, pipeline, bytes int) {
	c := result{Workload: workload, Pipeline: pipeline, Bytes: bytes, Connections: b.Clients}
	if b.skip(c.Name()) {
		return
	}
	r := redisBenchmark{clients: b.Clients, pipeline: pipeline, bytes: bytes, keys: b.Keys, cpus: b.clientCPUs, words: requestOf(workload)}
	r, err := r.sized(arms, b.Seconds, func(a *arm) error { return supply(a, workload, 2*probeRequests, bytes) })
	if err != nil {
		b.note("%s, %s: %v", b.section, c.Name(), err)
		return
	}
	b.compare(c, arms, fill, func(a *arm) (figures, error) {
		if err := supply(a, workload, r.requests, bytes); err != nil {
			return figures{}, err
		}
		return r.measured(a)
	})
}

// fillForCommands writes what the tests read.
func (b *bench) fillForCommands(a *arm, bytes int) error {
	if err := a.fillKeys(b.Keys, bytes); err != nil {
		return err
	}
	if _, err := a.do("DEL", rangeList); err != nil {
		return err
	}
	return a.push("RPUSH", rangeList, 0, 1000, bytes)
}

// supply lets a workload that takes elements away find as many as it takes, and keeps those that add from growing for ever.
func supply(a *arm, workload string, elements, bytes int) error {
	count, add, key := "", "", ""
	switch workload {
	case "lpush", "rpush":
		_, err := a.do("DEL", benchList)
		return err
	case "lpop", "rpop":
		count, add, key = "LLEN", "RPUSH", benchList
	case "spop":
		count, add, key = "SCARD", "SADD", benchSet
	case "zpopmin":
		count, add, key = "ZCARD", "ZADD", benchZset
	default:
		return nil
	}
	n, err := a.do(count, key)
	if err != nil || int(n) >= elements {
		return err
	}
	if _, err := a.do("DEL", key); err != nil {
		return err
	}
	return a.push(add, key, 0, elements, bytes)
}

// portion is how many elements one request of a fill adds.
const portion = 500

// push adds elements to a list, a set, a sorted set or a hash; those of lists have so many bytes.
func (a *arm) push(command, key string, from, to, bytes int) error {
	value := strings.Repeat("x", bytes)
	return a.fill(1, func(i int, dst []byte) ([]byte, int) {
		first := from + i*portion
		if first >= to {
			return dst, 0
		}
		words := []string{command, key}
		for n := first; n < min(first+portion, to); n++ {
			switch command {
			case "RPUSH":
				words = append(words, value)
			case "ZADD":
				words = append(words, strconv.Itoa(n), elementName(n))
			case "HSET":
				words = append(words, elementName(n), "value")
			default:
				words = append(words, elementName(n))
			}
		}
		return resp.AppendCommandStrings(dst, words...), 1
	})
}

// elementName is that of redis-benchmark, with the digits that it fills in.
func elementName(n int) string { return "element:" + digits(n) }

func digits(n int) string {
	text := strconv.Itoa(n)
	return strings.Repeat("0", 12-len(text)) + text
}

// filling is a stream of numbered operations; each says how many requests it has, 0 at the end.
type filling struct {
	next, step int
	write      func(i int, dst []byte) ([]byte, int)
}

// Next implements load.Stream.
func (f *filling) Next(dst []byte, _ *load.Answer) ([]byte, load.Operation) {
	dst, n := f.write(f.next, dst)
	f.next += f.step
	return dst, load.Operation{Requests: n}
}

// fill runs operations 0, 1, … until one is empty, over some connections.
func (a *arm) fill(connections int, write func(i int, dst []byte) ([]byte, int)) error {
	var streams []load.Stream
	for i := range connections {
		streams = append(streams, &filling{next: i, step: connections, write: write})
	}
	r, err := a.runLoad(load.Load{Kinds: []string{"fill"}, Streams: streams})
	if err == nil {
		_, err = ofRun(r)
	}
	return err
}

// fillKeys writes the strings that redis-benchmark's get asks for, up to a number of keys.
func (a *arm) fillKeys(keys, bytes int) error {
	value := strings.Repeat("x", bytes)
	from := a.filled
	err := a.fill(2, func(i int, dst []byte) ([]byte, int) {
		first := from + i*portion
		n := max(0, min(portion, keys-first))
		for k := first; k < first+n; k++ {
			dst = resp.AppendCommandStrings(dst, "SET", "key:"+digits(k), value)
		}
		return dst, n
	})
	a.filled = keys
	return err
}
