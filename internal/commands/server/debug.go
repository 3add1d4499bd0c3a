package server

import (
	"encoding/hex"
	"strings"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/glob"
)

// DEBUG is for tests of servers and for drills. It needs the directive enable-debug-command. The sub-commands are those
// that test suites use; they are no sub-commands for COMMAND, as in Redis.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "debug", Arity: -2, Since: "1.0.0", Group: command.GroupServer, Complexity: "depends on the subcommand",
		Summary: "Holds commands for tests and drills.",
		Flags:   adminAnytime | command.Protected | command.System,
	},
	Run: func(c *engine.Call) {
		name := strings.ToUpper(string(c.Arg(1)))
		for _, d := range debugCommands() {
			if d.name == name && c.NArg()-2 >= d.least && (d.most < 0 || c.NArg()-2 <= d.most) {
				d.run(c)
				return
			}
		}
		c.SubcommandSyntax()
	},
})

// debugCommand is one sub-command of DEBUG. least and most count the words behind its name; most -1: any number.
type debugCommand struct {
	name        string
	least, most int
	usage, help string
	run         func(*engine.Call)
}

// debugHelp is DEBUG HELP.
func debugHelp(c *engine.Call) {
	lines := []string{"DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"}
	for _, d := range debugCommands() {
		if d.help != "" {
			lines = append(lines, strings.TrimRight(d.name+" "+d.usage, " "), "    "+d.help)
		}
	}
	lines = append(lines, "HELP", "    Print this help.")
	c.Reply.Array(len(lines))
	for _, l := range lines {
		c.Reply.SimpleString(l)
	}
}

func debugCommands() []debugCommand {
	return []debugCommand{
		{"AOF-FLUSH-SLEEP", 1, 1, "<microseconds>", "Waits before every write to the append-only file.", debugFlushSleep},
		{"CHANGE-REPL-ID", 0, 0, "", "Gives the replication history a new id.", func(c *engine.Call) {
			c.Engine.Host().ChangeReplicationID()
			c.OK()
		}},
		{"CONFIG-REWRITE-FORCE-ALL", 0, 0, "", "CONFIG REWRITE that also writes what is at its default.", debugRewrite},
		{"DIGEST", 0, 0, "", "Digest of the dataset; zeros when it is empty.", func(c *engine.Call) {
			d := datasetDigest(c.Engine)
			c.Reply.SimpleString(hex.EncodeToString(d[:]))
		}},
		{"DIGEST-VALUE", 0, -1, "[<key> ...]", "Digests of the values of keys.", debugDigestValue},
		{"ERROR", 1, 1, "<text>", "Replies the text as an error.", func(c *engine.Call) { c.Err(string(c.Arg(2))) }},
		{"HTSTATS", 1, 2, "<dbid> [full]", "Describes the tables of a database.", debugTables},
		{"LOADAOF", 0, 0, "", "Empties the databases and loads the append-only file.", func(c *engine.Call) {
			if err := c.Engine.Host().LoadAppendOnly(); err != nil {
				c.Err("ERR Error trying to load the AOF files, check server logs.")
				return
			}
			c.OK()
		}},
		{"LOG", 1, 1, "<text>", "Writes the text to the server log.", func(c *engine.Call) {
			c.Engine.Host().Log("DEBUG LOG: %s", c.Arg(2))
			c.OK()
		}},
		{"OBJECT", 1, 2, "<key> [fast]", "Describes the representation of a value.", debugObject},
		{"PANIC", 0, 0, "", "Ends the process as a failed assertion does.", crash("panic")},
		{"ASSERT", 0, 0, "", "The same as PANIC.", crash("assert")},
		{"PAUSE-CRON", 1, 1, "<0|1>", "Stops the regular work of the server, or lets it go on.", func(c *engine.Call) {
			c.Engine.Host().PauseCron(on(c))
			c.OK()
		}},
		{"POPULATE", 1, 3, "<count> [<prefix>] [<size>]", "Creates <count> strings <prefix>:<n>; replicas do not get them.", debugPopulate},
		{"PROTOCOL", 1, 1, "<type>", "Replies a value of the type: " + strings.ReplaceAll(protocolTypes, "|", ", ") + ".", debugProtocol},
		{"QUICKLIST-PACKED-THRESHOLD", 1, 1, "<size>", "Accepted for test suites; where large list elements lie is not adjustable.", debugThreshold},
		{"RELOAD", 0, -1, "[NOSAVE] [NOFLUSH] [MERGE]", "Saves the dataset, empties the databases and loads it again.", debugReload},
		{"REPLYBUFFER", 2, 2, "<PEAK-RESET-TIME|RESIZING> <value>", "Accepted for test suites; reply buffers have no such timer.", debugReplyBuffer},
		{"SEGFAULT", 0, 0, "", "Ends the process as an access violation does.", crash("segfault")},
		{"SET-ACTIVE-EXPIRE", 1, 1, "<0|1>", "Switches the removal of expired keys in the background.", func(c *engine.Call) {
			c.Engine.Settings.ActiveExpire = on(c)
			c.OK()
		}},
		{"SET-DISABLE-DENY-SCRIPTS", 1, 1, "<0|1>", "Lets scripts call DEBUG and CLIENT LIST.", func(c *engine.Call) {
			c.Engine.Settings.DebugInScripts = on(c)
			c.OK()
		}},
		{"SET-SKIP-CHECKSUM-VALIDATION", 1, 1, "<0|1>", "Switches off the checksums of dumps and of RESTORE.", func(c *engine.Call) {
			c.Engine.Host().SkipChecksums(on(c))
			c.OK()
		}},
		{"SLEEP", 1, 1, "<seconds>", "Holds the whole server. Decimals allowed.", debugSleep},
		{"STRINGMATCH-LEN", 2, 2, "<pattern> <text>", "Tells whether the text matches the glob.", func(c *engine.Call) {
			matches := int64(0)
			if glob.Match(c.Arg(2), c.Arg(3)) {
				matches = 1
			}
			c.Reply.Int(matches)
		}},
		{"HELP", 0, 0, "", "", debugHelp},
	}
}

func crash(kind string) func(*engine.Call) {
	return func(c *engine.Call) { c.Engine.Host().Crash(kind) }
}

// on reads the word of a switch as Redis does: a number that is not 0 is on, everything else off.
func on(c *engine.Call) bool {
	v, ok := engine.ParseInt(c.Arg(2))
	return ok && v != 0
}
