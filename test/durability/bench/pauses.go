package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// What clients notice of a background save. One client reads and changes a dataset, one request at a time, 30 % of them writes,
// first while nothing else happens and then during BGSAVE.

const (
	// idleFor is how long the client works without a save.
	idleFor = 5 * time.Second
	// writePercent is the share of writes.
	writePercent = 30
	// watchEvery is how often the end of the save and the resident size are looked at.
	watchEvery = 10 * time.Millisecond
)

// waits are how long requests took, in any order.
type waits []time.Duration

func (w waits) String() string {
	slices.Sort(w)
	at := func(share float64) float64 { return float64(w[int(share*float64(len(w)-1))].Microseconds()) / 1000 }
	return fmt.Sprintf("%7d requests, p50 %.2f, p99 %.2f, p99.9 %.2f, longest %.2f ms", len(w), at(0.5), at(0.99), at(0.999), at(1))
}

// disturb prints what a client waits for without and with a save, and what the save takes.
func (s *subject) disturb(ctx context.Context, dir string, d dataset) error {
	p, err := s.start(ctx, dir)
	if err != nil {
		return err
	}
	defer p.stop()
	if err := p.spareDump(ctx); err != nil {
		return err
	}
	rest := make(chan struct{})
	time.AfterFunc(idleFor, func() { close(rest) })
	idle, idleWrites, err := p.work(ctx, d, rest)
	if err != nil {
		return err
	}
	before, begin := p.resident(), time.Now()
	if err := p.client.BgSave(ctx).Err(); err != nil {
		return err
	}
	saved, peak := make(chan struct{}), int64(0)
	var watched error
	go func() {
		defer close(saved)
		peak, watched = p.watch(ctx)
	}()
	busy, busyWrites, err := p.work(ctx, d, saved)
	<-saved
	if err = errors.Join(err, watched); err != nil {
		return err
	}
	took := time.Since(begin)
	copied, err := p.field(ctx, "rdb_last_cow_size")
	fmt.Printf("%-13s without a save  %v\n%-13s   its writes    %v\n", s.name, idle, "", idleWrites)
	fmt.Printf("%-13s during BGSAVE   %v\n%-13s   its writes    %v\n", "", busy, "", busyWrites)
	fmt.Printf("%-13s BGSAVE took %.2f s, the resident size grew by %.1f %% of %d MB, rdb_last_cow_size is %s\n", "", took.Seconds(),
		100*float64(peak-before)/float64(before), before>>20, copied)
	return err
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

// work sends requests until stop is closed, and returns how long all of them and the writes among them took.
func (p *process) work(ctx context.Context, d dataset, stop <-chan struct{}) (all, writes waits, err error) {
	rng := rand.New(rand.NewPCG(1, 1))
	for {
		select {
		case <-stop:
			return all, writes, nil
		default:
		}
		write := rng.IntN(100) < writePercent
		request := d.request(rng, write)
		begin := time.Now()
		err = p.client.Do(ctx, request...).Err()
		took := time.Since(begin)
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, nil, err
		}
		if all = append(all, took); write {
			writes = append(writes, took)
		}
	}
}

// watch returns when the save is over, with the most memory that was resident.
func (p *process) watch(ctx context.Context) (peak int64, err error) {
	for {
		peak = max(peak, p.resident())
		running, err := p.field(ctx, "rdb_bgsave_in_progress")
		if err != nil || running == "0" {
			return peak, err
		}
		time.Sleep(watchEvery)
	}
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
