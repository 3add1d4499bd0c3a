package snapshot

import (
	"sync/atomic"
	"testing"

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
