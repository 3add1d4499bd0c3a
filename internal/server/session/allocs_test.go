package session_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"redoubt/internal/engine"
	"redoubt/internal/resp"
	"redoubt/internal/server/session"
)

// TestHotCommandsAllocateNothing: from the received bytes to the reply, alone and pipelined, as an event loop serves them.
func TestHotCommandsAllocateNothing(t *testing.T) {
	for _, c := range []struct{ fill, hot []string }{
		{[]string{"SET", "string", "value"}, []string{"GET", "string"}},
		{nil, []string{"SET", "string", "another value"}},
		{nil, []string{"INCR", "counter"}},
		{nil, []string{"LPUSH", "list", "value"}},
		{[]string{"LPUSH", "long"}, []string{"RPOP", "long"}},
		{nil, []string{"SADD", "set", "member"}},
		{nil, []string{"HSET", "hash", "field", "value"}},
		{nil, []string{"ZADD", "zset", "1.5", "member"}},
		{[]string{"ZADD", "many"}, []string{"ZPOPMIN", "many"}},
		{nil, strings.Fields("ZADD several" + strings.Repeat(" 1.5 member", 100))},
		{nil, []string{"PFADD", "hll", "a", "b", "c"}},
		{nil, []string{"MGET", "string", "counter", "missing"}},
	} {
		t.Run(c.hot[0], func(t *testing.T) {
			e := newEngine(t)
			e.Settings.SlowlogSlowerThanUs = -1 // on a busy machine any command may be slow, and what is remembered of it is allocated
			s := session.New(e)
			s.Open(conn{s}, func(*engine.Client) {})
			scratch, out := make([]byte, 64<<10), make([]byte, 0, 64<<10)
			serve := func(request []byte) {
				s.Received(copy(s.Borrow(scratch), request))
				for {
					reply, next := s.Step(out[:0])
					if len(reply) == 0 || bytes.Contains(reply, []byte("-ERR")) {
						t.Fatalf("%q", reply)
					}
					s.Sent()
					if next != session.Again {
						break
					}
				}
				s.Return()
			}
			fill := c.fill
			const elements = 4000
			for i := 0; len(c.fill) == 2 && i < elements; i++ {
				if fill[0] == "ZADD" {
					fill = append(fill, fmt.Sprint(i))
				}
				fill = append(fill, fmt.Sprintf("element %d", i))
			}
			for len(fill) > 2 { // in portions that fit the buffer
				n := min(len(fill)-2, 200)
				serve(resp.AppendCommandStrings(nil, append(fill[:2:2], fill[2:2+n]...)...))
				fill = append(fill[:2:2], fill[2+n:]...)
			}
			for _, pipeline := range []int{1, 16} {
				request := bytes.Repeat(resp.AppendCommandStrings(nil, c.hot...), pipeline)
				if n := testing.AllocsPerRun(100, func() { serve(request) }); n != 0 {
					t.Errorf("%v allocations for %d requests", n, pipeline)
				}
			}
		})
	}
}
