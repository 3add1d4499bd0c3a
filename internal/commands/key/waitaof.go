package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/resp"
)

// WAITAOF waits until the connection's writes are on disk in the append-only file of this server, and of replicas. There are no
// replicas, so none ever confirms.
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
	const off = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."
	if local > 0 && !c.Engine.Host().AppendOnly() {
		if _, ok := c.TimeoutMs(3); ok {
			c.Err(off)
		}
		return
	}
	client := c.Client
	reply := func(w *resp.Writer) {
		w.Array(2)
		if client.OnDisk() {
			w.Int(1)
		} else {
			w.Int(0)
		}
		w.Int(0)
	}
	if local == 0 || replicas > 0 || client.OnDisk() {
		waitFor(c, 3, replicas > 0, reply)
		return
	}
	if timeout, ok := c.TimeoutMs(3); ok {
		c.BlockUntilSynced(timeout, reply, func(w *resp.Writer) { w.Error(off) })
	}
}
