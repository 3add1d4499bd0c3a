package server

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/engine/slowlog"
)

// slowlogFlags: the slow log can be read in any state, also from a script.
const slowlogFlags = command.Admin | anytime

// SLOWLOG holds the commands about the log of slow commands.
var _ = Family.Add(&engine.Command{
	Spec: container("slowlog", "2.2.12", "Holds the commands about the log of slow commands."),
	Sub:  []*engine.Command{slowlogGet, slowlogLen, slowlogReset, helpSub("6.2.0")},
})

// SLOWLOG GET returns the newest entries, 10 without a count, all with -1.
var slowlogGet = sub("get", "2.2.12", "Returns the newest entries of the slow log.", -2, slowlogFlags,
	func(c *engine.Call) {
		count := int64(10)
		if c.NArg() > 3 {
			c.SubcommandSyntax()
			return
		}
		if c.NArg() == 3 {
			const msg = "ERR count should be greater than or equal to -1"
			v, ok := c.IntOr(2, msg)
			if !ok {
				return
			}
			if v < -1 {
				c.Err(msg)
				return
			}
			count = v
		}
		mark := c.Reply.DeferLen()
		n := 0
		c.Engine.SlowLog.Newest(int(min(count, math.MaxInt32)), func(e *slowlog.Entry) {
			writeSlow(c, e)
			n++
		})
		c.Reply.SetArrayLen(mark, n)
	},
	complexity("O(N) where N is the number of entries returned"),
	tips(tipAllNodes, tipVaries),
	args(command.Int("count").Opt()),
	changed("4.0.0", "Entries tell the client's address and name."))

func writeSlow(c *engine.Call, e *slowlog.Entry) {
	w := c.Reply
	w.Array(6)
	w.Int(e.ID)
	w.Int(e.Time)
	w.Int(e.Microseconds)
	w.Array(len(e.Args))
	for _, a := range e.Args {
		w.BulkString(a)
	}
	w.BulkString(e.Addr)
	w.BulkString(e.Client)
}

// SLOWLOG LEN counts the entries.
var slowlogLen = sub("len", "2.2.12", "Counts the entries of the slow log.", 2, slowlogFlags,
	func(c *engine.Call) { c.Reply.Int(int64(c.Engine.SlowLog.Len())) },
	tips(tipAllNodes, tipSum, tipVaries))

// SLOWLOG RESET empties the log.
var slowlogReset = sub("reset", "2.2.12", "Empties the slow log.", 2, slowlogFlags,
	func(c *engine.Call) {
		c.Engine.SlowLog.Reset()
		c.OK()
	},
	complexity("O(N) where N is the number of entries"),
	tips(tipAllNodes, tipAllSucceeded))
