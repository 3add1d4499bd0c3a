package conformance

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/test/inprocess"
	"redoubt/test/transcript"
)

// maxFailures bounds what one transcript reports.
const maxFailures = 10

// files lists the transcripts as family/command.resp.
func files(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("../../internal/commands/*/*.resp")
	if err != nil || len(found) == 0 {
		t.Fatalf("no transcripts found: %v", err)
	}
	return found
}

func name(path string) string {
	return filepath.Base(filepath.Dir(path)) + "/" + strings.TrimSuffix(filepath.Base(path), ".resp")
}

// TestTranscripts plays every transcript against this server, over both transports.
func TestTranscripts(t *testing.T) {
	for _, path := range files(t) {
		t.Run(name(path), func(t *testing.T) {
			for transport, arguments := range inprocess.Transports {
				t.Run(transport, func(t *testing.T) {
					node := inprocess.Start(t, arguments...)
					play(t, path, node.Dial, nil)
				})
			}
		})
	}
}

// TestOracle plays every transcript against the real server at $ORACLE; differences.txt excuses what differs on purpose.
func TestOracle(t *testing.T) {
	addr := os.Getenv("ORACLE")
	if addr == "" {
		t.Skip("ORACLE=host:port names the reference server; `make oracle` starts one")
	}
	excused := loadDifferences(t)
	played := map[string]bool{}
	for _, path := range files(t) {
		t.Run(name(path), func(t *testing.T) {
			played[name(path)] = true
			play(t, path, func() (net.Conn, error) { return net.Dial("tcp", addr) }, excused)
		})
	}
	for key, used := range excused {
		transcript, _, _ := strings.Cut(key, " | ")
		if !used && played[transcript] {
			t.Errorf("differences.txt: %q does not differ any more, remove it", key)
		}
	}
}

func play(t *testing.T, path string, dial func() (net.Conn, error), excused map[string]bool) {
	t.Helper()
	steps, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	limit := maxFailures
	if excused != nil {
		limit = len(steps)
	}
	r := transcript.Runner{Dial: dial}
	failures, err := r.Run(path, steps, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range failures {
		key := name(path) + " | " + f.Step.Text
		if _, ok := excused[key]; ok {
			excused[key] = true
			continue
		}
		t.Error(f)
	}
}

// loadDifferences reads differences.txt: "family/command | request | reason" a line.
func loadDifferences(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open("differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]bool{}
	in := bufio.NewScanner(f)
	for line := 1; in.Scan(); line++ {
		text := strings.TrimSpace(in.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		parts := strings.SplitN(text, " | ", 3)
		if len(parts) != 3 || parts[2] == "" {
			t.Fatal(fmt.Errorf("differences.txt:%d: want \"family/command | request | reason\"", line))
		}
		out[parts[0]+" | "+parts[1]] = false
	}
	return out
}
