package session_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/resp"
	"redoubt/internal/server/session"
)

// BenchmarkPipeline is what a command costs outside the kernel, from the received bytes to the reply, as an event loop serves
// a pipeline. An operation is one command. RANDOM stands for one of many numbers, as in redis-benchmark.
func BenchmarkPipeline(b *testing.B) {
	for _, request := range []string{
		"PING", "GET key:RANDOM", "SET key:RANDOM xxxxxxxxxxxxxxxx", "INCR counter:RANDOM", "LPUSH list xxxxxxxxxxxxxxxx", "RPOP list",
		"SADD set element:RANDOM", "HSET hash element:RANDOM xxxxxxxxxxxxxxxx", "ZADD zset RANDOM element:RANDOM", "ZPOPMIN zset",
	} {
		for _, pipeline := range []int{1, 16, 64} {
			b.Run(strings.Fields(request)[0]+"/"+strconv.Itoa(pipeline), func(b *testing.B) { benchmarkPipeline(b, request, pipeline) })
		}
	}
}

func benchmarkPipeline(b *testing.B, request string, pipeline int) {
	const keys, batches = 100_000, 1000
	e := newEngine(b)
	s := session.New(e)
	s.Open(conn{s}, func(*engine.Client) {})
	scratch, out := make([]byte, 64<<10), make([]byte, 0, 64<<10)
	serve := func(requests []byte) {
		s.Received(copy(s.Borrow(scratch), requests))
		for {
			_, next := s.Step(out[:0])
			s.Sent()
			if next != session.Again {
				break
			}
		}
		s.Return()
	}
	random := rand.New(rand.NewPCG(1, 2))
	one := func(request string) []byte {
		word := fmt.Sprintf("%012d", random.IntN(keys))
		return resp.AppendCommandStrings(nil, strings.Fields(strings.ReplaceAll(request, "RANDOM", word))...)
	}
	for range keys { // what the measured command finds, or takes away
		switch strings.Fields(request)[0] {
		case "GET":
			serve(one("SET key:RANDOM xxxxxxxxxxxxxxxx"))
		case "RPOP":
			serve(one("LPUSH list xxxxxxxxxxxxxxxx"))
		case "ZPOPMIN":
			serve(one("ZADD zset RANDOM element:RANDOM"))
		default:
			serve(one(request))
		}
	}
	all := make([][]byte, batches)
	for i := range all {
		for range pipeline {
			all[i] = append(all[i], one(request)...)
		}
	}
	b.ResetTimer()
	before := processorTime(b)
	for i := 0; i < b.N; i += pipeline {
		serve(all[i/pipeline%batches])
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// processorTime is that of this process: unlike the time that passes it does not grow with what else the machine does.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
