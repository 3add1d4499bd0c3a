package durability

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/internal/persist/journal"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/resp"
	"redoubt/test/program"
)

// always starts a server that syncs before it replies.
func always(t *testing.T, dir string) *program.Server {
	t.Helper()
	return program.Start(t, "--dir", dir, "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--transport", "epoll")
}

// TestJournalOfServer: a server with appendfsync always has a journal where the file system is one for it, a killed one leaves it, and
// one that ends or does without does not.
func TestJournalOfServer(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "appendonlydir", "appendonly.aof.journal")
	there := func() bool { _, err := os.Stat(path); return err == nil }
	probe, err := vfs.OS.OpenDirect(filepath.Join(dir, "probe"), 0o600)
	supported := !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EINVAL)
	if err == nil {
		_ = probe.Close()
	}
	await := func(want bool) {
		t.Helper()
		program.Poll(t, 20*time.Second, "a journal, or none", func() bool { return there() == (want && supported) })
	}
	s := always(t, dir)
	client := s.Client(t)
	if err := client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	await(true)
	if err := client.ConfigSet(t.Context(), "appendfsync", "everysec").Err(); err != nil {
		t.Fatal(err)
	}
	await(false)
	if err := client.ConfigSet(t.Context(), "appendfsync", "always").Err(); err != nil {
		t.Fatal(err)
	}
	await(true)
	s.Signal(t, syscall.SIGKILL)
	s.Wait(t)
	if there() != supported {
		t.Error("a killed server takes its journal along")
	}
	s = always(t, dir)
	if v := s.Client(t).Get(t.Context(), "k").Val(); v != "v" {
		t.Errorf("k is %q", v)
	}
	await(true)
	s.Signal(t, syscall.SIGTERM)
	s.Wait(t)
	if there() {
		t.Error("a server that has ended leaves a journal")
	}
}

// TestStartAfterStopOfMachine: what the machine lost of the append-only file, and the journal has, is there after a start, and stays.
func TestStartAfterStopOfMachine(t *testing.T) {
	dir := t.TempDir()
	s := always(t, dir)
	if err := s.Client(t).Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Signal(t, syscall.SIGTERM)
	s.Wait(t)
	incr := "appendonly.aof.1.incr.aof"
	info, err := os.Stat(filepath.Join(dir, "appendonlydir", incr))
	if err != nil {
		t.Fatal(err)
	}
	leaveJournal(t, filepath.Join(dir, "appendonlydir", "appendonly.aof.journal"), incr, info.Size(), resp.AppendCommandStrings(nil, "SET", "lost", "and found"))
	for range 2 {
		s = always(t, dir)
		if v := s.Client(t).MGet(t.Context(), "k", "lost").Val(); len(v) != 2 || v[0] != "v" || v[1] != "and found" {
			t.Errorf("the keys are %v", v)
		}
		s.Signal(t, syscall.SIGTERM)
		s.Wait(t)
	}
}

// TestStartWithWrongFile: a file that lacks what was on disk is refused, with what to do, and so the server starts.
func TestStartWithWrongFile(t *testing.T) {
	dir := t.TempDir()
	s := always(t, dir)
	s.Signal(t, syscall.SIGTERM)
	s.Wait(t)
	path := filepath.Join(dir, "appendonlydir", "appendonly.aof.journal")
	leaveJournal(t, path, "appendonly.aof.1.incr.aof", 1<<20, resp.AppendCommandStrings(nil, "SET", "k", "v"))
	r := program.Run(t, exec.Command(program.Binary(t), "server", "--dir", dir, "--port", "0", "--unixsocket", filepath.Join(dir, "s"), "--appendonly", "yes"))
	if text := r.String(); r.Code == 0 || !strings.Contains(text, "were on disk before the machine stopped") || !strings.Contains(text, "move the journal away") {
		t.Error(text)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	s = always(t, dir)
	if err := s.Client(t).Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
}

// leaveJournal leaves a journal as a machine that stopped would: a group that follows size bytes of a file.
func leaveJournal(t *testing.T, path, name string, size int64, group []byte) {
	t.Helper()
	d := newDisk(t, 1)
	j, err := journal.Create(d, "/data/journal", 64<<10, journal.Boot{9})
	if err != nil {
		t.Fatal(err)
	}
	j.Restart(name, size)
	j.Add(group, size)
	buf, at, ok := j.Record()
	if !ok {
		t.Fatal("no record")
	}
	if _, err := j.File().WriteAt(buf, at); err != nil {
		t.Fatal(err)
	}
	content, err := vfs.ReadFile(d, "/data/journal")
	if err != nil {
		t.Fatal(err)
	}
	program.WriteFile(t, path, content)
}
