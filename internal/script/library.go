package script

import (
	"errors"
	"fmt"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"redoubt/internal/resp"
)

// Library is a loaded function library.
type Library struct {
	Name string
	// Code is the whole text, with its first line "#!lua name=…".
	Code string
	// Functions are in the order of their registration.
	Functions []*Function

	compiled compiled
	// machine runs the library's functions, whose variables live as long as it does. No two libraries share one: what ends
	// one library's function by force leaves the others alone. It is nil before the first call and after its functions have
	// used too much memory; the next call runs the code again, which depends on nothing outside of it.
	machine *machine
}

// Function is one function of a library.
type Function struct {
	Name string
	// Description is what was registered with it; Described tells whether anything was.
	Description string
	Described   bool
	Flags       Flags

	library  *Library
	callback *lua.LFunction
}

// LoadOptions say how a library is loaded.
type LoadOptions struct {
	// Replace lets the library take the place of one with the same name.
	Replace bool
	// Limit is how long its code may run until it has registered its functions.
	Limit time.Duration
	// Log writes a line to the server's log.
	Log func(line string)
	// Ahead may hold the library, loaded.
	Ahead *Ahead
}

// RestorePolicy says what becomes of the libraries that are there when others are restored.
type RestorePolicy int

// The policies of FUNCTION RESTORE.
const (
	// RestoreAppend keeps them, and refuses when a name is taken.
	RestoreAppend RestorePolicy = iota
	// RestoreReplace keeps those whose names are not among the restored ones.
	RestoreReplace
	// RestoreFlush keeps none.
	RestoreFlush
)

const (
	// maxLibraries bounds the libraries: each can come to have a machine. maxLibraryBytes bounds their texts and compiled code.
	maxLibraries    = 1024
	maxLibraryBytes = 256 << 20
	// libraryMachineBytes estimates an idle library's machine.
	libraryMachineBytes = 240 << 10
	stopLoad            = "FUNCTION LOAD timeout"
)

// LoadLibrary adds a library and returns its name. The error is the reply's text; nothing has changed then.
func (c *Cache) LoadLibrary(code string, o LoadOptions) (name string, err error) {
	next := c.libraries.clone()
	lib, err := c.newLibrary(&next, code, o)
	if err != nil {
		return "", err
	}
	if old := next.find(lib.Name); old != nil {
		next.remove(old)
	}
	if err := next.add(lib); err != nil {
		return "", err
	}
	c.libraries = next
	return lib.Name, nil
}

// RestoreLibraries adds the libraries of a dump, all of them or none. The error is the reply's text.
func (c *Cache) RestoreLibraries(codes []string, policy RestorePolicy, o LoadOptions) error {
	o.Replace = false
	var restored librarySet
	for _, code := range codes {
		lib, err := c.newLibrary(&restored, code, o)
		if err != nil {
			return err
		}
		if err := restored.add(lib); err != nil {
			return err
		}
	}
	next := librarySet{}
	if policy != RestoreFlush {
		next = c.libraries.clone()
	}
	for _, lib := range restored.list {
		old := next.find(lib.Name)
		switch {
		case old == nil:
		case policy == RestoreAppend:
			return fmt.Errorf("ERR Library %s already exists", lib.Name)
		default:
			next.remove(old)
		}
	}
	for _, lib := range restored.list {
		if err := next.add(lib); err != nil {
			return err
		}
	}
	c.libraries = next
	return nil
}

// newLibrary makes a library. It belongs to no set yet; among says which names are taken.
func (c *Cache) newLibrary(among *librarySet, code string, o LoadOptions) (*Library, error) {
	name, _, err := readCode(code)
	if err != nil {
		return nil, err
	}
	if among.find(name) != nil && !o.Replace {
		return nil, fmt.Errorf("ERR Library '%s' already exists", name)
	}
	if lib, held, err := o.Ahead.library(code); held {
		return lib, err
	}
	return c.loadCode(code, o)
}

// readCode is [parseMetadata] for code whose length has yet to be looked at.
func readCode(code string) (name, body string, err error) {
	if len(code) > maxText {
		return "", "", fmt.Errorf("ERR Library code is longer than %d bytes", maxText)
	}
	return parseMetadata(code)
}

// loadCode compiles a library and lets it register its functions.
func (c *Cache) loadCode(code string, o LoadOptions) (*Library, error) {
	name, body, err := readCode(code)
	if err != nil {
		return nil, err
	}
	lib := &Library{Name: name, Code: code}
	if lib.compiled = compile(body, libraryKind.chunk, true); lib.compiled.err != nil {
		return nil, fmt.Errorf("ERR Error compiling function: %w", lib.compiled.err)
	}
	_, registered, err := lib.start(c.version, c.heapLimit, o)
	if err != nil {
		return nil, fmt.Errorf("ERR Error registering functions: %w", err)
	}
	if len(registered) == 0 {
		return nil, errors.New("ERR No functions registered")
	}
	for _, f := range registered {
		f.library, f.callback = lib, nil // and with it the machine, until the first call
	}
	lib.Functions = registered
	return lib, nil
}

// DeleteLibrary removes a library; false when there is none of this name.
func (c *Cache) DeleteLibrary(name string) bool {
	lib := c.libraries.find(name)
	if lib == nil {
		return false
	}
	next := c.libraries.clone()
	next.remove(lib)
	c.libraries = next
	return true
}

// FlushLibraries removes all libraries.
func (c *Cache) FlushLibraries() { c.libraries = librarySet{} }

// Libraries lists the libraries in the order in which they were loaded.
func (c *Cache) Libraries() []*Library { return c.libraries.list }

// LibraryCodes lists the texts of the libraries.
func (c *Cache) LibraryCodes() []string {
	var codes []string
	for _, lib := range c.libraries.list {
		codes = append(codes, lib.Code)
	}
	return codes
}

// Functions is the number of functions in all libraries.
func (c *Cache) Functions() int { return len(c.libraries.functions) }

// LibraryBytes estimates the memory of the libraries' texts and compiled code.
func (c *Cache) LibraryBytes() int64 { return c.libraries.bytes() }

// LibraryMachineBytes estimates the memory of the idle machines of the libraries.
func (c *Cache) LibraryMachineBytes() (n int64) {
	for _, lib := range c.libraries.list {
		if lib.machine != nil {
			n += libraryMachineBytes
		}
	}
	return n
}

// RestoreLibrary adds a library of a file. Its code has more time than a client's: the machine may be busy.
func (c *Cache) RestoreLibrary(code string, replace bool, log func(line string)) error {
	_, err := c.LoadLibrary(code, LoadOptions{Replace: replace, Limit: restartLimit, Log: log})
	return err
}

// Function finds a function by its name, any case; nil when there is none.
func (c *Cache) Function(name []byte) *Function {
	return c.libraries.functions[strings.ToLower(string(name))]
}

// Call executes a function and writes its reply, or returns why it failed.
func (c *Cache) Call(f *Function, host Host, keys, argv [][]byte, reply *resp.Writer) *Failure {
	lib, log := f.library, host.Log
	if lib.machine == nil {
		if err := lib.restart(c.version, c.heapLimit, log); err != nil {
			return &Failure{Text: "ERR Error registering functions: " + err.Error()}
		}
	}
	m := lib.machine
	m.begin(host, f.Name, lib.compiled.names)
	failure := m.call(f.callback, reply, m.list(keys), m.list(argv))
	c.unweighed += m.guard.work() + wordBytes(keys) + wordBytes(argv)
	if m.guard.stop == stopMemory {
		lib.reset(log)
	}
	if c.unweighed >= weighEvery {
		c.unweighed = 0
		c.libraries.bound(retainedLimit, log)
	}
	return failure
}

// restartLimit is [LoadOptions.Limit] for code that has been accepted before.
const restartLimit = 10 * time.Second

// librarySet is a set of libraries whose names and whose functions' names are all different. The zero value is empty.
type librarySet struct {
	list      []*Library
	functions map[string]*Function // by lower-case name
}

func (s *librarySet) clone() librarySet {
	n := librarySet{list: append([]*Library(nil), s.list...), functions: make(map[string]*Function, len(s.functions)+1)}
	for name, f := range s.functions {
		n.functions[name] = f
	}
	return n
}

func (s *librarySet) find(name string) *Library {
	for _, lib := range s.list {
		if lib.Name == name {
			return lib
		}
	}
	return nil
}

func (s *librarySet) bytes() (n int64) {
	for _, lib := range s.list {
		n += lib.size()
	}
	return n
}

func (lib *Library) size() int64 { return int64(len(lib.Code)) + lib.compiled.size }

func (s *librarySet) add(lib *Library) error {
	if s.bytes()+lib.size() > maxLibraryBytes {
		return fmt.Errorf("ERR Libraries take more than %d MiB", maxLibraryBytes>>20)
	}
	if len(s.list) >= maxLibraries {
		return fmt.Errorf("ERR Too many libraries, at most %d are kept", maxLibraries)
	}
	for _, f := range lib.Functions {
		if s.functions[strings.ToLower(f.Name)] != nil {
			return fmt.Errorf("ERR Function %s already exists", f.Name)
		}
	}
	if s.functions == nil {
		s.functions = map[string]*Function{}
	}
	s.list = append(s.list, lib)
	for _, f := range lib.Functions {
		s.functions[strings.ToLower(f.Name)] = f
	}
	return nil
}

func (s *librarySet) remove(lib *Library) {
	kept := s.list[:0:0]
	for _, l := range s.list {
		if l != lib {
			kept = append(kept, l)
		}
	}
	s.list = kept
	for _, f := range lib.Functions {
		delete(s.functions, strings.ToLower(f.Name))
	}
}

// parseMetadata reads the first line of a library, "#!lua name=…", and returns the text with that line emptied, so that
// line numbers stay. The error is the reply's text.
func parseMetadata(code string) (name, body string, err error) {
	if !strings.HasPrefix(code, "#!") {
		return "", "", errors.New("ERR Missing library metadata")
	}
	end := strings.IndexByte(code, '\n')
	if end < 0 {
		return "", "", errors.New("ERR Invalid library metadata")
	}
	words, err := resp.SplitArgs([]byte(code[:end]))
	if err != nil {
		return "", "", errors.New("ERR Invalid library metadata")
	}
	named := false
	for _, word := range words[1:] {
		w := string(word)
		if len(w) < len("name=") || !strings.EqualFold(w[:len("name=")], "name=") {
			return "", "", fmt.Errorf("ERR Invalid metadata value given: %s", w)
		}
		if named {
			return "", "", errors.New("ERR Invalid metadata value, name argument was given multiple times")
		}
		name, named = w[len("name="):], true
	}
	switch {
	case !named:
		return "", "", errors.New("ERR Library name was not given")
	case !validName(name):
		return "", "", errors.New(msgBadName)
	case !strings.EqualFold(string(words[0]), "#!lua"):
		return "", "", fmt.Errorf("ERR Engine '%s' not found", words[0][len("#!"):])
	}
	return name, code[end:], nil
}

// msgBadName is for libraries and, though it does not say so, for functions.
const msgBadName = "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"

func validName(s string) bool {
	for i := range len(s) {
		if b := s[i]; b != '_' && (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'z') {
			return false
		}
	}
	return s != ""
}
