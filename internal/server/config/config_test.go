package config_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"redoubt/internal/persist/vfs"
	"redoubt/internal/server/config"
)

// fakeProcess has a working directory of its own, so that tests do not move the real one.
func fakeProcess() config.Environment {
	directory := "/start"
	return config.Environment{
		Stdin: strings.NewReader(""),
		Chdir: func(path string) error {
			if path == "" || strings.HasPrefix(path, "/nonexistent") {
				return os.ErrNotExist
			}
			directory = path
			return nil
		},
		Getwd: func() (string, error) { return directory, nil },
		Files: vfs.OS,
	}
}

func load(t *testing.T, arguments ...string) *config.Config {
	t.Helper()
	c, err := config.Load(arguments, fakeProcess())
	if err != nil {
		t.Fatalf("load %q: %v", arguments, err)
	}
	return c
}

// loadLines loads a file of these lines.
func loadLines(t *testing.T, content string) *config.Config {
	t.Helper()
	return load(t, writeFile(t, "redis.conf", content))
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

// recording calls visit with each line of a file in testdata, split into its mark and its words.
func recording(t *testing.T, name string, visit func(mark string, words []string)) {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		mark, rest := "", scanner.Text()
		if !strings.HasPrefix(rest, `"`) && len(rest) >= 2 {
			mark, rest = rest[:1], rest[2:]
		}
		visit(mark, decodeWords(t, rest))
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
}

func decodeWords(t *testing.T, line string) []string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.UseNumber()
	var words []string
	for decoder.More() {
		var word any
		if err := decoder.Decode(&word); err != nil {
			t.Fatalf("recording: %v in %s", err, line)
		}
		switch word := word.(type) {
		case string:
			words = append(words, word)
		case json.Number:
			words = append(words, word.String())
		}
	}
	return words
}

// TestDefaultsAreRedis compares CONFIG GET * with a real server. The differences between 7.0, which was recorded, and
// 7.2, and what is our own, are listed.
func TestDefaultsAreRedis(t *testing.T) {
	got := map[string]string{}
	for _, setting := range load(t).Current().Get("*") {
		got[setting.Name] = setting.Value
	}
	for _, name := range []string{"port", "dir"} { // not recorded
		delete(got, name)
	}
	for name, value := range map[string]string{
		"locale-collate": "", "cluster-announce-human-nodename": "", // new in 7.2
		"set-max-listpack-entries": "128", "set-max-listpack-value": "64",
		"rdb-version": "11", "snapshot-max-bytes-per-second": "0", "allow-insecure": "no", // ours
		"transport": "epoll", "event-loops": "0", "aof-checksum": "yes",
		"disable-thp": "no", // nothing is forked here
	} {
		if found, ok := got[name]; !ok || found != value {
			t.Errorf("%s is %q, want %q", name, found, value)
		}
		delete(got, name)
	}
	recording(t, "get.txt", func(_ string, words []string) {
		name, want := words[0], words[1]
		value, ok := got[name]
		switch {
		case name == "disable-thp":
		case name == "aof-disable-auto-gc": // hidden since 7.2
			if ok {
				t.Errorf("%s is not hidden", name)
			}
		case !ok:
			t.Errorf("%s is missing", name)
		case value != want:
			t.Errorf("%s is %q, Redis has %q", name, value, want)
		}
		delete(got, name)
	})
	for name := range got {
		t.Errorf("%s is not a parameter of Redis", name)
	}
}

func TestNumberOfNames(t *testing.T) {
	own := 6
	if got := len(load(t).Current().Get("*")); got != 195+own {
		t.Errorf("CONFIG GET * has %d names, want the 195 of Redis 7.2 and our %d", got, own)
	}
}

func TestGet(t *testing.T) {
	s := load(t).Current()
	for _, test := range []struct {
		patterns []string
		want     string
	}{
		{[]string{"maxmemory"}, "maxmemory=0"},
		{[]string{"MaxMemory", "maxmemory"}, "MaxMemory=0"},
		{[]string{"maxmemory-p*", "maxmemory-policy", "nothing"}, "maxmemory-policy=noeviction"},
		{[]string{"MAXMEMORY-P*"}, "maxmemory-policy=noeviction"},
		{[]string{"s?ave-priority"}, "slave-priority=100"},
		{[]string{"*-priority"}, "replica-priority=100 slave-priority=100"},
		{[]string{"key-load-delay"}, "key-load-delay=0"},
		{[]string{"key-load-dela?"}, ""},
		{[]string{"lua-time-limit"}, "lua-time-limit=5000"},
		{[]string{"dir"}, "dir=/start"},
	} {
		var got []string
		for _, setting := range s.Get(test.patterns...) {
			got = append(got, setting.Name+"="+setting.Value)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("Get(%q) = %q, want %q", test.patterns, got, test.want)
		}
	}
}

// TestSetRepliesAreRedis replays a session recorded on a real server. Left out is what depends on a listening server.
func TestSetRepliesAreRedis(t *testing.T) {
	c := load(t)
	var request []string
	recording(t, "set.txt", func(mark string, words []string) {
		switch mark {
		case ">":
			request = words
		case "<":
			want := strings.TrimPrefix(words[0], "-ERR ")
			got := "+OK"
			if err := c.Set(request, config.Requester{Local: true}); err != nil {
				got = err.Error()
			}
			if request[0] == "loglevel" || request[0] == "maxclients" && want == "+OK" {
				return
			}
			if got != want {
				t.Errorf("CONFIG SET %q\n got %s\nwant %s", request, got, want)
			}
		case "=":
			got := []string{}
			for _, setting := range c.Current().Get(request[0]) {
				got = append(got, setting.Name, setting.Value)
			}
			if request[0] == "port" || request[0] == "dir" {
				return
			}
			if strings.Join(got, "|") != strings.Join(words, "|") {
				t.Errorf("after CONFIG SET %q\n got %q\nwant %q", request, got, words)
			}
		}
	})
}
