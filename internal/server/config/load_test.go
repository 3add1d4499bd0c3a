package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/server/config"
)

// TestStartErrorsAreRedis replays command lines with which a real server did not start.
func TestStartErrorsAreRedis(t *testing.T) {
	var arguments []string
	recording(t, "fatal.txt", func(mark string, words []string) {
		switch mark {
		case ">":
			arguments = words
		case "<":
			want := words[0]
			_, err := config.Load(arguments, realDirectories())
			var got string
			var fileError *config.FileError
			switch {
			case errors.As(err, &fileError):
				got = "(log) " + strings.ReplaceAll(err.Error(), mustGetwd(t), "DIR")
			case err != nil:
				got = err.Error()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-Redis +ours):\n%s", arguments, diff)
			}
		}
	})
}

// realDirectories checks directories for real but does not go there.
func realDirectories() config.Environment {
	environment := config.System()
	environment.Stdin = strings.NewReader("")
	environment.Chdir = func(path string) error {
		_, err := os.Stat(path)
		return err
	}
	return environment
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	path, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFileAndCommandLine(t *testing.T) {
	path := writeFile(t, "redis.conf", "# a comment\n\n  PORT 7001\r\nsave 900 1\nsave 60 5\nbind 127.0.0.1 -::1\n"+
		"maxmemory '1gb'\nslave-priority 7\nrequirepass \"a b\\x41\"\nreplicaof primary 6379\n")
	c := load(t, path, "--port", "7002", "--maxmemory-policy", "allkeys-lru", "--requirepass", "--secret", "--save", "--hz", "20")
	s := c.Current()
	for name, want := range map[string]string{
		"port": "7002", "maxmemory": "1073741824", "slave-priority": "7", "replica-priority": "7",
		"maxmemory-policy": "allkeys-lru", "requirepass": "--secret", "save": "", "hz": "20", "bind": "127.0.0.1 -::1",
		"replicaof": "primary 6379",
	} {
		if got := s.Text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !s.Explicit("hz") || s.Explicit("timeout") {
		t.Error("which parameters were given is not known")
	}
	if c.Path() != path {
		t.Errorf("path is %q", c.Path())
	}
	if diff := cmp.Diff(config.Primary{Host: "primary", Port: 6379}, s.Primary()); diff != "" {
		t.Error(diff)
	}
}

func TestSaveLines(t *testing.T) {
	for _, test := range []struct{ lines, want string }{
		{"", "3600 1 300 100 60 10000"},
		{"save 900 1\nsave 60 5", "900 1 60 5"},
		{"save 900 1 60 5", "900 1 60 5"},
		{"save \"900 1 60 5\"", "900 1 60 5"},
		{"save 900 1\nsave \"\"", ""},
		{"save ''\nsave 5 6", "5 6"},
	} {
		if got := loadLines(t, test.lines).Current().Text("save"); got != test.want {
			t.Errorf("%q gives save %q, want %q", test.lines, got, test.want)
		}
	}
}

func TestStandardInput(t *testing.T) {
	environment := fakeProcess()
	environment.Stdin = strings.NewReader("port 7003\nhz 50")
	c, err := config.Load([]string{"-", "--hz", "60"}, environment)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Current(); s.Int("port") != 7003 || s.Int("hz") != 60 {
		t.Errorf("port %d, hz %d", s.Int("port"), s.Int("hz"))
	}
}

func TestInclude(t *testing.T) {
	directory := t.TempDir()
	for name, content := range map[string]string{
		"b.conf": "hz 20", "a.conf": "hz 10\nport 7004", ".hidden.conf": "port x", "nested": "include " + directory + "/*.conf",
	} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := load(t, "--hz", "5", "--include", directory+"/nested", "--include", directory+"/none*").Current()
	if s.Int("hz") != 20 || s.Int("port") != 7004 {
		t.Errorf("hz %d, port %d: the files are not read in order", s.Int("hz"), s.Int("port"))
	}
	if _, err := config.Load([]string{"--include", directory + "/missing"}, fakeProcess()); err == nil ||
		!strings.Contains(err.Error(), "can't open config file '"+directory+"/missing': No such file or directory") {
		t.Errorf("missing file: %v", err)
	}
}

func TestIncludeIsBounded(t *testing.T) {
	directory := t.TempDir()
	self := filepath.Join(directory, "self.conf")
	for i := range 3 {
		path := filepath.Join(directory, fmt.Sprintf("self%d.conf", i))
		if err := os.WriteFile(path, []byte("include "+directory+"/self*"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(self, []byte("include "+self), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{self, directory + "/self0.conf"} {
		if _, err := config.Load([]string{path}, fakeProcess()); err == nil || !strings.Contains(err.Error(), "include") {
			t.Errorf("%s includes itself: %v", path, err)
		}
	}
}

func TestErrorNamesTheIncludedFile(t *testing.T) {
	inner := writeFile(t, "inner.conf", "hz 1\nport x")
	_, err := config.Load([]string{"--include", inner}, fakeProcess())
	want := "at line 2 of the included " + inner + "\n>>> 'port x'\n"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %q, want %q in it", err, want)
	}
}

func TestDirectives(t *testing.T) {
	c := loadLines(t, "rename-command KEYS \"\"\nuser alice on >secret ~*\nrename-command get fetch")
	var got [][]string
	for _, d := range c.Directives("rename-command") {
		got = append(got, d.Arguments)
	}
	if want := [][]string{{"KEYS", ""}, {"get", "fetch"}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("rename-command: %q, want %q", got, want)
	}
	err := c.Directives("user")[0].Fail("No such thing")
	want := "Reading the configuration file, at line 2\n>>> 'user alice on >secret ~*'\nNo such thing\n"
	if !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %q, want it to end with %q", err, want)
	}
}

func TestSentinelDirectives(t *testing.T) {
	arguments := []string{"--sentinel", "--sentinel monitor m 127.0.0.1 6379 2"}
	if _, err := config.Load(arguments, fakeProcess()); err == nil {
		t.Error("a data node accepts sentinel directives")
	}
	environment := fakeProcess()
	environment.Sentinel = true
	environment.Initial = map[string]string{"port": "26379"}
	c, err := config.Load(arguments, environment)
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Directives("sentinel"); len(d) != 1 || d[0].Arguments[0] != "monitor" {
		t.Errorf("directives %v", d)
	}
	if s := c.Current(); s.Int("port") != 26379 || s.Explicit("port") {
		t.Errorf("port %d, explicit %v", s.Int("port"), s.Explicit("port"))
	}
}

// TestDirTakesEffectWhileLoading: a dir line takes effect for the lines below it.
func TestDirTakesEffectWhileLoading(t *testing.T) {
	environment := fakeProcess()
	c, err := config.Load([]string{"--dir", "/data"}, environment)
	if err != nil {
		t.Fatal(err)
	}
	if directory, _ := environment.Getwd(); directory != "/data" || c.Current().Text("dir") != "/data" {
		t.Errorf("working directory %q, dir %q", directory, c.Current().Text("dir"))
	}
}

func TestClusterMode(t *testing.T) {
	if got := load(t, "--cluster-enabled", "yes").Current().Int("databases"); got != 1 {
		t.Errorf("%d databases in cluster mode", got)
	}
}

// FuzzLoad: whatever a file says, loading ends with a configuration or an error that names a line, and a configuration
// survives being written and read again.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"port 1\nsave 900 1\n", "bind 1 2\nclient-output-buffer-limit normal 1mb 1k 5", "requirepass \"\\x00\\\"\"", "a.b c",
		"user x on\nrename-command a ''\n", "save \"", "oom-score-adj-values 1 2 3", "notify-keyspace-events KEA", "# x\n\n\n",
		"latency-tracking-info-percentiles 1e-9 99.99999999", "maxmemory-clients 5%", "shutdown-on-sigint save now", "include /dev/null",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if strings.Contains(strings.ToLower(content), "include") {
			return // reads files of the machine
		}
		path := writeFile(t, "redis.conf", content)
		c, err := config.Load([]string{path}, fakeProcess())
		if err != nil {
			var lineError *config.LineError
			if !errors.As(err, &lineError) || lineError.Reason == "" {
				t.Fatalf("error without a reason: %v", err)
			}
			return
		}
		if err := c.Rewrite(false); err != nil {
			t.Fatal(err)
		}
		again, err := config.Load([]string{path}, fakeProcess())
		if err != nil {
			rewritten, _ := os.ReadFile(path)
			t.Fatalf("the rewritten file does not load: %v\n%s", err, rewritten)
		}
		if diff := cmp.Diff(all(c), all(again)); diff != "" {
			t.Errorf("rewriting changed the configuration:\n%s", diff)
		}
	})
}

// all returns every parameter, hidden ones included, as text.
func all(c *config.Config) map[string]string {
	values := map[string]string{}
	for _, parameter := range c.Parameters() {
		values[parameter.Name] = c.Current().Text(parameter.Name)
	}
	return values
}
