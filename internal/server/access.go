package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/server/acl"
	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
)

// users is the server's part in access control: it implements engine.AccessControl on top of package acl. The engine lock
// guards it, except for credential.
type users struct {
	server *Server
	table  *acl.Commands
	set    *acl.Users
	// credential: a new connection has to authenticate.
	credential atomic.Bool
	// requirepass is the value that the default user's password was last set from.
	requirepass string
}

// The errors of users that others than package acl find.
var (
	errUserName = errors.New("Usernames can't contain spaces or null characters")
	errNoFile   = errors.New("This Redis instance is not configured to use an ACL file. You may want to specify users via the " +
		"ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order " +
		"to store users in the Redis configuration.")
	errSave        = errors.New("There was an error trying to save the ACLs. Please check the server logs for more information")
	errUnprotected = errors.New("the server listens beyond loopback and must not be left without a password")
)

// loadUsers sets up the users: requirepass, the user lines of the configuration or the ACL file.
func (s *Server) loadUsers() error {
	var specs []*command.Spec
	for _, c := range s.engine.Registry().All() {
		specs = append(specs, &c.Spec)
	}
	u := &s.users
	u.server, u.table = s, acl.NewCommands(specs)
	u.set = acl.NewUsers(u.table, u.allChannels())
	if password := s.conf().Text("requirepass"); password != "" {
		u.set.Put(u.initialDefault(password))
	}
	u.requirepass = s.conf().Text("requirepass")
	lines := s.config.Directives("user")
	path := s.conf().Text("aclfile")
	if len(lines) > 0 && path != "" {
		return errors.New("Users are defined both by user lines of the configuration and by an ACL file (aclfile " + path +
			"), and one would silently win over the other: keep one of the two")
	}
	if err := u.configured(lines); err != nil {
		return err
	}
	if path != "" {
		set, err := u.read(path)
		if err != nil {
			return fmt.Errorf("Aborting Redis startup because of ACL errors: %w", err)
		}
		u.set = set
	}
	s.engine.Lock()
	defer s.engine.Unlock()
	s.engine.Access = u
	u.changed()
	return nil
}

func (u *users) allChannels() bool {
	return u.server.conf().Text("acl-pubsub-default") == "allchannels"
}

// initialDefault is the default user as it is when nothing but requirepass speaks of it.
func (u *users) initialDefault(password string) *acl.User {
	d := acl.NewDefault(u.table, u.allChannels())
	if password != "" {
		_ = d.Apply([]string{">" + password}) // a password is never refused
	}
	return d
}

// configured adds the users of the configuration's user lines.
func (u *users) configured(lines []config.Directive) error {
	seen := map[string]bool{}
	for _, d := range lines {
		name := d.Arguments[0]
		switch {
		case !acl.ValidName(name):
			return d.Fail(errUserName.Error())
		case seen[name]:
			return d.Fail("Error in user declaration '" + name + "': Duplicate user found. A user can only be defined once in config files")
		}
		seen[name] = true
		rules, err := acl.Join(d.Arguments[1:])
		if err != nil {
			return d.Fail(err.Error())
		}
		user := acl.NewUser(name, u.table, u.allChannels())
		if err := user.Apply(rules); err != nil {
			var rule *acl.RuleError
			errors.As(err, &rule)
			return d.Fail("Error in user declaration '" + rule.Rule + "': " + err.Error())
		}
		if !user.Enabled() {
			u.server.log.Logf(logging.Notice, "The user '%s' is disabled (there is no 'on' modifier in the user description). "+
				"Make sure this is not a configuration error.", name)
		}
		u.set.Put(user)
	}
	return nil
}

// changed puts a change of users into effect.
func (u *users) changed() {
	required := !u.set.Default().Open()
	u.server.engine.Settings.PasswordRequired = required
	u.credential.Store(required)
	u.server.engine.UsersChanged()
}

// applyPassword puts requirepass into effect: it is the one password of the default user, or none.
func (s *Server) applyPassword(next *config.Snapshot) error {
	u := &s.users
	password := next.Text("requirepass")
	if password == u.requirepass {
		return nil // as after a CONFIG SET that failed and is taken back
	}
	rules := []string{"nopass"}
	if password != "" {
		rules = []string{"resetpass", ">" + password}
	}
	d := u.set.Default().Clone(u.allChannels())
	_ = d.Apply(rules) // a password is never refused
	if err := next.CheckExposure(!d.Open()); err != nil {
		return errUnprotected
	}
	u.requirepass = password
	u.set.Put(d)
	u.changed()
	return nil
}

// userLines are the users as lines of the configuration; none while they are kept in a file of their own.
func (s *Server) userLines() []string {
	if s.conf().Text("aclfile") != "" {
		return nil
	}
	lines := s.users.set.Lines()
	for i, line := range lines {
		words := strings.Split(line, " ")
		for j, w := range words {
			if strings.ContainsAny(w, `"'\`) || strings.ContainsFunc(w, func(r rune) bool { return r < ' ' || r > '~' }) {
				words[j] = config.Quote(w)
			}
		}
		lines[i] = strings.Join(words, " ")
	}
	return lines
}

// Names implements engine.AccessControl.
func (u *users) Names() []string { return u.set.Names() }

// Exists implements engine.AccessControl.
func (u *users) Exists(name string) bool { return u.set.Get(name) != nil }

// OpenDefault implements engine.AccessControl.
func (u *users) OpenDefault() bool { return u.set.Default().NoPass() }

// Permissions implements engine.AccessControl.
func (u *users) Permissions(name string) engine.Permissions {
	user := u.set.Get(name)
	switch {
	case user == nil:
		return acl.NewUser(name, u.table, false) // it is gone, and its connections are being closed
	case user.Unlimited():
		return nil
	}
	return user
}

// Check implements engine.AccessControl.
func (u *users) Check(name string, s *command.Spec, argv [][]byte) (reason command.Denial, at int) {
	return u.set.Get(name).Check(s, argv)
}

// Lines implements engine.AccessControl.
func (u *users) Lines() []string { return u.set.Lines() }

// Describe implements engine.AccessControl.
func (u *users) Describe(name string) (d engine.UserDescription, ok bool) {
	user := u.set.Get(name)
	if user == nil {
		return d, false
	}
	d.Flags, d.Passwords = user.Flags(), user.Passwords()
	for _, s := range user.Selectors() {
		d.Selectors = append(d.Selectors, engine.SelectorDescription(s))
	}
	return d, true
}

// SetUser implements engine.AccessControl.
func (u *users) SetUser(name string, rules []string, by *engine.Client) error {
	if !acl.ValidName(name) {
		return errUserName
	}
	joined, err := acl.Join(rules)
	if err != nil {
		return err
	}
	before := u.set.Get(name)
	var next *acl.User
	if before != nil {
		next = before.Clone(u.allChannels())
	} else {
		next = acl.NewUser(name, u.table, u.allChannels())
	}
	if err := next.Apply(joined); err != nil {
		var rule *acl.RuleError
		errors.As(err, &rule)
		return fmt.Errorf("Error in ACL SETUSER modifier '%s': %w", rule.Rule, rule.Err)
	}
	if name == acl.DefaultUser {
		if err := u.server.conf().CheckExposure(!next.Open()); err != nil {
			return errUnprotected
		}
	}
	u.set.Put(next)
	u.changed()
	if before != nil {
		u.closeListeners(before, next, by)
	}
	return nil
}

// closeListeners closes the connections of a user that listen to what it may not listen to any more.
func (u *users) closeListeners(before, after *acl.User, by *engine.Client) {
	if !acl.LosesChannels(before, after) {
		return
	}
	e := u.server.engine
	e.Clients(func(c *engine.Client) bool {
		if c.User == after.Name && c.Listens(func(name string, pattern bool) bool { return !after.MayListen(name, pattern) }) {
			e.Kill(c, by)
		}
		return true
	})
}

// DeleteUser implements engine.AccessControl.
func (u *users) DeleteUser(name string, by *engine.Client) bool {
	if !u.set.Delete(name) {
		return false
	}
	u.closeOrphans(by)
	return true
}

// closeOrphans closes the connections of users that are gone.
func (u *users) closeOrphans(by *engine.Client) {
	e := u.server.engine
	e.Clients(func(c *engine.Client) bool {
		if u.set.Get(c.User) == nil {
			e.Kill(c, by)
		}
		return true
	})
}

// maxACLFile bounds what is read as an ACL file.
const maxACLFile = 16 << 20

// read reads the users of the ACL file.
func (u *users) read(path string) (*acl.Users, error) {
	file, err := u.server.config.Files().OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("Error loading ACLs, opening file '%s': %w", path, errors.Unwrap(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxACLFile+1))
	if err != nil {
		return nil, fmt.Errorf("Error loading ACLs, reading file '%s': %w", path, errors.Unwrap(err))
	}
	if len(text) > maxACLFile {
		return nil, fmt.Errorf("Error loading ACLs, reading file '%s': it is larger than 16 MB, which no list of users is", path)
	}
	return acl.Parse(path, string(text), u.initialDefault(u.requirepass), u.allChannels())
}

// Load implements engine.AccessControl.
func (u *users) Load(by *engine.Client) error {
	path := u.server.conf().Text("aclfile")
	if path == "" {
		return errNoFile
	}
	next, err := u.read(path)
	if err != nil {
		return err
	}
	if err := u.server.conf().CheckExposure(!next.Default().Open()); err != nil {
		return errUnprotected
	}
	before := u.set
	u.set = next
	u.changed()
	u.closeOrphans(by)
	for _, name := range before.Names() {
		if after := next.Get(name); after != nil {
			u.closeListeners(before.Get(name), after, by)
		}
	}
	return nil
}

// Save implements engine.AccessControl.
func (u *users) Save() error {
	path := u.server.conf().Text("aclfile")
	if path == "" {
		return errNoFile
	}
	if err := config.ReplaceFile(u.server.config.Files(), path, strings.Join(u.set.Lines(), "\n")+"\n"); err != nil {
		u.server.log.Logf(logging.Warning, "Saving the users to the ACL file %s failed: %v", path, err)
		return errSave
	}
	return nil
}
