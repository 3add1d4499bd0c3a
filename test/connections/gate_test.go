package connections

import (
	"strings"
	"testing"

	"redoubt/test/inprocess"
)

// log is an append-only file that knows only how much was appended.
type log struct{ commands int }

func (l *log) Append([]byte, int64) { l.commands++ }

// TestRepliesBehindGate: replies that depend on what is not on disk wait, in order with what follows them on the connection,
// while other clients are served; who goes away meanwhile is forgotten.
func TestRepliesBehindGate(t *testing.T) {
	node := inprocess.Start(t)
	e := node.Server.Engine()
	l := &log{}
	w, other, gone := dial(t, node), dial(t, node), dial(t, node)
	for _, each := range []*wire{w, other, gone} {
		each.want("PONG", "PING")
	}
	e.Lock()
	e.Stream.AttachLog(l)
	e.HoldReplies(0, true, nobody{})
	e.Unlock()
	value := strings.Repeat("v", 4<<20)
	w.send("SET", "large", value)
	w.send("GET", "large")
	w.send("PING")
	gone.send("SET", "k", "v")
	eventually(t, "the commands have run", func() bool {
		e.Lock()
		defer e.Unlock()
		return l.commands == 2 && e.Gate.Waiting() > 0
	})
	other.want("PONG", "PING")
	_ = gone.nc.Close()
	eventually(t, "the client is forgotten", func() bool { return other.info("connected_clients") == "2" })
	e.Lock()
	e.ReleaseReplies()
	e.Unlock()
	for _, want := range []string{"OK", value, "PONG"} {
		if got := text(w.read()); got != want {
			t.Fatalf("%d bytes, want %d", len(got), len(want))
		}
	}
}

// nobody moves the gate; the test does.
type nobody struct{}

func (nobody) Write()     {}
func (nobody) WriteSoon() {}
