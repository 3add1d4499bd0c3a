// Command bench measures saving and loading beside redis-server: the same dumps, the same disk, rounds that take turns, medians;
// then what clients notice of a BGSAVE, of large values that they change and of gigabytes of small ones. `make bench-durability`
// runs it.
//
//	go run ./test/durability/bench [-keys N] [-gigabytes N] [-rounds N] [-arms files,large,wide] [-dir DIR] [-redis redis-server] bin/redoubt
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
	flag.IntVar(&b.rounds, "rounds", 5, "rounds of arm files, of which the median counts; 0 only makes the dumps")
	flag.StringVar(&b.dir, "dir", "", "where dumps are kept")
	arms := flag.String("arms", "files,large,wide", "what is measured")
	reference := flag.String("redis", "redis-server", "the server to compare with")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	b.ours = &subject{"redoubt", []string{flag.Arg(0), "server", "--rdb-version", "10"}, map[string][]float64{}}
	b.theirs = &subject{"redis-server", []string{*reference}, map[string][]float64{}}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := b.run(ctx, strings.Split(*arms, ","))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is what is asked for.
type bench struct {
	keys, rounds int
	gigabytes    float64
	dir          string
	ours, theirs *subject
}

// subject is a server under measurement.
type subject struct {
	name    string
	command []string
	figures map[string][]float64 // seconds
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
	for _, what := range []string{"load", "SAVE", "BGSAVE"} {
		report(what, b.ours, b.theirs, size)
	}
	return nil
}

// pauses measures what clients notice of a BGSAVE of a dataset.
func (b *bench) pauses(ctx context.Context, d dataset) error {
	dir, size, err := b.dump(ctx, d)
	if err != nil || b.rounds == 0 {
		return err
	}
	fmt.Printf("%s: dump of %d MB\n", d.name, size>>20)
	for _, s := range []*subject{b.ours, b.theirs} {
		if err := s.disturb(ctx, dir, d); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func report(what string, ours, theirs *subject, size int64) {
	for _, s := range []*subject{ours, theirs} {
		times := slices.Sorted(slices.Values(s.figures[what]))
		middle := times[len(times)/2]
		fmt.Printf("%-7s %-13s %7.3f s (%.3f, %.3f)  %6.0f MB/s\n", what, s.name, middle, times[0], times[len(times)-1], float64(size)/1e6/middle)
	}
	fmt.Printf("%-7s redoubt is %.2f times as fast\n", what, median(theirs.figures[what])/median(ours.figures[what]))
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

// start runs a server on the dump in dir and returns when it has loaded it.
func (s *subject) start(ctx context.Context, dir string) (*process, error) {
	socket := filepath.Join(dir, "socket")
	args := append(slices.Clone(s.command[1:]), "--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--appendonly", "no",
		"--enable-protected-configs", "yes")
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
	match := loaded.FindStringSubmatch(p.log.String())
	if match == nil {
		p.stop()
		return errors.New("no line in the log says how long loading took")
	}
	seconds, err := strconv.ParseFloat(match[1], 64)
	s.figures["load"] = append(s.figures["load"], seconds)
	defer p.stop()
	err = errors.Join(err, p.spareDump(ctx))
	begin := time.Now()
	err = errors.Join(err, p.client.Save(ctx).Err())
	s.figures["SAVE"] = append(s.figures["SAVE"], time.Since(begin).Seconds())
	begin = time.Now()
	err = errors.Join(err, p.client.BgSave(ctx).Err())
	for err == nil {
		var info string
		if info, err = p.client.Info(ctx, "persistence").Result(); strings.Contains(info, "rdb_bgsave_in_progress:0") {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	s.figures["BGSAVE"] = append(s.figures["BGSAVE"], time.Since(begin).Seconds())
	return err
}

// spareDump has the server save under another name.
func (p *process) spareDump(ctx context.Context) error {
	return p.client.ConfigSet(ctx, "dbfilename", "saved.rdb").Err()
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
	for from := 0; from < d.items; from += batch {
		pipe := p.client.Pipeline()
		for i := from; i < min(from+batch, d.items); i++ {
			d.add(ctx, pipe, i)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return "", 0, err
		}
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
