package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPurge: memory of removed keys stays resident for a while, and MEMORY PURGE has it given back in the background, all of it.
func TestPurge(t *testing.T) {
	e := realTime(t)
	w := &world{t: t, e: e}
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() { defer close(ended); e.Background(stop) }()
	defer func() { close(stop); <-ended }()
	p := w.peer()
	for i := range 40 {
		p.do(fmt.Sprintf("SET key:%d %s", i, strings.Repeat("v", 1<<20)))
	}
	resident := func() (bytes int64) {
		w.locked(func() { bytes = e.Store().Arena().Stats().Resident })
		return bytes
	}
	p.do("FLUSHALL")
	if kept := resident(); kept < 40<<20 {
		t.Errorf("%d bytes are resident a moment after 40 MB were removed", kept)
	}
	p.do("MEMORY PURGE")
	for until := time.Now().Add(10 * time.Second); resident() > 1<<20; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d bytes stay resident", resident())
		}
	}
}
