package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sys/unix"

	"redoubt/internal/resp"
	"redoubt/internal/server/transport/epoll/rawsys"
)

// What clients notice of a background save. One client reads and changes a dataset, one request at a time, 30 % of them writes,
// first while nothing else happens, which shows what the machine itself does, and then during BGSAVE.

const (
	// idleFor is how long the client works without a save.
	idleFor = 5 * time.Second
	// writePercent is the share of writes.
	writePercent = 30
	// watchEvery is how often the end of the save and the resident size are looked at, without a save, too: it takes the client
	// some of its time.
	watchEvery = 50 * time.Millisecond
	// expected is the number of requests that there is room for from the beginning.
	expected = 1 << 21
)

// waits are how long requests took, in any order.
type waits []time.Duration

// at returns how long the request took in ms that so large a share of all was not slower than.
func (w waits) at(share float64) float64 {
	slices.Sort(w)
	return float64(w[int(share*float64(len(w)-1))].Microseconds()) / 1000
}

func (w waits) String() string {
	return fmt.Sprintf("%7d requests, p50 %.2f, p99 %.2f, p99.9 %.2f, longest %.2f ms", len(w), w.at(0.5), w.at(0.99), w.at(0.999), w.at(1))
}

// probed is how long requests took, all and the writes among them.
type probed struct{ all, writes waits }

// disturb prints what a client waits for without and with a save, and what the save takes.
func (s *subject) disturb(ctx context.Context, dir string, d dataset) (r disturbance, err error) {
	p, err := s.start(ctx, dir)
	if err != nil {
		return r, err
	}
	defer p.stop()
	if err := errors.Join(p.spareDump(ctx), os.RemoveAll(filepath.Join(dir, spareName))); err != nil { // that of another run
		return r, err
	}
	begin := time.Now()
	r.idle, r.before, err = p.probe(ctx, d, func(string) bool { return time.Since(begin) > idleFor })
	if err != nil {
		return r, err
	}
	begin = time.Now()
	if err := p.client.BgSave(ctx).Err(); err != nil {
		return r, err
	}
	r.busy, r.peak, err = p.probe(ctx, d, func(running string) bool { return running == "0" })
	if err != nil {
		return r, err
	}
	r.took = time.Since(begin)
	copied, err := p.field(ctx, "rdb_last_cow_size")
	fmt.Printf("%-13s without a save  %v\n%-13s   its writes    %v\n", s.name, r.idle.all, "", r.idle.writes)
	fmt.Printf("%-13s during BGSAVE   %v\n%-13s   its writes    %v\n", "", r.busy.all, "", r.busy.writes)
	fmt.Printf("%-13s BGSAVE took %.2f s, the resident size grew by %.1f %% of %d MB, rdb_last_cow_size is %s\n", "", r.took.Seconds(),
		r.growth(), r.before>>20, copied)
	return r, err
}

// disturbance is what a save of a dataset meant.
type disturbance struct {
	idle, busy   probed
	before, peak int64 // most memory that was resident
	took         time.Duration
}

// growth is in percent.
func (r *disturbance) growth() float64 { return 100 * float64(r.peak-r.before) / float64(r.before) }

func (r *disturbance) tail() float64 { return r.busy.all.at(0.999) / r.idle.all.at(0.999) }

func (b *bench) comparePauses(d dataset, ours, theirs *disturbance) {
	is := func(what, unit string, ours, theirs, value, bar float64, barUnit string) {
		b.compare(comparison{d.name + ", " + what, unit, ours, theirs, value, bar, barUnit, true})
	}
	is("p99.9 during BGSAVE, times that without", "x", ours.tail(), theirs.tail(), ours.tail(), 2, "x")
	longest := ours.busy.writes.at(1)
	is(fmt.Sprintf("longest write during BGSAVE (%.1f ms, %.1f ms without)", ours.idle.writes.at(1), theirs.idle.writes.at(1)), "ms",
		longest, theirs.busy.writes.at(1), longest, 2, " ms")
	is("resident size grows by", "%", ours.growth(), theirs.growth(), ours.growth(), 5, " %")
	took := ours.took.Seconds()
	is("BGSAVE", "s", took, theirs.took.Seconds(), took/theirs.took.Seconds(), 1.5, "x")
}

// large is a sorted set with so many members, and a list, a stream with everything pending, and a bitmap with a tenth of that.
func large(members int) dataset {
	member := func(i int) string { return fmt.Sprintf("member:%010d", i) }
	add := func(ctx context.Context, pipe redis.Pipeliner, i int) {
		pipe.ZAdd(ctx, "zset", redis.Z{Score: float64(i), Member: member(i)})
		if i == 0 {
			pipe.XGroupCreateMkStream(ctx, "stream", "group", "0")
			pipe.SetBit(ctx, "bitmap", int64(members)*8, 1)
		}
		if i%10 == 0 {
			pipe.RPush(ctx, "list", fmt.Sprintf("element %010d", i))
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: "stream", ID: fmt.Sprintf("1-%d", i+1), Values: []any{"field", fmt.Sprintf("value %010d", i)}})
			pipe.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "group", Consumer: "consumer", Streams: []string{"stream", ">"}, Block: -1})
		}
	}
	request := func(rng *rand.Rand, write bool) []any {
		n := rng.IntN(members)
		if !write {
			return []any{"ZSCORE", "zset", member(n)}
		}
		switch rng.IntN(10) {
		case 0, 1:
			return []any{"ZINCRBY", "zset", 1, member(n)}
		case 2:
			return []any{"ZREM", "zset", member(n)}
		case 3:
			return []any{"LSET", "list", rng.IntN(200) - 100, n}
		case 4:
			return []any{"RPOPLPUSH", "list", "list"}
		case 5:
			return []any{"XADD", "stream", "MAXLEN", "~", members / 10, "*", "field", n}
		case 6:
			return []any{"XACK", "stream", "group", fmt.Sprintf("1-%d", n-n%10+1)}
		case 7:
			return []any{"SETBIT", "bitmap", n * 8, 1}
		case 8:
			return []any{"SETRANGE", "bitmap", n, "text"}
		default:
			return []any{"SET", member(n), n}
		}
	}
	return dataset{fmt.Sprintf("large-%d", members), members, add, request}
}

// wideValue is the longest value of wide, in bytes; their lengths are uniform.
const wideValue = 2000

// wide is strings of different lengths that can be compressed to about half.
func wide(gigabytes float64) dataset {
	keys := int(gigabytes * (1 << 30) / (wideValue/2 + 100))
	key := func(i int) string { return fmt.Sprintf("key:%010d", i) }
	var text []byte
	for n := uint32(1); len(text) < 1<<16; n = n*1664525 + 1013904223 {
		text = fmt.Appendf(text, "%08x ........", n)
	}
	value := func(i int) []byte {
		from := i % (len(text) - wideValue)
		return text[from : from+i*7919%wideValue]
	}
	add := func(ctx context.Context, pipe redis.Pipeliner, i int) { pipe.Set(ctx, key(i), value(i), 0) }
	request := func(rng *rand.Rand, write bool) []any {
		n := rng.IntN(keys)
		if write {
			return []any{"SET", key(n), value(n)}
		}
		return []any{"GET", key(n)}
	}
	return dataset{fmt.Sprintf("wide-%gGB", gigabytes), keys, add, request}
}

// probe has a client work until done says so of rdb_bgsave_in_progress, and returns the most memory that was resident.
func (p *process) probe(ctx context.Context, d dataset, done func(running string) bool) (took probed, peak int64, err error) {
	var over atomic.Bool
	var watched error
	var group sync.WaitGroup
	group.Go(func() {
		defer over.Store(true)
		for {
			peak = max(peak, p.resident())
			running, err := p.field(ctx, "rdb_bgsave_in_progress")
			if watched = err; err != nil || done(running) {
				return
			}
			time.Sleep(watchEvery)
		}
	})
	took, err = p.work(d, &over)
	group.Wait()
	return took, peak, errors.Join(err, watched)
}

// work sends one request after the other until it is over. It allocates little, and waits in the kernel with a thread of its own, so that neither
// its garbage collections nor its scheduler are what it measures.
func (p *process) work(d dataset, over *atomic.Bool) (took probed, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return took, err
	}
	defer unix.Close(fd)
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: p.client.Options().Addr}); err != nil {
		return took, err
	}
	conn := blocking(fd)
	in, rng := bufio.NewReader(conn), rand.New(rand.NewPCG(1, 1))
	took = probed{make(waits, 0, expected), make(waits, 0, expected)}
	var request []byte
	for !over.Load() {
		write := rng.IntN(100) < writePercent
		request = appendRequest(request[:0], d.request(rng, write))
		begin := time.Now()
		if err := exchange(conn, in, request); err != nil {
			return took, err
		}
		wait := time.Since(begin)
		if took.all = append(took.all, wait); write {
			took.writes = append(took.writes, wait)
		}
	}
	return took, nil
}

// blocking is a socket whose calls the Go scheduler does not hear of.
type blocking int

func (b blocking) Read(p []byte) (int, error) { return b.repeat(rawsys.Read, p) }

func (b blocking) Write(p []byte) (int, error) { return b.repeat(rawsys.Write, p) }

// repeat calls again what a signal has interrupted.
func (b blocking) repeat(call func(int, []byte) (int, error), p []byte) (int, error) {
	for {
		n, err := call(int(b), p)
		switch {
		case errors.Is(err, unix.EINTR):
		case n == 0 && err == nil:
			return 0, io.EOF
		default:
			return n, err
		}
	}
}

func appendRequest(b []byte, args []any) []byte {
	texts := make([][]byte, len(args))
	for i, arg := range args {
		if text, ok := arg.([]byte); ok {
			texts[i] = text
		} else {
			texts[i] = fmt.Append(nil, arg)
		}
	}
	return resp.AppendCommand(b, texts...)
}

// field returns one of INFO persistence.
func (p *process) field(ctx context.Context, name string) (string, error) {
	info, err := p.client.Info(ctx, "persistence").Result()
	_, rest, found := strings.Cut(info, "\n"+name+":")
	if err == nil && !found {
		err = fmt.Errorf("INFO has no %s", name)
	}
	value, _, _ := strings.Cut(rest, "\r")
	return value, err
}

// resident is the resident size of the process in bytes, 0 when it cannot be read.
func (p *process) resident() int64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "statm"))
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// exchange sends a request and reads its reply, which must not be an error.
func exchange(conn io.Writer, in *bufio.Reader, request []byte) error {
	if _, err := conn.Write(request); err != nil {
		return err
	}
	reply, err := resp.ReadReply(in, resp.DefaultReplyLimits())
	if err == nil && reply.IsError() {
		err = errors.New(string(reply.Str))
	}
	return err
}
