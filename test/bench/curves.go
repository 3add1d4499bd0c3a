package main

import (
	"fmt"
	"net"
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
				r.requests = max(r.requests, 5*connections) // opening them is not what is measured
				b.compare(c, arms, fill, r.measured)
			}
		}
		return b.idleConnections(arms)
	})
}

// idle is how many connections are opened to see what one takes.
const idle = 5000

// idleConnections measures the memory of connections that have asked something once.
func (b *bench) idleConnections(arms []*arm) error {
	n := idle
	if b.Small {
		n /= 10
	}
	c := result{Section: b.section, Workload: "idle", Connections: n}
	for _, a := range arms {
		f := figures{Arm: a.Name}
		var err error
		if f.PerKey, err = a.perConnection(n); err != nil {
			b.note("%s, %s, %s: %v", b.section, c.Name(), a.Name, err)
			f.Failed = err.Error()
		}
		c.Arms = append(c.Arms, f)
	}
	b.log("  %s: %s", c.Name(), c.brief())
	b.report.Results = append(b.report.Results, c)
	return nil
}

// perConnection is the growth of the resident size for one of n connections, in bytes.
func (a *arm) perConnection(n int) (float64, error) {
	if err := a.stop(); err != nil { // what earlier connections took may be free and resident
		return 0, err
	}
	if err := a.start(); err != nil {
		return 0, err
	}
	before, err := a.resident()
	if err != nil {
		return 0, err
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
			return 0, err
		}
		open = append(open, nc)
		if _, err := nc.Write([]byte("PING\r\n")); err != nil {
			return 0, err
		}
		if _, err := nc.Read(answer); err != nil {
			return 0, err
		}
	}
	time.Sleep(time.Second) // servers give buffers back in the background
	after, err := a.resident()
	return float64(after-before) / float64(n), err
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
			if b.skip(strconv.Itoa(keys)) {
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
		s.Name = fmt.Sprintf("%s, %d loops", s.Name, n)
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
				b.compare(c, arms, fill, r.measured)
			}
		}
		return nil
	})
}
