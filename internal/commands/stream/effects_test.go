package stream_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get: ids that are known, trims that are exact, and what reading did to a group.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	node.ExpectEffects(t, [][]string{
		{"CONFIG SET stream-node-max-entries 2"},
		{"XADD s 1-1 f v", "XADD s 1-1 f v"},
		{"XADD s 1-* f v", "XADD s 1-2 f v"},
		{"xadd s maxlen 2 1-* f v", "XADD s MAXLEN = 2 1-3 f v"},
		{"XADD s NOMKSTREAM MAXLEN ~ 2 LIMIT 10 1-4 f v", "XADD s NOMKSTREAM MAXLEN = 2 1-4 f v"},
		{"XADD none NOMKSTREAM 1-4 f v"},
		{"XADD s MINID ~ 1-4 1-5 f v", "XADD s MINID = 1-3 1-5 f v"},
		{"XADD s MAXLEN 3 1-6 f v", "XADD s MAXLEN 3 1-6 f v"},
		{"XTRIM s MAXLEN ~ 2", "XTRIM s MAXLEN = 2"},
		{"XTRIM s MAXLEN ~ 1"},
		{"XTRIM s MINID ~ 9", "XTRIM s MINID = 18446744073709551615-18446744073709551615"},
		{"XADD s 2-1 f v", "XADD s 2-1 f v"},
		{"XDEL s 9-9"},
		{"XGROUP CREATE s g 0", "XGROUP CREATE s g 0"},
		{"XGROUP CREATE s g 0"},
		{"XREADGROUP GROUP g alice STREAMS s 0", "XGROUP CREATECONSUMER s g alice"},
		{"XREADGROUP GROUP g alice STREAMS s >", "MULTI",
			"XCLAIM s g alice 0 2-1 TIME NOW+0 RETRYCOUNT 1 FORCE JUSTID LASTID 2-1", "XGROUP SETID s g 2-1 ENTRIESREAD 7", "EXEC"},
		{"XREADGROUP GROUP g alice STREAMS s 0"},
		{"XREADGROUP GROUP g alice BLOCK 1 STREAMS s >"},
		{"XCLAIM s g bob 0 2-1 TIME 1000 RETRYCOUNT 5", "MULTI",
			"XGROUP CREATECONSUMER s g bob", "XCLAIM s g bob 0 2-1 TIME 1000 RETRYCOUNT 5 FORCE JUSTID LASTID 2-1", "EXEC"},
		{"XCLAIM s g bob 0 9-9 LASTID 3-3", "XGROUP SETID s g 3-3 ENTRIESREAD 7"},
		{"XCLAIM s g bob 100000000 9-9"},
		{"XAUTOCLAIM s g carol 0 0 JUSTID", "MULTI",
			"XGROUP CREATECONSUMER s g carol", "XCLAIM s g carol 0 2-1 TIME NOW+0 RETRYCOUNT 5 FORCE JUSTID LASTID 3-3", "EXEC"},
		{"XDEL s 2-1", "XDEL s 2-1"},
		{"XAUTOCLAIM s g carol 0 0", "XCLAIM s g carol 0 2-1 TIME NOW+0 RETRYCOUNT 5 FORCE JUSTID LASTID 3-3"},
		{"XADD s 4-1 f v", "XADD s 4-1 f v"},
		{"XREADGROUP GROUP g dave NOACK STREAMS s >", "MULTI", "XGROUP CREATECONSUMER s g dave", "XGROUP SETID s g 4-1 ENTRIESREAD 8", "EXEC"},
		{"XACK s g 4-1"},
		{"XGROUP DELCONSUMER s g dave", "XGROUP DELCONSUMER s g dave"},
		{"XGROUP DELCONSUMER s g dave"},
		{"XGROUP DESTROY s g", "XGROUP DESTROY s g"},
		{"XSETID s 9-9", "XSETID s 9-9"},
	})
}

// describe is everything that must be equal on both sides; idle times may differ.
func describe(c *inprocess.Client, key string) string {
	var b strings.Builder
	for _, request := range []string{"XRANGE %s - +", "XINFO GROUPS %s", "XPENDING %s g", "XPENDING %s h", "DEBUG DIGEST-VALUE %s"} {
		b.WriteString(flat(c.Do(fmt.Sprintf(request, key))))
		b.WriteByte('\n')
	}
	for _, group := range []string{"g", "h"} {
		for _, n := range c.Do("XPENDING " + key + " " + group + " - + 1000").Elems {
			fmt.Fprintf(&b, "%s %s %d\n", n.Elems[0].Str, n.Elems[1].Str, n.Elems[3].Int)
		}
	}
	return b.String()
}

func flat(r resp.Reply) string {
	if len(r.Elems) == 0 {
		return fmt.Sprintf("%q %d", r.Str, r.Int)
	}
	var out []string
	for _, e := range r.Elems {
		out = append(out, flat(e))
	}
	return "[" + strings.Join(out, " ") + "]"
}

// TestEffectsReproduce: a second server that executes nothing but the effects has the same streams, groups and pending
// entries, whatever a client did. (Reading once more what is pending is left out: its count of deliveries stays with the
// server, as in Redis.)
func TestEffectsReproduce(t *testing.T) {
	first, second := inprocess.Start(t), inprocess.Start(t)
	c, d := first.Client(t), second.Client(t)
	effects := first.RecordEffects()
	rng := rand.New(rand.NewPCG(11, 12))
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	for _, request := range []string{"CONFIG SET stream-node-max-entries 3", "DEL s"} {
		c.Do(request)
		d.Do(request)
	}
	for i := range 3000 {
		id := fmt.Sprintf("%d-%d", rng.IntN(300), rng.IntN(2))
		group, consumer := pick("g", "h"), pick("alice", "bob", "carol")
		request := ""
		switch rng.IntN(13) {
		case 0, 1, 2, 3:
			request = fmt.Sprintf("XADD s %s %d-* f %d", pick("", "", "MAXLEN ~ 20", "MAXLEN 30", "MINID ~ "+id), i/10, i)
		case 4:
			request = "XDEL s " + id
		case 5:
			request = "XTRIM s " + pick("MAXLEN ~ 10", "MAXLEN 15", "MINID ~ "+id, "MAXLEN ~ 5 LIMIT 3")
		case 6, 7, 8:
			request = fmt.Sprintf("XREADGROUP GROUP %s %s COUNT %d %s STREAMS s >", group, consumer, 1+rng.IntN(5), pick("", "", "NOACK"))
		case 9:
			request = "XACK s " + group + " " + id
		case 10:
			request = fmt.Sprintf("XCLAIM s %s %s 0 %s %s %s", group, consumer, id, pick("", "FORCE"), pick("", "JUSTID", "RETRYCOUNT 3"))
		case 11:
			request = fmt.Sprintf("XAUTOCLAIM s %s %s 0 %s COUNT 3", group, consumer, id)
		case 12:
			request = "XGROUP " + pick("CREATE s "+group+" 0 MKSTREAM", "SETID s "+group+" "+id, "DELCONSUMER s "+group+" "+consumer)
		}
		c.Do(strings.Join(strings.Fields(request), " "))
	}
	for _, words := range effects.Take() {
		d.Do(strings.Join(words, " "))
	}
	if ours, theirs := describe(c, "s"), describe(d, "s"); ours != theirs {
		t.Errorf("the first server has\n%s\nthe second\n%s", ours, theirs)
	}
}
