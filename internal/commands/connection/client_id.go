package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// CLIENT ID returns the connection's number; numbers only ever grow.
var clientID = clientSub("id", "5.0.0", "Returns the number of the connection.", 2, clientFlags,
	func(c *engine.Call) { c.Reply.Int(int64(c.Client.ID)) })

// CLIENT GETNAME returns the connection's name, null without one.
var clientGetname = clientSub("getname", "2.6.9", "Returns the name of the connection.", 2, clientFlags,
	func(c *engine.Call) {
		if c.Client.Name == "" {
			c.Reply.Null()
			return
		}
		c.Reply.BulkString(c.Client.Name)
	})

// CLIENT SETNAME names the connection; the empty name takes it away.
var clientSetname = clientSub("setname", "2.6.9", "Names the connection.", 3, clientFlags,
	func(c *engine.Call) {
		if !validName(c.Arg(2)) {
			c.Err(msgBadName)
			return
		}
		c.Client.Name = string(c.Arg(2))
		c.OK()
	}, command.Str("connection-name"))

// CLIENT SETINFO says which library the client uses.
var clientSetinfo = clientSub("setinfo", "7.2.0", "Says which client library and version the connection uses.", 4, clientFlags,
	func(c *engine.Call) {
		field := string(c.Arg(2))
		var at *string
		switch {
		case c.Is(2, "LIB-NAME"):
			at = &c.Client.LibName
		case c.Is(2, "LIB-VER"):
			at = &c.Client.LibVer
		default:
			c.Errf("ERR Unrecognized option '%s'", field)
			return
		}
		if !validName(c.Arg(3)) {
			c.Errf("ERR %s cannot contain spaces, newlines or special characters.", field)
			return
		}
		*at = string(c.Arg(3))
		c.OK()
	},
	command.OneOf("attr", command.Str("libname").WithToken("lib-name"), command.Str("libver").WithToken("lib-ver")))

// CLIENT INFO is the connection's own line of CLIENT LIST.
var clientInfo = with(clientSub("info", "6.2.0", "Describes the connection.", 2, clientFlags,
	func(c *engine.Call) { c.Reply.Verbatim("txt", []byte(c.Client.Describe()+"\n")) }), variesEachTime)
