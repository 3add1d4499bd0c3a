package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// CLIENT LIST describes all connections, those of a type, or those with the given numbers.
var clientList = with(clientSub("list", "2.4.0", "Describes the connections.", -2, clientFlags|command.Admin, runClientList,
	command.OneOf("client-type", command.Token("normal", "NORMAL"), command.Token("master", "MASTER"),
		command.Token("replica", "REPLICA"), command.Token("pubsub", "PUBSUB")).WithToken("TYPE").Opt().SinceVersion("5.0.0"),
	command.Int("client-id").WithToken("ID").Opt().Many().SinceVersion("6.2.0")),
	variesEachTime,
	command.Change{Since: "2.8.12", What: "Tells the connection's number."},
	command.Change{Since: "5.0.0", What: "`TYPE`."},
	command.Change{Since: "6.0.0", What: "Tells the user."},
	command.Change{Since: "6.2.0", What: "Tells `argv-mem`, `tot-mem`, `laddr` and `redir`; `ID`."},
	command.Change{Since: "7.0.0", What: "Tells `resp`, `multi-mem`, `rbs` and `rbp`."},
	command.Change{Since: "7.0.3", What: "Tells `ssub`."})

func runClientList(c *engine.Call) {
	var text []byte
	switch {
	case c.NArg() == 2:
		c.Engine.Clients(func(cl *engine.Client) bool {
			text = append(append(text, cl.Describe()...), '\n')
			return true
		})
	case c.NArg() == 4 && c.Is(2, "TYPE"):
		want, ok := clientType(c, 3)
		if !ok {
			return
		}
		c.Engine.Clients(func(cl *engine.Client) bool {
			if cl.Type() == want {
				text = append(append(text, cl.Describe()...), '\n')
			}
			return true
		})
	case c.NArg() > 3 && c.Is(2, "ID"):
		for i := 3; i < c.NArg(); i++ {
			id, ok := c.IntOr(i, "ERR Invalid client ID")
			if !ok {
				return
			}
			if cl := c.Engine.ClientByID(uint64(id)); cl != nil {
				text = append(append(text, cl.Describe()...), '\n')
			}
		}
	default:
		c.SyntaxError()
		return
	}
	c.Reply.Verbatim("txt", text)
}

// clientType reads a client type; on failure it has replied.
func clientType(c *engine.Call, i int) (string, bool) {
	for _, t := range []struct{ word, kind string }{
		{"NORMAL", "normal"}, {"SLAVE", "replica"}, {"REPLICA", "replica"}, {"MASTER", "master"}, {"PUBSUB", "pubsub"},
	} {
		if c.Is(i, t.word) {
			return t.kind, true
		}
	}
	c.Errf("ERR Unknown client type '%s'", c.Arg(i))
	return "", false
}
