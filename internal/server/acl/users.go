package acl

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Users are the users of a server by their names.
type Users struct {
	table *Commands
	all   map[string]*User
}

// NewUsers returns a set with the default user alone.
func NewUsers(t *Commands, allChannels bool) *Users {
	return &Users{table: t, all: map[string]*User{DefaultUser: NewDefault(t, allChannels)}}
}

// Get finds a user; nil when there is none of the name.
func (us *Users) Get(name string) *User { return us.all[name] }

// Default is the default user.
func (us *Users) Default() *User { return us.all[DefaultUser] }

// Names lists the users in the order of their names' bytes.
func (us *Users) Names() []string { return slices.Sorted(maps.Keys(us.all)) }

// Put adds a user, or puts it in the place of the one of its name.
func (us *Users) Put(u *User) { us.all[u.Name] = u }

// Delete removes a user; false when there is none of the name. The default user is never removed.
func (us *Users) Delete(name string) bool {
	if name == DefaultUser || us.all[name] == nil {
		return false
	}
	delete(us.all, name)
	return true
}

// Lines are the users as lines of a file.
func (us *Users) Lines() []string {
	var out []string
	for _, name := range us.Names() {
		out = append(out, us.all[name].String())
	}
	return out
}

// ValidName tells whether a name can stand in a file.
func ValidName(name string) bool { return name != "" && !hasSpaces(name) }

// Parse reads the text of an ACL file: a user a line, blank lines and comments (#) between them. A file that does not
// name the default user has the fallback in its place. path is for the errors, of which the text tells all, line by line.
func Parse(path, text string, fallback *User, allChannels bool) (*Users, error) {
	us := &Users{table: fallback.table, all: map[string]*User{}}
	var problems strings.Builder
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if problem := us.parseLine(line, allChannels); problem != "" {
			if problems.Len() < maxProblems {
				problems.WriteString(strings.NewReplacer("%AT", fmt.Sprintf("%s:%d", path, number), "%LINE", fmt.Sprint(number)).Replace(problem))
			}
		}
	}
	if problems.Len() > 0 {
		return nil, fmt.Errorf("%sWARNING: ACL errors detected, no change to the previously active ACL rules was performed", &problems)
	}
	if us.all[DefaultUser] == nil {
		us.Put(fallback)
	}
	return us, nil
}

// maxProblems bounds the text of the errors of one file, in bytes.
const maxProblems = 64 << 10

// parseLine adds the user of one line; the problem names the position as %AT and the line's number as %LINE.
func (us *Users) parseLine(line string, allChannels bool) (problem string) {
	words := strings.Split(line, " ")
	if words[0] != "user" || len(words) < 2 || !ValidName(words[1]) {
		return "%AT should start with user keyword followed by the username. "
	}
	name := words[1]
	if us.all[name] != nil {
		return "WARNING: Duplicate user '" + clean(name) + "' found on line %LINE. "
	}
	u := NewUser(name, us.table, allChannels)
	us.Put(u)
	for i := range words {
		words[i] = strings.Trim(words[i], "\t\r\n")
	}
	rules, err := Join(words[2:])
	if err != nil {
		return "%AT: " + clean(err.Error()) + " "
	}
	if err := u.Apply(rules); err != nil {
		var wrong *RuleError
		errors.As(err, &wrong) // Apply has no other errors
		return "%AT: Error in applying operation '" + clean(wrong.Rule) + "': " + err.Error() + ". "
	}
	return ""
}

// clean keeps what an error repeats of a file short, and free of the marks that stand for positions.
func clean(word string) string {
	return strings.NewReplacer("%AT", "", "%LINE", "").Replace(word[:min(len(word), 128)])
}

// LosesChannels tells whether a user that was before and is now after may be subscribed to channels that it must not
// listen to any more. Then MayListen decides for each subscription.
func LosesChannels(before, after *User) bool {
	now := map[string]bool{}
	for _, s := range after.selectors {
		if s.allChannels {
			return false
		}
		for _, c := range s.channels {
			now[c] = true
		}
	}
	for _, s := range before.selectors {
		if s.allChannels || slices.ContainsFunc(s.channels, func(c string) bool { return !now[c] }) {
			return true
		}
	}
	return false
}

// MayListen tells whether the user may be subscribed to a channel, or a pattern.
func (u *User) MayListen(name string, isPattern bool) bool {
	return slices.ContainsFunc(u.selectors, func(s *selector) bool { return s.allowsChannel([]byte(name), isPattern) })
}
