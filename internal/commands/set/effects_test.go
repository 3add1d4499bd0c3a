package set_test

import (
	"fmt"
	"strings"
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get: random removals by name, and nothing for what changed nothing.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	node.ExpectEffects(t, [][]string{
		{"SADD s a", "SADD s a"},
		{"SADD s a"},
		{"SREM s none"},
		{"SPOP s 0"},
		{"SPOP none"},
		{"SPOP s", "SREM s a"},
		{"SADD s a b c", "SADD s a b c"},
		{"SPOP s 3", "DEL s"},
		{"SADD s a b c", "SADD s a b c"},
		{"CONFIG SET lazyfree-lazy-server-del yes"},
		{"SPOP s 100", "UNLINK s"},
		{"SADD s a b", "SADD s a b"},
		{"SMOVE s t none"},
		{"SMOVE s s a"},
		{"SMOVE s t a", "SMOVE s t a"},
		{"SINTERSTORE d none"},
		{"SUNIONSTORE d s t", "SUNIONSTORE d s t"},
		{"SINTERSTORE d s t", "SINTERSTORE d s t"},
	})
}

// TestPopManyEffects says that many removals come as several commands of bounded size, in one transaction.
func TestPopManyEffects(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	var add strings.Builder
	add.WriteString("SADD s")
	for i := range 3000 {
		fmt.Fprintf(&add, " m%d", i)
	}
	c.Do(add.String())
	effects := node.RecordEffects()
	reply := c.Do("SPOP s 2500")
	want := []string{"MULTI"}
	for rest := reply.Elems; len(rest) > 0; {
		n := min(len(rest), 1024)
		words := []string{"SREM s"}
		for i := range rest[:n] {
			words = append(words, rest[i].String())
		}
		want = append(want, strings.Join(words, " "))
		rest = rest[n:]
	}
	effects.Expect(t, "SPOP s 2500", append(want, "EXEC")...)
	if left := c.Do("SCARD s"); left.Int != 500 {
		t.Errorf("%d members are left, want 500", left.Int)
	}
}
