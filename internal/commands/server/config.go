package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// CONFIG holds the commands about the configuration.
var _ = Family.Add(&engine.Command{
	Spec: container("config", "2.0.0", "Holds the commands about the configuration."),
	Sub:  []*engine.Command{configGet, configSet, configRewrite, configResetstat, helpSub("5.0.0")},
})

// CONFIG GET lists the parameters whose names match one of the globs.
var configGet = sub("get", "2.0.0", "Returns the values of parameters.", -3, adminAnytime,
	func(c *engine.Call) {
		patterns := make([]string, 0, c.NArg()-2)
		for _, p := range c.Argv[2:] {
			patterns = append(patterns, string(p))
		}
		mark := c.Reply.DeferLen()
		n := 0
		c.Engine.Host().ConfigGet(patterns, func(name, value string) {
			c.Reply.BulkString(name)
			c.Reply.BulkString(value)
			n++
		})
		c.Reply.SetMapLen(mark, n)
	},
	complexity("O(N) where N is the number of parameters"),
	args(command.Str("parameter").Many()),
	changed("7.0.0", "Takes several patterns."))

// CONFIG SET changes parameters, all or none.
var configSet = sub("set", "2.0.0", "Changes parameters while the server runs, all of them or none.", -4, adminAnytime,
	func(c *engine.Call) {
		for i := 2; i+1 < c.NArg(); i += 2 {
			if c.Engine.Host().ConfigSecret(string(c.Arg(i))) {
				c.Redact(i + 1)
			}
		}
		if c.NArg()%2 != 0 {
			c.SyntaxError()
			return
		}
		pairs := make([]string, 0, c.NArg()-2)
		for _, word := range c.Argv[2:] {
			pairs = append(pairs, string(word))
		}
		if err := c.Engine.Host().ConfigSet(pairs, c.Client); err != nil {
			c.Err(err.Error())
			return
		}
		c.OK()
	},
	complexity("O(N) where N is the number of parameters given"),
	tips(tipAllNodes, tipAllSucceeded),
	args(command.Block("data", command.Str("parameter"), command.Str("value")).Many()),
	changed("7.0.0", "Takes several parameters."))

// CONFIG REWRITE makes the configuration file say what is in force.
var configRewrite = sub("rewrite", "2.8.0", "Writes the configuration in force to the configuration file.", 2, adminAnytime,
	func(c *engine.Call) {
		if err := c.Engine.Host().ConfigRewrite(false); err != nil {
			c.Err("ERR " + err.Error())
			return
		}
		c.OK()
	})

// CONFIG RESETSTAT zeroes the counters of INFO.
var configResetstat = sub("resetstat", "2.0.0", "Sets the counters of INFO to zero.", 2, adminAnytime,
	func(c *engine.Call) {
		c.Engine.ResetStats()
		c.Engine.Host().ConfigResetStat()
		c.OK()
	})
