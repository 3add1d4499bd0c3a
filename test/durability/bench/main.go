// Command bench measures durability beside redis-server: the same files, the same disk, rounds that take turns, medians.
// `make bench-durability` runs it.
//
//	go run ./test/durability/bench [-keys N] [-gigabytes N] [-rounds N] [-each DURATION] [-arms ARM,ARM] [-dir DIR] [-redis redis-server]
//		[-json FILE] [-page FILE] bin/redoubt
//
// Its arms are
//
//	policies  what the append-only file costs writers and readers
//	commands  loading an append-only file
//	files     loading and saving a dump
//	large     what clients notice of a BGSAVE of large values that they change
//	wide      the same of gigabytes of small ones
//
// With -dir the dumps are kept and used again: a run with -rounds 0 makes them and measures nothing.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

func main() {
	var b bench
	flag.IntVar(&b.keys, "keys", 1_000_000, "keys of the dump that is loaded and saved, and members of the largest value")
	flag.Float64Var(&b.gigabytes, "gigabytes", 1, "size of the dataset of arm wide, about")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds of arms policies, commands and files, of which the median counts; 0 only makes the files")
	flag.DurationVar(&b.each, "each", 3*time.Second, "how long one measurement of arm policies takes")
	flag.StringVar(&b.dir, "dir", "", "where dumps and append-only files are kept")
	armsFlag := flag.String("arms", "policies,commands,files,large,wide", "what is measured")
	path := flag.String("json", "", "`file` for the figures that have a bar")
	page := flag.String("page", "", "`file` with a place for a table of them")
	reference := flag.String("redis", "redis-server", "the server to compare with")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	b.ours = &subject{"redoubt", []string{flag.Arg(0), "server", "--rdb-version", "10"}, map[string][]float64{}}
	b.theirs = &subject{"redis-server", []string{*reference}, map[string][]float64{}}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	arms := strings.Split(*armsFlag, ",")
	b.results = b.newResults(arms)
	err := b.run(ctx, arms)
	stop()
	if err == nil {
		err = b.results.save(*path, *page)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is what is asked for.
type bench struct {
	keys, rounds int
	gigabytes    float64
	each         time.Duration
	dir          string
	ours, theirs *subject
	results      results
}

// subject is a server under measurement.
type subject struct {
	name    string
	command []string
	figures map[string][]float64 // by what they measure
}

func (b *bench) run(ctx context.Context, arms []string) error {
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "redoubt-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		b.dir = dir
	}
	dir, err := filepath.Abs(b.dir)
	if err != nil {
		return err
	}
	b.dir = dir
	for _, arm := range arms {
		var err error
		switch arm {
		case "policies":
			err = b.policies(ctx)
		case "commands":
			err = b.commands(ctx)
		case "files":
			err = b.files(ctx)
		case "large":
			err = b.pauses(ctx, large(b.keys))
		case "wide":
			err = b.pauses(ctx, wide(b.gigabytes))
		default:
			err = errors.New("there is no such arm")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", arm, err)
		}
	}
	return nil
}

// files measures how long loading and saving take.
func (b *bench) files(ctx context.Context) error {
	dir, size, err := b.dump(ctx, dataset{fmt.Sprintf("mixed-%d", b.keys), b.keys, add, nil})
	if err != nil || b.rounds == 0 {
		return err
	}
	fmt.Printf("%d keys, dump of %d MB, %d rounds in turns, median (fastest, slowest)\n", b.keys, size>>20, b.rounds)
	for range b.rounds {
		for _, s := range []*subject{b.ours, b.theirs} {
			if err := s.measure(ctx, dir); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	b.report("RDB load", 2, size)
	b.report("SAVE", 1, size)
	b.report("BGSAVE", 1, size)
	return nil
}

// pauses measures what clients notice of a BGSAVE of a dataset.
func (b *bench) pauses(ctx context.Context, d dataset) error {
	dir, size, err := b.dump(ctx, d)
	if err != nil || b.rounds == 0 {
		return err
	}
	fmt.Printf("%s: dump of %d MB\n", d.name, size>>20)
	var results [2]disturbance
	for i, s := range []*subject{b.ours, b.theirs} {
		if results[i], err = s.disturb(ctx, dir, d); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	b.comparePauses(d, &results[0], &results[1])
	return nil
}

// report prints how long something took and compares it: ours should be so many times as fast as the bar says.
func (b *bench) report(what string, bar float64, size int64) {
	for _, s := range []*subject{b.ours, b.theirs} {
		times := slices.Sorted(slices.Values(s.figures[what]))
		middle := median(times)
		fmt.Printf("%-24s %-13s %7.3f s (%.3f, %.3f)  %6.0f MB/s\n", what, s.name, middle, times[0], times[len(times)-1], float64(size)/1e6/middle)
	}
	ours, theirs := median(b.ours.figures[what]), median(b.theirs.figures[what])
	b.compare(comparison{what, "s", ours, theirs, theirs / ours, bar, "x", false})
}

func median(times []float64) float64 { return slices.Sorted(slices.Values(times))[len(times)/2] }

// process is a running server.
type process struct {
	cmd    *exec.Cmd
	client *redis.Client
	log    *bytes.Buffer
	done   chan struct{}
}

// startWithin bounds the wait for a server to load its file.
const startWithin = 20 * time.Minute

// start runs a server on the files in dir and returns when it has loaded them. more are further arguments.
func (s *subject) start(ctx context.Context, dir string, more ...string) (*process, error) {
	socket := filepath.Join(dir, "socket")
	args := append(slices.Clone(s.command[1:]), "--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--appendonly", "no",
		"--enable-protected-configs", "yes")
	args = append(args, more...)
	p := &process{cmd: exec.CommandContext(ctx, s.command[0], args...), log: &bytes.Buffer{}, done: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan bool, 1)
	go func() {
		defer close(p.done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if p.log.WriteString(lines.Text() + "\n"); strings.Contains(lines.Text(), "eady to accept connections") {
				ready <- true
			}
		}
		_ = p.cmd.Wait() // it is killed at the end
		close(ready)
	}()
	select {
	case ok := <-ready:
		if !ok {
			return nil, errors.New("it ended:\n" + p.log.String())
		}
	case <-time.After(startWithin):
		p.stop()
		return nil, errors.New("it does not become ready")
	}
	p.client = redis.NewClient(&redis.Options{Network: "unix", Addr: socket, Protocol: 2, ReadTimeout: startWithin})
	return p, nil
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

var loaded = regexp.MustCompile(`DB loaded from disk: ([0-9.]+) seconds`)

// measure loads the dump in dir and saves it again in both ways.
func (s *subject) measure(ctx context.Context, dir string) error {
	p, err := s.start(ctx, dir)
	if err != nil {
		return err
	}
	defer p.stop()
	seconds, err := p.logged(loaded)
	s.note("RDB load", seconds)
	err = errors.Join(err, p.spareDump(ctx))
	begin := time.Now()
	err = errors.Join(err, p.client.Save(ctx).Err())
	s.note("SAVE", time.Since(begin).Seconds())
	begin = time.Now()
	err = errors.Join(err, p.client.BgSave(ctx).Err())
	if err == nil {
		err = p.await(ctx, "rdb_bgsave_in_progress", "0")
	}
	s.note("BGSAVE", time.Since(begin).Seconds())
	return err
}

// logged is the number of seconds that a line of the log names.
func (p *process) logged(line *regexp.Regexp) (float64, error) {
	match := line.FindStringSubmatch(p.log.String())
	if match == nil {
		return 0, fmt.Errorf("no line of the log is like %q", line)
	}
	return strconv.ParseFloat(match[1], 64)
}

// await returns when a field of INFO persistence has a value.
func (p *process) await(ctx context.Context, field, value string) error {
	for {
		if have, err := p.field(ctx, field); err != nil || have == value {
			return err
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// spareName is what servers save under.
const spareName = "saved.rdb"

// spareDump has the server save under another name.
func (p *process) spareDump(ctx context.Context) error {
	return p.client.ConfigSet(ctx, "dbfilename", spareName).Err()
}

// dataset is what a dump has.
type dataset struct {
	name  string
	items int
	// add gives item i its value, or its place in one.
	add func(ctx context.Context, pipe redis.Pipeliner, i int)
	// request is a random request of a client; write says of which kind.
	request func(rng *rand.Rand, write bool) []any
}

// dump returns a directory with the dump of a dataset, which redis-server has written, and its size.
func (b *bench) dump(ctx context.Context, d dataset) (dir string, size int64, err error) {
	dir = filepath.Join(b.dir, d.name)
	file := filepath.Join(dir, "dump.rdb")
	if info, err := os.Stat(file); err == nil {
		return dir, info.Size(), nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", 0, err
	}
	p, err := b.theirs.start(ctx, dir)
	if err != nil {
		return "", 0, err
	}
	defer p.stop()
	if err := p.fill(ctx, d.add, 0, d.items); err != nil {
		return "", 0, err
	}
	if err := p.client.Save(ctx).Err(); err != nil {
		return "", 0, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return "", 0, err
	}
	return dir, info.Size(), nil
}

// batch is how many keys are sent at a time.
const batch = 1000

// add gives key i its value: most are strings, as in a cache and a session store; some are the small and large collections
// that queues and counters are.
func add(ctx context.Context, pipe redis.Pipeliner, i int) {
	key := fmt.Sprintf("kind:%d:key:%010d", i%20, i)
	switch kind := i % 20; {
	case kind < 11:
		pipe.Set(ctx, key, fmt.Sprintf("value %032d", i*7919), 0)
	case kind < 13:
		pipe.Set(ctx, key, strings.Repeat(fmt.Sprintf("session %d ", i), 20), time.Hour*24*365)
	case kind < 14:
		pipe.Set(ctx, key, i, 0)
	case kind < 17:
		pipe.HSet(ctx, key, "class", "SomeWorker", "jid", fmt.Sprintf("%024x", i*31), "created_at", i, "queue", "default")
	case kind < 18:
		pipe.RPush(ctx, key, i, "element", i+1, "another element")
	case kind < 19:
		pipe.ZAdd(ctx, key, redis.Z{Score: float64(i), Member: "first"}, redis.Z{Score: float64(i) + 0.5, Member: "second"})
	case i%20000 == 19:
		members := make([]any, 1000)
		for j := range members {
			members[j] = fmt.Sprintf("member:%d", j)
		}
		pipe.SAdd(ctx, key, members...)
	default:
		pipe.SAdd(ctx, key, i, i+1, i+2)
	}
}
