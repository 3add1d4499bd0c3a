package lifecycle

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"redoubt/test/program"
)

// bigDump fills a server with enough keys that loading them takes a while, and returns the directory of their file.
func bigDump(t *testing.T) (directory string, keys int) {
	t.Helper()
	keys = 400_000
	server := program.Start(t)
	conn, err := net.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for next := 0; next < keys; {
		var batch bytes.Buffer
		count := 0
		for ; count < 1000 && next < keys; count++ {
			fmt.Fprintf(&batch, "*3\r\n$3\r\nSET\r\n$10\r\nkey%07d\r\n$16\r\nvalue%011d\r\n", next, next)
			next++
		}
		if _, err := conn.Write(batch.Bytes()); err != nil {
			t.Fatal(err)
		}
		replies := make([]byte, len("+OK\r\n")*count)
		for got := 0; got < len(replies); {
			n, err := conn.Read(replies[got:])
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
		if want := strings.Repeat("+OK\r\n", count); string(replies) != want {
			t.Fatalf("replies: %q", replies)
		}
	}
	program.Do(t, server.Client(t), "SAVE")
	return server.Dir, keys
}

func TestLoadingAnswers(t *testing.T) {
	directory, keys := bigDump(t)
	server := program.Launch(t, "--dir", directory)
	server.AwaitLog(t, "Loading RDB produced by")
	client := server.Client(t)
	seen := false
	program.Poll(t, soon, "the end of loading", func() bool {
		err := client.Get(t.Context(), "key0000000").Err()
		switch {
		case err == nil:
			return true
		case strings.HasPrefix(err.Error(), "LOADING "):
			seen = true
		default:
			t.Fatalf("GET while loading: %v", err)
		}
		return false
	})
	if !seen {
		t.Error("no command was answered with LOADING")
	}
	server.AwaitReady(t)
	if got := program.Do(t, client, "DBSIZE"); got != int64(keys) {
		t.Errorf("DBSIZE: %v", got)
	}
}

// While it loads, a server says how far it is and how long it will take, in its log and in INFO.
func TestLoadingProgress(t *testing.T) {
	directory, keys := bigDump(t)
	server := program.Launch(t, "--dir", directory, "--key-load-delay", "100")
	server.AwaitLog(t, "Loading RDB produced by")
	server.AwaitLog(t, "% done, ")
	client := server.Client(t)
	if got := field(t, client, "loading"); got != "1" {
		t.Fatalf("loading:%s\n%s", got, server.Log())
	}
	number := func(name string) float64 {
		n, err := strconv.ParseFloat(field(t, client, name), 64)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return n
	}
	size := float64(len(program.ReadFile(t, filepath.Join(directory, "dump.rdb"))))
	if got := number("loading_total_bytes"); got != size {
		t.Errorf("loading_total_bytes:%v, the file has %v", got, size)
	}
	if got := number("loading_loaded_bytes"); got <= 0 || got >= size {
		t.Errorf("loading_loaded_bytes:%v of %v", got, size)
	}
	if got := number("loading_loaded_perc"); got <= 0 || got >= 100 {
		t.Errorf("loading_loaded_perc:%v", got)
	}
	for _, name := range []string{"loading_eta_seconds", "loading_rdb_used_mem", "loading_start_time"} {
		if got := number(name); got <= 0 {
			t.Errorf("%s:%v", name, got)
		}
	}
	if !regexp.MustCompile(`Loading [0-9.]+% done, [0-9]+ keys, [0-9.]+ MB/s, about [0-9]+ s left`).MatchString(server.Log()) {
		t.Errorf("log:\n%s", server.Log())
	}
	program.Do(t, client, "CONFIG", "SET", "key-load-delay", "0")
	server.AwaitReady(t)
	if got := program.Do(t, client, "DBSIZE"); got != int64(keys) {
		t.Errorf("DBSIZE: %v", got)
	}
}

// TestShutdownWhileLoading: half a dataset must never replace the whole one.
func TestShutdownWhileLoading(t *testing.T) {
	directory, keys := bigDump(t)
	file := filepath.Join(directory, "dump.rdb")
	before := program.ReadFile(t, file)
	for name, order := range map[string]func(t *testing.T, server *program.Server){
		"SIGTERM": func(t *testing.T, server *program.Server) { server.Signal(t, syscall.SIGTERM) },
		"SHUTDOWN SAVE": func(t *testing.T, server *program.Server) {
			_ = server.Client(t).ShutdownSave(t.Context()).Err() // the connection ends instead of a reply
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := program.Launch(t, "--dir", directory, "--save", "3600 1")
			server.AwaitLog(t, "Loading RDB produced by")
			order(t, server)
			if code := server.Wait(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if strings.Contains(server.Log(), "Ready to accept connections") {
				t.Error("it loaded to the end first")
			}
			if !bytes.Equal(before, program.ReadFile(t, file)) {
				t.Error("the dump was written")
			}
		})
	}
	again := program.Start(t, "--dir", directory)
	if got := program.Do(t, again.Client(t), "DBSIZE"); got != int64(keys) {
		t.Errorf("DBSIZE: %v", got)
	}
}

// TestKilledWhileLoading: a process that dies in the middle of loading has changed nothing, and the next one loads the same
// file.
func TestKilledWhileLoading(t *testing.T) {
	directory, keys := bigDump(t)
	file := filepath.Join(directory, "dump.rdb")
	before := program.ReadFile(t, file)
	for range 3 {
		server := program.Launch(t, "--dir", directory, "--save", "3600 1")
		server.AwaitLog(t, "Loading RDB produced by")
		server.Signal(t, syscall.SIGKILL)
		server.Wait(t)
	}
	if entries, err := os.ReadDir(directory); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	again := program.Start(t, "--dir", directory)
	if got := program.Do(t, again.Client(t), "DBSIZE"); got != int64(keys) {
		t.Errorf("DBSIZE: %v", got)
	}
	if !bytes.Equal(before, program.ReadFile(t, file)) {
		t.Error("the dump was changed")
	}
}
