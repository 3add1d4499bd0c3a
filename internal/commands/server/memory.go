package server

import (
	"runtime/debug"
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// MEMORY holds the commands about memory.
var _ = Family.Add(&engine.Command{
	Spec: container("memory", "4.0.0", "Holds the commands about memory."),
	Sub: []*engine.Command{
		memoryDoctor, memoryMallocStats, memoryPurge, memoryStats, memoryUsage, helpSub("4.0.0"),
	},
})

var memoryTips = tips(tipVaries, tipAllShards, tipSpecial)

// defaultSamples is the number of elements of a collection that MEMORY USAGE looks at.
const defaultSamples = 5

// MEMORY USAGE returns the bytes that a key and its value take, tables included.
var memoryUsage = sub("usage", "4.0.0", "Returns the bytes that a key and its value take.", -3, command.ReadOnly,
	func(c *engine.Call) {
		samples := int64(defaultSamples)
		for i := 3; i < c.NArg(); i += 2 {
			if !c.Is(i, "SAMPLES") || i+1 >= c.NArg() {
				c.SyntaxError()
				return
			}
			v, ok := c.Int(i + 1)
			if !ok {
				return
			}
			if v < 0 {
				c.SyntaxError()
				return
			}
			samples = v
		}
		ent, found := c.FindIn(c.DB(), c.Arg(2))
		if !found {
			c.Reply.Null()
			return
		}
		c.Reply.Int(int64(ent.MemoryUsage(int(samples))))
	},
	complexity("O(N) where N is the number of samples"),
	func(s *command.Spec) { s.Keys = []command.KeySpec{command.KeyAt(2, command.KeyRO)} },
	args(command.Key("key", 0), command.Int("count").WithToken("SAMPLES").Opt()))

// MEMORY DOCTOR reports what is wrong with memory.
var memoryDoctor = sub("doctor", "4.0.0", "Reports problems with memory.", 2, 0,
	func(c *engine.Call) { c.Reply.Verbatim("txt", []byte(memoryReport(c))) }, memoryTips)

// MEMORY MALLOC-STATS shows the arena's size classes.
var memoryMallocStats = sub("malloc-stats", "4.0.0", "Shows the statistics of the allocator.", 2, 0,
	func(c *engine.Call) { c.Reply.Verbatim("txt", []byte(arenaReport(c.Engine.Store().Arena().Stats()))) }, memoryTips)

// MEMORY PURGE gives memory that is not in use back to the system, in slices that follow the command.
var memoryPurge = sub("purge", "4.0.0", "Gives unused memory back to the system.", 2, 0,
	func(c *engine.Call) {
		debug.FreeOSMemory()
		c.Engine.ReleaseMemory()
		c.OK()
	}, tips(tipAllShards, tipAllSucceeded))

// MEMORY STATS returns the memory figures as a map.
var memoryStats = sub("stats", "4.0.0", "Returns the memory figures.", 2, 0, runMemoryStats, memoryTips)

func runMemoryStats(c *engine.Call) {
	m := c.Engine.Host().Memory()
	w := c.Reply
	mark := w.DeferLen()
	n := 0
	name := func(s string) {
		w.BulkString(s)
		n++
	}
	number := func(s string, v int64) {
		name(s)
		w.Int(v)
	}
	share := func(s string, a, b int64) {
		name(s)
		w.Double(float64(a) / float64(max(b, 1)))
	}
	percent := func(s string, a, b int64) {
		name(s)
		w.Double(100 * float64(a) / float64(max(b, 1)))
	}
	number("peak.allocated", m.Peak)
	number("total.allocated", m.Used)
	number("startup.allocated", m.Startup)
	number("replication.backlog", 0)
	number("clients.slaves", 0)
	number("clients.normal", m.Clients)
	number("cluster.links", 0)
	number("aof.buffer", 0)
	number("lua.caches", c.Engine.Interpreter.ScriptBytes())
	number("functions.caches", c.Engine.Interpreter.LibraryBytes())
	keys := int64(0)
	for id := range c.Engine.Databases() {
		sp := c.Engine.DB(id).Space
		if sp.Len() == 0 {
			continue
		}
		keys += int64(sp.Len())
		name("db." + strconv.Itoa(id))
		w.Map(3)
		w.BulkString("overhead.hashtable.main")
		w.Int(int64(sp.Bytes()))
		w.BulkString("overhead.hashtable.expires")
		w.Int(0) // the tree of deadlines is part of the former
		w.BulkString("overhead.hashtable.slot-to-keys")
		w.Int(0)
	}
	overhead := m.Used - m.Dataset
	number("overhead.total", overhead)
	number("keys.count", keys)
	number("keys.bytes-per-key", max(m.Used-m.Startup, 0)/max(keys, 1))
	number("dataset.bytes", m.Dataset)
	percent("dataset.percentage", m.Dataset, m.Used-m.Startup)
	percent("peak.percentage", m.Used, m.Peak)
	number("allocator.allocated", m.ArenaUsed)
	number("allocator.active", m.ArenaCommitted)
	number("allocator.resident", m.ArenaCommitted)
	share("allocator-fragmentation.ratio", m.ArenaCommitted, m.ArenaUsed)
	number("allocator-fragmentation.bytes", m.ArenaCommitted-m.ArenaUsed)
	share("allocator-rss.ratio", 1, 1)
	number("allocator-rss.bytes", 0)
	share("rss-overhead.ratio", m.Resident, m.ArenaCommitted)
	number("rss-overhead.bytes", m.Resident-m.ArenaCommitted)
	share("fragmentation", m.Resident, m.Used)
	number("fragmentation.bytes", m.Resident-m.Used)
	w.SetMapLen(mark, n)
}
