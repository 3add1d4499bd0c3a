package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// HELLO negotiates the protocol, and authenticates and names the connection in the same step. Nothing changes when any
// part of it fails.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "hello", Arity: -1, Since: "6.0.0", Group: command.GroupConnection, Complexity: "O(1)",
		Summary: "Greets the server and chooses the protocol version.",
		Flags:   alwaysAllowed, ACL: command.CatConnection,
		Args: []command.Arg{
			command.Block("arguments",
				command.Int("protover"),
				command.Block("auth", command.Str("username"), command.Str("password")).WithToken("AUTH").Opt(),
				command.Str("clientname").WithToken("SETNAME").Opt()).Opt(),
		},
		History: []command.Change{{Since: "6.2.0", What: "`protover` made optional; when called without arguments the command reports the current connection's context."}},
	},
	Run: hello,
})

func hello(c *engine.Call) {
	proto := c.Reply.Proto
	if c.NArg() > 1 {
		v, ok := c.IntOr(1, "ERR Protocol version is not an integer or out of range")
		if !ok {
			return
		}
		if v < 2 || v > 3 {
			c.Err("NOPROTO unsupported protocol version")
			return
		}
		proto = int(v)
	}
	var user, password, name []byte
	for i := 2; i < c.NArg(); i++ {
		left := c.NArg() - 1 - i
		switch {
		case c.Is(i, "AUTH") && left >= 2:
			c.Redact(i + 1)
			c.Redact(i + 2)
			user, password = c.Arg(i+1), c.Arg(i+2)
			i += 2
		case c.Is(i, "SETNAME") && left >= 1:
			name = c.Arg(i + 1)
			if !validName(name) {
				c.Err(msgBadName)
				return
			}
			i++
		default:
			c.Errf("ERR Syntax error in HELLO option '%s'", c.Arg(i))
			return
		}
	}
	if user != nil && !authenticate(c, string(user), password) {
		return
	}
	if !c.Client.Authenticated && c.Engine.Settings.PasswordRequired {
		c.Err("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> " +
			"<pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
		return
	}
	if name != nil {
		c.Client.Name = string(name)
	}
	c.Reply.Proto = proto
	replyGreeting(c)
}

func replyGreeting(c *engine.Call) {
	w := c.Reply
	w.Map(7)
	w.BulkString("server")
	w.BulkString("redis")
	w.BulkString("version")
	w.BulkString(c.Engine.Host().RedisVersion())
	w.BulkString("proto")
	w.Int(int64(w.Proto))
	w.BulkString("id")
	w.Int(int64(c.Client.ID))
	w.BulkString("mode")
	w.BulkString("standalone")
	w.BulkString("role")
	w.BulkString("master")
	w.BulkString("modules")
	w.Array(0)
}
