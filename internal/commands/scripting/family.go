// Package scripting implements EVAL and FCALL with their relatives, SCRIPT and FUNCTION, one file a command.
package scripting

import (
	"crypto/sha1"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/script"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// scripts returns the engine's compiled scripts and function libraries.
func scripts(c *engine.Call) *script.Cache { return cacheOf(c.Engine) }

func cacheOf(e *engine.Engine) *script.Cache { return e.Interpreter.(*script.Cache) }

// declaredFlags are a command's flags with those in place that a script or function declares.
func declaredFlags(flags command.Flag, f script.Flags) command.Flag {
	flags &^= command.Stale | command.DenyOOM | command.Write | command.MayReplicate
	if !f.NoWrites {
		flags |= command.Write
		if !f.AllowOOM {
			flags |= command.DenyOOM
		}
	}
	if f.AllowStale {
		flags |= command.Stale
	}
	return flags
}

const msgNoScript = "NOSCRIPT No matching script. Please use EVAL."

const evalFlags = command.NoScript | command.Stale | command.SkipMonitor | command.NoMandatoryKeys

// finder tells which flags the script or function declares that the first argument names.
type finder func(e *engine.Engine, word []byte) script.Flags

func byText(_ *engine.Engine, text []byte) script.Flags {
	return script.TextFlags(text)
}

func bySHA(e *engine.Engine, sha []byte) script.Flags {
	if p := cacheOf(e).Find(sha); p != nil {
		return p.Flags
	}
	return script.Flags{}
}

func byName(e *engine.Engine, name []byte) script.Flags {
	if f := cacheOf(e).Function(name); f != nil {
		return f.Flags
	}
	return script.Flags{}
}

// eval describes EVAL and EVALSHA, with and without _RO; call describes FCALL.
func eval(name, word, since string, readOnly bool, find finder, run func(*engine.Call)) *engine.Command {
	summary := "Runs a Lua script."
	if readOnly {
		summary = "Runs a Lua script that must not write."
	}
	return runner(name, word, since, summary, "That of the script.", readOnly, find, func(c *engine.Call) {
		if !refusesDebugging(c) {
			run(c)
		}
	})
}

func call(name string, readOnly bool) *engine.Command {
	summary := "Calls a function."
	if readOnly {
		summary = "Calls a function that must not write."
	}
	return runner(name, "function", "7.0.0", summary, "That of the function.", readOnly, byName,
		func(c *engine.Call) { runFunction(c, readOnly) })
}

func runner(name, word, since, summary, complexity string, readOnly bool, find finder, run func(*engine.Call)) *engine.Command {
	flags := evalFlags
	keys := command.KeyCount(2, command.KeyRW|command.KeyAccess|command.KeyUpdate)
	keys.Notes = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
	if readOnly {
		flags |= command.ReadOnly
		keys = command.KeyCount(2, command.KeyRO|command.KeyAccess)
	}
	undeclared := flags
	if !readOnly {
		undeclared |= command.MayReplicate // nobody knows what it will do
	}
	return &engine.Command{
		Flags: func(e *engine.Engine, argv [][]byte) command.Flag {
			if f := find(e, argv[1]); f.Declared {
				return declaredFlags(flags, f)
			}
			return undeclared
		},
		Spec: command.Spec{
			Name: name, Arity: -3, Since: since, Group: command.GroupScripting, Summary: summary,
			Complexity: complexity, Flags: flags, ACL: command.CatScripting, Keys: []command.KeySpec{keys},
			Args: []command.Arg{
				command.Str(word), command.Int("numkeys"), command.Key("key", 0).Opt().Many(), command.Str("arg").Opt().Many(),
			},
		},
		Run: func(c *engine.Call) {
			c.ShowToMonitors()
			run(c)
		},
	}
}

// split reads the number of keys; on failure it has replied.
func split(c *engine.Call, n int64) (keys, argv [][]byte, ok bool) {
	switch {
	case n > int64(c.NArg()-3):
		c.Err("ERR Number of keys can't be greater than number of args")
		return nil, nil, false
	case n < 0:
		c.Err("ERR Number of keys can't be negative")
		return nil, nil, false
	}
	return c.Argv[3 : 3+n], c.Argv[3+n:], true
}

// splitScript is split for scripts.
func splitScript(c *engine.Call) (keys, argv [][]byte, ok bool) {
	n, ok := c.Int(2)
	if !ok {
		return nil, nil, false
	}
	return split(c, n)
}

// runText runs the script whose text is the first argument.
func runText(c *engine.Call, readOnly bool) {
	keys, argv, ok := splitScript(c)
	if !ok {
		return
	}
	p, err := scripts(c).Eval(c.Arg(1), ahead(c))
	if err != nil {
		c.Err(err.Error())
		return
	}
	runScript(c, p, keys, argv, readOnly)
}

// runSHA runs the script whose SHA1 is the first argument.
func runSHA(c *engine.Call, readOnly bool) {
	if len(c.Arg(1)) != 2*sha1.Size { // this comes before the other arguments are looked at
		c.Err(msgNoScript)
		return
	}
	keys, argv, ok := splitScript(c)
	if !ok {
		return
	}
	p := scripts(c).Find(c.Arg(1))
	if p == nil {
		c.Err(msgNoScript)
		return
	}
	runScript(c, p, keys, argv, readOnly)
}

func runScript(c *engine.Call, p *script.Program, keys, argv [][]byte, readOnly bool) {
	run(c, p.Flags, readOnly, "", func(s *engine.Script) *script.Failure {
		return scripts(c).Run(p, s, keys, argv, c.Reply)
	})
}

// runFunction calls the function whose name is the first argument.
func runFunction(c *engine.Call, readOnly bool) {
	f := scripts(c).Function(c.Arg(1))
	if f == nil {
		c.Err("ERR Function not found")
		return
	}
	n, ok := c.IntOr(2, "ERR Bad number of keys provided")
	if !ok {
		return
	}
	keys, argv, ok := split(c, n)
	if !ok {
		return
	}
	run(c, f.Flags, readOnly, f.Name, func(s *engine.Script) *script.Failure {
		return scripts(c).Call(f, s, keys, argv, c.Reply)
	})
}

// run runs a script, or a function of the given name.
func run(c *engine.Call, f script.Flags, readOnly bool, function string, do func(*engine.Script) *script.Failure) {
	if readOnly && f.Declared && !f.NoWrites {
		c.Err("ERR Can not execute a script with write flag using *_ro command.")
		return
	}
	s := c.BeginScript(engine.ScriptOptions{ReadOnly: readOnly || f.NoWrites, AllowOOM: f.AllowOOM, Function: function})
	failure := do(s)
	s.End()
	switch {
	case failure == nil:
	case failure.Counted:
		c.ErrCounted(failure.Text)
	default:
		c.Err(failure.Text)
	}
}
