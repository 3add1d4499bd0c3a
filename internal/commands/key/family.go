// Package key implements the commands that do not care what kind of value a key holds: deadlines, iteration, renaming,
// copying, serialising, sorting. One file a command.
package key

import (
	"math"
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// spec fills in what the specifications of this family have in common.
func spec(name, since string, arity int, flags command.Flag, complexity, summary string) command.Spec {
	return command.Spec{
		Name: name, Since: since, Arity: arity, Flags: flags, Group: command.GroupGeneric, ACL: command.CatKeyspace,
		Complexity: complexity, Summary: summary,
	}
}

// onOneKey is spec for a command whose only key is its first argument; further arguments follow the key.
func onOneKey(s command.Spec, use command.KeyFlag, args ...command.Arg) command.Spec {
	s.Keys = []command.KeySpec{command.KeyAt(1, use)}
	s.Args = append([]command.Arg{command.Key("key", 0)}, args...)
	return s
}

// onManyKeys is spec for a command all of whose arguments are keys and which replies a number of keys.
func onManyKeys(s command.Spec, use command.KeyFlag) command.Spec {
	s.Keys = []command.KeySpec{command.KeyRange(1, -1, 1, use)}
	s.Args = []command.Arg{command.Key("key", 0).Many()}
	s.Tips = []string{"request_policy:multi_shard", "response_policy:agg_sum"}
	return s
}

// changedTwice states one change that shows under two keys: the second event is no second change.
func changedTwice(c *engine.Call, first, second func()) {
	first()
	second()
	c.AddDirty(-1)
}

// database reads word i as the number of a database; on failure it has replied.
func database(c *engine.Call, i int) (*engine.DB, bool) {
	id, ok := c.IntIn(i, math.MinInt32, math.MaxInt32,
		"ERR value is out of range, value must between -2147483648 and 2147483647")
	if !ok {
		return nil, false
	}
	if id < 0 || id >= int64(c.Engine.Databases()) {
		c.Err("ERR DB index is out of range")
		return nil, false
	}
	return c.Engine.DB(int(id)), true
}

const msgSameObject = "ERR source and destination objects are the same"

func replyBool(c *engine.Call, yes bool) {
	if yes {
		c.Reply.Int(1)
		return
	}
	c.Reply.Int(0)
}

func itoa(v int64) []byte { return strconv.AppendInt(nil, v, 10) }
