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

// The second half of the benchmark: what clients notice of a background save. The dataset gets a sorted set with as many members
// as there are keys, and a list and a stream with a tenth of that; one client reads and changes all of them, one request at a
// time, 30 % of them writes, first while nothing else happens and then during BGSAVE.

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
func (s *subject) disturb(dir string, keys int) error {
	p, err := s.start(dir)
	if err != nil {
		return err
	}
	defer p.stop()
	ctx := context.Background()
	if err := p.enlarge(ctx, keys); err != nil {
		return err
	}
	rest := make(chan struct{})
	time.AfterFunc(idleFor, func() { close(rest) })
	idle, idleWrites, err := p.work(ctx, keys, rest)
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
	busy, busyWrites, err := p.work(ctx, keys, saved)
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

// enlarge makes the large values.
func (p *process) enlarge(ctx context.Context, keys int) error {
	for from := 0; from < keys; from += batch {
		pipe := p.client.Pipeline()
		for i := from; i < min(from+batch, keys); i++ {
			pipe.ZAdd(ctx, "large:zset", redis.Z{Score: float64(i), Member: fmt.Sprintf("member:%010d", i)})
			if i%10 == 0 {
				pipe.RPush(ctx, "large:list", fmt.Sprintf("element %010d", i))
				pipe.XAdd(ctx, &redis.XAddArgs{Stream: "large:stream", Values: []any{"field", fmt.Sprintf("value %010d", i)}})
			}
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// work sends requests until stop is closed, and returns how long all of them and the writes among them took.
func (p *process) work(ctx context.Context, keys int, stop <-chan struct{}) (all, writes waits, err error) {
	rng := rand.New(rand.NewPCG(1, 1))
	for {
		select {
		case <-stop:
			return all, writes, nil
		default:
		}
		write := rng.IntN(100) < writePercent
		begin := time.Now()
		if write {
			err = p.client.Do(ctx, change(rng, keys)...).Err()
		} else {
			err = p.client.Do(ctx, "ZSCORE", "large:zset", fmt.Sprintf("member:%010d", rng.IntN(keys))).Err()
		}
		took := time.Since(begin)
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, nil, err
		}
		if all = append(all, took); write {
			writes = append(writes, took)
		}
	}
}

// change is a random write.
func change(rng *rand.Rand, keys int) []any {
	text := strconv.Itoa(rng.IntN(keys))
	switch rng.IntN(8) {
	case 0, 1:
		return []any{"ZINCRBY", "large:zset", 1, fmt.Sprintf("member:%010d", rng.IntN(keys))}
	case 2:
		return []any{"LSET", "large:list", rng.IntN(200) - 100, text}
	case 3:
		return []any{"RPOPLPUSH", "large:list", "large:list"}
	case 4:
		return []any{"XADD", "large:stream", "MAXLEN", "~", keys / 10, "*", "field", text}
	case 5:
		return []any{"SET", fmt.Sprintf("new:%s", text), text}
	case 6:
		return []any{"ZREM", "large:zset", fmt.Sprintf("member:%010d", rng.IntN(keys))}
	default:
		return []any{"APPEND", "text", text}
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
