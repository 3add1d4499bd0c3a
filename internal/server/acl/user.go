package acl

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"redoubt/internal/resp"
)

// The errors of rules, in the words clients know.
var (
	errUnknownCommand = errors.New("Unknown command or category name in ACL")
	errSyntax         = errors.New("Syntax error")
	errKeysAfterAll   = errors.New("Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not " +
		"have any effect. Try 'resetkeys' to start with an empty list of patterns")
	errChannelsAfterAll = errors.New("Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and " +
		"does not have any effect. Try 'resetchannels' to start with an empty list of channels")
	errNoSuchPassword = errors.New("The password you are trying to remove from the user does not exist")
	errBadHash        = errors.New("The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters")
	errFirstOfSub     = errors.New("Allowing first-arg of a subcommand is not supported")
	errTooMany        = errors.New("Too many patterns, passwords, selectors or first arguments for one user")
)

// DefaultUser is the user of connections that have not authenticated as another; it cannot be deleted.
const DefaultUser = "default"

// User is one user. It is not changed once it is in a [Users].
type User struct {
	Name string

	enabled   bool
	noPass    bool
	skipCheck bool // skip-sanitize-payload
	passwords []string
	selectors []*selector // the root first

	table *Commands
	// allChannels is acl-pubsub-default: what a new user may do with channels.
	allChannels bool
}

// NewUser returns a user that is off and may do nothing, except use all channels when allChannels says so.
func NewUser(name string, t *Commands, allChannels bool) *User {
	return &User{
		Name: name, table: t, allChannels: allChannels, selectors: []*selector{newSelector(t, allChannels)},
	}
}

// NewDefault returns the user that every server has at first: on, without a password, without limits.
func NewDefault(t *Commands, allChannels bool) *User {
	u := NewUser(DefaultUser, t, allChannels)
	u.enabled, u.noPass = true, true
	root := u.selectors[0]
	root.allKeys, root.allChannels = true, true
	root.commands.setAll(true)
	return u
}

// Clone returns a copy that can be changed. Later new users' channels are as allChannels says.
func (u *User) Clone(allChannels bool) *User {
	c := *u
	c.allChannels = allChannels
	c.passwords, c.selectors = slices.Clone(u.passwords), make([]*selector, len(u.selectors))
	for i, s := range u.selectors {
		c.selectors[i] = s.clone()
	}
	return &c
}

// Enabled tells whether anybody can authenticate as the user.
func (u *User) Enabled() bool { return u.enabled }

// Open tells whether the user needs no password to authenticate.
func (u *User) Open() bool { return u.enabled && u.noPass }

// NoPass tells whether every password is right.
func (u *User) NoPass() bool { return u.noPass }

// Unlimited tells whether the user may do everything, so that nothing needs to be checked.
func (u *User) Unlimited() bool { return slices.ContainsFunc(u.selectors, (*selector).unlimited) }

// Authenticate tells whether the password lets somebody in as the user. It takes the same time for each password of the
// user, whatever they have in common with the one given.
func (u *User) Authenticate(password []byte) bool {
	if !u.enabled {
		return false
	}
	if u.noPass {
		return true
	}
	given := []byte(hash(password))
	right := 0
	for _, p := range u.passwords {
		right |= subtle.ConstantTimeCompare(given, []byte(p))
	}
	return right == 1
}

func hash[T string | []byte](password T) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

// RuleError is a rule that cannot be applied.
type RuleError struct {
	Rule string
	Err  error
}

// Error is the reason alone: whoever reports it names the rule in words of its own.
func (e *RuleError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *RuleError) Unwrap() error { return e.Err }

// Unmatched is a selector without its closing parenthesis.
type Unmatched struct{ Start string }

func (e *Unmatched) Error() string {
	return "Unmatched parenthesis in acl selector starting at '" + e.Start + "'."
}

// Join makes one word of the words of each selector: "(+get", "~a*)" becomes "(+get ~a*)". The error is an *Unmatched.
func Join(words []string) ([]string, error) {
	out := make([]string, 0, len(words))
	start := -1
	for i, w := range words {
		closed := strings.HasSuffix(w, ")")
		switch {
		case start < 0 && strings.HasPrefix(w, "(") && !closed:
			start = i
		case start >= 0 && closed:
			out = append(out, strings.Join(words[start:i+1], " "))
			start = -1
		case start < 0:
			out = append(out, w)
		}
	}
	if start >= 0 {
		return nil, &Unmatched{words[start]}
	}
	return out, nil
}

// Apply reads rules from the left to the right, selectors joined. After an error, a *RuleError, the user is of no use.
func (u *User) Apply(rules []string) error {
	for _, rule := range rules {
		if err := u.apply(rule); err != nil {
			return &RuleError{rule, err}
		}
	}
	return nil
}

func (u *User) apply(rule string) error {
	if rule == "" {
		return nil
	}
	switch lower(rule) {
	case "on":
		u.enabled = true
		return nil
	case "off":
		u.enabled = false
		return nil
	case "nopass":
		u.noPass, u.passwords = true, nil
		return nil
	case "resetpass":
		u.noPass, u.passwords = false, nil
		return nil
	case "skip-sanitize-payload":
		u.skipCheck = true
		return nil
	case "sanitize-payload":
		u.skipCheck = false
		return nil
	case "clearselectors":
		u.selectors = u.selectors[:1]
		return nil
	case "reset":
		*u = *NewUser(u.Name, u.table, u.allChannels)
		return nil
	}
	switch rule[0] {
	case '>':
		return u.addPassword(hash(rule[1:]))
	case '<':
		return u.removePassword(hash(rule[1:]))
	case '#', '!':
		if !isHash(rule[1:]) {
			return errBadHash
		}
		if rule[0] == '#' {
			return u.addPassword(rule[1:])
		}
		return u.removePassword(rule[1:])
	case '(':
		return u.addSelector(rule)
	}
	return u.selectors[0].apply(rule)
}

func isHash(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}

func (u *User) addPassword(hash string) error {
	u.noPass = false
	if slices.Contains(u.passwords, hash) {
		return nil
	}
	if len(u.passwords) >= maxItems {
		return errTooMany
	}
	u.passwords = append(u.passwords, hash)
	return nil
}

func (u *User) removePassword(hash string) error {
	i := slices.Index(u.passwords, hash)
	if i < 0 {
		return errNoSuchPassword
	}
	u.passwords = slices.Delete(u.passwords, i, i+1)
	return nil
}

// addSelector reads "(rule rule …)".
func (u *User) addSelector(text string) error {
	if len(text) < 2 || text[len(text)-1] != ')' || len(u.selectors) > maxItems {
		return errSyntax
	}
	words, err := resp.SplitArgs([]byte(text[1 : len(text)-1]))
	if err != nil {
		return errSyntax
	}
	s := newSelector(u.table, u.allChannels)
	for _, w := range words {
		if len(w) == 0 {
			continue
		}
		if err := s.apply(string(w)); err != nil {
			return err
		}
		if bytes.ContainsAny(w, `"'`) || bytes.HasSuffix(w, []byte(")")) {
			return errSyntax // it would be read differently from a file
		}
	}
	u.selectors = append(u.selectors, s)
	return nil
}

// Flags are the user's flags as ACL GETUSER shows them.
func (u *User) Flags() []string {
	flags := make([]string, 0, 3)
	if u.enabled {
		flags = append(flags, "on")
	} else {
		flags = append(flags, "off")
	}
	if u.noPass {
		flags = append(flags, "nopass")
	}
	if u.skipCheck {
		return append(flags, "skip-sanitize-payload")
	}
	return append(flags, "sanitize-payload")
}

// Passwords are the hashes of the passwords. The slice must not be modified.
func (u *User) Passwords() []string { return u.passwords }

// Selector is the text of one selector: what it allows of commands, keys and channels.
type Selector struct{ Commands, Keys, Channels string }

// Selectors describe the user's selectors, the root first.
func (u *User) Selectors() []Selector {
	out := make([]Selector, len(u.selectors))
	for i, s := range u.selectors {
		out[i] = Selector{s.commands.text(), s.keysText(), s.channelsText()}
	}
	return out
}

// Rules are the rules that make the user, in one line.
func (u *User) Rules() string {
	words := u.Flags()
	for _, p := range u.passwords {
		words = append(words, "#"+p)
	}
	words = append(words, u.selectors[0].text())
	for _, s := range u.selectors[1:] {
		words = append(words, "("+s.text()+")")
	}
	return strings.Join(words, " ")
}

// String is the user as a line of a file.
func (u *User) String() string { return "user " + u.Name + " " + u.Rules() }
