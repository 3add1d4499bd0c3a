package scripting_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/test/inprocess"
)

// library is a request that loads a library with one function f of the given body.
func library(name, body string) string {
	return "FUNCTION LOAD REPLACE " + quote("#!lua name="+name+"\nredis.register_function('f"+name+"',function(keys,args) "+body+" end)")
}

// binary quotes any bytes.
func binary(b []byte) string {
	out := []byte{'"'}
	for _, c := range b {
		out = fmt.Appendf(out, "\\x%02x", c)
	}
	return string(append(out, '"'))
}

// TestFunctionEffects: libraries leave as the commands that change them, what functions do as the commands that they call.
func TestFunctionEffects(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	effects := node.RecordEffects()
	code := "#!lua name=x\nredis.register_function('fx',function(keys,args) redis.call('set',keys[1],1) return redis.call('incr',keys[1]) end)"
	c.Do("FUNCTION LOAD " + quote(code))
	effects.Expect(t, "load", "FUNCTION LOAD "+code)
	c.Do("FUNCTION LOAD " + quote(code))
	effects.Expect(t, "load refused")
	c.Do("FCALL fx 1 k")
	effects.Expect(t, "call", "MULTI", "SET k 1", "INCR k", "EXEC")
	c.Do("FCALL fx 1 k 1 2 3")
	effects.Take()
	payload := c.Do("FUNCTION DUMP")
	c.Do("FUNCTION DELETE x")
	effects.Expect(t, "delete", "FUNCTION DELETE x")
	c.Do("FUNCTION DELETE x")
	effects.Expect(t, "delete nothing")
	c.Do("FUNCTION RESTORE " + binary(payload.Str))
	if got := effects.Take(); len(got) != 1 || got[0][1] != "RESTORE" || got[0][2] != string(payload.Str) {
		t.Errorf("restore left as %q", got)
	}
	c.Do("FUNCTION FLUSH")
	effects.Expect(t, "flush", "FUNCTION FLUSH")
	c.Do("FUNCTION LIST")
	c.Do("FUNCTION STATS")
	effects.Expect(t, "reading")
}

// TestFunctionBusy: a function that runs too long is seen and ended by FUNCTION, a script by SCRIPT, and neither by the other.
func TestFunctionBusy(t *testing.T) {
	node := inprocess.Start(t, "--busy-reply-threshold", "20")
	slow, other := node.Client(t), node.Client(t)
	other.Do(library("loop", "while true do end"))
	other.Do(library("write", "redis.call('set',keys[1],1) while true do end"))
	awaitBusy := func(kill string) {
		t.Helper()
		for until := time.Now().Add(20 * time.Second); time.Now().Before(until); {
			if strings.HasPrefix(do(other, "PING"), "BUSY Redis is busy running a script. You can only call "+kill+" KILL or SHUTDOWN NOSAVE.") {
				return
			}
		}
		t.Fatal("the server never became busy")
	}
	steps := func(list ...[2]string) {
		t.Helper()
		for _, step := range list {
			r := other.Do(step[0])
			if got := show(&r); !strings.HasPrefix(got, step[1]) {
				t.Errorf("%s: got %q, want %q", step[0], got, step[1])
			}
		}
	}
	slow.Send("FCALL FLOOP 1 a b")
	awaitBusy("FUNCTION")
	steps([2]string{"FUNCTION STATS", "[running_script [name floop command [FCALL FLOOP 1 a b] duration_ms "},
		[2]string{"FUNCTION LIST", "BUSY"}, [2]string{"FCALL floop 0", "BUSY"}, [2]string{"SCRIPT KILL", "BUSY"},
		[2]string{"FUNCTION KILL", "OK"})
	if got := read(slow); !strings.HasPrefix(got, "ERR Script killed by user with SCRIPT KILL... script: floop, on @user_function:2.") {
		t.Errorf("the killed function: %s", got)
	}
	steps([2]string{"FUNCTION KILL", "NOTBUSY"}, [2]string{"FUNCTION STATS", "[running_script nil engines"})

	slow.Send(`EVAL "while true do end" 0`)
	awaitBusy("SCRIPT")
	steps([2]string{"FUNCTION STATS", "BUSY"}, [2]string{"FUNCTION KILL", "BUSY"}, [2]string{"SCRIPT KILL", "OK"})
	read(slow)

	slow.Send("FCALL fwrite 1 k")
	awaitBusy("FUNCTION")
	steps([2]string{"FUNCTION KILL", "UNKILLABLE"})
	other.Send("SHUTDOWN NOSAVE")
}

// TestFunctionsPersist: libraries survive a reload, a restart, and the removal of all keys.
func TestFunctionsPersist(t *testing.T) {
	dir := t.TempDir()
	node := inprocess.Start(t, "--dir", dir, "--enable-debug-command", "yes")
	c := node.Client(t)
	c.Do(library("a", "return 'a'"))
	c.Do(library("b", "return '"+strings.Repeat("long ", 100)+"'"))
	want := do(c, "FCALL fb 0")
	check := func(when string) {
		t.Helper()
		if got := do(c, "FCALL fa 0"); got != "a" {
			t.Errorf("%s: fa replies %q", when, got)
		}
		if got := do(c, "FCALL fb 0"); got != want {
			t.Errorf("%s: fb replies %q", when, got)
		}
	}
	c.Do("SET k v")
	c.Do("DEBUG RELOAD")
	check("after DEBUG RELOAD")
	c.Do("FLUSHALL")
	check("after FLUSHALL")
	if got := do(c, "DEBUG RELOAD NOFLUSH"); !strings.HasPrefix(got, "ERR ") {
		t.Errorf("reloading libraries that are there: %s", got)
	}
	c.Do("DEBUG RELOAD NOFLUSH MERGE")
	check("after DEBUG RELOAD NOFLUSH MERGE")
	c.Do("BGSAVE")
	for strings.Contains(do(c, "INFO persistence"), "rdb_bgsave_in_progress:1") {
		time.Sleep(time.Millisecond)
	}
	node.Stop(t)
	node = inprocess.Start(t, "--dir", dir)
	c = node.Client(t)
	check("after a restart")
}

// TestFunctionPermissions: functions run with the permissions of who calls them.
func TestFunctionPermissions(t *testing.T) {
	node := inprocess.Start(t)
	admin, c := node.Client(t), node.Client(t)
	admin.Do(library("x", "return redis.call('set',args[1],1)"))
	admin.Do("ACL SETUSER u on nopass +@scripting +set ~k* -function|flush")
	c.Do("AUTH u any")
	for _, step := range [][2]string{
		{"FCALL fx 1 k1 k2", "OK"},
		{"FCALL fx 1 other k2", "NOPERM No permissions to access a key"},
		{"FCALL fx 0 other", "ERR ACL failure in script: No permissions to access a key script: fx, on @user_function:2."},
		{"FUNCTION FLUSH", "NOPERM User u has no permissions to run the 'function|flush' command"},
		{"FUNCTION STATS", ""},
	} {
		if got := do(c, step[0]); got != step[1] {
			t.Errorf("%s: got %q, want %q", step[0], got, step[1])
		}
	}
}

// TestFunctionFigures: INFO counts libraries and functions, and what they take.
func TestFunctionFigures(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	expect := func(fields ...string) {
		t.Helper()
		info := do(c, "INFO memory")
		for _, f := range fields {
			if !strings.Contains(info, f+"\r\n") {
				t.Errorf("INFO memory has no %s", f)
			}
		}
	}
	expect("number_of_libraries:0", "number_of_functions:0", "used_memory_functions:0", "used_memory_vm_functions:0")
	c.Do(library("a", "return 1"))
	c.Do(library("b", "return 1"))
	expect("number_of_libraries:2", "number_of_functions:2", "used_memory_vm_functions:0")
	c.Do("FCALL fa 0")
	info := do(c, "INFO memory")
	if strings.Contains(info, "used_memory_functions:0\r\n") || strings.Contains(info, "used_memory_vm_functions:0\r\n") {
		t.Errorf("INFO memory: %s", info)
	}
	c.Do("CONFIG RESETSTAT")
	c.Do(library("c", "redis.call('set','s','x') return redis.call('incr','s')"))
	c.Do("FCALL fc 0")
	if stats := do(c, "INFO stats"); !strings.Contains(stats, "total_error_replies:1\r\n") {
		t.Errorf("INFO stats: %s", stats)
	}
}

// TestManyLibraries: there is a limit, and a payload beyond it changes nothing.
func TestManyLibraries(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	const limit = 1024
	for i := range limit {
		if got := do(c, library("n"+strconv.Itoa(i), "return 1")); got != "n"+strconv.Itoa(i) {
			t.Fatalf("library %d: %s", i, got)
		}
	}
	if got := do(c, library("more", "return 1")); got != "ERR Too many libraries, at most 1024 are kept" {
		t.Errorf("one more: %s", got)
	}
	if got := do(c, library("n7", "return 2")); got != "n7" {
		t.Errorf("replacing one: %s", got)
	}
	payload := c.Do("FUNCTION DUMP")
	c.Do("FUNCTION FLUSH")
	c.Do(library("own", "return 1"))
	if got := do(c, "FUNCTION RESTORE "+binary(payload.Str)); !strings.HasPrefix(got, "ERR Too many libraries") {
		t.Errorf("restoring too many: %s", got)
	}
	if got := do(c, "FUNCTION RESTORE "+binary(payload.Str)+" FLUSH"); got != "OK" {
		t.Errorf("restoring: %s", got)
	}
	if got := c.Do("FCALL fn7 0"); got.Int != 2 {
		t.Errorf("the restored function replied %d", got.Int)
	}
}
