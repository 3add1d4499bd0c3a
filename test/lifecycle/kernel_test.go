package lifecycle

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"redoubt/test/program"
)

// oom-score-adj is added to the score the process was started with, or replaces it, and is taken back when turned off.
func TestOOMScore(t *testing.T) {
	server := program.Start(t, "--oom-score-adj-values", "10", "20", "30")
	client := server.Client(t)
	score := func() int {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%v/oom_score_adj", server.PID()))
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	base := score()
	for _, step := range []struct {
		mode, values string
		want         int
	}{
		{"yes", "10 20 30", base + 10},
		{"relative", "15 20 30", base + 15},
		{"absolute", "900 900 900", 900},
		{"absolute", "2000 2000 2000", 1000}, // more there is not
		{"no", "15 20 30", base},
	} {
		if ok := program.Do(t, client, "CONFIG", "SET", "oom-score-adj", step.mode, "oom-score-adj-values", step.values); ok != "OK" {
			t.Fatalf("%+v: %v", step, ok)
		}
		if got := score(); got != step.want {
			t.Errorf("%+v: the score is %d", step, got)
		}
	}
}

// SIGABRT is how a supervisor ends a process that hangs: the log must say what it was doing.
func TestAbort(t *testing.T) {
	server := program.Start(t)
	server.Signal(t, syscall.SIGABRT)
	server.Wait(t)
	log := server.Log()
	for _, want := range []string{"REDIS BUG REPORT START", "crashed by signal: 6", "goroutine 1 [", "REDIS BUG REPORT END"} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is missing in:\n%s", want, log)
		}
	}
}
