package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/resp"
)

// WAITAOF waits until the connection's writes are in the append-only file of this server and of replicas. There is no
// append-only file and no replica, so nothing is ever confirmed.
var _ = Family.Add(&engine.Command{
	Spec: waitSpec("waitaof", "7.2.0", 4,
		"Waits until the writes of the connection are in the append-only file here and of replicas.",
		command.Int("numlocal"), command.Int("numreplicas"), command.Int("timeout")),
	Run: waitaof,
})

func waitaof(c *engine.Call) {
	local, ok := c.IntIn(1, 0, 1, "ERR value is out of range, must be between 0 and 1")
	if !ok {
		return
	}
	const notPositive = "ERR value is out of range, must be positive"
	replicas, ok := c.IntOr(2, notPositive)
	if !ok {
		return
	}
	if replicas < 0 {
		c.Err(notPositive)
		return
	}
	if local > 0 {
		if _, ok := c.TimeoutMs(3); ok {
			c.Err("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
		}
		return
	}
	waitFor(c, 3, replicas > 0, func(w *resp.Writer) {
		w.Array(2)
		w.Int(0)
		w.Int(0)
	})
}
