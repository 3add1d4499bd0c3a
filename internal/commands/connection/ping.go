package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// PING answers PONG or its argument. A RESP2 connection in subscribed state gets an array, so that it looks like a
// message.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "ping", Arity: -1, Since: "1.0.0", Group: command.GroupConnection, Complexity: "O(1)",
		Summary: "Returns PONG or the given message, to see whether the server is alive.",
		Flags:   command.Fast, ACL: command.CatConnection,
		Args: []command.Arg{command.Str("message").Opt()},
		Tips: []string{"request_policy:all_shards", "response_policy:all_succeeded"},
	},
	Run: func(c *engine.Call) {
		if c.NArg() > 2 {
			c.WrongArity()
			return
		}
		message := []byte("")
		if c.NArg() == 2 {
			message = c.Arg(1)
		}
		switch {
		case c.Reply.Proto == 2 && c.Client.Type() == "pubsub":
			c.Reply.Array(2)
			c.Reply.BulkString("pong")
			c.Reply.Bulk(message)
		case c.NArg() == 1:
			c.Reply.SimpleString("PONG")
		default:
			c.Reply.Bulk(message)
		}
	},
})
