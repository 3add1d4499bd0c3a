package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// connectionCurve measures from one connection to many, and what an idle one takes.
func (b *bench) connectionCurve() error {
	fill := func(a *arm) error { return a.fillKeys(b.Keys, b.ValueBytes[0]) }
	return b.withArms(b.specs, b.serverCPUs, func(arms []*arm) error {
		for _, a := range arms {
			if err := fill(a); err != nil {
				return err
			}
		}
		for _, connections := range b.unlessSmall(b.Connections, 1000) {
			opening := map[*arm]float64{}
			for _, workload := range []string{"get", "set"} {
				c := result{Workload: workload, Pipeline: 1, Connections: connections, Bytes: b.ValueBytes[0]}
				r := redisBenchmark{clients: connections, pipeline: 1, bytes: b.ValueBytes[0], keys: b.Keys, cpus: b.clientCPUs, words: requestOf(workload)}
				if b.skip(c.Name()) {
					continue
				}
				r, err := r.sized(arms, b.Seconds, nil)
				if err != nil {
					b.note("%s, %s: %v", b.section, c.Name(), err)
					continue
				}
				r.requests = max(r.requests, 5*connections)
				b.compare(c, arms, fill, func(a *arm) (figures, error) { return r.measuredServing(a, opening) })
			}
		}
		b.idle(arms)
		return nil
	})
}

// idleConnections are how many connections are opened to see what one takes, and what the server does meanwhile.
var idleConnections = []int{1000, 5000}

// idleFor is how long the processor time of an idle server is measured.
const idleFor = 2 * time.Second

// idle measures servers with connections that have asked something once.
func (b *bench) idle(arms []*arm) {
	for _, n := range b.unlessSmall(idleConnections, 1000) {
		c := result{Section: b.section, Workload: idleWorkload, Connections: n}
		for _, a := range arms {
			f, err := a.withIdle(n)
			f.Arm, f.Rounds = a.Name, 1
			if err != nil {
				b.note("%s, %s, %s: %v", b.section, c.Name(), a.Name, err)
				f.Failed = err.Error()
			}
			c.Arms = append(c.Arms, f)
		}
		b.log("  %s: %s", c.Name(), c.brief())
		b.report.Results = append(b.report.Results, c)
	}
}

// withIdle is the growth of the resident size for one of n connections, and the processor time beside them.
func (a *arm) withIdle(n int) (f figures, err error) {
	if err := a.stop(); err != nil { // what earlier connections took may be free and resident
		return f, err
	}
	if err := a.start(); err != nil {
		return f, err
	}
	before, err := a.resident()
	if err != nil {
		return f, err
	}
	var open []net.Conn
	defer func() {
		for _, nc := range open {
			nc.Close()
		}
	}()
	answer := make([]byte, 16)
	for range n {
		nc, err := net.DialTimeout("tcp", a.target().Address, startWithin)
		if err != nil {
			return f, err
		}
		open = append(open, nc)
		if _, err := nc.Write([]byte("PING\r\n")); err != nil {
			return f, err
		}
		if _, err := nc.Read(answer); err != nil {
			return f, err
		}
	}
	time.Sleep(time.Second) // servers give buffers back in the background
	after, err := a.resident()
	if err != nil {
		return f, err
	}
	f.Resident, f.PerKey = after, float64(after-before)/float64(n)
	used, err := a.cpu()
	if err != nil {
		return f, err
	}
	time.Sleep(idleFor)
	end, err := a.cpu()
	f.Busy = (end - used).Seconds() / idleFor.Seconds()
	return f, err
}

// keyCurve measures from few keys to many, on servers that grow. It has no control: the point is the shape.
func (b *bench) keyCurve() error {
	return b.withArms(b.withoutControl(), b.serverCPUs, func(arms []*arm) error {
		empty := map[*arm]int64{}
		for _, a := range arms {
			var err error
			if empty[a], err = a.resident(); err != nil {
				return err
			}
		}
		for _, keys := range b.unlessSmall(b.KeyCounts, 1000000) {
			if b.skip(strconv.Itoa(keys)) || !b.fits(keys) {
				continue
			}
			perKey := map[string]float64{}
			for _, a := range arms {
				if err := a.fillKeys(keys, b.ValueBytes[0]); err != nil {
					return fmt.Errorf("%s: %w", a.Name, err)
				}
				resident, err := a.resident()
				if err != nil {
					return err
				}
				perKey[a.Name] = float64(resident-empty[a]) / float64(keys)
			}
			for _, workload := range []string{"get", "set"} {
				c := result{Workload: workload, Pipeline: 16, Keys: keys, Bytes: b.ValueBytes[0]}
				r := redisBenchmark{clients: b.Clients, pipeline: 16, bytes: b.ValueBytes[0], keys: keys, cpus: b.clientCPUs, words: requestOf(workload)}
				r, err := r.sized(arms, b.Seconds, nil)
				if err != nil {
					return err
				}
				b.compare(c, arms, func(a *arm) error { return a.fillKeys(keys, b.ValueBytes[0]) }, func(a *arm) (figures, error) {
					f, err := r.measured(a)
					f.PerKey = perKey[a.Name]
					return f, err
				})
			}
		}
		return nil
	})
}

// bytesForKey is what a key of the curve takes on all arms together, generously.
const bytesForKey = 250

// fits tells whether the machine has the memory for so many keys, and notes it if not.
func (b *bench) fits(keys int) bool {
	text, err := os.ReadFile("/proc/meminfo")
	_, text, found := bytes.Cut(text, []byte("MemAvailable:"))
	if err != nil || !found {
		return true
	}
	var kilobytes int
	if _, err := fmt.Sscan(string(text), &kilobytes); err != nil || keys*bytesForKey < kilobytes<<10 {
		return true
	}
	b.note("%s, %d keys: not measured, they need %d GB of memory and %d GB are free", b.section, keys, keys*bytesForKey>>30, kilobytes>>20)
	return false
}

// loopsName is what the name of an arm with so many event loops ends in.
func loopsName(n int) string { return fmt.Sprintf(", %d loops", n) }

// loops measures the first arm with different numbers of event loops and the others as they are; nobody is kept to a processor.
func (b *bench) loops() error {
	var specs []spec
	cpus := 1
	for _, c := range b.allCPUs {
		if c == ',' {
			cpus++
		}
	}
	for n := 1; n <= cpus; n *= 2 {
		s := b.specs[0]
		s.Name += loopsName(n)
		s.Command = append(s.Command[:len(s.Command):len(s.Command)], "--event-loops", strconv.Itoa(n))
		specs = append(specs, s)
	}
	specs = append(specs, b.specs[2:]...)
	fill := func(a *arm) error { return a.fillKeys(b.Keys, b.ValueBytes[0]) }
	return b.withArms(specs, b.allCPUs, func(arms []*arm) error {
		for _, a := range arms {
			if err := fill(a); err != nil {
				return err
			}
		}
		for _, pipeline := range []int{1, 16} {
			for _, workload := range []string{"get", "set"} {
				c := result{Workload: workload, Pipeline: pipeline, Bytes: b.ValueBytes[0], Connections: b.Clients}
				r := redisBenchmark{clients: b.Clients, pipeline: pipeline, bytes: b.ValueBytes[0], keys: b.Keys, cpus: b.allCPUs, words: requestOf(workload)}
				r, err := r.sized(arms, b.Seconds, nil)
				if err != nil {
					return err
				}
				b.compare(c, arms, fill, r.measuredWithLocks)
			}
		}
		return nil
	})
}
