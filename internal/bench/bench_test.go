package bench

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net"
	"strings"
	"testing"

	"redoubt/test/inprocess"
)

// bench runs the command and returns exit code and outputs.
func bench(node *inprocess.Node, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	_, port, _ := net.SplitHostPort(node.Addr)
	code = Main(append([]string{"gitlab", "-p", port, "-c", "5", "-r", "100", "-n", "500", "--seconds", "0"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

// TestGitlab runs, reports in three forms and leaves nothing.
func TestGitlab(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	code, out, errs := bench(node)
	if code != 0 || !strings.Contains(out, "p99.9 ms") || !strings.Contains(out, "µs of processor time") {
		t.Errorf("%d, %s%s", code, out, errs)
	}
	if !strings.Contains(errs, "keys that begin with redoubt-bench:, runs for 500 operations with 5 connections") {
		t.Errorf("said beforehand: %s", errs)
	}
	if r := c.Do("DBSIZE"); r.Int != 0 {
		t.Errorf("%d keys are left", r.Int)
	}
	code, out, errs = bench(node, "--csv", "-q", "-t", "cache,queues")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || code != 0 || errs != "" || len(rows) != 4 || rows[3][3] != "500" {
		t.Errorf("%d, %v, %q, %q", code, err, rows, errs)
	}
	code, out, _ = bench(node, "--json", "-3", "--seed", "7")
	var r struct {
		Total    struct{ Operations int }
		Profiles []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Total.Operations != 500 || len(r.Profiles) != 6 {
		t.Errorf("%d, %v, %s", code, err, out)
	}
}

// TestOtherKeys: a server that holds something is left alone unless told otherwise, and then that stays.
func TestOtherKeys(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	c.Do("SET mine 1")
	if code, _, errs := bench(node); code != 1 || !strings.Contains(errs, `holds other keys, for example "mine"`) {
		t.Errorf("%d, %s", code, errs)
	}
	if code, _, errs := bench(node, "--dbnum", "1"); code != 0 {
		t.Errorf("an empty database: %d, %s", code, errs)
	}
	if code, _, errs := bench(node, "--beside-other-keys", "--keep"); code != 0 || !strings.Contains(errs, "leaves them there") {
		t.Errorf("%d, %s", code, errs)
	}
	kept := c.Do("DBSIZE")
	if kept.Int < 100 {
		t.Errorf("%d keys are kept", kept.Int)
	}
	if code, _, errs := bench(node, "--beside-other-keys"); code != 0 {
		t.Errorf("%d, %s", code, errs)
	}
	if size, mine := c.Do("DBSIZE"), c.Do("GET mine"); size.Int != 1 || mine.String() != "1" {
		t.Errorf("%d keys are left, mine is %q", size.Int, mine.Str)
	}
}

// TestRefusedByServer: a server without room says so, and that is the error.
func TestRefusedByServer(t *testing.T) {
	node := inprocess.Start(t, "--maxmemory", "1mb", "--maxmemory-policy", "noeviction")
	if code, _, errs := bench(node); code != 1 || !strings.Contains(errs, "OOM") {
		t.Errorf("%d, %s", code, errs)
	}
}

// TestCommandLine: every mistake is named.
func TestCommandLine(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		text string
	}{
		{nil, 2, "Usage"},
		{[]string{"help"}, 0, "redoubt bench gitlab"},
		{[]string{"tpcc"}, 2, `unknown benchmark "tpcc"`},
		{[]string{"manual"}, 0, ".SH OPTIONS"},
		{[]string{"gitlab", "--help"}, 0, "--beside-other-keys"},
		{[]string{"gitlab", "-p", "0"}, 2, "0 is no port"},
		{[]string{"gitlab", "-x"}, 2, "unknown shorthand"},
		{[]string{"gitlab", "word"}, 2, `unexpected "word"`},
		{[]string{"gitlab", "--seconds", "0"}, 2, "never end"},
		{[]string{"gitlab", "--csv", "--json"}, 2, "give one"},
		{[]string{"gitlab", "--sni", "x"}, 2, "need --tls"},
		{[]string{"gitlab", "--tls", "--cert", "x"}, 2, "belong together"},
		{[]string{"gitlab", "--tls", "--cacert", "/nonexistent"}, 1, "no such file"},
		{[]string{"gitlab", "-t", "cache,nosuch"}, 1, `no profile "nosuch"`},
		{[]string{"gitlab", "-p", "1"}, 1, "connection refused"},
	} {
		var out, errs bytes.Buffer
		if code := Main(test.args, &out, &errs); code != test.code || !strings.Contains(out.String()+errs.String(), test.text) {
			t.Errorf("%q: %d, %s%s; want %d, %q", test.args, code, out.String(), errs.String(), test.code, test.text)
		}
	}
}
