package server_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// expect fails the test unless the reply's text begins with want.
func expect(t *testing.T, c *inprocess.Client, request, want string) {
	t.Helper()
	if r := c.Do(request); !strings.HasPrefix(string(r.Str), want) {
		t.Errorf("%s: %q, want %q", request, r.Str, want)
	}
}

// TestEffects says what replicas and the log get.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	effects := node.RecordEffects()
	for _, step := range []struct {
		request string
		want    []string
	}{
		{"FLUSHALL", []string{"FLUSHALL"}}, // also of an empty dataset: the replica may have keys
		{"FLUSHDB ASYNC", []string{"FLUSHDB ASYNC"}},
		{"FLUSHDB nosuch", nil},
		{"SWAPDB 0 1", []string{"SWAPDB 0 1"}},
		{"SWAPDB 0 99", nil},
		{"DEBUG POPULATE 10", nil},
		{"DBSIZE", nil},
		{"SAVE", nil},
		{"REPLICAOF NO ONE", nil},
		{"CONFIG RESETSTAT", nil},
	} {
		c.Do(step.request)
		effects.Expect(t, step.request, step.want...)
	}
}

// TestFlushEmptiesMemory: after FLUSHALL the arena counts nothing, whichever way the memory is freed.
func TestFlushEmptiesMemory(t *testing.T) {
	for _, mode := range []string{"SYNC", "ASYNC"} {
		node := inprocess.Start(t)
		c := node.Client(t)
		engine := node.Server.Engine()
		engine.Lock()
		empty := node.Arena.Used()
		engine.Unlock()
		c.Do("DEBUG POPULATE 20000 k 100")
		c.Do("SELECT 5")
		c.Do("DEBUG POPULATE 100 k 100")
		c.Do("HSET h a 1 b 2")
		c.Do("FLUSHALL " + mode)
		deadline := time.Now().Add(10 * time.Second)
		for {
			engine.Lock()
			used := node.Arena.Used()
			engine.Unlock()
			if used <= empty {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d bytes used, %d before anything was stored", mode, used, empty)
			}
			time.Sleep(time.Millisecond) // the background loop frees in slices
		}
	}
}

// TestFlushallSaves: with save points a crash after FLUSHALL does not bring the keys back.
func TestFlushallSaves(t *testing.T) {
	dir := t.TempDir()
	node := inprocess.Start(t, "--dir", dir, "--save", "3600 1")
	c := node.Client(t)
	c.Do("SET k v")
	expect(t, c, "SAVE", "OK")
	c.Do("FLUSHALL")
	c.Do("SET other v")
	expect(t, c, "DEBUG RELOAD NOSAVE", "OK")
	if r := c.Do("DBSIZE"); r.Int != 0 {
		t.Errorf("the dump has %d keys after FLUSHALL", r.Int)
	}
}

// TestBackgroundSave: BGSAVE ends with a good dump and a later LASTSAVE.
func TestBackgroundSave(t *testing.T) {
	dir := t.TempDir()
	node := inprocess.Start(t, "--dir", dir)
	c := node.Client(t)
	c.Do("SET k v")
	expect(t, c, "BGSAVE", "Background saving started")
	deadline := time.Now().Add(10 * time.Second)
	for !strings.Contains(string(c.Do("INFO persistence").Str), "rdb_bgsave_in_progress:0\r\n") {
		if time.Now().After(deadline) {
			t.Fatal("the save does not end")
		}
		time.Sleep(time.Millisecond) // nothing to wait on: the save runs beside the clients
	}
	if _, err := os.Stat(filepath.Join(dir, "dump.rdb")); err != nil {
		t.Error(err)
	}
	c.Do("MULTI")
	c.Do("BGSAVE")
	if r := c.Do("EXEC"); len(r.Elems) != 1 || string(r.Elems[0].Str) != "Background saving scheduled" {
		t.Errorf("BGSAVE in a transaction: %+v", r)
	}
	expect(t, c, "BGREWRITEAOF", "Background append only file rewriting")
}

// TestRewrite: CONFIG REWRITE keeps what CONFIG SET changed, secrets do not reach the slow log.
func TestRewrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "redis.conf")
	if err := os.WriteFile(file, []byte("# ours\nmaxmemory-samples 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	node := inprocess.Start(t, file)
	c := node.Client(t)
	c.Do("CONFIG SET slowlog-log-slower-than 0")
	expect(t, c, "CONFIG SET maxmemory-samples 9 masterauth secret", "OK")
	for _, e := range c.Do("SLOWLOG GET 10").Elems {
		for _, word := range e.Elems[3].Elems {
			if string(word.Str) == "secret" {
				t.Error("the slow log tells masterauth")
			}
		}
	}
	expect(t, c, "CONFIG REWRITE", "OK")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"# ours\n", "maxmemory-samples 9\n", "masterauth"} {
		if !strings.Contains(string(text), line) {
			t.Errorf("the rewritten file lacks %q:\n%s", line, text)
		}
	}
}

// TestProtected: DEBUG and MODULE answer only where a directive allows it.
func TestProtected(t *testing.T) {
	node := inprocess.Start(t, "--enable-debug-command", "no")
	c := node.Client(t)
	expect(t, c, "DEBUG SLEEP 0", "ERR DEBUG command not allowed. If the enable-debug-command option")
	expect(t, c, "MODULE LOAD x", "ERR MODULE command not allowed. If the enable-module-command option")
	if r := c.Do("MODULE LIST"); r.IsError() || len(r.Elems) != 0 {
		t.Errorf("MODULE LIST: %+v", r)
	}
	local := inprocess.Start(t, "--enable-debug-command", "local", "--enable-module-command", "local").Client(t)
	expect(t, local, "DEBUG SLEEP 0", "OK")
	expect(t, local, "MODULE LOAD x", "ERR Modules are not supported")
	expect(t, local, "MODULE UNLOAD x", "ERR Error unloading module")
	expect(t, local, "REPLICAOF 127.0.0.1 6379", "ERR Replication is not part of this version")
}

// TestSlowlogBounds: a huge command takes little room in the log.
func TestSlowlogBounds(t *testing.T) {
	c := inprocess.Start(t, "--slowlog-log-slower-than", "0").Client(t)
	c.Do("RPUSH l " + strings.Repeat("x ", 100))
	c.Do("SET k " + strings.Repeat("y", 1000))
	entries := c.Do("SLOWLOG GET 2").Elems
	if len(entries) != 2 {
		t.Fatalf("%d entries", len(entries))
	}
	if got := string(entries[0].Elems[3].Elems[2].Str); got != strings.Repeat("y", 128)+"... (872 more bytes)" {
		t.Errorf("long word: %q", got)
	}
	words := entries[1].Elems[3].Elems
	if len(words) != 32 || string(words[31].Str) != "... (71 more arguments)" {
		t.Errorf("many words: %d, the last is %q", len(words), words[len(words)-1].Str)
	}
}

// TestMemoryReports: MEMORY STATS has Redis' 27 fields and one for each database, and its numbers fit together.
func TestMemoryReports(t *testing.T) {
	c := inprocess.Start(t).Client(t)
	c.Do("DEBUG POPULATE 1000 k 100")
	c.Do("HELLO 3")
	stats := c.Do("MEMORY STATS")
	if stats.Type != resp.TypeMap || len(stats.Elems) != 2*28 {
		t.Fatalf("type %c with %d elements", stats.Type, len(stats.Elems))
	}
	field := map[string]resp.Reply{}
	for i := 0; i < len(stats.Elems); i += 2 {
		field[string(stats.Elems[i].Str)] = stats.Elems[i+1]
	}
	if field["keys.count"].Int != 1000 || field["dataset.bytes"].Int < 100*1000 || field["db.0"].Type != resp.TypeMap {
		t.Errorf("%+v", field)
	}
	if field["total.allocated"].Int > field["peak.allocated"].Int {
		t.Error("the peak is below the use")
	}
	for _, request := range []string{"MEMORY MALLOC-STATS", "MEMORY DOCTOR", "LATENCY DOCTOR", "LOLWUT", "INFO"} {
		if r := c.Do(request); r.Type != resp.TypeVerbatim || r.Format != "txt" || len(r.Str) == 0 {
			t.Errorf("%s: %c %s %q", request, r.Type, r.Format, r.Str)
		}
	}
}

// TestShutdown: SHUTDOWN saves when asked to, and an impossible save keeps the server running.
func TestShutdown(t *testing.T) {
	dir := t.TempDir()
	node := inprocess.Start(t, "--dir", dir, "--dbfilename", "a.rdb")
	c := node.Client(t)
	c.Do("SET k v")
	if err := os.Mkdir(filepath.Join(dir, "a.rdb"), 0o700); err != nil { // nothing can be renamed over a directory
		t.Fatal(err)
	}
	expect(t, c, "SHUTDOWN SAVE", "ERR Errors trying to SHUTDOWN. Check logs.")
	expect(t, c, "SHUTDOWN ABORT", "ERR No shutdown in progress.")
	expect(t, c, "GET k", "v")
	if err := os.Remove(filepath.Join(dir, "a.rdb")); err != nil {
		t.Fatal(err)
	}
	last, err := node.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	_ = last.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := last.Write(resp.AppendCommandStrings(nil, "SHUTDOWN", "SAVE")); err != nil {
		t.Fatal(err)
	}
	if reply, err := io.ReadAll(last); err != nil || len(reply) > 0 {
		t.Errorf("SHUTDOWN replied %q, %v", reply, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a.rdb")); err != nil {
		t.Error(err)
	}
}
