package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"redoubt/internal/bench/load"
	"redoubt/internal/resp"
)

// Sizes of the section on tail latency.
const (
	tailKeys     = 1_000_000
	tailExpiring = 100_000
	tailElements = 1_000_000
	growthBatch  = 16
	growthPerSec = 60_000
	tailLonger   = 6 // times the length of other measurements
	// probeRate is how many requests a second are due. They are counted from when they are due, so a pause counts for all
	// requests that it delays.
	probeRate = 5000
)

// disturbance is something that a server does while the probe measures. prepare runs before; during runs beside the probe.
type disturbance struct {
	name    string
	prepare func(*bench, *arm) error
	during  func(b *bench, a *arm, end time.Duration) error
}

// Those that the table of bars names.
const (
	quietWorkload  = "quiet"
	expiryWorkload = "100,000 keys expire"
	growthWorkload = "the table grows"
)

var disturbances = []disturbance{
	{quietWorkload, nil, nil},
	{expiryWorkload, prepareExpiry, nil},
	{growthWorkload, nil, growTable},
	{"DEL of a set", making("SADD", "big"), sending("DEL", "big")},
	{"SET over a sorted set", making("ZADD", "big"), sending("SET", "big", "x")},
	{"RENAME over a set", making("SADD", "big"), sending("RENAME", "small", "big")},
	{"a sorted set expires", making("ZADD", "big"), sending("PEXPIRE", "big", "1")},
	{"FLUSHALL ASYNC", (*bench).fillForTail, sending("FLUSHALL", "ASYNC")},
}

// tail measures what one client waits for while the server is busy.
func (b *bench) tail() error {
	return b.withArms(b.withoutControl(), b.serverCPUs, func(arms []*arm) error {
		for _, a := range arms {
			if err := b.fillForTail(a); err != nil {
				return fmt.Errorf("%s: %w", a.Name, err)
			}
		}
		for _, d := range disturbances {
			if b.skip(d.name) {
				continue
			}
			c := result{Workload: d.name, Connections: 1, Keys: b.smaller(tailKeys)}
			b.compare(c, arms, b.fillForTail, func(a *arm) (figures, error) { return b.probe(a, d) })
		}
		return nil
	})
}

// fillForTail writes the keys that the probe asks for, unless they are there, and a small one.
func (b *bench) fillForTail(a *arm) error {
	n, err := a.do("DBSIZE")
	if err != nil {
		return err
	}
	if n < int64(b.smaller(tailKeys)) {
		a.filled = 0
	}
	if _, err := a.do("SET", "small", "x"); err != nil {
		return err
	}
	return a.fillKeys(b.smaller(tailKeys), b.ValueBytes[0])
}

func (b *bench) smaller(n int) int {
	if b.Small {
		return n / 10
	}
	return n
}

// asker is the stream of the probe: GET and SET of random keys in turn.
type asker struct {
	rng   *rand.Rand
	keys  int
	value string
	sent  int
}

// Next implements load.Stream.
func (p *asker) Next(dst []byte, _ *load.Answer) ([]byte, load.Operation) {
	key := "key:" + digits(p.rng.IntN(p.keys))
	if p.sent++; p.sent%2 == 0 {
		return resp.AppendCommandStrings(dst, "SET", key, p.value), load.Operation{Requests: 1}
	}
	return resp.AppendCommandStrings(dst, "GET", key), load.Operation{Requests: 1}
}

// probing is how long the probe measures.
func (b *bench) probing() time.Duration {
	return time.Duration(tailLonger * b.Seconds * float64(time.Second))
}

// probe measures an arm for a while, with what disturbs it.
func (b *bench) probe(a *arm, d disturbance) (figures, error) {
	if d.prepare != nil {
		if err := d.prepare(b, a); err != nil {
			return figures{}, err
		}
	}
	end := b.probing()
	var disturbed error
	var beside sync.WaitGroup
	if d.during != nil {
		beside.Go(func() { disturbed = d.during(b, a, end) })
	}
	f, err := underLoad(a, func() (figures, float64, error) {
		s := &asker{rng: rand.New(rand.NewPCG(1, 1)), keys: b.smaller(tailKeys), value: "0123456789abcdef"}
		r, err := a.runLoad(load.Load{Kinds: []string{"probe"}, Streams: []load.Stream{s}, Duration: end, Rate: probeRate})
		if err != nil {
			return figures{}, 0, err
		}
		f, err := ofRun(r)
		for _, bar := range r.Latency().Distribution() {
			f.addBar(bar.To, bar.Count)
		}
		return f, float64(r.Requests()), err
	})
	beside.Wait()
	if err == nil {
		err = disturbed
	}
	return f, err
}

// expiryIn is how long the keys that expire live: longer than it takes to write them.
const expiryIn = 2 * time.Second

// prepareExpiry writes keys that all end at the same moment, a quarter into the measurement.
func prepareExpiry(b *bench, a *arm) error {
	deadline := time.Now().Add(expiryIn)
	text := strconv.FormatInt(deadline.UnixMilli(), 10)
	err := a.fill(1, func(i int, dst []byte) ([]byte, int) {
		n := max(0, min(portion, b.smaller(tailExpiring)-i*portion))
		for k := i * portion; k < i*portion+n; k++ {
			dst = resp.AppendCommandStrings(dst, "SET", "expiring:"+digits(k), "0123456789abcdef", "PXAT", text)
		}
		return dst, n
	})
	time.Sleep(time.Until(deadline) - b.probing()/4)
	return err
}

// growTable adds keys at a rate that a server has no trouble with; each round adds others.
func growTable(_ *bench, a *arm, end time.Duration) error {
	round := strconv.FormatInt(time.Now().UnixNano(), 36)
	target := a.target()
	s := &filling{step: 1, write: func(i int, dst []byte) ([]byte, int) {
		for k := range growthBatch {
			dst = resp.AppendCommandStrings(dst, "SET", "growing:"+round+":"+strconv.Itoa(i*growthBatch+k), "0123456789abcdef")
		}
		return dst, growthBatch
	}}
	_, err := load.Run(context.Background(), load.Load{
		Target: target, Kinds: []string{"growth"}, Streams: []load.Stream{s}, Duration: end, Rate: growthPerSec / growthBatch,
	})
	return err
}

// making makes a large key anew, by adding elements with a command.
func making(command, key string) func(*bench, *arm) error {
	return func(b *bench, a *arm) error {
		if err := b.fillForTail(a); err != nil {
			return err
		}
		if _, err := a.do("DEL", key); err != nil {
			return err
		}
		return a.push(command, key, 0, b.smaller(tailElements), 0)
	}
}

// sending sends one request in the middle of the measurement.
func sending(words ...string) func(*bench, *arm, time.Duration) error {
	return func(_ *bench, a *arm, end time.Duration) error {
		time.Sleep(end / 2)
		_, err := a.do(words...)
		return err
	}
}
