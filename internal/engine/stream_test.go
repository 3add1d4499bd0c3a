package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEffects says what replicas and logs are given for what clients do, one string per piece.
func TestEffects(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  []string
	}{
		{"verbatim", []string{"set k v", "GET k"}, []string{"SELECT 0; SET k v"}},
		{"nothing changed, nothing said", []string{"DEL nothing", "GET nothing", "LPUSHX nothing x"}, nil},
		{"several databases", []string{"SET a 1", "SELECT 2", "SET b 2", "SET c 3", "SELECT 0", "SET d 4"},
			[]string{"SELECT 0; SET a 1", "SELECT 2; SET b 2", "SET c 3", "SELECT 0; SET d 4"}},
		{"deadlines are absolute", []string{"SET k v EX 10", "EXPIRE k 20", "SETEX l 5 v"},
			[]string{"SELECT 0; SET k v PXAT 1700000010000", "PEXPIREAT k 1700000020000", "SET l v PXAT 1700000005000"}},
		{"transaction", []string{"MULTI", "SET a 1", "GET a", "INCR a", "EXEC"},
			[]string{"MULTI; SELECT 0; SET a 1; INCR a; EXEC"}},
		{"transaction of one write", []string{"MULTI", "SET a 1", "GET a", "EXEC"}, []string{"SELECT 0; SET a 1"}},
		{"transaction without a write", []string{"MULTI", "GET a", "EXEC"}, nil},
		{"transaction over databases", []string{"MULTI", "SET a 1", "SELECT 1", "SET b 2", "EXEC", "SET c 3"},
			[]string{"MULTI; SELECT 0; SET a 1; SELECT 1; SET b 2; EXEC", "SET c 3"}},
		{"failed command", []string{"SET s v", "LPUSH s x", "INCR s"}, []string{"SELECT 0; SET s v"}},
		{"renamed by case only", []string{"rPush k a"}, []string{"SELECT 0; RPUSH k a"}},
		{"publish", []string{"PUBLISH ch hello"}, []string{"SELECT 0; PUBLISH ch hello"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			s := w.sink()
			w.peer().do(test.lines...)
			if diff := cmp.Diff(test.want, s.take()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEffectOfExpiry: the deletion of an expired key comes before the command that saw it, in one piece with it.
func TestEffectOfExpiry(t *testing.T) {
	w := newWorld(t)
	c := w.peer()
	c.do("SET k v PX 100", "SET l v PX 100")
	s := w.sink()
	w.advance(time.Second)
	c.do("APPEND k x", "GET l")
	want := []string{"MULTI; SELECT 0; DEL k; APPEND k x; EXEC", "DEL l"}
	if diff := cmp.Diff(want, s.take()); diff != "" {
		t.Error(diff)
	}
}

// TestEffectsOfServedClients follow the command that served them, each as a piece of its own.
func TestEffectsOfServedClients(t *testing.T) {
	w := newWorld(t)
	pop, move, push := w.peer(), w.peer(), w.peer()
	pop.do("BRPOP k 0")
	move.do("BLMOVE k other LEFT RIGHT 0")
	s := w.sink()
	push.do("RPUSH k a b")
	want := []string{"SELECT 0; RPUSH k a b", "RPOP k", "LMOVE k other LEFT RIGHT"}
	if diff := cmp.Diff(want, s.take()); diff != "" {
		t.Error(diff)
	}
}

// TestSinks: a reader that comes later learns the database first, one that is gone gets nothing, and the position counts
// bytes while somebody reads.
func TestSinks(t *testing.T) {
	w := newWorld(t)
	c := w.peer()
	c.do("SELECT 5", "SET before 1")
	if w.e.Stream.Position() != 0 {
		t.Errorf("the position is %d although nobody reads", w.e.Stream.Position())
	}
	first := w.sink()
	c.do("SET a 1")
	second := w.sink()
	c.do("SET b 2")
	w.locked(func() { w.e.Stream.Detach(first) })
	c.do("SET c 3")
	if diff := cmp.Diff([]string{"SELECT 5; SET a 1", "SELECT 5; SET b 2"}, first.take()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"SELECT 5; SET b 2", "SET c 3"}, second.take()); diff != "" {
		t.Error(diff)
	}
	const set, sel = 27, 23
	if got := w.e.Stream.Position(); got != 3*set+2*sel {
		t.Errorf("position %d, want %d", got, 3*set+2*sel)
	}
}
