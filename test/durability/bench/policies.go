package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"redoubt/internal/resp"
)

// What the append-only file costs those who write and those who read. 50 clients, one request at a time each, over a Unix socket.

const (
	policyClients = 50
	policyKeys    = 10_000
	valueSize     = 100 // bytes
)

// workload is one measurement.
type workload struct {
	name   string
	args   []string
	writes int // of a hundred requests
}

var (
	alwaysWrites = workload{"always, writes", []string{"--appendonly", "yes", "--appendfsync", "always"}, 100}
	alwaysReads  = workload{"always, 90 % reads", []string{"--appendonly", "yes", "--appendfsync", "always"}, 10}
	everySecond  = workload{"everysec, writes", []string{"--appendonly", "yes", "--appendfsync", "everysec"}, 100}
	withoutFile  = workload{"no append-only file, writes", nil, 100}
)

// readsP99 names the figure for the 99th percentile of how long a read takes.
func (w workload) readsP99() string { return w.name + ", p99 of the reads" }

// policies measures every workload in turns and compares medians.
func (b *bench) policies(ctx context.Context) error {
	workloads := []workload{alwaysWrites, alwaysReads, everySecond, withoutFile}
	fmt.Printf("%d clients, %d-byte values, %d rounds of %v in turns, median (lowest, highest) requests/s\n", policyClients, valueSize, b.rounds, b.each)
	for range b.rounds {
		for _, w := range workloads {
			for _, s := range []*subject{b.ours, b.theirs} {
				if err := s.serve(ctx, b.dir, w, b.each); err != nil {
					return fmt.Errorf("%s, %s: %w", s.name, w.name, err)
				}
			}
		}
	}
	if b.rounds == 0 {
		return nil
	}
	for _, w := range workloads {
		for _, s := range []*subject{b.ours, b.theirs} {
			rates := slices.Sorted(slices.Values(s.figures[w.name]))
			fmt.Printf("%-27s %-13s %8.0f (%.0f, %.0f)\n", w.name, s.name, median(rates), rates[0], rates[len(rates)-1])
		}
	}
	b.comparePolicies()
	return nil
}

func (b *bench) comparePolicies() {
	ours := func(what string) float64 { return median(b.ours.figures[what]) }
	theirs := func(what string) float64 { return median(b.theirs.figures[what]) }
	rates := func(w workload, bar float64) {
		b.compare(comparison{w.name, "requests/s", ours(w.name), theirs(w.name), ours(w.name) / theirs(w.name), bar, "x", false})
	}
	rates(alwaysWrites, 1.2)
	rates(alwaysReads, 2)
	waits := alwaysReads.readsP99()
	b.compare(comparison{waits, "ms", 1000 * ours(waits), 1000 * theirs(waits), ours(waits) / theirs(waits), 0.3, "x", true})
	kept := ours(everySecond.name) / ours(withoutFile.name)
	b.compare(comparison{"everysec against no file, writes", "x", kept, theirs(everySecond.name) / theirs(withoutFile.name), kept, 0.9, "x", false})
}

// serve starts a server on an empty directory and measures one workload.
func (s *subject) serve(ctx context.Context, parent string, w workload, each time.Duration) error {
	dir, err := os.MkdirTemp(parent, "policy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := s.start(ctx, dir, w.args...)
	if err != nil {
		return err
	}
	defer p.stop()
	var group sync.WaitGroup
	clients := make([]served, policyClients)
	for i := range clients {
		group.Go(func() { clients[i] = w.client(filepath.Join(dir, "socket"), uint64(i), each) })
	}
	group.Wait()
	var all served
	for _, c := range clients {
		all.requests += c.requests
		all.reads = append(all.reads, c.reads...)
		all.err = cmp.Or(all.err, c.err)
	}
	s.note(w.name, float64(all.requests)/each.Seconds())
	if len(all.reads) > 0 {
		slices.Sort(all.reads)
		s.note(w.readsP99(), all.reads[len(all.reads)*99/100].Seconds())
	}
	return all.err
}

func (s *subject) note(what string, figure float64) {
	s.figures[what] = append(s.figures[what], figure)
}

// served is what one client got.
type served struct {
	requests int
	reads    []time.Duration
	err      error
}

// client sends one request after the other.
func (w workload) client(socket string, seed uint64, each time.Duration) (r served) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return served{err: err}
	}
	defer conn.Close()
	in, rng, value := bufio.NewReader(conn), rand.New(rand.NewPCG(seed, 1)), make([]byte, valueSize)
	var key, request []byte
	for end := time.Now().Add(each); ; r.requests++ {
		begin := time.Now()
		if begin.After(end) {
			return r
		}
		key = strconv.AppendInt(append(key[:0], "key:"...), int64(rng.IntN(policyKeys)), 10)
		write := rng.IntN(100) < w.writes
		if write {
			request = resp.AppendCommand(request[:0], []byte("SET"), key, value)
		} else {
			request = resp.AppendCommand(request[:0], []byte("GET"), key)
		}
		if r.err = exchange(conn, in, request); r.err != nil {
			return r
		}
		if !write {
			r.reads = append(r.reads, time.Since(begin))
		}
	}
}

// exchange sends a request and reads its reply, which must not be an error.
func exchange(conn net.Conn, in *bufio.Reader, request []byte) error {
	if _, err := conn.Write(request); err != nil {
		return err
	}
	reply, err := resp.ReadReply(in, resp.DefaultReplyLimits())
	if err == nil && reply.IsError() {
		err = errors.New(string(reply.Str))
	}
	return err
}
