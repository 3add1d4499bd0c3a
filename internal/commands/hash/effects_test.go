package hash_test

import (
	"fmt"
	"strconv"
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	node.ExpectEffects(t, [][]string{
		{"HSET h a 1 b 2", "HSET h a 1 b 2"},
		{"HMSET h a 1", "HMSET h a 1"},
		{"HSETNX h a 2"},
		{"HINCRBY h a 5", "HINCRBY h a 5"},
		{"HINCRBYFLOAT h a 0.5", "HSET h a 6.5"},
		{"HINCRBYFLOAT h a x"},
		{"HDEL h none"},
		{"HDEL h a b none", "HDEL h a b none"},
	})
}

// TestScanMeetsAllFields walks a large hash while it grows and shrinks: what is there all the time is met.
func TestScanMeetsAllFields(t *testing.T) {
	const stable, batch = 2000, 50
	node := inprocess.Start(t)
	c := node.Client(t)
	for i := range stable {
		c.Do(fmt.Sprintf("HSET h stable:%d %d", i, i))
	}
	met := map[string]string{}
	cursor, calls := "0", 0
	for cursor != "0" || calls == 0 {
		reply := c.Do("HSCAN h " + cursor + " COUNT 20 MATCH stable:*")
		cursor = reply.Elems[0].String()
		pairs := reply.Elems[1].Elems
		for i := 0; i < len(pairs); i += 2 {
			met[pairs[i].String()] = pairs[i+1].String()
		}
		for i := range batch {
			if calls < 20 {
				c.Do(fmt.Sprintf("HSET h new:%d:%d x", calls, i))
			} else {
				c.Do(fmt.Sprintf("HDEL h new:%d:%d", calls-20, i))
			}
		}
		if calls++; calls > 10*stable {
			t.Fatal("the scan does not end")
		}
	}
	for i := range stable {
		if v := met["stable:"+strconv.Itoa(i)]; v != strconv.Itoa(i) {
			t.Fatalf("field stable:%d: met with value %q", i, v)
		}
	}
	if calls < 5 {
		t.Errorf("the whole hash came in %d calls, COUNT asks for more", calls)
	}
}

// TestRandomFieldsAreBounded: a reply that only the client's number makes large is refused, without being built up.
func TestRandomFieldsAreBounded(t *testing.T) {
	node := inprocess.Start(t, "--proto-max-bulk-len", "1mb")
	c := node.Client(t)
	c.Do("HSET h f 0123456789")
	if r := c.Do("HRANDFIELD h -1000"); len(r.Elems) != 1000 {
		t.Errorf("HRANDFIELD h -1000: got %d fields", len(r.Elems))
	}
	for _, count := range []string{"-9223372036854775807", "-150000"} {
		if r := c.Do("HRANDFIELD h " + count); !r.IsError() {
			t.Errorf("HRANDFIELD h %s: got %d fields, want an error", count, len(r.Elems))
		}
	}
	if r := c.Do("HLEN h"); r.Int != 1 {
		t.Errorf("the connection is out of step: %v", r)
	}
}
