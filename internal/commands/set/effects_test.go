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
	c := node.Client(t)
	effects := node.RecordEffects()
	for _, step := range []struct {
		request string
		want    []string
	}{
		{"SADD s a", []string{"SADD s a"}},
		{"SADD s a", nil},
		{"SREM s none", nil},
		{"SPOP s 0", nil},
		{"SPOP none", nil},
		{"SPOP s", []string{"SREM s a"}},
		{"SADD s a b c", []string{"SADD s a b c"}},
		{"SPOP s 3", []string{"DEL s"}},
		{"SADD s a b c", []string{"SADD s a b c"}},
		{"CONFIG SET lazyfree-lazy-server-del yes", nil},
		{"SPOP s 100", []string{"UNLINK s"}},
		{"SADD s a b", []string{"SADD s a b"}},
		{"SMOVE s t none", nil},
		{"SMOVE s s a", nil},
		{"SMOVE s t a", []string{"SMOVE s t a"}},
		{"SINTERSTORE d none", nil},
		{"SUNIONSTORE d s t", []string{"SUNIONSTORE d s t"}},
		{"SINTERSTORE d s t", []string{"SINTERSTORE d s t"}},
	} {
		c.Do(step.request)
		effects.Expect(t, step.request, step.want...)
	}
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
