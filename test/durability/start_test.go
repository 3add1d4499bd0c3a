package durability

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
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
