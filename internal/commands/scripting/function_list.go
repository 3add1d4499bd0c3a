package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/glob"
	"redoubt/internal/script"
)

// FUNCTION LIST describes the libraries, all of them or those whose names match a pattern.
var functionList = listCommand()

func listCommand() *engine.Command {
	c := functionCommand("list", -2, command.NoScript, "O(N) with the number of functions.", "Lists the libraries.", listLibraries,
		command.Str("library-name-pattern").WithToken("LIBRARYNAME").Opt(), command.Token("withcode", "WITHCODE").Opt())
	c.Spec.Tips = []string{"nondeterministic_output_order"}
	return c
}

func listLibraries(c *engine.Call) {
	var pattern []byte
	all, withCode := true, false
	for i := 2; i < c.NArg(); i++ {
		switch {
		case !withCode && c.Is(i, "WITHCODE"):
			withCode = true
		case all && c.Is(i, "LIBRARYNAME"):
			if i++; i == c.NArg() {
				c.Err("ERR library name argument was not given")
				return
			}
			pattern, all = c.Arg(i), false
		default:
			c.Errf("ERR Unknown argument %s", c.Arg(i))
			return
		}
	}
	mark, n := c.Reply.DeferLen(), 0
	for _, lib := range scripts(c).Libraries() {
		if all || glob.MatchFold(pattern, lib.Name) {
			replyLibrary(c, lib, withCode)
			n++
		}
	}
	c.Reply.SetArrayLen(mark, n)
}

func replyLibrary(c *engine.Call, lib *script.Library, withCode bool) {
	w := c.Reply
	fields := 3
	if withCode {
		fields++
	}
	w.Map(fields)
	w.BulkString("library_name")
	w.BulkString(lib.Name)
	w.BulkString("engine")
	w.BulkString("LUA")
	w.BulkString("functions")
	w.Array(len(lib.Functions))
	for _, f := range lib.Functions {
		w.Map(3)
		w.BulkString("name")
		w.BulkString(f.Name)
		w.BulkString("description")
		if f.Described {
			w.BulkString(f.Description)
		} else {
			w.Null()
		}
		w.BulkString("flags")
		names := f.Flags.Names()
		w.Set(len(names))
		for _, name := range names {
			w.SimpleString(name)
		}
	}
	if withCode {
		w.BulkString("library_code")
		w.BulkString(lib.Code)
	}
}
