package scripting_test

import (
	"fmt"
	"strings"
	"testing"

	"redoubt/internal/engine"
	"redoubt/test/inprocess"
)

// TestPreparedEverywhere: whatever brings a large text has it compiled before it runs under the engine lock, in transactions, too.
func TestPreparedEverywhere(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	var prepared []bool
	e := node.Server.Engine()
	e.Lock()
	for _, words := range []string{"EVAL", "EVAL_RO", "SCRIPT LOAD", "FUNCTION LOAD", "FUNCTION RESTORE"} {
		var argv [][]byte
		for _, word := range strings.Fields(words) {
			argv = append(argv, []byte(word))
		}
		cmd, _ := e.Registry().Find(argv)
		run := cmd.Run
		cmd.Run = func(c *engine.Call) {
			prepared = append(prepared, c.Prepared != nil)
			run(c)
		}
	}
	e.Unlock()

	large := strings.Repeat("do end ", 5000)
	script := func(n int) string { return quote(fmt.Sprintf("%s return %d", large, n)) }
	code := "#!lua name=%s\n" + large + "redis.register_function('%s', function() return 4 end)"
	lib := func(name string) string { return quote(fmt.Sprintf(code, name, name)) }
	c.Do("FUNCTION LOAD " + lib("dumped"))
	dump := do(c, "FUNCTION DUMP")
	c.Do("FUNCTION FLUSH")
	prepared = nil

	requests := []string{
		"EVAL " + script(1) + " 0", "EVAL_RO " + script(2) + " 0", "SCRIPT LOAD " + script(3), "FUNCTION LOAD " + lib("loaded"),
		"FUNCTION RESTORE " + binary([]byte(dump)), "EVAL " + script(1) + " 0",
	}
	for _, request := range requests {
		if r := c.Do(request); r.IsError() {
			t.Errorf("%.40s: %s", request, r.Str)
		}
	}
	all := fmt.Sprint([]bool{true, true, true, true, true, true})
	if got := fmt.Sprint(prepared); got != all {
		t.Errorf("prepared: %v", got)
	}

	c.Do("FUNCTION FLUSH")
	c.Do("SCRIPT FLUSH")
	prepared = nil
	c.Do("MULTI")
	for _, request := range requests {
		if got := do(c, request); got != "QUEUED" {
			t.Errorf("%.40s: %s", request, got)
		}
	}
	if len(prepared) > 0 {
		t.Error("queued requests have run")
	}
	r := c.Do("EXEC")
	for i := range r.Elems {
		if r.Elems[i].IsError() {
			t.Errorf("%.40s in a transaction: %s", requests[i], r.Elems[i].Str)
		}
	}
	if got := fmt.Sprint(prepared); len(r.Elems) != len(requests) || got != all {
		t.Errorf("%d replies in a transaction, prepared: %v", len(r.Elems), got)
	}
	if got := c.Do("FCALL dumped 0"); got.Int != 4 {
		t.Errorf("the restored function replies %v", got)
	}
	prepared = nil
	if c.Do(`EVAL "return 1" 0`); fmt.Sprint(prepared) != "[false]" {
		t.Error("a small script is prepared")
	}
}
