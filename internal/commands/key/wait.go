package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/resp"
)

// WAIT waits until replicas have confirmed the connection's writes. Without replicas none ever does, so it replies 0,
// after the time limit when any were asked for.
var _ = Family.Add(&engine.Command{
	Spec: waitSpec("wait", "3.0.0", 3, "Waits until replicas have confirmed the writes of the connection.",
		command.Int("numreplicas"), command.Int("timeout")),
	Run: func(c *engine.Call) {
		replicas, ok := c.Int(1)
		if !ok {
			return
		}
		waitFor(c, 2, replicas > 0, func(w *resp.Writer) { w.Int(0) })
	},
})

func waitSpec(name, since string, arity int, summary string, args ...command.Arg) command.Spec {
	s := spec(name, since, arity, command.Blocking, "O(1)", summary)
	s.ACL = command.CatConnection
	s.Args = args
	s.Tips = []string{"request_policy:all_shards", "response_policy:agg_min"}
	return s
}

// waitFor replies at once, or after the milliseconds in word timeoutAt when there is something to wait for.
func waitFor(c *engine.Call, timeoutAt int, wait bool, reply func(*resp.Writer)) {
	timeout, ok := c.TimeoutMs(timeoutAt)
	if !ok {
		return
	}
	if !wait {
		reply(c.Reply)
		return
	}
	c.Block(nil, keyspace.Kind(0), timeout, reply)
}
