package list_test

import (
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get: never a blocking command, and the number of elements that really went.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	effects := node.RecordEffects()
	for _, step := range []struct {
		request string
		want    []string
	}{
		{"RPUSH l 1 2 3 4 5 6 7 8 9", []string{"RPUSH l 1 2 3 4 5 6 7 8 9"}},
		{"LPUSHX none 1", nil},
		{"LPOP l", []string{"LPOP l"}},
		{"LPOP l 0", nil},
		{"LPOP none", nil},
		{"BLPOP none l 0", []string{"LPOP l"}},
		{"BRPOP l 0", []string{"RPOP l"}},
		{"BLPOP none 0.01", nil},
		{"LMPOP 2 none l LEFT COUNT 2", []string{"LPOP l 2"}},
		{"BLMPOP 0 1 l RIGHT", []string{"RPOP l 1"}},
		{"LMOVE l m LEFT RIGHT", []string{"LMOVE l m LEFT RIGHT"}},
		{"BLMOVE l m RIGHT LEFT 0", []string{"LMOVE l m RIGHT LEFT"}},
		{"BRPOPLPUSH m l 0", []string{"RPOPLPUSH m l"}},
		{"LMPOP 1 l LEFT COUNT 100", []string{"LPOP l 2"}},
		{"LTRIM m 0 -1", nil},
		{"LREM m 0 none", nil},
		{"LINSERT m BEFORE none x", nil},
		{"SET s x", []string{"SET s x"}},
		{"BLMOVE m s LEFT LEFT 0", nil},
		{"LTRIM m 1 0", []string{"LTRIM m 1 0"}},
	} {
		c.Do(step.request)
		effects.Expect(t, step.request, step.want...)
	}

	waiting := node.Client(t)
	waiting.Send("BLMOVE q r LEFT RIGHT 0")
	node.AwaitBlocked(t, 1)
	c.Do("RPUSH q 1 2")
	waiting.Read()
	effects.Expect(t, "a push that serves a waiting client", "RPUSH q 1 2", "LMOVE q r LEFT RIGHT")
}
