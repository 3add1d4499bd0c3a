package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// FUNCTION STATS tells which function runs, and what is loaded. It is answered while a function runs past its time limit.
var functionStats = statsCommand()

func statsCommand() *engine.Command {
	c := functionCommand("stats", 2, command.NoScript|command.AllowBusy, "O(1)", "Tells about the running function and the libraries.",
		libraryStats)
	c.Spec.Tips = []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"}
	return c
}

func libraryStats(c *engine.Call) {
	name, argv, took, running := c.Engine.RunningScript()
	if running && name == "" {
		c.Err(c.Engine.BusyError())
		return
	}
	w := c.Reply
	w.Map(2)
	w.BulkString("running_script")
	if running {
		w.Map(3)
		w.BulkString("name")
		w.BulkString(name)
		w.BulkString("command")
		w.Array(len(argv))
		for _, word := range argv {
			w.Bulk(word)
		}
		w.BulkString("duration_ms")
		w.Int(took.Milliseconds())
	} else {
		w.Null()
	}
	w.BulkString("engines")
	w.Map(1)
	w.BulkString("LUA")
	w.Map(2)
	w.BulkString("libraries_count")
	w.Int(int64(len(scripts(c).Libraries())))
	w.BulkString("functions_count")
	w.Int(int64(scripts(c).Functions()))
}
