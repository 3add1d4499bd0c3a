package config

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"redoubt/internal/persist/vfs"
)

// Environment is what a configuration needs of the process around it.
type Environment struct {
	Stdin io.Reader          // read for a file named -
	Chdir func(string) error // the effect of dir
	Getwd func() (string, error)
	Files vfs.FS // what the server writes: its configuration, its users, its dataset
	// Sentinel accepts sentinel directives, which a data node refuses.
	Sentinel bool
	// Initial replaces defaults before anything is read, as Sentinel does with its port.
	Initial map[string]string
}

// System is the environment of the running process.
func System() Environment {
	return Environment{Stdin: os.Stdin, Chdir: os.Chdir, Getwd: os.Getwd, Files: vfs.OS}
}

// Config is the configuration of one server. All methods may be called at any time from anywhere, except that a change
// hook must not change the configuration.
type Config struct {
	environment Environment
	registry    *registry
	path        string // absolute path of the configuration file; empty: none
	directives  []Directive

	current atomic.Pointer[Snapshot]

	changing     sync.Mutex // one change or rewrite at a time; guards what follows
	hooks        []hook
	contributors map[string]func() []string
}

// hook is told of changes to its parameters.
type hook struct {
	positions map[int]bool
	apply     func(next *Snapshot) error
}

// Files is the file system of the server's files.
func (c *Config) Files() vfs.FS { return c.environment.Files }

// New returns the configuration of a server without file and command line. The error is one of environment.Initial.
func New(environment Environment) (*Config, error) {
	registry := newRegistry(environment)
	snapshot := &Snapshot{
		registry: registry,
		values:   make([]any, len(registry.parameters)),
		explicit: make([]bool, len(registry.parameters)),
	}
	for position, parameter := range registry.parameters {
		snapshot.values[position] = parameter.byDefault
	}
	for name, initial := range environment.Initial {
		position := snapshot.position(name)
		value, err := registry.parameters[position].codec.parse([]string{initial}, snapshot.values[position])
		if err != nil {
			return nil, fmt.Errorf("initial value of %s: %w", name, err)
		}
		snapshot.values[position] = value
	}
	c := &Config{environment: environment, registry: registry, contributors: map[string]func() []string{}}
	c.current.Store(snapshot)
	return c, nil
}

// Current returns the configuration of this moment.
func (c *Config) Current() *Snapshot { return c.current.Load() }

// Path is the absolute path of the configuration file, empty if the server runs without one.
func (c *Config) Path() string { return c.path }

// Parameters returns the table of all parameters. It must not be modified.
func (c *Config) Parameters() []Parameter { return c.registry.parameters }

// Sensitive tells whether the values of a parameter, named in any case, must not be shown to anybody.
func (c *Config) Sensitive(name string) bool {
	position, ok := c.registry.find(name)
	return ok && c.registry.parameters[position].Flags&Sensitive != 0
}

// OnChange has apply called whenever one of the named parameters changes through Set, once however many of them do. It
// gets the configuration that is about to come into force and puts it into effect. If it returns an error, that error's
// text is the reason the client reads, the change does not happen, and every apply function that was called for it is
// called again with the configuration of before. Loading calls no hooks.
func (c *Config) OnChange(apply func(next *Snapshot) error, names ...string) {
	positions := map[int]bool{}
	for _, name := range names {
		positions[c.Current().position(name)] = true
	}
	c.changing.Lock()
	defer c.changing.Unlock()
	c.hooks = append(c.hooks, hook{positions, apply})
}

// Store gives a parameter a value that the server itself has decided on, such as replicaof after REPLICAOF. Neither
// Immutable and the other marks nor hooks apply.
func (c *Config) Store(name string, arguments ...string) error {
	c.changing.Lock()
	defer c.changing.Unlock()
	next := c.Current().clone()
	position := next.position(name)
	value, err := c.registry.parameters[position].codec.parse(arguments, next.values[position])
	if err != nil {
		return err
	}
	next.values[position], next.explicit[position] = value, true
	c.current.Store(next)
	return nil
}
