package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SHUTDOWN ends the process in order. It replies only when it does not: the connection closes.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "shutdown", Arity: -1, Since: "1.0.0", Group: command.GroupServer,
		Complexity: "O(N) where N is the number of keys when the dataset is saved, otherwise O(1)",
		Summary:    "Saves the dataset when the configuration asks for it and ends the server.",
		Flags:      adminAnytime | command.NoMulti | command.AllowBusy,
		Args: []command.Arg{
			command.OneOf("save-selector", command.Token("nosave", "NOSAVE"), command.Token("save", "SAVE")).Opt(),
			command.Token("now", "NOW").Opt().SinceVersion("7.0.0"),
			command.Token("force", "FORCE").Opt().SinceVersion("7.0.0"),
			command.Token("abort", "ABORT").Opt().SinceVersion("7.0.0"),
		},
		History: []command.Change{{Since: "7.0.0", What: "`NOW`, `FORCE` and `ABORT`."}},
	},
	Run: shutdown,
})

func shutdown(c *engine.Call) {
	var o engine.ShutdownOptions
	abort := false
	for i := 1; i < c.NArg(); i++ {
		switch {
		case c.Is(i, "NOSAVE"):
			o.NoSave = true
		case c.Is(i, "SAVE"):
			o.Save = true
		case c.Is(i, "NOW"):
			o.Now = true
		case c.Is(i, "FORCE"):
			o.Force = true
		case c.Is(i, "ABORT"):
			abort = true
		default:
			c.SyntaxError()
			return
		}
	}
	if abort && c.NArg() > 2 || o.NoSave && o.Save {
		c.SyntaxError()
		return
	}
	host := c.Engine.Host()
	if abort {
		if host.AbortShutdown() {
			c.OK()
		} else {
			c.Err("ERR No shutdown in progress.")
		}
		return
	}
	if c.Engine.ScriptBusy() {
		if !o.NoSave {
			c.Err(c.Engine.BusyError())
			return
		}
		c.Engine.AbortScript()
	}
	if err := host.Shutdown(o); err != nil {
		c.Err("ERR " + err.Error())
	}
}
