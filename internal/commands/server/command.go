package server

import (
	"bytes"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/glob"
)

// commandSub makes a sub-command of COMMAND.
func commandSub(name, since, summary string, arity int, run func(*engine.Call), more ...func(*command.Spec)) *engine.Command {
	return sub(name, since, summary, arity, anytime, run,
		append(more, categories(command.CatConnection), complexity("O(N) where N is the number of commands described"))...)
}

// COMMAND describes the commands, from their Specs.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "command", Arity: -1, Since: "2.8.13", Group: command.GroupServer,
		Complexity: "O(N) where N is the number of commands",
		Summary:    "Describes all commands.",
		Flags:      anytime | command.Container, ACL: command.CatSlow | command.CatConnection,
		Tips: []string{tipVariesInOrder},
	},
	Run: commandAll,
	Sub: []*engine.Command{
		commandCount, commandDocs, commandGetkeys, commandGetkeysandflags, commandInfo, commandList,
		sub("help", "5.0.0", "Explains the subcommands.", 2, anytime, (*engine.Call).Help, categories(command.CatConnection)),
	},
})

func commandAll(c *engine.Call) {
	all := c.Engine.Registry().All()
	c.Reply.Array(len(all))
	for _, cmd := range all {
		cmd.Spec.WriteInfo(c.Reply)
	}
}

// COMMAND COUNT counts the commands, sub-commands not included.
var commandCount = commandSub("count", "2.8.13", "Counts the commands.", 2, func(c *engine.Call) {
	c.Reply.Int(int64(len(c.Engine.Registry().All())))
})

// COMMAND INFO describes the named commands, null for unknown ones; all without names.
var commandInfo = commandSub("info", "2.8.13", "Describes commands.", -2,
	func(c *engine.Call) {
		if c.NArg() == 2 {
			commandAll(c)
			return
		}
		c.Reply.Array(c.NArg() - 2)
		for _, name := range c.Argv[2:] {
			if cmd := c.Engine.Registry().Original(string(name)); cmd != nil {
				cmd.Spec.WriteInfo(c.Reply)
			} else {
				c.Reply.Null()
			}
		}
	},
	tips(tipVariesInOrder), args(command.Str("command-name").Opt().Many()),
	changed("7.0.0", "Describes all commands when none is named."))

// COMMAND DOCS documents the named commands, leaving unknown ones out; all without names.
var commandDocs = commandSub("docs", "7.0.0", "Documents commands.", -2,
	func(c *engine.Call) {
		registry := c.Engine.Registry()
		var wanted []*engine.Command
		if c.NArg() == 2 {
			wanted = registry.All()
		}
		for _, name := range c.Argv[2:] {
			if cmd := registry.Original(string(name)); cmd != nil {
				wanted = append(wanted, cmd)
			}
		}
		c.Reply.Map(len(wanted))
		for _, cmd := range wanted {
			c.Reply.BulkString(cmd.Spec.FullName())
			cmd.Spec.WriteDocs(c.Reply)
		}
	},
	tips(tipVariesInOrder), args(command.Str("command-name").Opt().Many()))

// COMMAND LIST names the commands and sub-commands, all or those that a filter selects.
var commandList = commandSub("list", "7.0.0", "Lists the names of commands.", -2,
	func(c *engine.Call) {
		switch {
		case c.NArg() == 2:
			listCommands(c, func(*command.Spec) bool { return true })
		case c.NArg() == 5 && c.Is(2, "FILTERBY"):
			filter := commandFilter(c)
			if filter == nil {
				c.SyntaxError()
				return
			}
			listCommands(c, filter)
		default:
			c.SyntaxError()
		}
	},
	tips(tipVariesInOrder),
	args(command.OneOf("filterby", command.Str("module-name").WithToken("MODULE"),
		command.Str("category").WithToken("ACLCAT"), command.Pattern("pattern").WithToken("PATTERN")).
		WithToken("FILTERBY").Opt()))

// commandFilter reads the filter from word 3 on; nil for an unknown one.
func commandFilter(c *engine.Call) func(*command.Spec) bool {
	word := c.Arg(4)
	switch {
	case c.Is(3, "MODULE"):
		return func(*command.Spec) bool { return false } // there are no modules
	case c.Is(3, "ACLCAT"):
		cat, _ := command.CategoryByName(string(lowerCase(word))) // an unknown category selects nothing
		return func(s *command.Spec) bool { return s.Categories()&cat != 0 }
	case c.Is(3, "PATTERN"):
		pattern := bytes.Clone(word)
		return func(s *command.Spec) bool { return glob.MatchFold(pattern, s.FullName()) }
	}
	return nil
}

// lowerCase is the ASCII lower case of a word.
func lowerCase(word []byte) []byte { return bytes.ToLower(word) }

// listCommands replies the full names of the commands and sub-commands that match.
func listCommands(c *engine.Call, match func(*command.Spec) bool) {
	mark := c.Reply.DeferLen()
	n := 0
	add := func(s *command.Spec) {
		if match(s) {
			c.Reply.BulkString(s.FullName())
			n++
		}
	}
	for _, cmd := range c.Engine.Registry().All() {
		add(&cmd.Spec)
		for _, s := range cmd.Spec.Sub {
			add(s)
		}
	}
	c.Reply.SetArrayLen(mark, n)
}

// COMMAND GETKEYS finds the keys among the words of a call.
var commandGetkeys = commandSub("getkeys", "2.8.13", "Finds the keys among the words of a call.", -4,
	func(c *engine.Call) {
		keys, ok := findKeys(c)
		if !ok {
			return
		}
		c.Reply.Array(len(keys))
		for _, k := range keys {
			c.Reply.Bulk(c.Arg(2 + k.At))
		}
	})

// COMMAND GETKEYSANDFLAGS also says what the call does with each key.
var commandGetkeysandflags = commandSub("getkeysandflags", "7.0.0",
	"Finds the keys among the words of a call and what it does with them.", -4,
	func(c *engine.Call) {
		keys, ok := findKeys(c)
		if !ok {
			return
		}
		c.Reply.Array(len(keys))
		for _, k := range keys {
			c.Reply.Array(2)
			c.Reply.Bulk(c.Arg(2 + k.At))
			names := k.Flags.Names()
			c.Reply.Set(len(names))
			for _, n := range names {
				c.Reply.SimpleString(n)
			}
		}
	})

// findKeys resolves the call in the words from 2 on; on failure it has replied.
func findKeys(c *engine.Call) ([]command.KeyPos, bool) {
	call := c.Argv[2:]
	cmd, _ := c.Engine.Registry().Find(call)
	switch {
	case cmd == nil:
		c.Err("ERR Invalid command specified")
		return nil, false
	case !takesKeys(&cmd.Spec):
		c.Err("ERR The command has no key arguments")
		return nil, false
	case !cmd.Spec.ArityOK(len(call)):
		c.Err("ERR Invalid number of arguments specified for command")
		return nil, false
	}
	keys, err := cmd.Spec.FindKeys(call, nil)
	switch {
	case err == nil && len(keys) > 0:
		return keys, true
	case cmd.Spec.Flags&command.NoMandatoryKeys != 0:
		return nil, true // a wrong number of keys included
	}
	c.Err("ERR Invalid arguments specified for command")
	return nil, false
}

// takesKeys tells whether any word of the command can be a key; channels only look like keys.
func takesKeys(s *command.Spec) bool {
	if s.KeysFunc != nil {
		return true
	}
	for i := range s.Keys {
		if s.Keys[i].Flags&command.KeyNotKey == 0 {
			return true
		}
	}
	return false
}
