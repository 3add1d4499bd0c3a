package config_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/server/config"
)

func TestHooks(t *testing.T) {
	c := load(t)
	var calls []string
	hook := func(name string, parameters ...string) {
		c.OnChange(func(next *config.Snapshot) error {
			call := name
			for _, parameter := range parameters {
				call += " " + next.Text(parameter)
			}
			calls = append(calls, call)
			return nil
		}, parameters...)
	}
	hook("clients", "timeout", "maxclients")
	hook("hz", "hz")
	hook("certificate", "tls-cert-file")
	for _, test := range []struct {
		set  string
		want []string
	}{
		{"timeout 5", []string{"clients 5 10000"}},
		{"timeout 5", nil},
		{"hz 20 timeout 6 maxclients 7", []string{"hz 20", "clients 6 7"}},
		{"hz 20 timeout 7", []string{"clients 7 7"}},
		{"loglevel debug", nil},
		{"tls-cert-file a", []string{"certificate a"}},
		{"tls-cert-file a", []string{"certificate a"}},
	} {
		calls = nil
		if err := c.Set(strings.Fields(test.set), config.Requester{}); err != nil {
			t.Fatalf("%s: %v", test.set, err)
		}
		if !slices.Equal(calls, test.want) {
			t.Errorf("%s: hooks called %q, want %q", test.set, calls, test.want)
		}
	}
}

func TestFailingHookTakesAllBack(t *testing.T) {
	environment := fakeProcess()
	c, err := config.Load([]string{"--enable-protected-configs", "yes", "--dir", "/data"}, environment)
	if err != nil {
		t.Fatal(err)
	}
	inForce := c.Current().Int("hz")
	c.OnChange(func(next *config.Snapshot) error {
		inForce = next.Int("hz")
		return nil
	}, "hz")
	c.OnChange(func(next *config.Snapshot) error {
		if next.Int("port") == 1 {
			return errors.New("Unable to listen on this port. Check server logs.")
		}
		return nil
	}, "port")
	before := c.Current()
	err = c.Set([]string{"hz", "99", "dir", "/elsewhere", "port", "1"}, config.Requester{})
	want := "CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs."
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if inForce != 10 {
		t.Errorf("hz %d stayed in force", inForce)
	}
	if directory, _ := environment.Getwd(); directory != "/data" {
		t.Errorf("the working directory stayed %s", directory)
	}
	if c.Current() != before {
		t.Error("the refused configuration can be seen")
	}
	if err := c.Set([]string{"dir", "/elsewhere", "hz", "x"}, config.Requester{}); err == nil {
		t.Error("hz x is accepted")
	}
	if directory, _ := environment.Getwd(); directory != "/data" {
		t.Errorf("the working directory stayed %s after a bad value", directory)
	}
	if err := c.Set([]string{"port", "2", "hz", "30"}, config.Requester{}); err != nil || inForce != 30 {
		t.Errorf("a later change: %v, hz %d", err, inForce)
	}
}

func TestFailedRollbackIsReported(t *testing.T) {
	c := load(t)
	lost := errors.New("lost the old port as well")
	c.OnChange(func(*config.Snapshot) error { return lost }, "port")
	err := c.Set([]string{"port", "1"}, config.Requester{})
	var setError *config.SetError
	if !errors.As(err, &setError) || !errors.Is(setError.Rollback, lost) {
		t.Errorf("error %#v", err)
	}
}

func TestProtectedParameters(t *testing.T) {
	for _, test := range []struct {
		enabled string
		local   bool
		want    bool
	}{{"no", true, false}, {"yes", false, true}, {"local", true, true}, {"local", false, false}} {
		c := load(t, "--enable-protected-configs", test.enabled)
		err := c.Set([]string{"dbfilename", "x.rdb"}, config.Requester{Local: test.local})
		if (err == nil) != test.want {
			t.Errorf("enable-protected-configs %s, local %v: %v", test.enabled, test.local, err)
		}
	}
}

func TestWhileLoading(t *testing.T) {
	c := load(t)
	if err := c.Set([]string{"appendonly", "yes"}, config.Requester{Loading: true}); !errors.Is(err, config.ErrLoading) {
		t.Errorf("appendonly: %v", err)
	}
	if err := c.Set([]string{"hz", "20"}, config.Requester{Loading: true}); err != nil {
		t.Errorf("hz: %v", err)
	}
}

func TestDirErrors(t *testing.T) {
	c, err := config.Load([]string{"--enable-protected-configs", "yes"}, realDirectories())
	if err != nil {
		t.Fatal(err)
	}
	err = c.Set([]string{"dir", "/nonexistent"}, config.Requester{})
	if want := "CONFIG SET failed (possibly related to argument 'dir') - No such file or directory"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestOwnValuesAreAccepted sets every mutable parameter to the value it shows, as Redis' own suite does.
func TestOwnValuesAreAccepted(t *testing.T) {
	c := load(t)
	before := all(c)
	for _, parameter := range c.Parameters() {
		if parameter.Flags&(config.Immutable|config.Protected) != 0 {
			continue
		}
		if err := c.Set([]string{parameter.Name, c.Current().Text(parameter.Name)}, config.Requester{}); err != nil {
			t.Errorf("%s: %v", parameter.Name, err)
		}
	}
	if diff := cmp.Diff(before, all(c)); diff != "" {
		t.Error(diff)
	}
}

func TestSensitive(t *testing.T) {
	c := load(t)
	for _, name := range []string{"requirepass", "MasterAuth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"} {
		if !c.Sensitive(name) {
			t.Errorf("%s is not sensitive", name)
		}
	}
	if c.Sensitive("hz") || c.Sensitive("no such thing") {
		t.Error("everything is sensitive")
	}
}

func TestStore(t *testing.T) {
	c := load(t)
	if err := c.Store("replicaof", "10.0.0.1", "6380"); err != nil {
		t.Fatal(err)
	}
	if got := c.Current().Text("slaveof"); got != "10.0.0.1 6380" {
		t.Errorf("replicaof is %q", got)
	}
	if err := c.Store("replicaof", "no", "one"); err != nil || c.Current().Primary() != (config.Primary{}) {
		t.Errorf("%v, %v", err, c.Current().Primary())
	}
}

func TestTypedGetters(t *testing.T) {
	s := load(t, "--maxmemory", "18446744073709551615", "--maxmemory-clients", "5%", "--maxmemory-policy", "ALLKEYS-LFU",
		"--client-output-buffer-limit", "replica", "1gb", "0", "9", "--oom-score-adj-values", "1", "2", "3",
		"--latency-tracking-info-percentiles", "50 99.9", "--save", "900 1", "--shutdown-on-sigterm", "nosave now",
		"--appendonly", "yes", "--bind", "10.0.0.1 -::1").Current()
	var got []any
	got = append(got, s.Int("maxmemory"), s.Int("maxmemory-clients"), s.Text("maxmemory-policy"), s.OutputLimits().Replica,
		s.OutputLimits().Normal, s.OOMScores(), s.Percentiles(), s.SaveRules(), s.Int("shutdown-on-sigterm"),
		s.Bool("appendonly"), s.Bind())
	want := []any{int64(1<<63 - 1), int64(-5), "allkeys-lfu", config.OutputLimit{Hard: 1 << 30, Seconds: 9},
		config.OutputLimit{}, config.OOMScores{1, 2, 3}, []float64{50, 99.9}, []config.SaveRule{{Seconds: 900, Changes: 1}},
		int64(config.ShutdownNoSave | config.ShutdownNow), true, []string{"10.0.0.1", "-::1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReadersSeeWholeChanges: hz and timeout always change together, so no reader may see them differ.
func TestReadersSeeWholeChanges(t *testing.T) {
	c := load(t, "--hz", "1", "--timeout", "1")
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if s := c.Current(); s.Int("hz") != s.Int("timeout") {
					t.Errorf("hz %d, timeout %d", s.Int("hz"), s.Int("timeout"))
					return
				}
			}
		})
	}
	for i := range 300 {
		value := fmt.Sprint(i + 1)
		if err := c.Set([]string{"hz", value, "timeout", value}, config.Requester{}); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
}

func TestCheckExposure(t *testing.T) {
	for _, test := range []struct {
		arguments  string
		credential bool
		refused    string // what the error names; empty: not refused
	}{
		{"--bind 0.0.0.0", false, "bind 0.0.0.0"},
		{"--bind 0.0.0.0", true, ""},
		{"--bind 0.0.0.0 --allow-insecure yes", false, ""},
		{"--bind 0.0.0.0 --protected-mode yes", false, "bind 0.0.0.0"},
		{"--bind 0.0.0.0 --port 0", false, ""},
		{"--bind 0.0.0.0 --port 0 --tls-port 6380", false, "bind 0.0.0.0"},
		{"--bind 127.0.0.1 -::1", false, ""},
		{"--bind 127.8.9.1 localhost ::ffff:127.0.0.1", false, ""},
		{"--bind 127.0.0.1 192.168.1.2 -fd00::1", false, "bind 192.168.1.2 -fd00::1)"},
		{"--bind redis.example.com", false, "bind redis.example.com"},
		{"--bind *", false, "bind *"},
		{"", false, ""},
		{"--protected-mode no", false, "bind * -::*"},
		{"--protected-mode no", true, ""},
	} {
		err := load(t, strings.Fields(test.arguments)...).Current().CheckExposure(test.credential)
		switch {
		case test.refused == "" && err != nil:
			t.Errorf("%q refused: %v", test.arguments, err)
		case test.refused != "" && err == nil:
			t.Errorf("%q accepted", test.arguments)
		case err != nil && (!strings.Contains(err.Error(), test.refused) || !namesTheWaysOut(err)):
			t.Errorf("%q: the error does not help: %v", test.arguments, err)
		}
	}
}

func namesTheWaysOut(err error) bool {
	for _, way := range []string{"requirepass", "bind 127.0.0.1", "allow-insecure yes"} {
		if !strings.Contains(err.Error(), way) {
			return false
		}
	}
	return true
}

func TestSystemEnvironment(t *testing.T) {
	c, err := config.Load(nil, config.System())
	if err != nil {
		t.Fatal(err)
	}
	if directory, err := os.Getwd(); err != nil || c.Current().Text("dir") != directory {
		t.Errorf("dir %q, working directory %q, %v", c.Current().Text("dir"), directory, err)
	}
}

func BenchmarkInt(b *testing.B) {
	c, err := config.New(fakeProcess())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_ = c.Current().Int("hz")
	}
}
