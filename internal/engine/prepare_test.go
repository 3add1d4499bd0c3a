package engine_test

import (
	"strings"
	"testing"

	"redoubt/internal/engine"
)

// TestPrepareWithoutTheLock: while a large request is prepared others get the lock, and the result reaches the call, if it is
// that of the last request.
func TestPrepareWithoutTheLock(t *testing.T) {
	e := realTime(t)
	command := e.Registry().Lookup([]byte("echo"))
	preparing, goOn := make(chan bool), make(chan bool)
	command.Prepare = func(_ *engine.Engine, argv [][]byte) any {
		preparing <- true
		<-goOn
		return len(argv[1])
	}
	var got []any
	command.Run = func(c *engine.Call) {
		got = append(got, c.Prepared)
		c.OK()
	}
	large := []byte(strings.Repeat("x", engine.LargeRequest))
	batch := &engine.Batch{}
	for range 2 {
		batch.Words = append(batch.Words, []byte("ECHO"), large)
		batch.Ends = append(batch.Ends, len(batch.Words))
	}
	client := e.NewClient(nil)
	done := make(chan int)
	go func() {
		e.LockFor(batch)
		defer e.Unlock()
		done <- e.Run(client, batch)
	}()
	<-preparing
	e.Lock() // this waits for ever when the lock is held meanwhile
	early := len(got)
	e.Unlock()
	goOn <- true
	if early > 0 {
		t.Error("a request ran before it was prepared")
	}
	if n := <-done; n != 2 {
		t.Fatalf("%d requests ran", n)
	}
	if len(got) != 2 || got[0] != nil || got[1] != len(large) {
		t.Errorf("the calls found %v prepared", got)
	}
}
