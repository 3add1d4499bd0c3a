package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// What the append-only file costs those who write and those who read. 50 clients, one request at a time each, over a Unix socket. One thread
// serves them all, so that they cost little beside the server (crowd.go).

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
	c, err := newCrowd(filepath.Join(dir, "socket"), w.writes)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.run(each); err != nil {
		return err
	}
	s.note(w.name, float64(c.requests)/each.Seconds())
	if len(c.reads) > 0 {
		slices.Sort(c.reads)
		s.note(w.readsP99(), c.reads[len(c.reads)*99/100].Seconds())
	}
	return nil
}

func (s *subject) note(what string, figure float64) {
	s.figures[what] = append(s.figures[what], figure)
}
