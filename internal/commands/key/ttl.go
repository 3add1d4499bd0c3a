package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// TTL replies the remaining seconds, rounded; -1 without a deadline, -2 without the key. PTTL, EXPIRETIME and PEXPIRETIME
// reply the same in other units or as a Unix time.
var _ = Family.Add(&engine.Command{
	Spec: remainingSpec("ttl", "1.0.0", "Returns the time to live of a key in seconds."),
	Run:  func(c *engine.Call) { replyDeadline(c, 1000, c.NowMs()) },
})

func deadlineSpec(name, since, summary string) command.Spec {
	return onOneKey(spec(name, since, 2, command.ReadOnly|command.Fast, "O(1)", summary), command.KeyRO|command.KeyAccess)
}

func remainingSpec(name, since, summary string) command.Spec {
	s := deadlineSpec(name, since, summary)
	s.Tips = []string{"nondeterministic_output"}
	s.History = []command.Change{{Since: "2.8.0", What: "Replies -2 for a missing key."}}
	return s
}

// replyDeadline replies the deadline of the key in units of unitMs since baseMs, rounded to the nearest.
func replyDeadline(c *engine.Call, unitMs, baseMs int64) {
	ent, found := c.Peek(c.Arg(1))
	if !found {
		c.Reply.Int(-2)
		return
	}
	at, has := ent.ExpireAt()
	if !has {
		c.Reply.Int(-1)
		return
	}
	c.Reply.Int((max(at-baseMs, 0) + unitMs/2) / unitMs)
}
