package scripting_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/test/inprocess"
)

// do sends a request and returns the text of the reply.
func do(c *inprocess.Client, request string) string {
	r := c.Do(request)
	return string(r.Str)
}

func read(c *inprocess.Client) string {
	r := c.Read()
	return string(r.Str)
}

func quote(s string) string { return strconv.Quote(s) }

// TestEffects: the commands of one script leave as one transaction, in the form replicas get them; never the script.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	effects := node.RecordEffects()
	for _, step := range []struct {
		script string
		want   []string
	}{
		{`return 1`, nil},
		{`return redis.call('get','none')`, nil},
		{`return redis.call('set','a','1')`, []string{"SET a 1"}},
		{`redis.call('set','a','1') redis.call('incr','a')`, []string{"MULTI", "SET a 1", "INCR a", "EXEC"}},
		{`redis.call('sadd','s','only') redis.call('spop','s')`, []string{"MULTI", "SADD s only", "SREM s only", "EXEC"}},
		{`redis.call('set','a','2') error('after the write')`, []string{"SET a 2"}},
		{`redis.pcall('incr','s','x') redis.pcall('nosuch')`, nil},
		{`redis.set_repl(redis.REPL_NONE) redis.call('set','b','1') redis.set_repl(redis.REPL_ALL) redis.call('set','c','1')`, []string{"SET c 1"}},
		{`redis.set_repl(redis.REPL_NONE) redis.call('set','b','1')`, nil},
		{`redis.call('set','d','1')`, []string{"SET d 1"}}, // the switch of the script before is gone
	} {
		c.Do("EVAL " + quote(step.script) + " 0")
		effects.Expect(t, step.script, step.want...)
	}
	c.Do("MULTI")
	c.Do("SET x 1")
	c.Do(`EVAL "redis.call('incr','x') redis.call('incr','x')" 0`)
	c.Do("EXEC")
	effects.Expect(t, "a script in a transaction", "MULTI", "SET x 1", "INCR x", "INCR x", "EXEC")
}

// TestBusy: a script that runs too long lets others in, can be killed while it has written nothing, and not afterwards.
func TestBusy(t *testing.T) {
	node := inprocess.Start(t, "--busy-reply-threshold", "20")
	slow, other := node.Client(t), node.Client(t)
	effects := node.RecordEffects()
	awaitBusy := func() {
		t.Helper()
		for until := time.Now().Add(20 * time.Second); time.Now().Before(until); {
			if strings.HasPrefix(do(other, "PING"), "BUSY Redis is busy running a script") {
				return
			}
		}
		t.Fatal("the server never became busy")
	}
	slow.Send(`EVAL "redis.call('get','x') while true do end" 0`)
	awaitBusy()
	for _, step := range [][2]string{
		{"GET x", "BUSY"}, {"SHUTDOWN", "BUSY"}, {"SCRIPT FLUSH", "BUSY"}, {"MULTI", "OK"}, {"SET a 1", "BUSY"}, {"DISCARD", "OK"},
	} {
		if got := do(other, step[0]); !strings.HasPrefix(got, step[1]) {
			t.Errorf("%s while busy: %s", step[0], got)
		}
	}
	if got := do(other, "SCRIPT KILL"); got != "OK" {
		t.Errorf("SCRIPT KILL: %s", got)
	}
	if got := read(slow); !strings.HasPrefix(got, "ERR Script killed by user with SCRIPT KILL... script: ") {
		t.Errorf("the killed script: %s", got)
	}
	if got := do(other, "SCRIPT KILL"); !strings.HasPrefix(got, "NOTBUSY ") {
		t.Errorf("SCRIPT KILL without a script: %s", got)
	}

	slow.Send(`EVAL "redis.call('set','x',1) local t=redis.call('time') while redis.call('exists','stop')==0 do local n=0 for i=1,1e6 do n=n+1 end if n==0 then break end redis.call('incr','rounds') if tonumber(redis.call('get','rounds'))>30 then break end end redis.call('set','done',1) return 'finished'" 0`)
	awaitBusy()
	if got := do(other, "SCRIPT KILL"); !strings.HasPrefix(got, "UNKILLABLE ") {
		t.Errorf("SCRIPT KILL after a write: %s", got)
	}
	effects.Expect(t, "half a script")
	if got := read(slow); got != "finished" {
		t.Errorf("the script that wrote: %s", got)
	}
	if got := do(other, "GET done"); got != "1" {
		t.Errorf("after the script: %s", got)
	}
}

// TestShutdownWhileBusy: SHUTDOWN NOSAVE ends a server whose script does not end.
func TestShutdownWhileBusy(t *testing.T) {
	node := inprocess.Start(t, "--busy-reply-threshold", "20")
	slow, other := node.Client(t), node.Client(t)
	slow.Send(`EVAL "redis.call('set','x',1) while true do end" 0`)
	for !strings.HasPrefix(do(other, "PING"), "BUSY") {
	}
	other.Send("SHUTDOWN NOSAVE")
}

// TestDebuggingInScripts: DEBUG SET-DISABLE-DENY-SCRIPTS opens two commands to scripts and no others.
func TestDebuggingInScripts(t *testing.T) {
	node := inprocess.Start(t, "--enable-debug-command", "yes")
	c := node.Client(t)
	denied := "This Redis command is not allowed from script"
	list, kill := `EVAL "return redis.call('client','list')" 0`, `EVAL "return redis.call('client','kill','id','1')" 0`
	if got := do(c, list); !strings.Contains(got, denied) {
		t.Errorf("CLIENT LIST: %s", got)
	}
	c.Do("DEBUG SET-DISABLE-DENY-SCRIPTS 1")
	if got := do(c, list); !strings.Contains(got, "cmd=eval ") {
		t.Errorf("CLIENT LIST while allowed: %s", got)
	}
	if got := do(c, kill); !strings.Contains(got, denied) {
		t.Errorf("CLIENT KILL while CLIENT LIST is allowed: %s", got)
	}
}

// TestDebuggerIsRefused: a client that asked for the script debugger, whose changes would be rolled back, runs nothing in its
// place, until it says so.
func TestDebuggerIsRefused(t *testing.T) {
	node := inprocess.Start(t)
	c, other := node.Client(t), node.Client(t)
	const script, refused = `EVAL "return redis.call('incr','n')" 0`, "ERR The script debugger is not part of this server"
	for i, end := range []string{"SCRIPT DEBUG NO", "RESET"} {
		for _, request := range []string{[]string{"SCRIPT DEBUG YES", "SCRIPT DEBUG SYNC"}[i], script} {
			if got := do(c, request); !strings.HasPrefix(got, refused) {
				t.Errorf("%s: %s", request, got)
			}
		}
		c.Do(end)
		if got := c.Do(script); got.Int != int64(2*i+1) {
			t.Errorf("after %s: %+v", end, got)
		}
		if got := other.Do(script); got.Int != int64(2*i+2) {
			t.Errorf("another client: %+v", got)
		}
	}
}

// TestFigures: INFO counts scripts, and errors of commands in scripts once.
func TestFigures(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	c.Do("EVAL 'return 1' 0")
	c.Do("SCRIPT LOAD 'return 2'")
	info := do(c, "INFO memory")
	if !strings.Contains(info, "number_of_cached_scripts:2\r\n") || strings.Contains(info, "used_memory_lua:0\r\n") {
		t.Errorf("INFO memory: %s", info)
	}
	c.Do("CONFIG RESETSTAT")
	c.Do(`EVAL "return redis.call('set','s','x') and redis.call('incr','s')" 0`)
	if stats := do(c, "INFO stats"); !strings.Contains(stats, "total_error_replies:1\r\n") {
		t.Errorf("INFO stats: %s", stats)
	}
}
