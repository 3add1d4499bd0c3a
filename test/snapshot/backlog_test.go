package snapshot

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/snapshot"
	"redoubt/test/inprocess"
)

// While a snapshot holds as much as it may, writers wait, readers do not; then they go on.
func TestWritersWaitForAFullBacklog(t *testing.T) {
	node := inprocess.Start(t)
	e := node.Server.Engine()
	var full atomic.Bool
	full.Store(true)
	e.Lock()
	e.SetBacklog(full.Load)
	e.Unlock()
	writer, reader := node.Client(t), node.Client(t)
	writer.Send("SET k v")
	node.AwaitBlocked(t, 1)
	if got := reader.Do("GET k"); !got.Null {
		t.Errorf("GET k beside a waiting SET: %v", got)
	}
	full.Store(false)
	e.Lock()
	e.BacklogDrained()
	e.Unlock()
	if got := string(writer.Read().Str); got != "OK" {
		t.Errorf("the SET that waited: %q", got)
	}
	if got := string(reader.Do("GET k").Str); got != "v" {
		t.Errorf("GET k: %q", got)
	}
}

// Values that are evicted while a snapshot runs stay until it has recorded them. That must not count as used, or everything
// would be evicted.
func TestEvictionDuringSnapshot(t *testing.T) {
	node := inprocess.Start(t, "--maxmemory-policy", "allkeys-lru")
	client := node.Client(t)
	const keys, size = 400, 100_000
	for i := range keys {
		client.Do(fmt.Sprintf("SET k%d %s", i, strings.Repeat("x", size)))
	}
	e := node.Server.Engine()
	options := rdb.WriterOptions{}
	e.Lock()
	job, err := snapshot.Begin(e.Store(), spacesOf(e), options)
	e.Settings.MaxMemory = e.UsedMemory() - 10*size
	e.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	client.Do("SET another v")
	if left := client.Do("DBSIZE").Int; left < keys-40 || left > keys-5 {
		t.Errorf("%d of %d keys are left, 10 had to go", left, keys)
	}
	w, err := rdb.NewWriter(io.Discard, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := job.Run(w, snapshot.Hooks{Lock: e, Drained: func() {}, Limits: func() snapshot.Limits { return snapshot.Limits{} }}); err != nil {
		t.Fatal(err)
	}
	e.Lock()
	defer e.Unlock()
	if n := e.Store().Retained(); n != 0 {
		t.Errorf("%d bytes are retained at the end", n)
	}
}
