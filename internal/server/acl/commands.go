package acl

import (
	"slices"
	"strings"

	"redoubt/internal/command"
)

// Commands is the table of all commands and sub-commands that rules may name.
type Commands struct {
	names map[string]*commandEntry
	specs map[*command.Spec]*commandEntry
	list  []*commandEntry
}

type commandEntry struct {
	id     int // of its bit
	spec   *command.Spec
	parent *commandEntry
	sub    []*commandEntry
}

// NewCommands builds the table from the top-level commands. Rules know a command by the name in its Spec, whatever
// rename-command has made of it.
func NewCommands(specs []*command.Spec) *Commands {
	t := &Commands{names: map[string]*commandEntry{}, specs: map[*command.Spec]*commandEntry{}}
	for _, s := range specs {
		top := t.add(s, nil)
		for _, sub := range s.Sub {
			top.sub = append(top.sub, t.add(sub, top))
		}
	}
	return t
}

func (t *Commands) add(s *command.Spec, parent *commandEntry) *commandEntry {
	e := &commandEntry{id: len(t.list), spec: s, parent: parent}
	t.list = append(t.list, e)
	t.names[s.FullName()], t.specs[s] = e, e
	return e
}

// lower is the ASCII lower case; other bytes stay as they are, whatever they mean.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if 'A' <= b[j] && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

func (t *Commands) find(name string) *commandEntry { return t.names[lower(name)] }

// bits is a set of commands by their ids.
type bits []uint64

func (t *Commands) newBits() bits { return make(bits, (len(t.list)+63)/64) }

func (b bits) has(id int) bool { return b[id/64]&(1<<(id%64)) != 0 }

func (b bits) set(id int, on bool) {
	if on {
		b[id/64] |= 1 << (id % 64)
	} else {
		b[id/64] &^= 1 << (id % 64)
	}
}

func (b bits) fill(on bool) {
	for i := range b {
		b[i] = 0
		if on {
			b[i] = ^uint64(0)
		}
	}
}

// commandRules is the part of a selector about commands.
type commandRules struct {
	table *Commands
	// allowed holds the commands; all means that it holds every one, and future ones too.
	allowed bits
	all     bool
	// future is what applies to commands that the table does not hold, and the first rule in the text.
	future bool
	// first are the first arguments, in lower case, with which a command is allowed although its bit is off.
	first map[int][]string
	// written are the rules since the last +@all or -@all, each with its sign, none superseded by a later one.
	written []string
}

func (r *commandRules) clone() commandRules {
	c := *r
	c.allowed, c.written = slices.Clone(r.allowed), slices.Clone(r.written)
	c.first = nil
	for id, words := range r.first {
		c.allowFirst(id, words...)
	}
	return c
}

func (r *commandRules) setAll(on bool) {
	r.allowed.fill(on)
	r.all, r.future, r.first, r.written = on, on, nil, nil
}

// apply reads a rule that begins with + or -.
func (r *commandRules) apply(rule string) error {
	on, name := rule[0] == '+', rule[1:]
	if category, ok := strings.CutPrefix(name, "@"); ok {
		return r.applyCategory(category, on)
	}
	if on && strings.Contains(name, "|") {
		return r.applyNarrow(name)
	}
	e := r.table.find(name)
	if e == nil {
		return errUnknownCommand
	}
	r.setCommand(e, on)
	r.write(rule[:1], e.spec.FullName())
	return nil
}

func (r *commandRules) applyCategory(name string, on bool) error {
	name = lower(name)
	if name == "all" {
		r.setAll(on)
		return nil
	}
	category, ok := command.CategoryByName(name)
	if !ok {
		return errUnknownCommand
	}
	for _, e := range r.table.list {
		if e.spec.Categories()&category != 0 {
			r.setCommand(e, on)
		}
	}
	r.write(sign(on), "@"+name)
	return nil
}

// applyNarrow allows a sub-command, or a command with one first argument only.
func (r *commandRules) applyNarrow(name string) error {
	at := strings.LastIndexByte(name, '|')
	e, word := r.table.find(name[:at]), name[at+1:]
	switch {
	case e == nil:
		return errUnknownCommand
	case e.parent != nil:
		return errFirstOfSub
	case word == "" || hasSpaces(word):
		return errSyntax
	case len(e.sub) > 0:
		sub := r.table.find(name)
		if sub == nil {
			return errUnknownCommand
		}
		r.setCommand(sub, true)
	default:
		if len(r.first[e.id]) >= maxItems {
			return errTooMany
		}
		r.allowFirst(e.id, word)
	}
	r.write("+", name)
	return nil
}

func (r *commandRules) allowFirst(id int, words ...string) {
	if r.first == nil {
		r.first = map[int][]string{}
	}
	for _, w := range words {
		if w = lower(w); !slices.Contains(r.first[id], w) {
			r.first[id] = append(r.first[id], w)
		}
	}
}

// setCommand switches a command and, for a container, its sub-commands.
func (r *commandRules) setCommand(e *commandEntry, on bool) {
	r.allowed.set(e.id, on)
	delete(r.first, e.id)
	for _, s := range e.sub {
		r.allowed.set(s.id, on)
	}
	if !on {
		r.all = false
	}
}

// write notes a rule and forgets those that it supersedes: about the same name, or about a part of it.
func (r *commandRules) write(sign, name string) {
	name = lower(name)
	r.written = slices.DeleteFunc(r.written, func(old string) bool {
		rest, ok := strings.CutPrefix(old[1:], name)
		return ok && (rest == "" || rest[0] == '|')
	})
	r.written = append(r.written, sign+name)
}

func sign(on bool) string {
	if on {
		return "+"
	}
	return "-"
}

// text writes the rules so that they can be read again.
func (r *commandRules) text() string {
	return strings.Join(append([]string{sign(r.future) + "@all"}, r.written...), " ")
}

// allows tells whether the command may run. The commands with which a client presents itself always may.
func (r *commandRules) allows(s *command.Spec, argv [][]byte) bool {
	if r.all || s.Flags&command.NoAuth != 0 {
		return true
	}
	e := r.table.specs[s]
	if e == nil {
		return r.future
	}
	if r.allowed.has(e.id) {
		return true
	}
	first := 1
	if s.Parent != nil {
		first = 2
	}
	if len(argv) <= first {
		return false
	}
	words := r.first[e.id]
	return len(words) > 0 && slices.Contains(words, lower(string(argv[first])))
}
