package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// redisBenchmark is one call of redis-benchmark.
type redisBenchmark struct {
	clients, pipeline, requests, bytes, keys int
	cpus                                     string
	words                                    []string // a command, or -t and a test
}

// percentile and throughput are lines of its report.
var (
	percentile = regexp.MustCompile(`(?m)^([0-9.]+)% <= ([0-9.]+) milliseconds`)
	throughput = regexp.MustCompile(`throughput summary: ([0-9.]+|inf) requests per second`) // inf: within a millisecond
	refused    = regexp.MustCompile(`(?m)^(Error .*|WARN.*)$`)
)

// run measures an arm.
func (r redisBenchmark) run(a *arm) (figures, error) {
	ctx, cancel := context.WithTimeout(context.Background(), trialWithin)
	defer cancel()
	number := strconv.Itoa
	arguments := append([]string{"-c", r.cpus, "redis-benchmark", "-p", a.port, "--precision", "3", "-P", number(r.pipeline), "-n", number(r.requests),
		"-c", number(r.clients), "-d", number(max(r.bytes, 1)), "-r", number(max(r.keys, 1))}, r.words...)
	out, err := exec.CommandContext(ctx, "taskset", arguments...).CombinedOutput()
	text := strings.ReplaceAll(string(out), "\r", "\n")
	if err != nil {
		return figures{}, fmt.Errorf("redis-benchmark: %w: %s", err, refused.FindString(text))
	}
	rate := throughput.FindStringSubmatch(text)
	if rate == nil {
		return figures{}, fmt.Errorf("redis-benchmark %s: no result: %s", strings.Join(r.words, " "), refused.FindString(text))
	}
	var f figures
	f.PerSecond, _ = strconv.ParseFloat(rate[1], 64) // the pattern takes numbers only
	for _, level := range []struct {
		percent float64
		into    *float64
	}{{50, &f.P50}, {99, &f.P99}, {99.9, &f.P999}, {100, &f.Worst}} {
		*level.into = lowest(text, level.percent)
	}
	return f, nil
}

// lowest is the smallest latency in ms that at least so many percent did not exceed.
func lowest(text string, percent float64) float64 {
	least := 0.0
	for _, line := range percentile.FindAllStringSubmatch(text, -1) {
		share, _ := strconv.ParseFloat(line[1], 64)
		latency, _ := strconv.ParseFloat(line[2], 64)
		if share >= percent && (least == 0 || latency < least) {
			least = latency
		}
	}
	return least
}

// measured is a trial: run with the processor time.
func (r redisBenchmark) measured(a *arm) (figures, error) {
	return underLoad(a, func() (figures, float64, error) {
		f, err := r.run(a)
		return f, float64(r.requests), err
	})
}

// measuredServing is measured without what opening the connections takes: a run in which each of them sends one request is taken
// off the processor time. opening has that run's, in µs, and gets it where it is missing.
func (r redisBenchmark) measuredServing(a *arm, opening map[*arm]float64) (figures, error) {
	if _, known := opening[a]; !known {
		once := r
		once.requests = r.clients
		f, err := once.measured(a)
		if err != nil {
			return f, err
		}
		opening[a] = f.CPU * float64(once.requests)
	}
	f, err := r.measured(a)
	f.CPU = (f.CPU*float64(r.requests) - opening[a]) / float64(r.requests-r.clients)
	return f, err
}

// measuredWithLocks is measured with the time spent waiting for locks.
func (r redisBenchmark) measuredWithLocks(a *arm) (figures, error) {
	before, err := a.lockWait()
	if err != nil {
		return figures{}, err
	}
	f, err := r.measured(a)
	if err != nil {
		return f, err
	}
	after, err := a.lockWait()
	f.LockWait = ratio((after-before).Seconds()*1e6, f.CPU*float64(r.requests))
	return f, err
}

// probeRequests tell how many requests take how long.
const probeRequests = 4000

// sized sets the number of requests so that all arms take about as long as is wanted, going by the slowest.
func (r redisBenchmark) sized(arms []*arm, seconds float64, before func(*arm) error) (redisBenchmark, error) {
	r.requests = max(probeRequests, r.clients)
	slowest := 0.0
	for i, a := range arms {
		if i == 1 && len(arms) > 2 {
			continue // the control is as fast as the first
		}
		if before != nil {
			if err := before(a); err != nil {
				return r, err
			}
		}
		f, err := r.run(a)
		if err != nil {
			return r, fmt.Errorf("%s: %w", a.Name, err)
		}
		if slowest == 0 || f.PerSecond < slowest {
			slowest = f.PerSecond
		}
	}
	r.requests = max(int(slowest*seconds), r.requests)
	return r, nil
}
