//go:build interop

package check_test

// Comparison with the real redis-check-aof and redis-check-rdb, found beside the binary that REDIS_SERVER names (default:
// redis-server from PATH).

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"redoubt/internal/persist/check"
)

// real calls a tool of Redis.
func real(t *testing.T, name string, args ...string) (out string, code int) {
	t.Helper()
	if server := os.Getenv("REDIS_SERVER"); server != "" {
		name = filepath.Join(filepath.Dir(server), name)
	}
	cmd := exec.Command(name, args...)
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

var okUpTo = regexp.MustCompile(`ok_up_to=\d+`)

// TestVerdictsAtEveryCut: both tools agree how much of a file is good, for every length of it. The exception is half a
// timestamp, which redis-check-aof finds nothing wrong with: what the server appends next would become part of that line.
func TestVerdictsAtEveryCut(t *testing.T) {
	for at := range len(increment) + 1 {
		_, manifest := files(t, increment[:at])
		ours, code := run(check.AOF, "", manifest)
		theirs, want := real(t, "redis-check-aof", manifest)
		if line := increment[strings.LastIndexByte(increment[:at], '\n')+1 : at]; strings.HasPrefix(line, "#") {
			if code != 1 || want != 0 {
				t.Errorf("cut at %d, inside a timestamp: exit code %d, redis-check-aof %d", at, code, want)
			}
			continue
		}
		if code != want {
			t.Errorf("cut at %d: exit code %d, redis-check-aof %d\n%s", at, code, want, theirs)
		}
		if ours, theirs := okUpTo.FindAllString(ours, -1), okUpTo.FindAllString(theirs, -1); strings.Join(ours, " ") != strings.Join(theirs, " ") {
			t.Errorf("cut at %d: %v, redis-check-aof %v", at, ours, theirs)
		}
	}
}

// TestSameWords: for files that are sound both tools say the same, but for what depends on versions.
func TestSameWords(t *testing.T) {
	_, manifest := files(t, increment, "")
	ours, _ := run(check.AOF, "", manifest)
	if theirs, _ := real(t, "redis-check-aof", manifest); ours != theirs {
		t.Errorf("check-aof says\n%s\nredis-check-aof\n%s", ours, theirs)
	}
	path := dump(t, t.TempDir())
	ours, _ = run(check.RDB, "", path)
	if theirs, _ := real(t, "redis-check-rdb", path); ours != theirs {
		t.Errorf("check-rdb says\n%s\nredis-check-rdb\n%s", ours, theirs)
	}
}

// TestTheyAcceptFixed: what --fix leaves of a file, wherever that is cut or damaged, is sound for redis-check-aof, and what it
// cut off is kept.
func TestTheyAcceptFixed(t *testing.T) {
	broken := []string{summed[:len(summed)-30] + "X" + summed[len(summed)-29:]}
	for at := 1; at < len(increment); at += 3 {
		broken = append(broken, increment[:at])
	}
	for _, content := range broken {
		dir, manifest := files(t, content)
		path := filepath.Join(dir, "a.aof.1.incr.aof")
		if out, code := run(check.AOF, "y\n", "--fix", manifest); code != 0 {
			t.Fatalf("%q: exit code %d: %s", content, code, out)
		}
		if theirs, code := real(t, "redis-check-aof", manifest); code != 0 {
			t.Errorf("%q: redis-check-aof: %s", content, theirs)
		}
		if fixed := string(read(t, path)); fixed != content && string(read(t, path+".bak")) != content {
			t.Errorf("%q: the copy is not what was there", content)
		}
	}
}
