package durability

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/persist/vfs/faultfs"
	"redoubt/internal/resp"
	"redoubt/test/freeport"
	"redoubt/test/inprocess"
	"redoubt/test/program"
)

// TestDumpBecomesBase: whoever switches the append-only file on keeps the data that the dump has.
func TestDumpBecomesBase(t *testing.T) {
	dir := t.TempDir()
	first := inprocess.Start(t, "--dir", dir)
	c := first.Client(t)
	c.Do("SET k v")
	c.Do("SAVE")
	for range 2 { // the second time from the append-only file
		node, err := inprocess.TryStart(t, "--dir", dir, "--appendonly", "yes")
		if err != nil {
			t.Fatal(err)
		}
		c := node.Client(t)
		if v := c.Do("GET k"); string(v.Str) != "v" {
			t.Errorf("k is %q", v.Str)
		}
		c.Do("APPEND k v")
		c.Do("SET k v")
		node.Stop(t)
	}
	manifest := string(program.ReadFile(t, filepath.Join(dir, "appendonlydir", "appendonly.aof.manifest")))
	if manifest != "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n" {
		t.Errorf("manifest:\n%s", manifest)
	}
}

// TestTruncated: what a crash left of a command is cut off and kept in a file of its own; without aof-load-truncated the start is
// refused and nothing changes.
func TestTruncated(t *testing.T) {
	dir := t.TempDir()
	whole := resp.AppendCommandStrings(nil, "SET", "k", "v")
	cut := append(whole[:len(whole):len(whole)], "*3\r\n$3\r\nSET\r\n$1\r\nl"...)
	old := filepath.Join(dir, "appendonly.aof")
	program.WriteFile(t, old, cut)
	if _, err := inprocess.TryStart(t, "--dir", dir, "--appendonly", "yes", "--aof-load-truncated", "no"); err == nil ||
		!strings.Contains(err.Error(), "ends at offset 27") {
		t.Fatalf("start: %v", err)
	}
	name := filepath.Join(dir, "appendonlydir", "appendonly.aof") // the old file has been taken over
	if got := program.ReadFile(t, name); string(got) != string(cut) {
		t.Errorf("the file has changed: %q", got)
	}
	node := inprocess.Start(t, "--dir", dir, "--appendonly", "yes")
	if v := node.Client(t).Do("GET k"); string(v.Str) != "v" {
		t.Errorf("k is %q", v.Str)
	}
	if got := program.ReadFile(t, name); string(got) != string(whole) {
		t.Errorf("the file is %q", got)
	}
	if got := program.ReadFile(t, name+".cut-at-27"); string(got) != string(cut[27:]) {
		t.Errorf("kept: %q", got)
	}
}

// TestFullDiskForLog: writes are refused with the reason, reads go on, and writes come back by themselves.
func TestFullDiskForLog(t *testing.T) {
	s := program.Start(t, "--appendonly", "yes", "--save", "")
	client := s.Client(t)
	program.Do(t, client, "SET", "k", "before")
	program.LimitFiles(t, s.PID(), 2000)
	program.Do(t, client, "SET", "large", strings.Repeat("x", 4000)) // taken, and tried again until it is written
	s.AwaitLog(t, "Error writing to the AOF file")
	const want = "MISCONF Errors writing to the AOF file: File too large"
	if text := program.Refused(t, client, "SET", "k", "refused"); text != want {
		t.Errorf("refused with %q, want %q", text, want)
	}
	if v := program.Do(t, client, "GET", "k"); v != "before" {
		t.Errorf("k is %v", v)
	}
	program.LimitFiles(t, s.PID(), unix.RLIM_INFINITY)
	s.AwaitLog(t, "AOF write error looks solved")
	program.Do(t, client, "SET", "k", "after")
	program.Do(t, client, "WAITAOF", 1, 0, 0)
	digest := program.Do(t, client, "DBSIZE")
	s.Stop(t)
	again := program.Start(t, "--appendonly", "yes", "--save", "", "--dir", s.Dir)
	if got := program.Do(t, again.Client(t), "DBSIZE"); got != digest {
		t.Errorf("%v keys, %v before", got, digest)
	}
}

// TestBaseOfCommands: a base of commands builds what was there, to the last element of every kind of value.
func TestBaseOfCommands(t *testing.T) {
	c := inprocess.Start(t, "--aof-use-rdb-preamble", "no").Client(t)
	for _, request := range []string{
		"SET s text", "SET n 12", "SET e ''", "SET ttl v EX 1000", "RPUSH l 1 '' 007 x", "HSET h f v n 12", "SADD i 1 2 3", "SADD t a b 1",
		"ZADD z inf a -inf b 1.5 c 0.1 d", "ZADD one 3 x", "XADD x 1-1 a b", "XGROUP CREATE x g 0", "SELECT 9", "SET nine v",
	} {
		if r := c.Do(request); r.IsError() {
			t.Fatalf("%s: %s", request, r.Str)
		}
	}
	for n := range 200 { // more than one command holds
		c.Do(fmt.Sprintf("ZADD many %d m%d", n, n))
		c.Do(fmt.Sprintf("RPUSH long %d", n))
	}
	before := string(c.Do("DEBUG DIGEST").Str)
	c.Do("BGREWRITEAOF")
	for deadline := time.Now().Add(soon); !strings.Contains(string(c.Do("INFO persistence").Str), "aof_rewrite_in_progress:0"); {
		if time.Now().After(deadline) {
			t.Fatal("the rewrite does not end")
		}
	}
	c.Do("DEBUG LOADAOF")
	if after := string(c.Do("DEBUG DIGEST").Str); after != before || strings.Count(before, "0") == len(before) {
		t.Errorf("the digest is %s, it was %s", after, before)
	}
}

// TestNoWriteBeforeLog: between loading and the moment when there is a log to append to, nobody writes.
func TestNoWriteBeforeLog(t *testing.T) {
	d, port := newDisk(t, 1), freeport.Must(t)
	opening, open := make(chan struct{}), make(chan struct{})
	d.SetFault(func(op faultfs.Op) error {
		if op.Kind == faultfs.Create && strings.HasSuffix(op.Name, ".incr.aof") {
			close(opening)
			<-open
		}
		return nil
	})
	go func() {
		defer close(open)
		<-opening
		client := (&inprocess.Node{Addr: net.JoinHostPort("127.0.0.1", port)}).Client(t)
		expect(t, client, "SET k v", "LOADING ")
	}()
	node := start(t, d, io.Discard, "--port", port, "--appendonly", "yes")
	expect(t, node.Client(t), "SET k v", "OK")
	node.Stop(t)
}

// TestSecondInterrupt: a second SIGINT ends the process in the middle of the final save. The dump stays what it was.
func TestSecondInterrupt(t *testing.T) {
	s := program.Start(t, "--save", "3600 100000", "--rdb-key-save-delay", "10000")
	client := s.Client(t)
	program.Do(t, client, "SET", "k", "v")
	program.Do(t, client, "SAVE")
	dump := filepath.Join(s.Dir, "dump.rdb")
	before := program.ReadFile(t, dump)
	pipe := client.Pipeline()
	for n := range 100_000 { // they would take a quarter of an hour
		pipe.Set(t.Context(), fmt.Sprint("key:", n), n, 0)
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Signal(t, syscall.SIGINT)
	s.AwaitLog(t, "Saving the final RDB snapshot")
	s.Signal(t, syscall.SIGINT)
	if code := s.Wait(t); code != 1 || !strings.Contains(s.Log(), "You insist... exiting now.") {
		t.Errorf("exit code %d", code)
	}
	if entries, err := filepath.Glob(filepath.Join(s.Dir, "*")); err != nil || len(entries) != 1 || !bytes.Equal(before, program.ReadFile(t, dump)) {
		t.Errorf("%v, %v: the dump has changed, or something was left behind", entries, err)
	}
}

// TestGoneAtTheGate: a client that goes away while its reply waits for the disk leaves nothing behind. Event loops hear of it when
// the gate opens, or at once when the connection was reset.
func TestGoneAtTheGate(t *testing.T) {
	d := newDisk(t, 1)
	node := start(t, d, io.Discard, "--transport", "std", "--appendonly", "yes", "--appendfsync", "always")
	client := node.Client(t)
	expect(t, client, "SET k v", "OK")
	d.SetSpace(0)
	nc, err := node.Dial()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(resp.AppendCommandStrings(nil, "SET", "k", "w")); err != nil {
		t.Fatal(err)
	}
	waiting := func() int { return node.Server.Engine().Gate.Waiting() }
	program.Poll(t, soon, "the reply waits", func() bool { return waiting() == 1 })
	if err := nc.Close(); err != nil {
		t.Fatal(err)
	}
	program.Poll(t, soon, "nobody waits", func() bool { return waiting() == 0 })
	program.Poll(t, soon, "one client is left", func() bool { return strings.Count(say(client, "CLIENT LIST"), "\n") == 1 })
	d.SetSpace(-1)
	program.Poll(t, soon, "writes are taken again", func() bool { return say(client, "SET k x") == "OK" })
	node.Stop(t)
}

// TestLatencyEvents: the latency monitor hears of writes and fsyncs of the log that take long.
func TestLatencyEvents(t *testing.T) {
	d := newDisk(t, 1)
	node := start(t, d, io.Discard, "--appendonly", "yes", "--appendfsync", "always", "--latency-monitor-threshold", "5")
	d.SetFault(func(op faultfs.Op) error {
		if op.Kind == faultfs.Write || op.Kind == faultfs.Sync {
			time.Sleep(6 * time.Millisecond)
		}
		return nil
	})
	client := node.Client(t)
	expect(t, client, "SET k v", "OK")
	for _, event := range []string{"aof-write", "aof-write-alone", "aof-fsync-always"} {
		program.Poll(t, soon, event, func() bool { return len(client.Do("LATENCY HISTORY "+event).Elems) > 0 })
	}
	node.Stop(t)
}
