package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// AUTH proves who the client is. Its words never reach the slow log or MONITOR.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "auth", Arity: -2, Since: "1.0.0", Group: command.GroupConnection,
		Complexity: "O(N) where N is the number of passwords of the user",
		Summary:    "Authenticates the connection.",
		Flags:      alwaysAllowed, ACL: command.CatConnection,
		Args:    []command.Arg{command.Str("username").Opt().SinceVersion("6.0.0"), command.Str("password")},
		History: []command.Change{{Since: "6.0.0", What: "Added ACL style (username and password)."}},
	},
	Run: func(c *engine.Call) {
		for i := range c.NArg() - 1 {
			c.Redact(1 + i)
		}
		if c.NArg() > 3 {
			c.SyntaxError()
			return
		}
		user, password := "default", c.Arg(c.NArg()-1)
		if c.NArg() == 3 {
			user = string(c.Arg(1))
		} else if c.Engine.Access != nil && c.Engine.Access.OpenDefault() {
			c.Err("ERR AUTH <password> called without any password configured for the default user. Are you sure your " +
				"configuration is correct?")
			return
		}
		if authenticate(c, user, password) {
			c.OK()
		}
	},
})

// authenticate checks the password and marks the connection; on failure it has replied.
func authenticate(c *engine.Call, user string, password []byte) bool {
	if !c.Engine.Host().Authenticate(user, password) {
		c.LogFailedAuth(user)
		c.Err("WRONGPASS invalid username-password pair or user is disabled.")
		return false
	}
	c.Client.SetUser(user)
	return true
}
