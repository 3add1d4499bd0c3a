package zset_test

import (
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get: never a blocking command, the set and the number that were really
// popped, and nothing for what changed nothing.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	effects := node.RecordEffects()
	for _, step := range []struct {
		request string
		want    []string
	}{
		{"ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h", []string{"ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h"}},
		{"ZADD z 1 a", nil},
		{"ZADD z XX 1 none", nil},
		{"ZADD z XX INCR 0.5 a", []string{"ZADD z XX INCR 0.5 a"}},
		{"ZINCRBY z 0 a", nil},
		{"zincrby z 1 a", []string{"ZINCRBY z 1 a"}},
		{"ZREM z none", nil},
		{"ZPOPMIN z", []string{"ZPOPMIN z"}},
		{"ZPOPMIN z 0", nil},
		{"ZPOPMAX none", nil},
		{"BZPOPMIN none z 0", []string{"ZPOPMIN z"}},
		{"BZPOPMAX z 0", []string{"ZPOPMAX z"}},
		{"BZPOPMAX none 0.01", nil},
		{"ZMPOP 2 none z MIN COUNT 2", []string{"ZPOPMIN z 2"}},
		{"BZMPOP 0 1 z MAX", []string{"ZPOPMAX z 1"}},
		{"ZMPOP 1 z MIN COUNT 100", []string{"ZPOPMIN z 2"}},
		{"ZREMRANGEBYRANK z 0 -1", nil},
		{"ZADD z 1 a 2 b", []string{"ZADD z 1 a 2 b"}},
		{"ZREMRANGEBYSCORE z 5 6", nil},
		{"ZREMRANGEBYSCORE z 2 2", []string{"ZREMRANGEBYSCORE z 2 2"}},
		{"ZUNIONSTORE d 1 none", nil},
		{"ZUNIONSTORE d 1 z", []string{"ZUNIONSTORE d 1 z"}},
		{"ZRANGESTORE d z 0 -1", []string{"ZRANGESTORE d z 0 -1"}},
		{"ZDIFFSTORE d 2 z z", []string{"ZDIFFSTORE d 2 z z"}},
	} {
		c.Do(step.request)
		effects.Expect(t, step.request, step.want...)
	}

	waiting := node.Client(t)
	waiting.Send("BZMPOP 0 1 q MAX COUNT 5")
	node.AwaitBlocked(t, 1)
	c.Do("ZADD q 1 a 2 b")
	waiting.Read()
	effects.Expect(t, "an addition that serves a waiting client", "ZADD q 1 a 2 b", "ZPOPMAX q 2")
}
