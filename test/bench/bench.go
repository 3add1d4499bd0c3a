package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/bench/load"
)

// section is a part of the benchmark.
type section struct {
	name, title, explanation string
	// share of the whole time that it may take, together with what those before it left.
	share float64
	run   func(*bench) error
}

// sections in the order in which they are measured: what matters most comes first.
var sections = []section{
	{"commands", "Commands", "The tests that redis-benchmark has built in.", 45, (*bench).commands},
	{"gitlab", "GitLab", "The load of a GitLab installation (`redoubt bench gitlab`). Latency is that of operations: a request or a pipeline.", 9, (*bench).gitlab},
	{"scripts", "Scripts", "EVALSHA of GitLab's rate limiter and of the renewal of a lease.", 4, (*bench).scripts},
	{"memory", "Memory", "Resident bytes for a key with its value, on servers that hold nothing else. Bytes are the growth of the resident size.", 8, (*bench).memory},
	{"tail", "Tail latency", "One connection asks for random keys of a million while the server is busy with something else.", 13, (*bench).tail},
	{"connections", "Connections", "GET and SET with one request in flight per connection.", 9, (*bench).connectionCurve},
	{"loops", "Event loops", "Clients and servers share all processors.", 3, (*bench).loops},
	{"keys", "Number of keys", "GET and SET of random keys at pipeline 16; keys of 16 bytes, values of 16 bytes.", 9, (*bench).keyCurve},
}

func sectionNames() (names []string) {
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}

// bench is one run.
type bench struct {
	settings
	specs   []spec // the control is the second
	begin   time.Time
	section string
	end     time.Time // of the section, after which only what has begun is completed
	report  *report
	// serverCPUs and clientCPUs are where servers and clients run; all is every processor there is.
	serverCPUs, clientCPUs, allCPUs string
}

// prepareProcess moves this process, which is a client, to the processors of clients.
func (b *bench) prepareProcess() error {
	// Set, and not only left as it is, it holds for the processes that are started, too.
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	files.Cur = files.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return err
	}
	var cpus []string
	for i := range len(allowed) * 64 {
		if allowed.IsSet(i) {
			cpus = append(cpus, strconv.Itoa(i))
		}
	}
	b.allCPUs = strings.Join(cpus, ",")
	b.serverCPUs, b.clientCPUs = b.allCPUs, b.allCPUs
	if len(cpus) == 1 {
		b.log("one processor: servers and clients share it")
		return nil
	}
	b.serverCPUs, b.clientCPUs = cpus[0], strings.Join(cpus[1:], ",")
	var clients unix.CPUSet
	for _, c := range cpus[1:] {
		n, _ := strconv.Atoi(c) // it was made from a number
		clients.Set(n)
	}
	runtime.GOMAXPROCS(len(cpus) - 1)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads { // threads that come later have it from these
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, &clients); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("move to processors %s: %w", b.clientCPUs, err)
		}
	}
	return nil
}

func (b *bench) log(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.0fs %s\n", time.Since(b.begin).Seconds(), fmt.Sprintf(format, args...))
}

// note keeps what went wrong.
func (b *bench) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	b.log("%s", text)
	b.report.Notes = append(b.report.Notes, text)
}

// timeIsUp tells whether the section has had its time.
func (b *bench) timeIsUp() bool { return time.Now().After(b.end) }

// skip tells whether the section has no time left for a case, and notes it.
func (b *bench) skip(name string) bool {
	if b.timeIsUp() {
		b.note("%s, %s: not measured, the time was up", b.section, name)
		return true
	}
	return false
}

// endAt is when a section has to end: it gets its share of the time that is left to it and those behind it.
func (b *bench) endAt(name string) time.Time {
	left, sum, own := b.begin.Add(b.Limit), 0.0, 0.0
	for i := len(sections) - 1; i >= 0 && own == 0; i-- {
		if slices.Contains(b.Sections, sections[i].name) {
			sum += sections[i].share
		}
		if sections[i].name == name {
			own = sections[i].share
		}
	}
	return time.Now().Add(time.Duration(float64(time.Until(left)) * own / sum))
}

// withArms starts servers, lets body measure, and ends them.
func (b *bench) withArms(specs []spec, cpus string, body func(arms []*arm) error) (err error) {
	var arms []*arm
	defer func() {
		for _, a := range arms {
			err = errors.Join(err, a.stop())
		}
	}()
	for _, s := range specs {
		a := &arm{spec: s, cpus: cpus}
		arms = append(arms, a)
		if err := a.start(); err != nil {
			return fmt.Errorf("start %s: %w", s.Name, err)
		}
	}
	return body(arms)
}

// trial measures an arm once.
type trial func(a *arm) (figures, error)

// compare measures a case on all arms in turn and reports medians. An arm that fails is started again, set up by prepare, and goes on.
func (b *bench) compare(c result, arms []*arm, prepare func(*arm) error, measure trial) {
	c.Section = b.section
	samples := make([][]figures, len(arms))
	failed := make([]string, len(arms))
	for round := range b.Rounds {
		for i, a := range arms {
			if b.timeIsUp() && round > 0 {
				continue
			}
			f, err := measure(a)
			if err == nil {
				samples[i] = append(samples[i], f)
				continue
			}
			failed[i] = err.Error()
			b.note("%s, %s, %s: %v", b.section, c.Name(), a.Name, err)
			if err := errors.Join(a.stop(), a.start(), prepareIfAny(prepare, a)); err != nil {
				b.note("%s, %s: start again: %v", b.section, a.Name, err)
			}
		}
	}
	for i, a := range arms {
		c.Arms = append(c.Arms, summary(a.Name, samples[i], failed[i]))
	}
	b.log("  %s: %s", c.Name(), c.brief())
	b.report.Results = append(b.report.Results, c)
}

func prepareIfAny(prepare func(*arm) error, a *arm) error {
	if prepare == nil {
		return nil
	}
	return prepare(a)
}

// underLoad measures processor time and memory of an arm while work runs, for its requests.
func underLoad(a *arm, work func() (figures, float64, error)) (figures, error) {
	before, err := a.cpu()
	if err != nil {
		return figures{}, err
	}
	f, requests, err := work()
	if err != nil {
		return f, err
	}
	after, err := a.cpu()
	if err != nil {
		return f, err
	}
	f.CPU = float64((after - before).Nanoseconds()) / 1000 / requests
	f.Resident, err = a.resident()
	return f, err
}

// ofRun are the figures of a run of our own load.
func ofRun(r *load.Result) (figures, error) {
	for _, k := range r.Kinds {
		if k.Errors > 0 {
			return figures{}, fmt.Errorf("%s: %d replies were errors, the first: %s", k.Name, k.Errors, k.FirstError)
		}
	}
	latency := r.Latency()
	at := func(percent float64) float64 { return float64(latency.ValueAtPercentile(percent)) / 1000 }
	return figures{PerSecond: float64(r.Requests()) / r.Elapsed.Seconds(), P50: at(50), P99: at(99), P999: at(99.9), Worst: at(100)}, nil
}

// runLoad runs our own load against an arm.
func (a *arm) runLoad(l load.Load) (*load.Result, error) {
	l.Target = a.target()
	ctx, cancel := context.WithTimeout(context.Background(), trialWithin)
	defer cancel()
	return load.Run(ctx, l)
}

// trialWithin bounds one measurement, so that a server that hangs cannot hold up the rest.
const trialWithin = 3 * time.Minute

// unlessSmall are the last elements only of a full run.
func (b *bench) unlessSmall(points []int, largest int) []int {
	if !b.Small {
		return points
	}
	return slices.DeleteFunc(slices.Clone(points), func(n int) bool { return n > largest })
}
