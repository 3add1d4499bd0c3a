package engine

import (
	"redoubt/internal/command"
	"redoubt/internal/engine/acllog"
)

// Permissions is what a user may do whom something is forbidden. Package acl implements it.
type Permissions interface {
	// Check tells whether a command may run with these words; at is the word at fault, 0 for the command itself.
	Check(s *command.Spec, argv [][]byte) (reason command.Denial, at int)
	// ReadsAllKeys tells whether the command may run and read keys that are not among its words.
	ReadsAllKeys(s *command.Spec, argv [][]byte) bool
}

// AccessControl keeps the users. Package server implements it. All methods are called with the engine lock held. Texts of
// errors are replies without the leading ERR. Connections that a change takes the ground from are closed, that of by once it
// has its reply.
type AccessControl interface {
	// Names lists the users, Exists tells whether there is one of the name.
	Names() []string
	Exists(name string) bool
	// Permissions returns what limits a user, nil when nothing does.
	Permissions(name string) Permissions
	// OpenDefault tells whether the default user has no password: AUTH with a password alone is a mistake then.
	OpenDefault() bool
	// SetUser creates or changes a user, by all rules or none.
	SetUser(name string, rules []string, by *Client) error
	// DeleteUser removes a user; false when there is none of the name. "default" is never removed.
	DeleteUser(name string, by *Client) bool
	// Describe returns what ACL GETUSER shows; ok is false when there is no such user.
	Describe(name string) (d UserDescription, ok bool)
	// Lines are the users as ACL LIST shows them.
	Lines() []string
	// Check is what the user's permissions say, those of an unlimited one included.
	Check(name string, s *command.Spec, argv [][]byte) (reason command.Denial, at int)
	// Load replaces the users by those of the ACL file, Save writes them there.
	Load(by *Client) error
	Save() error
}

// UserDescription is a user as ACL GETUSER shows it. Passwords are hashes in hex.
type UserDescription struct {
	Flags, Passwords []string
	Selectors        []SelectorDescription // the root first
}

// SelectorDescription is one selector as text.
type SelectorDescription struct{ Commands, Keys, Channels string }

// UserExists tells whether there is a user of the name.
func (e *Engine) UserExists(name string) bool {
	if e.Access == nil {
		return name == "default"
	}
	return e.Access.Exists(name)
}

// SetUser makes the client one of the user's, authenticated.
func (c *Client) SetUser(name string) {
	c.User, c.Authenticated = name, true
	c.renewPermissions()
}

func (c *Client) renewPermissions() {
	c.limits = nil
	if a := c.engine.Access; a != nil {
		c.limits = a.Permissions(c.User)
	}
}

// UsersChanged makes every client's permissions those that its user has now.
func (e *Engine) UsersChanged() {
	for _, c := range e.clients {
		c.renewPermissions()
	}
}

// Where a command was refused, in the words of ACL LOG.
const (
	inToplevel = "toplevel"
	inMulti    = "multi"
	inScript   = "lua"
)

// denied checks the client's permissions, and logs a refusal.
func (e *Engine) denied(c *Client, s *command.Spec, argv [][]byte, context string) (reason command.Denial) {
	if c.limits == nil {
		return command.Allowed
	}
	reason, at := c.limits.Check(s, argv)
	if reason == command.Allowed {
		return reason
	}
	object := s.FullName()
	if reason != command.DeniedCommand {
		object = clipTo(argv[at], maxDeniedObject)
	}
	e.logDenied(c, reason, context, object, c.User)
	return reason
}

// refuseUser is the error of a command that the client's user may not run, "" when it may.
func (e *Engine) refuseUser(c *Client, s *command.Spec, argv [][]byte) string {
	context := inToplevel
	if c.multi != nil {
		context = inMulti
	}
	if reason := e.denied(c, s, argv, context); reason != command.Allowed {
		return "NOPERM " + denialText(reason, c.User, s)
	}
	return ""
}

// maxDeniedObject bounds what is copied of the client's word at fault.
const maxDeniedObject = 1 << 10

func clipTo(s []byte, n int) string { return string(s[:min(len(s), n)]) }

func (e *Engine) logDenied(c *Client, reason command.Denial, context, object, user string) {
	switch reason {
	case command.DeniedCommand:
		e.Stats.ACLDeniedCommand++
	case command.DeniedKey:
		e.Stats.ACLDeniedKey++
	case command.DeniedChannel:
		e.Stats.ACLDeniedChannel++
	case command.DeniedAuth:
		e.Stats.ACLDeniedAuth++
	}
	e.ACLLog.Add(e.Settings.ACLLogMaxLen, e.timeMs, acllog.Entry{
		Reason: reason, Context: context, Object: object, Username: user, Client: c.Describe(),
	})
}

// LogFailedAuth notes that the running command could not authenticate its client as the user.
func (c *Call) LogFailedAuth(user string) {
	context := inToplevel
	if c.nested {
		context = inMulti
	}
	c.Engine.logDenied(c.Client, command.DeniedAuth, context, clipTo(c.Argv[0], maxDeniedObject), user)
}

// denialText is the reply for a refusal, without a code.
func denialText(reason command.Denial, user string, s *command.Spec) string {
	switch reason {
	case command.DeniedKey:
		return "No permissions to access a key"
	case command.DeniedChannel:
		return "No permissions to access a channel"
	}
	return "User " + user + " has no permissions to run the '" + s.FullName() + "' command"
}

// deniedAtExec is the reply for a queued command that its client may not run any more.
func deniedAtExec(reason command.Denial) string {
	why := "no permission to execute the command or subcommand"
	switch reason {
	case command.DeniedKey:
		why = "no permission to touch the specified keys"
	case command.DeniedChannel:
		why = "no permission to access one of the channels used as arguments to the command"
	}
	return "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command " +
		"is no longer allowed for the following reason: " + why
}

// ReadsAllKeys tells whether the client's user may read keys that are not among the words, as SORT with BY and GET does.
func (c *Call) ReadsAllKeys() bool {
	return c.Client.limits == nil || c.Client.limits.ReadsAllKeys(&c.Cmd.Spec, c.Argv)
}
