package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Requester is who asks for a change.
type Requester struct {
	Local   bool // connected through loopback or a Unix socket
	Loading bool // the dataset is being loaded
}

// ErrLoading reports a parameter that cannot be changed while the dataset is being loaded. Its reply is the LOADING error
// that commands get then.
var ErrLoading = errors.New("the dataset is being loaded")

// SetError is a refused CONFIG SET. Its text is the reply without the leading ERR.
type SetError struct {
	Parameter string // the name to which the error relates
	Reason    string
	// Rollback is what went wrong while the configuration of before was put into effect again; usually nil. It belongs
	// into the log: the server may then be in a state between the two.
	Rollback error
}

func (e *SetError) Error() string {
	return fmt.Sprintf("CONFIG SET failed (possibly related to argument '%s') - %s", e.Parameter, e.Reason)
}

// assignment is one name and value of a CONFIG SET.
type assignment struct {
	position int
	name     string // name or alias in lower case
	value    string
}

// Set carries out CONFIG SET name value [name value …]: all of it or nothing. The error's text is the reply without the
// leading ERR, unless it is ErrLoading.
func (c *Config) Set(arguments []string, by Requester) error {
	c.changing.Lock()
	defer c.changing.Unlock()
	assignments, err := c.assignments(arguments, by)
	if err != nil {
		return err
	}
	before := c.Current()
	next := before.clone()
	for i, a := range assignments {
		if err := c.assign(next, a); err != nil {
			return &SetError{a.name, err.Error(), c.undo(before, assignments[:i])}
		}
	}
	if err := c.applyHooks(before, next, assignments); err != nil {
		return err
	}
	c.current.Store(next)
	return nil
}

// assignments checks everything about the request but its values.
func (c *Config) assignments(arguments []string, by Requester) ([]assignment, error) {
	if len(arguments)%2 != 0 {
		return nil, errors.New("syntax error")
	}
	var assignments []assignment
	for pair := range slices.Chunk(arguments, 2) {
		position, ok := c.registry.find(pair[0])
		if !ok {
			return nil, fmt.Errorf("Unknown option or number of arguments for CONFIG SET - '%s'", pair[0])
		}
		a := assignment{position, strings.ToLower(pair[0]), pair[1]}
		switch flags := c.registry.parameters[position].Flags; {
		case flags&Immutable != 0:
			return nil, &SetError{Parameter: pair[0], Reason: "can't set immutable config"}
		case flags&Protected != 0 && !c.allowsProtected(by):
			return nil, &SetError{Parameter: pair[0], Reason: "can't set protected config"}
		case flags&DenyLoading != 0 && by.Loading:
			return nil, ErrLoading
		}
		if slices.ContainsFunc(assignments, func(other assignment) bool { return other.name == a.name }) {
			return nil, &SetError{Parameter: pair[0], Reason: "duplicate parameter"}
		}
		assignments = append(assignments, a)
	}
	return assignments, nil
}

func (c *Config) allowsProtected(by Requester) bool {
	switch c.Current().Text("enable-protected-configs") {
	case "yes":
		return true
	case "local":
		return by.Local
	}
	return false
}

// assign parses one value into next. The value of a parameter with several words is cut at every single space.
func (c *Config) assign(next *Snapshot, a assignment) error {
	parameter := &c.registry.parameters[a.position]
	words := []string{a.value}
	if parameter.Flags&severalWords != 0 {
		words = strings.Split(a.value, " ")
		if a.value == "" {
			words = nil
		}
	}
	value, err := parameter.codec.parse(words, next.values[a.position])
	if err != nil {
		return err
	}
	next.values[a.position], next.explicit[a.position] = value, true
	return nil
}

// applyHooks tells the hooks of the changed parameters, in the order of the request, and takes all back if one fails.
func (c *Config) applyHooks(before, next *Snapshot, assignments []assignment) error {
	called := map[int]bool{}
	var order []int
	for _, a := range assignments {
		again := c.registry.parameters[a.position].Flags&reapply != 0
		if !again && before.textAt(a.position) == next.textAt(a.position) {
			continue
		}
		for i, hook := range c.hooks {
			if called[i] || !hook.positions[a.position] {
				continue
			}
			called[i] = true
			order = append(order, i)
			if err := hook.apply(next); err != nil {
				rollback := []error{c.undo(before, assignments)}
				for _, i := range order {
					rollback = append(rollback, c.hooks[i].apply(before))
				}
				return &SetError{a.name, err.Error(), errors.Join(rollback...)}
			}
		}
	}
	return nil
}

// undo takes back what reading the values has already effected: the change of the working directory.
func (c *Config) undo(before *Snapshot, assignments []assignment) error {
	for _, a := range assignments {
		if d, ok := c.registry.parameters[a.position].codec.(directory); ok {
			return d.undo(before.values[a.position])
		}
	}
	return nil
}
