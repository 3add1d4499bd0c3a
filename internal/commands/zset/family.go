// Package zset implements the commands on sorted sets, one file a command.
//
// Four things are shared, each in a file of its own:
//
//   - span.go: a range by rank, by score or by member, as two words of a command state it, and its ranks in a set.
//   - element.go: a result held outside of the database, and how it is stored under a key.
//   - algebra.go: union, intersection and difference of sorted sets and sets.
//   - pop.go: removal from one of the ends, at once or when a member arrives.
package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

const (
	msgNotInteger    = "ERR value is not an integer or out of range"
	msgNotPositive   = "ERR value is out of range, must be positive"
	msgNaN           = "ERR resulting score is not a number (NaN)"
	msgNotScore      = "ERR min or max is not a float"
	msgNotLex        = "ERR min or max not valid string range item"
	msgFewKeys       = "ERR numkeys should be greater than 0"
	msgFewElements   = "ERR count should be greater than 0"
	msgNegativeLimit = "ERR LIMIT can't be negative"
)

// intFrom reads word i as an integer of at least lo; msg is the error for anything else.
func intFrom(c *engine.Call, i int, lo int64, msg string) (v int64, ok bool) {
	v, ok = engine.ParseInt(c.Arg(i))
	if !ok || v < lo {
		c.Err(msg)
		return 0, false
	}
	return v, true
}

// announce begins a reply of n members, with their scores if so asked: pairs in RESP3, in turn in RESP2.
func announce(c *engine.Call, n int, withScores bool) {
	if withScores && c.Reply.Proto == 2 {
		n *= 2
	}
	c.Reply.Array(n)
}

// limitArg is the grammar of LIMIT offset count.
func limitArg() command.Arg {
	return command.Block("limit", command.Int("offset"), command.Int("count")).WithToken("LIMIT").Opt()
}

// withScoresArg is the grammar of WITHSCORES.
func withScoresArg() command.Arg { return command.Token("withscores", "WITHSCORES").Opt() }

// combineArgs is the grammar of the options that say how scores are combined.
func combineArgs() []command.Arg {
	return []command.Arg{
		command.Int("weight").WithToken("WEIGHTS").Opt().Many(),
		command.OneOf("aggregate", command.Token("sum", "SUM"), command.Token("min", "MIN"), command.Token("max", "MAX")).
			WithToken("AGGREGATE").Opt(),
	}
}

// endArg is the grammar of MIN or MAX.
func endArg() command.Arg {
	return command.OneOf("where", command.Token("min", "MIN"), command.Token("max", "MAX"))
}
