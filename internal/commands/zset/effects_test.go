package zset_test

import (
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get: never a blocking command, the set and the number that were really
// popped, and nothing for what changed nothing.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	node.ExpectEffects(t, [][]string{
		{"ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h", "ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h"},
		{"ZADD z 1 a"},
		{"ZADD z XX 1 none"},
		{"ZADD z XX INCR 0.5 a", "ZADD z XX INCR 0.5 a"},
		{"ZINCRBY z 0 a"},
		{"zincrby z 1 a", "ZINCRBY z 1 a"},
		{"ZREM z none"},
		{"ZPOPMIN z", "ZPOPMIN z"},
		{"ZPOPMIN z 0"},
		{"ZPOPMAX none"},
		{"BZPOPMIN none z 0", "ZPOPMIN z"},
		{"BZPOPMAX z 0", "ZPOPMAX z"},
		{"BZPOPMAX none 0.01"},
		{"ZMPOP 2 none z MIN COUNT 2", "ZPOPMIN z 2"},
		{"BZMPOP 0 1 z MAX", "ZPOPMAX z 1"},
		{"ZMPOP 1 z MIN COUNT 100", "ZPOPMIN z 2"},
		{"ZREMRANGEBYRANK z 0 -1"},
		{"ZADD z 1 a 2 b", "ZADD z 1 a 2 b"},
		{"ZREMRANGEBYSCORE z 5 6"},
		{"ZREMRANGEBYSCORE z 2 2", "ZREMRANGEBYSCORE z 2 2"},
		{"ZUNIONSTORE d 1 none"},
		{"ZUNIONSTORE d 1 z", "ZUNIONSTORE d 1 z"},
		{"ZRANGESTORE d z 0 -1", "ZRANGESTORE d z 0 -1"},
		{"ZDIFFSTORE d 2 z z", "ZDIFFSTORE d 2 z z"},
	})

	c, effects := node.Client(t), node.RecordEffects()
	waiting := node.Client(t)
	waiting.Send("BZMPOP 0 1 q MAX COUNT 5")
	node.AwaitBlocked(t, 1)
	c.Do("ZADD q 1 a 2 b")
	waiting.Read()
	effects.Expect(t, "an addition that serves a waiting client", "ZADD q 1 a 2 b", "ZPOPMAX q 2")
}
