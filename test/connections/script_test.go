package connections

import (
	"strings"
	"testing"

	"redoubt/test/inprocess"
)

// endless runs until it is killed.
const endless = "while true do end"

// loading compiles texts of nearly the greatest length until it is killed: each with as many functions as there may be, so
// that compiling, which cannot be interrupted, takes its time.
const loading = "local text = string.rep('do local f = function(a) return a + 1 end f(1) end ' .. string.rep(' ', 70), 4000) " +
	"assert(#text > 400000) while true do assert(loadstring(text)) end"

// TestOthersDuringLongScript: while a script runs past its time limit, other clients connect, are told so, and end it; it
// and what was pipelined behind it are answered then.
func TestOthersDuringLongScript(t *testing.T) {
	node := inprocess.Start(t, "--busy-reply-threshold", "10")
	other := dial(t, node)
	other.want("PONG", "PING")
	for _, script := range []string{endless, endless, loading, endless} {
		busy := dial(t, node)
		busy.send("EVAL", script, "0")
		busy.send("ECHO", "behind")
		eventually(t, "others hear of the script", func() bool { return strings.HasPrefix(other.do("GET x"), "-BUSY") })
		late := dial(t, node)
		if got := late.do("SET x y"); !strings.HasPrefix(got, "-BUSY") {
			t.Errorf("a new client got %s", got)
		}
		other.want("OK", "SCRIPT KILL")
		if got := text(busy.read()); !strings.Contains(got, "Script killed by user") {
			t.Errorf("the script ended with %s", got)
		}
		if got := text(busy.read()); got != "behind" {
			t.Errorf("behind the script: %s", got)
		}
		busy.want("PONG", "PING")
		other.want("OK", "SET x y")
	}
}

// TestVanishDuringLongScript: the client of a script that runs for long goes away.
func TestVanishDuringLongScript(t *testing.T) {
	node := inprocess.Start(t, "--busy-reply-threshold", "10")
	other, busy := dial(t, node), dial(t, node)
	busy.send("EVAL", endless, "0")
	eventually(t, "others hear of the script", func() bool { return strings.HasPrefix(other.do("GET x"), "-BUSY") })
	busy.nc.Close()
	other.want("OK", "SCRIPT KILL")
	eventually(t, "the script has ended", func() bool { return other.do("PING") == "PONG" })
	eventually(t, "the client is forgotten", func() bool { return other.info("connected_clients") == "1" })
}

// TestEndDuringLongScript: a script that does not end does not keep the server from ending.
func TestEndDuringLongScript(t *testing.T) {
	node, err := inprocess.TryStart(t, "--busy-reply-threshold", "10")
	if err != nil {
		t.Fatal(err)
	}
	other, busy := dial(t, node), dial(t, node)
	busy.send("EVAL", endless, "0")
	eventually(t, "others hear of the script", func() bool { return strings.HasPrefix(other.do("GET x"), "-BUSY") })
	node.Stop(t)
	busy.closed()
}
