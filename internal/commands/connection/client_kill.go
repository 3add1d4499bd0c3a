package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// CLIENT KILL closes connections: one by address in the old form, those that match all filters in the new one.
var clientKill = with(clientSub("kill", "2.4.0", "Closes connections.", -3, clientFlags|command.Admin, runClientKill,
	command.OneOf("filter",
		command.Str("old-format"),
		command.OneOf("new-format",
			command.Int("client-id").WithToken("ID").Opt().SinceVersion("2.8.12"),
			command.OneOf("client-type", command.Token("normal", "NORMAL"), command.Token("master", "MASTER").SinceVersion("3.2.0"),
				command.Token("slave", "SLAVE"), command.Token("replica", "REPLICA").SinceVersion("5.0.0"),
				command.Token("pubsub", "PUBSUB")).WithToken("TYPE").Opt().SinceVersion("2.8.12"),
			command.Str("username").WithToken("USER").Opt(),
			command.Str("addr").WithToken("ADDR").Opt(),
			command.Str("laddr").WithToken("LADDR").Opt().SinceVersion("6.2.0"),
			command.OneOf("skipme", command.Token("yes", "YES"), command.Token("no", "NO")).WithToken("SKIPME").Opt(),
		).Many())),
	nil,
	command.Change{Since: "2.8.12", What: "Filters."},
	command.Change{Since: "2.8.12", What: "`ID`."},
	command.Change{Since: "3.2.0", What: "`TYPE master`."},
	command.Change{Since: "5.0.0", What: "`TYPE replica`, the new name of `slave`."},
	command.Change{Since: "6.2.0", What: "`LADDR`."})

// killFilter is a conjunction: an unset part matches everybody.
type killFilter struct {
	id                      uint64
	addr, laddr, kind, user string
	skipMe                  bool
}

func runClientKill(c *engine.Call) {
	f := killFilter{skipMe: true}
	oldForm := c.NArg() == 3
	if oldForm {
		f.addr, f.skipMe = string(c.Arg(2)), false
	} else if !f.parse(c) {
		return
	}
	killed := 0
	c.Engine.Clients(func(cl *engine.Client) bool {
		if f.matches(c, cl) {
			c.Engine.Kill(cl, c.Client)
			if cl != c.Client {
				c.Engine.Forget(cl) // it subscribes and watches no more
			}
			killed++
		}
		return true
	})
	switch {
	case !oldForm:
		c.Reply.Int(int64(killed))
	case killed == 0:
		c.Err("ERR No such client")
	default:
		c.OK()
	}
}

func (f *killFilter) parse(c *engine.Call) bool {
	if c.NArg()%2 != 0 {
		c.SyntaxError()
		return false
	}
	for i := 2; i < c.NArg(); i += 2 {
		value := string(c.Arg(i + 1))
		switch {
		case c.Is(i, "ID"):
			id, ok := engine.ParseInt(c.Arg(i + 1))
			if !ok || id < 1 {
				c.Err("ERR client-id should be greater than 0")
				return false
			}
			f.id = uint64(id)
		case c.Is(i, "TYPE"):
			kind, ok := clientType(c, i+1)
			if !ok {
				return false
			}
			f.kind = kind
		case c.Is(i, "ADDR"):
			f.addr = value
		case c.Is(i, "LADDR"):
			f.laddr = value
		case c.Is(i, "USER"):
			if !c.Engine.UserExists(value) {
				c.Errf("ERR No such user '%s'", value)
				return false
			}
			f.user = value
		case c.Is(i, "SKIPME") && c.Is(i+1, "YES"):
			f.skipMe = true
		case c.Is(i, "SKIPME") && c.Is(i+1, "NO"):
			f.skipMe = false
		default:
			c.SyntaxError()
			return false
		}
	}
	return true
}

func (f *killFilter) matches(c *engine.Call, cl *engine.Client) bool {
	return (f.id == 0 || cl.ID == f.id) &&
		(f.addr == "" || cl.Addr == f.addr) &&
		(f.laddr == "" || cl.Laddr == f.laddr) &&
		(f.kind == "" || cl.Type() == f.kind) &&
		(f.user == "" || cl.User == f.user) &&
		!(f.skipMe && cl == c.Client)
}
