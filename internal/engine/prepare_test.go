package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/internal/engine"
)

// note is what a request is prepared with in these tests: the words seen. One that begins with "large" counts as 40 MiB.
type note []string

func (n note) Join(other engine.Prepared) engine.Prepared { return append(n, other.(note)...) }

func (n note) Bytes() int {
	bytes := 0
	for _, word := range n {
		bytes += len(word)
		if strings.HasPrefix(word, "large") {
			bytes += 40 << 20
		}
	}
	return bytes
}

// prepareEcho makes ECHO prepare a note of its word, and returns what each ECHO found prepared.
func prepareEcho(e *engine.Engine, before func()) (found *[]note) {
	echo := e.Registry().Lookup([]byte("echo"))
	echo.Prepare = func(_ *engine.Engine, argv [][]byte) (engine.Prepared, func([][]byte) engine.Prepared) {
		switch string(argv[1]) {
		case "nothing":
			return nil, nil
		case "at once":
			return note{"at once"}, nil
		}
		return nil, func(argv [][]byte) engine.Prepared {
			before()
			return note{string(argv[1])}
		}
	}
	found = &[]note{}
	echo.Run = func(c *engine.Call) {
		n, _ := c.Prepared.(note)
		*found = append(*found, slices.Clone(n))
		c.OK()
	}
	return found
}

// visits runs requests as a connection does, and returns how often it had to come.
func (p *peer) visits(requests ...[]string) (visits int) {
	e := p.w.e
	var batch engine.Batch
	for len(requests) > 0 {
		batch.Reset()
		for _, request := range requests {
			for _, word := range request {
				batch.Words = append(batch.Words, []byte(word))
			}
			batch.Ends = append(batch.Ends, len(batch.Words))
		}
		e.LockFor(p.c, &batch)
		requests = requests[e.Run(p.c, &batch):]
		e.Unlock()
		visits++
	}
	return visits
}

// TestPrepareWithoutTheLock: while something is prepared others get the lock, and what came before has run.
func TestPrepareWithoutTheLock(t *testing.T) {
	e := realTime(t)
	preparing, goOn := make(chan bool), make(chan bool)
	found := prepareEcho(e, func() {
		preparing <- true
		<-goOn
	})
	client := (&world{e: e}).peer()
	visits := make(chan int)
	go func() {
		visits <- client.visits([]string{"ECHO", "nothing"}, []string{"ECHO", "at once"}, []string{"ECHO", "later"}, []string{"ECHO", "nothing"})
	}()
	<-preparing
	e.Lock() // this waits for ever when the lock is held meanwhile
	early := len(*found)
	e.Unlock()
	goOn <- true
	if n := <-visits; n != 2 {
		t.Errorf("the connection came %d times", n)
	}
	if early != 2 || !slices.EqualFunc(*found, []note{nil, {"at once"}, {"later"}, nil}, slices.Equal[note]) {
		t.Errorf("%d ran before, they found %q", early, *found)
	}
}

// TestPrepareForTransaction: what is queued finds at EXEC what was prepared when it came, and that is bounded and counted.
func TestPrepareForTransaction(t *testing.T) {
	e := realTime(t)
	prepares := 0
	found := prepareEcho(e, func() { prepares++ })
	client := (&world{e: e}).peer()
	client.visits([]string{"MULTI"}, []string{"ECHO", "one"}, []string{"ECHO", "at once"}, []string{"ECHO", "two"})
	if prepares != 2 || len(*found) > 0 || client.c.QueuedBytes() < len("one"+"at once"+"two") {
		t.Fatalf("%d prepared, %d ran, %d bytes queued", prepares, len(*found), client.c.QueuedBytes())
	}
	client.visits([]string{"EXEC"}, []string{"ECHO", "nothing"})
	all := note{"one", "at once", "two"}
	if !slices.EqualFunc(*found, []note{all, all, all, nil}, slices.Equal[note]) {
		t.Errorf("they found %q", *found)
	}
	if client.c.QueuedBytes() != 0 {
		t.Errorf("%d bytes are queued after EXEC", client.c.QueuedBytes())
	}
	client.visits([]string{"MULTI"}, []string{"ECHO", "large"}, []string{"ECHO", "larger"}, []string{"EXEC"})
	if got := string(client.c.Out.Buf); len(*found) != 4 || !strings.Contains(got, "-ERR Scripts of one transaction take more") ||
		!strings.Contains(got, "-EXECABORT") {
		t.Errorf("after too much: %d ran, replies end in %q", len(*found)-4, got[max(0, len(got)-200):])
	}
}

// TestPrepareElsewhere: without a connection that comes again, requests run as they are.
func TestPrepareElsewhere(t *testing.T) {
	e := realTime(t)
	found := prepareEcho(e, func() { t.Error("prepared") })
	batch := engine.Batch{Words: [][]byte{[]byte("ECHO"), []byte("x")}, Ends: []int{2}}
	e.Lock()
	defer e.Unlock()
	if n := e.Run(e.NewClient(nil), &batch); n != 1 || len(*found) != 1 || (*found)[0] != nil {
		t.Errorf("%d requests ran, they found %q", n, *found)
	}
}

// TestAside: work that a script cannot be interrupted in keeps the lock until the script's time limit, and not longer.
func TestAside(t *testing.T) {
	e := realTime(t)
	e.Settings.ScriptLimit = time.Millisecond
	working, goOn := make(chan bool), make(chan bool)
	e.Registry().Lookup([]byte("echo")).Run = func(c *engine.Call) {
		s := c.BeginScript(engine.ScriptOptions{})
		defer s.End()
		quick := false
		s.Aside(func() { quick = true })
		s.Aside(func() {
			working <- true
			<-goOn
		})
		if s.Tick() || !quick {
			t.Error("the script was killed, or its work not done")
		}
		c.OK()
	}
	client := (&world{e: e}).peer()
	done := make(chan int)
	go func() { done <- client.visits([]string{"ECHO", "x"}) }()
	<-working
	for busy := false; !busy; { // others are let in once the limit has passed
		e.Lock()
		busy = e.ScriptBusy()
		e.Unlock()
	}
	goOn <- true
	<-done
	e.Lock()
	defer e.Unlock()
	if e.ScriptBusy() {
		t.Error("the script is still running")
	}
}
