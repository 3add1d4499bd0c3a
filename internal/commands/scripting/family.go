// Package scripting implements EVAL and its relatives and SCRIPT, one file a command.
package scripting

import (
	"crypto/sha1"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/script"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// scripts returns the engine's compiled scripts.
func scripts(c *engine.Call) *script.Cache { return cacheOf(c.Engine) }

func cacheOf(e *engine.Engine) *script.Cache {
	if cache, ok := e.Interpreter.(*script.Cache); ok {
		return cache
	}
	cache := script.NewCache(e.Host().RedisVersion())
	e.Interpreter = cache
	return cache
}

// mayWrite tells whether a script that is about to run may write: it may unless it declares that it does not. One that
// does not compile or is not there counts as one that may, as in Redis.
func mayWrite(p *script.Program) bool { return p == nil || !p.Flags.Declared || !p.Flags.NoWrites }

const msgNoScript = "NOSCRIPT No matching script. Please use EVAL."

const evalFlags = command.NoScript | command.Stale | command.SkipMonitor | command.NoMandatoryKeys

// eval describes a command that runs a script: EVAL and EVALSHA, with and without _RO.
func eval(name, word, since string, readOnly bool, run func(*engine.Call)) *engine.Command {
	flags := evalFlags
	keys := command.KeyCount(2, command.KeyRW|command.KeyAccess|command.KeyUpdate)
	keys.Notes = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
	summary := "Runs a Lua script."
	if readOnly {
		flags |= command.ReadOnly
		keys = command.KeyCount(2, command.KeyRO|command.KeyAccess)
		summary = "Runs a Lua script that must not write."
	}
	writes := func(e *engine.Engine, argv [][]byte) bool {
		if word == "sha1" {
			return mayWrite(cacheOf(e).Find(argv[1]))
		}
		p, _ := cacheOf(e).Eval(argv[1]) // nil when it does not compile
		return mayWrite(p)
	}
	if readOnly {
		writes = nil
	}
	return &engine.Command{
		Writes: writes,
		Spec: command.Spec{
			Name: name, Arity: -3, Since: since, Group: command.GroupScripting, Summary: summary,
			Complexity: "That of the script.", Flags: flags, ACL: command.CatScripting, Keys: []command.KeySpec{keys},
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
func split(c *engine.Call) (keys, argv [][]byte, ok bool) {
	n, ok := c.Int(2)
	if !ok {
		return nil, nil, false
	}
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

// runText runs the script whose text is the first argument.
func runText(c *engine.Call, readOnly bool) {
	keys, argv, ok := split(c)
	if !ok {
		return
	}
	p, err := scripts(c).Eval(c.Arg(1))
	if err != nil {
		c.Err(err.Error())
		return
	}
	run(c, p, keys, argv, readOnly)
}

// runSHA runs the script whose SHA1 is the first argument.
func runSHA(c *engine.Call, readOnly bool) {
	if len(c.Arg(1)) != 2*sha1.Size { // this comes before the other arguments are looked at
		c.Err(msgNoScript)
		return
	}
	keys, argv, ok := split(c)
	if !ok {
		return
	}
	p := scripts(c).Find(c.Arg(1))
	if p == nil {
		c.Err(msgNoScript)
		return
	}
	run(c, p, keys, argv, readOnly)
}

func run(c *engine.Call, p *script.Program, keys, argv [][]byte, readOnly bool) {
	f := p.Flags
	if f.Declared && !f.NoWrites {
		if readOnly {
			c.Err("ERR Can not execute a script with write flag using *_ro command.")
			return
		}
		if limit := c.Engine.Settings.MaxMemory; limit > 0 && !f.AllowOOM && c.Engine.UsedMemory() > limit {
			c.Err("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'")
			return
		}
	}
	s := c.BeginScript(engine.ScriptOptions{ReadOnly: readOnly || f.NoWrites, AllowOOM: f.AllowOOM})
	failure := scripts(c).Run(p, s, keys, argv, c.Reply)
	s.End()
	switch {
	case failure == nil:
	case failure.Counted:
		c.ErrCounted(failure.Text)
	default:
		c.Err(failure.Text)
	}
}
