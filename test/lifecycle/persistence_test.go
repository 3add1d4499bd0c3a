package lifecycle

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"redoubt/test/program"
)

// debugging makes DEBUG available, as test suites ask for it.
var debugging = []string{"--enable-debug-command", "yes"}

// savePoint is one that a test never reaches: it only makes the server one that saves.
var savePoint = append(slices.Clone(debugging), "--save", "3600 1000000")

func TestTerminationSavesAndReloadIsIdentical(t *testing.T) {
	first := program.Start(t, savePoint...)
	fill(t, first.Client(t))
	before := picture(t, first.Client(t))
	first.Stop(t)
	for _, line := range []string{"Received SIGTERM scheduling shutdown...", "User requested shutdown...", "DB saved on disk", "ready to exit, bye bye..."} {
		if !strings.Contains(first.Log(), line) {
			t.Errorf("the log does not say %q", line)
		}
	}
	second := program.Start(t, append([]string{"--dir", first.Dir}, savePoint...)...)
	if diff := cmp.Diff(before, picture(t, second.Client(t))); diff != "" {
		t.Errorf("after the reload:\n%s", diff)
	}
	// A reload inside one process is the same thing.
	program.Do(t, second.Client(t), "DEBUG", "RELOAD")
	if diff := cmp.Diff(before, picture(t, second.Client(t))); diff != "" {
		t.Errorf("after DEBUG RELOAD:\n%s", diff)
	}
}

func TestTerminationWithoutSavePointsDoesNotSave(t *testing.T) {
	server := program.Start(t, "--save", "")
	program.Do(t, server.Client(t), "SET", "k", "v")
	server.Stop(t)
	if _, err := os.Stat(filepath.Join(server.Dir, "dump.rdb")); !os.IsNotExist(err) {
		t.Errorf("dump.rdb: %v", err)
	}
}

func TestShutdownNosave(t *testing.T) {
	server := program.Start(t, savePoint...)
	client := server.Client(t)
	program.Do(t, client, "SET", "k", "saved")
	program.Do(t, client, "SAVE")
	program.Do(t, client, "SET", "k", "lost")
	_ = client.ShutdownNoSave(t.Context()).Err() // the connection ends instead of a reply
	if conn, err := net.Dial("tcp", server.Addr); err == nil {
		conn.Close()
		t.Error("a connection is accepted after the end of the others")
	}
	if code := server.Wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	again := program.Start(t, "--dir", server.Dir)
	if got := program.Do(t, again.Client(t), "GET", "k"); got != "saved" {
		t.Errorf("GET k: %v", got)
	}
}

// goodDump saves the dataset and returns the file's bytes.
func goodDump(t *testing.T) []byte {
	t.Helper()
	server := program.Start(t, debugging...)
	fill(t, server.Client(t))
	program.Do(t, server.Client(t), "SAVE")
	return program.ReadFile(t, filepath.Join(server.Dir, "dump.rdb"))
}

func TestDamagedDumpIsRefusedAndLeftAlone(t *testing.T) {
	good := goodDump(t)
	flipped := func(at int) []byte {
		damaged := bytes.Clone(good)
		damaged[at] ^= 0x10
		return damaged
	}
	for name, damaged := range map[string][]byte{
		"empty":                  {},
		"cut in the header":      good[:7],
		"cut in the middle":      good[:len(good)/2],
		"cut before the end":     good[:len(good)-1],
		"flipped in the magic":   flipped(2),
		"flipped in the middle":  flipped(len(good) / 2),
		"flipped near the end":   flipped(len(good) - 20),
		"flipped checksum":       flipped(len(good) - 3),
		"followed by something":  append(bytes.Clone(good), "more"...),
		"something else":         []byte("# this is no dump\nport 6379\n"),
		"a dump in another dump": append(bytes.Clone(good), good...),
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			file := filepath.Join(directory, "dump.rdb")
			program.WriteFile(t, file, damaged)
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			server := program.Launch(t, append([]string{"--dir", directory}, savePoint...)...)
			if code := server.Wait(t); code != 1 {
				t.Errorf("exit code %d", code)
			}
			if log := server.Log(); !strings.Contains(log, file) || !regexp.MustCompile(`offset \d+|file is empty`).MatchString(log) ||
				!strings.Contains(log, "The file was left as it is") || strings.Contains(log, "Ready to accept") {
				t.Errorf("the log does not tell file, offset and what to do:\n%s", log)
			}
			if now, err := os.Stat(file); err != nil || !now.ModTime().Equal(info.ModTime()) || !bytes.Equal(program.ReadFile(t, file), damaged) {
				t.Errorf("the file was touched: %v, %v", now, err)
			}
			if entries, err := os.ReadDir(directory); err != nil || len(entries) != 1 {
				t.Errorf("the directory has %d entries, %v", len(entries), err)
			}
		})
	}
}

// TestSavesThatFail: the disk is full, or the directory is gone. What was saved before stays, clients learn of it, reading
// goes on, and a good save ends it.
func TestSavesThatFail(t *testing.T) {
	for name, trouble := range map[string]struct {
		begin, end func(t *testing.T, server *program.Server)
	}{
		"full disk": {
			func(t *testing.T, server *program.Server) { program.LimitFiles(t, server.PID(), 8192) },
			func(t *testing.T, server *program.Server) { program.LimitFiles(t, server.PID(), unix.RLIM_INFINITY) },
		},
		"directory out of reach": {
			func(t *testing.T, server *program.Server) { rename(t, server.Dir, server.Dir+".away") },
			func(t *testing.T, server *program.Server) { rename(t, server.Dir+".away", server.Dir) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			directory := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(directory, 0o755); err != nil {
				t.Fatal(err)
			}
			server := program.Start(t, append([]string{"--dir", directory}, savePoint...)...)
			client := server.Client(t)
			program.Do(t, client, "SET", "k", "saved")
			program.Do(t, client, "SAVE")
			dump := program.ReadFile(t, filepath.Join(directory, "dump.rdb"))
			program.Do(t, client, "SET", "large", noise(1<<20))

			trouble.begin(t, server)
			if text := program.Refused(t, client, "SAVE"); !strings.HasPrefix(text, "ERR") {
				t.Errorf("SAVE: %s", text)
			}
			program.Do(t, client, "SET", "k", "saved") // whoever ordered the save knows; nobody else is refused
			program.Do(t, client, "BGSAVE")
			program.Poll(t, soon, "a failed background save in INFO", func() bool {
				info := client.Info(context.Background(), "persistence").Val()
				return strings.Contains(info, "rdb_last_bgsave_status:err") && strings.Contains(info, "rdb_bgsave_in_progress:0")
			})
			if text := program.Refused(t, client, "SET", "k", "v"); !strings.HasPrefix(text, "MISCONF ") {
				t.Errorf("a write is answered with: %s", text)
			}
			if got := program.Do(t, client, "GET", "k"); got != "saved" {
				t.Errorf("GET k: %v", got)
			}
			trouble.end(t, server)
			if now := program.ReadFile(t, filepath.Join(directory, "dump.rdb")); !bytes.Equal(now, dump) {
				t.Error("a failed save has changed the previous dump")
			}
			entries, err := os.ReadDir(directory)
			if err != nil || len(entries) != 1 {
				t.Errorf("failed saves left files behind: %v, %v", entries, err)
			}

			program.Do(t, client, "SAVE")
			program.Do(t, client, "SET", "k", "again")
			server.Stop(t)
			again := program.Start(t, "--dir", directory)
			if got := program.Do(t, again.Client(t), "GET", "k"); got != "again" {
				t.Errorf("after a restart, GET k: %v", got)
			}
		})
	}
}

// TestTerminationThatCannotSave: the process stays, with the data, instead of losing it.
func TestTerminationThatCannotSave(t *testing.T) {
	server := program.Start(t, savePoint...)
	client := server.Client(t)
	program.Do(t, client, "SET", "large", noise(1<<20))
	program.LimitFiles(t, server.PID(), 8192)
	server.Signal(t, syscall.SIGTERM)
	server.AwaitLog(t, "SIGTERM received but errors trying to shut down the server")
	if got := program.Do(t, client, "STRLEN", "large"); got != int64(1<<20) {
		t.Errorf("STRLEN large: %v", got)
	}
	program.LimitFiles(t, server.PID(), unix.RLIM_INFINITY)
	server.Stop(t) // the second SIGTERM
	again := program.Start(t, "--dir", server.Dir)
	if got := program.Do(t, again.Client(t), "STRLEN", "large"); got != int64(1<<20) {
		t.Errorf("after a restart, STRLEN large: %v", got)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// noise is a text of n bytes that no compression makes smaller than the limits above.
func noise(n int) string {
	var text strings.Builder
	state := uint64(88172645463325252)
	for text.Len() < n {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		fmt.Fprintf(&text, "%016x", state)
	}
	return text.String()[:n]
}
