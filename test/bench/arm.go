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

	"golang.org/x/sys/unix"

	"redoubt/internal/bench/load"
	"redoubt/internal/resp"
	"redoubt/test/freeport"
)

// spec is a server to compare.
type spec struct {
	Name    string
	Command []string
	Version string
}

// parseArms reads NAME=COMMAND and puts the control behind the first.
func parseArms(words []string) ([]spec, error) {
	if len(words) == 0 {
		return nil, errors.New("no arms: give them as NAME=PATH")
	}
	var specs []spec
	for _, word := range words {
		name, command, ok := strings.Cut(word, "=")
		if !ok || strings.TrimSpace(command) == "" {
			return nil, fmt.Errorf("%q is no arm: give it as NAME=PATH", word)
		}
		s := spec{Name: name, Command: strings.Fields(command)}
		out, err := exec.Command(s.Command[0], "--version").Output()
		if err != nil {
			return nil, fmt.Errorf("%s --version: %w", s.Command[0], err)
		}
		s.Version = strings.TrimSpace(string(out))
		specs = append(specs, s)
		if len(specs) == 1 {
			s.Name += " (control)"
			specs = append(specs, s)
		}
	}
	return specs, nil
}

// withoutControl are the arms where a second measurement of the first tells nothing.
func (b *bench) withoutControl() []spec { return append(b.specs[:1:1], b.specs[2:]...) }

// arm is one running server.
type arm struct {
	spec
	cpus    string // where it runs
	port    string
	dir     string
	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended
	filled  int           // keys that fillKeys wrote
}

// startWithin bounds the wait for a server to answer, stopWithin that for its end.
const (
	startWithin = 20 * time.Second
	stopWithin  = 20 * time.Second
)

func (a *arm) start() (err error) {
	a.filled = 0
	if a.port, err = freeport.Find(); err != nil {
		return err
	}
	if a.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	arguments := append([]string{"-c", a.cpus}, a.Command...)
	arguments = append(arguments, "--port", a.port, "--bind", "127.0.0.1", "--save", "", "--dir", a.dir, "--maxclients", "12000")
	a.process = exec.Command("taskset", arguments...)
	if err := a.process.Start(); err != nil {
		a.process = nil
		return err
	}
	a.ended = make(chan struct{})
	go func(process *exec.Cmd, ended chan struct{}) {
		_ = process.Wait() // how it ends says nothing about what was measured
		close(ended)
	}(a.process, a.ended)
	late := time.After(startWithin)
	for {
		_, err := a.do("PING")
		if err == nil {
			return nil
		}
		select {
		case <-a.ended:
			return fmt.Errorf("%s ended at once", strings.Join(a.Command, " "))
		case <-late:
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stop ends the server and removes its directory.
func (a *arm) stop() error {
	if a.process == nil {
		return nil
	}
	_ = a.process.Process.Signal(syscall.SIGTERM) // it may be dead already
	select {
	case <-a.ended:
	case <-time.After(stopWithin):
		_ = a.process.Process.Kill()
		<-a.ended
	}
	a.process = nil
	return os.RemoveAll(a.dir)
}

func (a *arm) target() load.Target {
	return load.Target{Network: "tcp", Address: net.JoinHostPort("127.0.0.1", a.port)}
}

// do sends one request on a connection of its own and returns the number in the reply, if that is one.
func (a *arm) do(words ...string) (int64, error) {
	reply, err := a.ask(words...)
	return reply.Int, err
}

// ask sends one request on a connection of its own.
func (a *arm) ask(words ...string) (resp.Reply, error) {
	target := a.target()
	c, err := target.Dial(context.Background(), 4096)
	if err != nil {
		return resp.Reply{}, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(trialWithin)); err != nil {
		return resp.Reply{}, err
	}
	return c.Do(words...)
}

// lockWait is how long the threads of the server have waited for locks since its start; 0 from a server that does not tell.
func (a *arm) lockWait() (time.Duration, error) {
	reply, err := a.ask("INFO", "cpu")
	if err != nil {
		return 0, err
	}
	_, text, _ := strings.Cut(string(reply.Str), "lock_wait_seconds:")
	seconds, _, _ := strings.Cut(text, "\r\n")
	if seconds == "" {
		return 0, nil
	}
	return time.ParseDuration(seconds + "s")
}

// cpu is the processor time that the server has used, in user and kernel mode, from the clock of its process.
func (a *arm) cpu() (time.Duration, error) {
	var t unix.Timespec
	// What clock_getcpuclockid(3) returns for a process: its number, inverted, and that it is about the scheduler's clock.
	const scheduled = 2
	if err := unix.ClockGettime(int32(^a.process.Process.Pid<<3|scheduled), &t); err != nil {
		return 0, fmt.Errorf("processor time of %s: %w", a.Name, err)
	}
	return time.Duration(t.Nano()), nil
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
