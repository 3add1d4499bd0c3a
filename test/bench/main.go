// Command bench compares Redis-compatible servers on this machine. It starts every arm, lets redis-benchmark run each
// workload against one arm after the other, several rounds, and reports medians: requests per second, CPU time of the server
// for an operation, latency, resident memory. The CPU time is the server's own, from /proc, so the client and what else
// runs on the machine disturb it least. The first arm runs twice, under two names: how far these two differ is the noise.
//
//	go run ./test/bench [-rounds 5] [-workloads set,get] [-pipelines 1,16,64] [-json FILE] [-page FILE] NAME=PATH ...
//
// A PATH may be followed by arguments: 'ours=bin/redoubt server --transport epoll'.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// settings are what one run does.
type settings struct {
	Rounds, Clients, ValueBytes, Keys int
	Pipelines                         []int
	Workloads                         []string
	// Seconds is how long one measurement takes, about.
	Seconds float64
}

// everyWorkload are the tests that redis-benchmark has built in and that need no other to have filled a key.
const everyWorkload = "ping_mbulk,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100,lrange_300,lrange_500,lrange_600,mset"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	var s settings
	workloads := flag.String("workloads", everyWorkload, "tests of redis-benchmark")
	pipelines := flag.String("pipelines", "1,16,64", "requests in a pipeline")
	json := flag.String("json", "", "file for the results")
	page := flag.String("page", "", "file for the results as a page; its chart is written beside it")
	flag.IntVar(&s.Rounds, "rounds", 5, "measurements of each workload and arm")
	flag.IntVar(&s.Clients, "clients", 50, "connections")
	flag.IntVar(&s.ValueBytes, "bytes", 16, "size of a value")
	flag.IntVar(&s.Keys, "keys", 100000, "number of different keys")
	flag.Float64Var(&s.Seconds, "seconds", 2, "about the length of one measurement")
	flag.Parse()
	s.Workloads = strings.Split(*workloads, ",")
	for _, text := range strings.Split(*pipelines, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-pipelines: %q is not a number of requests", text)
		}
		s.Pipelines = append(s.Pipelines, n)
	}
	if s.Rounds < 1 {
		return errors.New("-rounds: at least one")
	}
	arms, err := startArms(flag.Args())
	defer func() { err = errors.Join(err, stopArms(arms)) }()
	if err != nil {
		return err
	}
	results, err := measureAll(s, arms)
	if err != nil {
		return err
	}
	r := report{When: time.Now().UTC().Truncate(time.Second), Machine: machine(), Settings: s, Results: results}
	for _, a := range arms {
		r.Arms = append(r.Arms, armDescription{a.name, strings.Join(a.command, " "), a.version})
	}
	fmt.Print(r.table())
	if *json != "" {
		if err := r.writeJSON(*json); err != nil {
			return err
		}
	}
	if *page != "" {
		return r.writePage(*page)
	}
	return nil
}
