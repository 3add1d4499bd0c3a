package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/resp"
)

// BLPOP takes the first element of the first list that has one, or waits for one. Those who wait for the same list are
// served in the order in which they came. Replicas get LPOP.
var _ = Family.Add(&engine.Command{
	Spec: blockingPopSpec("blpop", "Removes and returns the first element of the first list that has one. Waits for an element."),
	Run:  func(c *engine.Call) { blockingPop(c, left) },
})

var doubleTimeout = command.Change{Since: "6.0.0", What: "The `timeout` may have a fraction."}

func blockingPopSpec(name, summary string) command.Spec {
	s := spec(name, "2.0.0", -3, command.Write|command.Blocking, command.KeyRange(1, -2, 1, popKey))
	s.Summary = summary
	s.Complexity = "O(N) for N keys"
	s.Args = []command.Arg{command.Key("key", 0).Many(), command.Double("timeout")}
	s.History = []command.Change{doubleTimeout}
	return s
}

func blockingPop(c *engine.Call, from end) {
	last := c.NArg() - 1
	timeout, ok := c.Timeout(last)
	if !ok {
		return
	}
	keys := c.Argv[1:last]
	key, l, ok := firstList(c, keys)
	if !ok {
		return
	}
	if key == nil {
		c.Block(keys, keyspace.KindList, timeout, (*resp.Writer).NullArray)
		return
	}
	if c.EffectsRead() {
		c.Effect([]byte(from.popCommand()), key)
	}
	c.Reply.Array(2)
	c.Reply.Bulk(key)
	takeOne(c, &l, from)
	popped(c, key, from, 1)
}

// firstList finds the first of keys that exists; key is nil when there is none. ok is false after an error was replied:
// a key before it holds something else.
func firstList(c *engine.Call, keys [][]byte) (key []byte, l keyspace.List, ok bool) {
	for _, key = range keys {
		if l, ok = c.WriteList(key); !ok || l.Exists() {
			return key, l, ok
		}
	}
	return nil, l, true
}
