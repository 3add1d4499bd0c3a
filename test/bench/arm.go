package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"redoubt/test/freeport"
)

// arm is one running server.
type arm struct {
	name, version string
	command       []string
	port          string
	dir           string
	process       *exec.Cmd
}

// startWithin bounds the wait for a server to listen.
const startWithin = 20 * time.Second

// startArms starts the servers given as NAME=COMMAND, the first of them twice.
func startArms(words []string) (arms []*arm, err error) {
	if len(words) == 0 {
		return nil, errors.New("no arms: give them as NAME=PATH")
	}
	for i, word := range append(words[:1:1], words...) {
		name, command, ok := strings.Cut(word, "=")
		if !ok || strings.TrimSpace(command) == "" {
			return arms, fmt.Errorf("%q is no arm: give it as NAME=PATH", word)
		}
		if i == 0 {
			name += " (control)"
		}
		a := &arm{name: name, command: strings.Fields(command)}
		if err := a.start(); err != nil {
			return arms, fmt.Errorf("start %s: %w", name, err)
		}
		arms = append(arms, a)
	}
	return arms, nil
}

func (a *arm) start() (err error) {
	if a.port, err = freeport.Find(); err != nil {
		return err
	}
	if a.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	if out, err := exec.Command(a.command[0], "--version").Output(); err == nil {
		a.version = strings.TrimSpace(string(out))
	}
	arguments := append(a.command[1:len(a.command):len(a.command)], "--port", a.port, "--bind", "127.0.0.1", "--save", "", "--dir", a.dir)
	a.process = exec.Command(a.command[0], arguments...)
	if err := a.process.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(startWithin); ; time.Sleep(10 * time.Millisecond) {
		nc, err := net.Dial("tcp", "127.0.0.1:"+a.port)
		if err == nil {
			return nc.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// stopArms ends the servers that were started and removes their directories.
func stopArms(arms []*arm) error {
	var all []error
	for _, a := range arms {
		all = append(all, a.process.Process.Signal(syscall.SIGTERM))
		_ = a.process.Wait() // how it ends says nothing about what was measured
		all = append(all, os.RemoveAll(a.dir))
	}
	return errors.Join(all...)
}

// clockTick is the unit of times in /proc: USER_HZ is 100 on every Linux.
const clockTick = 10 * time.Millisecond

// cpu is the processor time that the server has used, in user and kernel mode.
func (a *arm) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", a.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold anything; fields 14 and 15 of the whole are the 12th and 13th behind it.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// resident is the resident memory of the server in bytes.
func (a *arm) resident() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", a.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, errors.New("/proc/PID/statm: a field is missing")
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// rangeList is the list that the lrange workloads read. Their own form in redis-benchmark fills a list within the measurement.
const rangeList = "bench:list"

func requestOf(workload string) []string {
	if n, ok := strings.CutPrefix(workload, "lrange_"); ok {
		return []string{"lrange", rangeList, "0", n}
	}
	return []string{"-t", workload}
}

// fill makes the list that the lrange workloads read.
func (a *arm) fill(s settings) error {
	return exec.Command("redis-benchmark", "-p", a.port, "-q", "-n", "1000", "rpush", rangeList, strings.Repeat("x", s.ValueBytes)).Run()
}

// benchmark runs redis-benchmark and returns the fields of its result by name.
func (a *arm) benchmark(s settings, workload string, pipeline, requests int) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	arguments := []string{"-p", a.port, "--csv", "-P", strconv.Itoa(pipeline), "-n", strconv.Itoa(requests),
		"-c", strconv.Itoa(s.Clients), "-d", strconv.Itoa(s.ValueBytes), "-r", strconv.Itoa(s.Keys)}
	out, err := exec.CommandContext(ctx, "redis-benchmark", append(arguments, requestOf(workload)...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("redis-benchmark: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < 2 {
		return nil, fmt.Errorf("redis-benchmark knows no test %q", workload)
	}
	names, values := strings.Split(lines[0], ","), strings.Split(lines[len(lines)-1], ",") // a warning may come before
	if len(names) > len(values) {
		return nil, fmt.Errorf("redis-benchmark: %q", lines)
	}
	fields := map[string]float64{}
	offset := len(values) - len(names) // a name such as "MSET (10 keys)" has no comma, but others may
	for i := 1; i < len(names); i++ {
		v, err := strconv.ParseFloat(strings.Trim(values[i+offset], `"`), 64)
		if err != nil {
			return nil, fmt.Errorf("redis-benchmark: %q", lines)
		}
		fields[strings.Trim(names[i], `"`)] = v
	}
	return fields, nil
}
