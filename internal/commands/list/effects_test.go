package list_test

import (
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get: never a blocking command, and the number of elements that really went.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	node.ExpectEffects(t, [][]string{
		{"RPUSH l 1 2 3 4 5 6 7 8 9", "RPUSH l 1 2 3 4 5 6 7 8 9"},
		{"LPUSHX none 1"},
		{"LPOP l", "LPOP l"},
		{"LPOP l 0"},
		{"LPOP none"},
		{"BLPOP none l 0", "LPOP l"},
		{"BRPOP l 0", "RPOP l"},
		{"BLPOP none 0.01"},
		{"LMPOP 2 none l LEFT COUNT 2", "LPOP l 2"},
		{"BLMPOP 0 1 l RIGHT", "RPOP l 1"},
		{"LMOVE l m LEFT RIGHT", "LMOVE l m LEFT RIGHT"},
		{"BLMOVE l m RIGHT LEFT 0", "LMOVE l m RIGHT LEFT"},
		{"BRPOPLPUSH m l 0", "RPOPLPUSH m l"},
		{"LMPOP 1 l LEFT COUNT 100", "LPOP l 2"},
		{"LTRIM m 0 -1"},
		{"LREM m 0 none"},
		{"LINSERT m BEFORE none x"},
		{"SET s x", "SET s x"},
		{"BLMOVE m s LEFT LEFT 0"},
		{"LTRIM m 1 0", "LTRIM m 1 0"},
	})

	c, effects := node.Client(t), node.RecordEffects()
	waiting := node.Client(t)
	waiting.Send("BLMOVE q r LEFT RIGHT 0")
	node.AwaitBlocked(t, 1)
	c.Do("RPUSH q 1 2")
	waiting.Read()
	effects.Expect(t, "a push that serves a waiting client", "RPUSH q 1 2", "LMOVE q r LEFT RIGHT")
}
