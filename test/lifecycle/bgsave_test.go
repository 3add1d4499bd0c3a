package lifecycle

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"redoubt/test/program"
)

// field is a field of INFO persistence.
func field(t *testing.T, client *redis.Client, name string) string {
	t.Helper()
	for _, line := range strings.Split(client.Info(t.Context(), "persistence").Val(), "\r\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return value
		}
	}
	return ""
}

// startSlowSave begins a background save that takes a minute and waits until it is under way.
func startSlowSave(t *testing.T, server *program.Server) *redis.Client {
	t.Helper()
	client := server.Client(t)
	fill(t, client)
	program.Do(t, client, "CONFIG", "SET", "rdb-key-save-delay", "1000000")
	program.Do(t, client, "BGSAVE")
	program.Poll(t, soon, "the save is under way", func() bool { return field(t, client, "current_save_keys_processed") > "0" })
	return client
}

// A background save takes nobody's time: commands run meanwhile, and what they change does not reach the file.
func TestBackgroundSaveBesideWriters(t *testing.T) {
	server := program.Start(t, savePoint...)
	client := startSlowSave(t, server)
	before := picture(t, client)
	if got := field(t, client, "rdb_bgsave_in_progress"); got != "1" {
		t.Errorf("rdb_bgsave_in_progress:%s", got)
	}
	if got, want := field(t, client, "current_save_keys_total"), fmt.Sprint(2*len(encodings)+1); got != want {
		t.Errorf("current_save_keys_total:%s, want %s", got, want)
	}
	for _, refused := range [][]any{{"BGSAVE"}, {"SAVE"}} {
		if got := program.Refused(t, client, refused...); got != "ERR Background save already in progress" {
			t.Errorf("%v: %s", refused, got)
		}
	}
	for key := range encodings {
		program.Do(t, client, "DEL", key)
	}
	program.Do(t, client, "RPUSH", "list:large", "another")
	program.Do(t, client, "HSET", "ttl:hash:large", "field 1", "changed")
	program.Do(t, client, "LPOP", "ttl:list:large")
	program.Do(t, client, "FLUSHDB")
	program.Do(t, client, "CONFIG", "SET", "rdb-key-save-delay", "0")
	program.Poll(t, soon, "the save ends", func() bool { return field(t, client, "rdb_bgsave_in_progress") == "0" })
	if got := field(t, client, "rdb_last_bgsave_status"); got != "ok" {
		t.Fatalf("rdb_last_bgsave_status:%s\n%s", got, server.Log())
	}
	saved := program.Start(t, append([]string{"--dir", t.TempDir(), "--dbfilename", "copy.rdb"}, debugging...)...)
	program.WriteFile(t, filepath.Join(saved.Dir, "copy.rdb"), program.ReadFile(t, filepath.Join(server.Dir, "dump.rdb")))
	program.Do(t, saved.Client(t), "DEBUG", "RELOAD", "NOSAVE")
	if diff := cmp.Diff(before, picture(t, saved.Client(t))); diff != "" {
		t.Errorf("the file differs from the moment of BGSAVE:\n%s", diff)
	}
}

// An end does not wait for a save that takes long: the final one replaces it.
func TestTerminationDuringBackgroundSave(t *testing.T) {
	server := program.Start(t, savePoint...)
	client := startSlowSave(t, server)
	program.Do(t, client, "SET", "late", "v")
	before := picture(t, client)
	begun := time.Now()
	server.Stop(t)
	if took := time.Since(begun); took > soon/2 {
		t.Errorf("the end took %v", took)
	}
	if !strings.Contains(server.Log(), "Background saving canceled") {
		t.Errorf("log:\n%s", server.Log())
	}
	again := program.Start(t, append([]string{"--dir", server.Dir}, savePoint...)...)
	if diff := cmp.Diff(before, picture(t, again.Client(t))); diff != "" {
		t.Errorf("after the restart:\n%s", diff)
	}
	if leftovers, _ := filepath.Glob(filepath.Join(server.Dir, "temp-*")); len(leftovers) > 0 {
		t.Errorf("left behind: %v", leftovers)
	}
}

// snapshot-max-bytes-per-second bounds how fast a save writes.
func TestSnapshotRate(t *testing.T) {
	server := program.Start(t, savePoint...)
	client := server.Client(t)
	for i := range 40 {
		program.Do(t, client, "SET", fmt.Sprint("k", i), noise(8000))
	}
	program.Do(t, client, "CONFIG", "SET", "snapshot-max-bytes-per-second", "1000")
	program.Do(t, client, "BGSAVE")
	program.Poll(t, soon, "bytes are written", func() bool { return len(field(t, client, "current_save_bytes_written")) > 4 })
	program.Do(t, client, "CONFIG", "SET", "snapshot-max-bytes-per-second", "0")
	program.Poll(t, soon, "the save ends", func() bool { return field(t, client, "rdb_bgsave_in_progress") == "0" })
}
