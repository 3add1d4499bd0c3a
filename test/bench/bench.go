package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// section is a part of the benchmark.
type section struct {
	name, title, explanation string
	// seconds are about what it takes as a whole on two idle processors. Sections share the time there is in these proportions,
	// together with what those before them left.
	seconds float64
	// rounds is how many there are at most.
	rounds int
	run    func(*bench) error
}

// allRounds is for sections that are short enough for as many rounds as are wanted.
const allRounds = math.MaxInt

// sections in the order in which they are measured: what matters most comes first.
var sections = []section{
	{"commands", "Commands", "The tests that redis-benchmark has built in.", 480, allRounds, (*bench).commands},
	{"gitlab", "GitLab", "The load of a GitLab installation (`redoubt bench gitlab`). Latency is that of operations: a request or a pipeline.", 80, allRounds, (*bench).gitlab},
	{"scripts", "Scripts", "EVALSHA of GitLab's rate limiter and of the renewal of a lease.", 30, allRounds, (*bench).scripts},
	{"memory", "Memory", "Resident bytes for a key with its value, on servers that hold nothing else. Bytes are the growth of the resident size, measured once: the size of a value is not a matter of chance.", 120, 1, (*bench).memory},
	{"tail", "Tail latency", "One connection asks for random keys of a million while the server is busy with something else. Requests are due 5,000 times a second and are timed from then, so a pause counts for all that it delays.", 240, allRounds, (*bench).tail},
	{"large", "Large values", "One connection asks for something of a large value, again and again: the time is the latency.", 60, allRounds, (*bench).large},
	{"connections", "Connections", "GET and SET with one request in flight per connection. What opening the connections takes is not counted.", 420, allRounds, (*bench).connectionCurve},
	{"loops", "Event loops", "Clients and servers share all processors.", 25, allRounds, (*bench).loops},
	{"keys", "Number of keys", "GET and SET of random keys at pipeline 16; keys of 16 bytes, values of 16 bytes.", 230, allRounds, (*bench).keyCurve},
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
	// sectionRounds is Rounds, or less in a section that takes long.
	sectionRounds int
	report        *report
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
			sum += sections[i].seconds
		}
		if sections[i].name == name {
			own = sections[i].seconds
		}
	}
	return time.Now().Add(time.Duration(float64(time.Until(left)) * own / sum))
}

// expected is about how long the chosen sections take.
func (b *bench) expected() time.Duration {
	seconds := 0.0
	for _, s := range sections {
		if slices.Contains(b.Sections, s.name) {
			seconds += s.seconds
		}
	}
	return min(b.Limit, time.Duration(seconds*float64(time.Second)))
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

// unlessSmall are the last elements only of a full run.
func (b *bench) unlessSmall(points []int, largest int) []int {
	if !b.Small {
		return points
	}
	return slices.DeleteFunc(slices.Clone(points), func(n int) bool { return n > largest })
}
