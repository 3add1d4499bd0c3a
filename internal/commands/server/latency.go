package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LATENCY holds the commands about the latency monitor and about the latencies of commands.
var _ = Family.Add(&engine.Command{
	Spec: container("latency", "2.8.13", "Holds the commands about latency."),
	Sub: []*engine.Command{
		latencyDoctor, latencyGraph, latencyHistogram, latencyHistory, latencyLatest, latencyReset, helpSub("2.8.13"),
	},
})

var latencyTips = tips(tipVaries, tipAllNodes, tipSpecial)

// LATENCY LATEST tells of every event its newest sample and its worst one.
var latencyLatest = sub("latest", "2.8.13", "Returns the newest sample of every event.", 2, adminAnytime,
	func(c *engine.Call) {
		m := &c.Engine.Latency
		events := m.Events()
		c.Reply.Array(len(events))
		for _, e := range events {
			history := m.History(e)
			last := history[len(history)-1]
			c.Reply.Array(4)
			c.Reply.BulkString(e)
			c.Reply.Int(last.Time)
			c.Reply.Int(last.Milliseconds)
			c.Reply.Int(m.Max(e))
		}
	}, latencyTips)

// LATENCY HISTORY returns the samples of one event, oldest first.
var latencyHistory = sub("history", "2.8.13", "Returns the samples of an event.", 3, adminAnytime,
	func(c *engine.Call) {
		history := c.Engine.Latency.History(string(c.Arg(2)))
		c.Reply.Array(len(history))
		for _, s := range history {
			c.Reply.Array(2)
			c.Reply.Int(s.Time)
			c.Reply.Int(s.Milliseconds)
		}
	}, latencyTips, args(command.Str("event")))

// LATENCY RESET forgets the samples of events, of all without names.
var latencyReset = sub("reset", "2.8.13", "Forgets the samples of events.", -2, adminAnytime,
	func(c *engine.Call) {
		var events []string
		for _, e := range c.Argv[2:] {
			events = append(events, string(e))
		}
		c.Reply.Int(int64(c.Engine.Latency.Reset(events...)))
	}, tips(tipAllNodes, tipAllSucceeded), args(command.Str("event").Opt().Many()))

// LATENCY GRAPH draws the samples of an event.
var latencyGraph = sub("graph", "2.8.13", "Draws the samples of an event.", 3, adminAnytime,
	func(c *engine.Call) {
		event := string(c.Arg(2))
		history := c.Engine.Latency.History(event)
		if len(history) == 0 {
			c.Errf("ERR No samples available for event '%s'", event)
			return
		}
		c.Reply.Verbatim("txt", drawLatency(event, history, c.Engine.Latency.Max(event), c.NowMs()/1000))
	}, latencyTips, args(command.Str("event")))

// LATENCY DOCTOR explains the samples.
var latencyDoctor = sub("doctor", "2.8.13", "Explains the samples of the latency monitor.", 2, adminAnytime,
	func(c *engine.Call) { c.Reply.Verbatim("txt", []byte(latencyReport(c))) }, latencyTips)

// LATENCY HISTOGRAM returns the distribution of the latencies of commands; of a container those of its sub-commands.
var latencyHistogram = sub("histogram", "7.0.0", "Returns the distribution of the latencies of commands.", -2, adminAnytime,
	func(c *engine.Call) {
		registry := c.Engine.Registry()
		wanted := registry.All()
		if c.NArg() > 2 {
			wanted = nil
			for _, name := range c.Argv[2:] {
				if cmd := registry.Original(string(name)); cmd != nil {
					wanted = append(wanted, cmd)
				}
			}
		}
		mark := c.Reply.DeferLen()
		n := 0
		for _, cmd := range wanted {
			n += writeHistogram(c, cmd)
			for _, s := range cmd.Sub {
				n += writeHistogram(c, s)
			}
		}
		c.Reply.SetMapLen(mark, n)
	},
	complexity("O(N) where N is the number of commands"), latencyTips, args(command.Str("command").Opt().Many()))

// writeHistogram writes the pair of one command and returns 1, or 0 when the command has no samples.
func writeHistogram(c *engine.Call, cmd *engine.Command) int {
	h := &cmd.Stats.Latency
	if h.Total() == 0 {
		return 0
	}
	w := c.Reply
	w.BulkString(cmd.Spec.FullName())
	w.Map(2)
	w.BulkString("calls")
	w.Int(h.Total())
	w.BulkString("histogram_usec")
	mark := w.DeferLen()
	n := 0
	h.CumulativeMicroseconds(func(us, count int64) {
		w.Int(us)
		w.Int(count)
		n++
	})
	w.SetMapLen(mark, n)
	return 1
}
