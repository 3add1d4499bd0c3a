package engine

import (
	"fmt"
	"sort"
	"strings"

	"redoubt/internal/command"
	"redoubt/internal/engine/latency"
)

// Command is a Spec with its handler and statistics.
type Command struct {
	Spec command.Spec
	// Run executes the command. Containers have none; their sub-commands do.
	Run func(c *Call)
	// Flags are those of a request, where they depend on its words (scripts that declare what they do); nil: those of the
	// Spec. Whether the request may run now is decided by them.
	Flags func(e *Engine, argv [][]byte) command.Flag
	// Prepare says what a request needs that takes long: done, or work to be done without the lock, for which it gets the words
	// once more. Run finds the result in [Call.Prepared], unless the command comes from elsewhere than a connection: nothing may
	// depend on it. nil: there is nothing to prepare.
	Prepare func(e *Engine, argv [][]byte) (done Prepared, work func(argv [][]byte) Prepared)
	// Members are asked for before a batch executes.
	Members Members
	// Sub lists the sub-commands of a container.
	Sub []*Command

	Stats CommandStats

	// keys says where the keys are whose lookups are worth preparing; nil: nowhere certain.
	keys *command.KeySpec

	subByName map[string]*Command
}

func (c *Command) flags(e *Engine, argv [][]byte) command.Flag {
	if c.Flags != nil {
		return c.Flags(e, argv)
	}
	return c.Spec.Flags
}

// CommandStats are the figures of one command in INFO commandstats and latencystats. Guarded by the engine lock.
type CommandStats struct {
	Calls, Microseconds, Rejected, Failed int64
	Latency                               latency.Histogram
}

// Family is a list of commands that belong together; each command file adds itself.
type Family struct{ commands []*Command }

// Add appends a command. It returns the command so that it can be called in a variable declaration.
func (f *Family) Add(c *Command) *Command {
	f.commands = append(f.commands, c)
	return c
}

// Commands returns fresh copies of the family's commands, so that two engines in one process share no statistics.
func (f *Family) Commands() []*Command {
	out := make([]*Command, len(f.commands))
	for i, c := range f.commands {
		out[i] = c.clone(nil)
	}
	return out
}

func (c *Command) clone(parent *command.Spec) *Command {
	n := &Command{Spec: c.Spec, Run: c.Run, Flags: c.Flags, Prepare: c.Prepare, Members: c.Members}
	n.Spec.Parent = parent
	n.Spec.Sub = nil
	if specs := n.Spec.Keys; len(specs) > 0 && specs[0].Index > 0 && specs[0].KeyNum == nil && !specs[0].Unknown &&
		specs[0].Flags&command.KeyNotKey == 0 {
		n.keys = &specs[0]
	}
	for _, s := range c.Sub {
		sub := s.clone(&n.Spec)
		n.Sub = append(n.Sub, sub)
	}
	sort.Slice(n.Sub, func(i, j int) bool { return n.Sub[i].Spec.Name < n.Sub[j].Spec.Name })
	for _, s := range n.Sub {
		n.Spec.Sub = append(n.Spec.Sub, &s.Spec)
		if n.subByName == nil {
			n.subByName = map[string]*Command{}
		}
		n.subByName[s.Spec.Name] = s
	}
	return n
}

// Registry finds commands by name, any case.
type Registry struct {
	byName map[string]*Command
	// original keeps the names from before rename-command: COMMAND answers with them, as Redis does.
	original map[string]*Command
	// longest is the length of the longest name in byName: longer words are no commands, and are not copied to see that.
	longest int
}

// NewRegistry builds a registry. A name that appears twice is a programming error and panics.
func NewRegistry(families ...*Family) *Registry {
	r := &Registry{byName: map[string]*Command{}, original: map[string]*Command{}}
	for _, f := range families {
		for _, c := range f.Commands() {
			if r.byName[c.Spec.Name] != nil {
				panic(fmt.Sprintf("engine: command %q registered twice", c.Spec.Name))
			}
			r.put(c.Spec.Name, c)
			r.original[c.Spec.Name] = c
		}
	}
	return r
}

func (r *Registry) put(name string, c *Command) {
	r.byName[name] = c
	r.longest = max(r.longest, len(name))
}

// Lookup finds a top-level command; nil when unknown. It does not allocate for names up to 32 bytes.
func (r *Registry) Lookup(name []byte) *Command {
	if len(name) > r.longest {
		return nil
	}
	var buf [32]byte
	return r.byName[string(lower(buf[:0], name))]
}

// maxSubcommand is the length beyond which a word is no sub-command.
const maxSubcommand = 32

// Find resolves argv to the command that runs: the sub-command for containers. container is set when the first word
// named a container whose sub-command is missing or unknown.
func (r *Registry) Find(argv [][]byte) (cmd, container *Command) {
	c := r.Lookup(argv[0])
	if c == nil || c.subByName == nil || len(argv) == 1 {
		return c, nil
	}
	if len(argv[1]) > maxSubcommand {
		return nil, c
	}
	var buf [maxSubcommand]byte
	if s := c.subByName[string(lower(buf[:0], argv[1]))]; s != nil {
		return s, nil
	}
	return nil, c
}

// Original finds a command, or a sub-command by "container|sub", by the name it had before any renaming.
func (r *Registry) Original(name string) *Command {
	top, sub, isSub := strings.Cut(strings.ToLower(name), "|")
	c := r.original[top]
	if c == nil || !isSub {
		return c
	}
	return c.subByName[sub]
}

// All lists the top-level commands sorted by name.
func (r *Registry) All() []*Command {
	out := make([]*Command, 0, len(r.original))
	for _, c := range r.original {
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Spec.Name < out[j].Spec.Name })
	return out
}

// Rename gives a command another name; the empty name makes it unreachable. Errors: unknown command, name in use.
func (r *Registry) Rename(name, to string) error {
	name, to = strings.ToLower(name), strings.ToLower(to)
	c := r.byName[name]
	if c == nil {
		return fmt.Errorf("No such command in rename-command")
	}
	delete(r.byName, name)
	if to == "" {
		return nil
	}
	if r.byName[to] != nil {
		r.byName[name] = c
		return fmt.Errorf("Target command name already exists")
	}
	r.put(to, c)
	return nil
}

// lower appends the ASCII lower case of s to dst.
func lower(dst, s []byte) []byte {
	for _, b := range s {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		dst = append(dst, b)
	}
	return dst
}
