package script

import (
	"container/list"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// Program is a compiled script. It is immutable.
type Program struct {
	// SHA is the lower-case hexadecimal SHA1 of the text.
	SHA   string
	Flags Flags

	text     string
	proto    *lua.FunctionProto
	names    names
	evicting *list.Element // its place among the scripts that EVAL cached; nil for SCRIPT LOAD
}

const (
	// maxText is the longest script; compiling cannot be interrupted, and this much takes a part of a second.
	maxText = 512 << 10
	// maxEvalCached bounds the scripts that EVAL leaves in the cache; those of SCRIPT LOAD stay.
	maxEvalCached = 500
	// programOverhead estimates a compiled script's memory per byte of text.
	programOverhead = 8
)

// Cache holds compiled scripts with the machine that runs them, and function libraries with theirs. It is not safe for
// concurrent use.
type Cache struct {
	byText  map[string]*Program
	bySHA   map[string]*Program
	evalled *list.List // of *Program, the most recently used first
	bytes   int64
	evicted int64
	machine *machine
	// libraries changes as a whole.
	libraries librarySet
	// unweighed is the work of functions since the libraries' variables were weighed, in bytes.
	unweighed int64
	version   string
	// heapLimit is what a script may add to the heap, in bytes.
	heapLimit int64
}

// NewCache makes an empty cache. version is the server version that scripts see, "7.2.4".
func NewCache(version string) *Cache {
	c := &Cache{version: version, heapLimit: heapLimit}
	c.Flush()
	return c
}

// Flush forgets all scripts and their machine.
func (c *Cache) Flush() {
	c.byText, c.bySHA, c.evalled, c.bytes = map[string]*Program{}, map[string]*Program{}, list.New(), 0
	c.machine = nil
}

// Scripts is the number of compiled scripts.
func (c *Cache) Scripts() int { return len(c.bySHA) }

// ScriptBytes estimates the memory of the compiled scripts.
func (c *Cache) ScriptBytes() int64 { return c.bytes }

// Evicted counts the scripts dropped to bound the cache.
func (c *Cache) Evicted() int64 { return c.evicted }

// MachineBytes estimates the memory of the idle machine.
func (c *Cache) MachineBytes() int64 {
	if c.machine == nil {
		return 0
	}
	return machineBytes
}

// Find returns the script with the SHA1 in hexadecimal, any case, or nil.
func (c *Cache) Find(sha []byte) *Program {
	if len(sha) != 2*sha1.Size {
		return nil
	}
	var lower [2 * sha1.Size]byte
	for i, b := range sha {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		lower[i] = b
	}
	p := c.bySHA[string(lower[:])]
	if p != nil && p.evicting != nil {
		c.evalled.MoveToFront(p.evicting)
	}
	return p
}

// Eval returns the compiled script for a text that EVAL brings. The error is the reply's text.
func (c *Cache) Eval(text []byte) (*Program, error) {
	if p := c.byText[string(text)]; p != nil {
		if p.evicting != nil {
			c.evalled.MoveToFront(p.evicting)
		}
		return p, nil
	}
	p, err := c.add(text)
	if err != nil {
		return nil, err
	}
	p.evicting = c.evalled.PushFront(p)
	if c.evalled.Len() > maxEvalCached {
		c.remove(c.evalled.Back().Value.(*Program))
		c.evicted++
	}
	return p, nil
}

// Load compiles and keeps a script for good, as SCRIPT LOAD does. The error is the reply's text.
func (c *Cache) Load(text []byte) (*Program, error) {
	p := c.byText[string(text)]
	if p == nil {
		var err error
		if p, err = c.add(text); err != nil {
			return nil, err
		}
	}
	if p.evicting != nil {
		c.evalled.Remove(p.evicting)
		p.evicting = nil
	}
	return p, nil
}

func (c *Cache) add(text []byte) (*Program, error) {
	p, err := compileProgram(text)
	if err != nil {
		return nil, err
	}
	c.byText[p.text], c.bySHA[p.SHA] = p, p
	c.bytes += p.size()
	return p, nil
}

func (c *Cache) remove(p *Program) {
	c.evalled.Remove(p.evicting)
	delete(c.byText, p.text)
	delete(c.bySHA, p.SHA)
	c.bytes -= p.size()
}

func (p *Program) size() int64 { return int64(len(p.text)) * (1 + programOverhead) }

func compileProgram(text []byte) (*Program, error) {
	sum := sha1.Sum(text)
	p := &Program{SHA: hex.EncodeToString(sum[:]), text: string(text)}
	flags, body, err := parseShebang(p.text)
	if err != nil {
		return nil, err
	}
	p.Flags = flags
	if p.proto, p.names, err = compile(body, scriptKind.chunk); err != nil {
		return nil, fmt.Errorf("ERR Error compiling script (new function): %w", err)
	}
	return p, nil
}

// compile makes a function of a text; errors have the form "chunk:line: what".
func compile(text, chunk string) (proto *lua.FunctionProto, n names, err error) {
	defer func() {
		if r := recover(); r != nil { // the parser and the compiler panic on input they did not foresee
			err = fmt.Errorf("%s:1: %v", chunk, r)
		}
	}()
	if len(text) > maxText {
		return nil, n, fmt.Errorf("%s:1: script is longer than %d bytes", chunk, maxText)
	}
	if strings.HasPrefix(text, "\x1b") {
		return nil, n, fmt.Errorf("%s:1: precompiled code is not accepted", chunk)
	}
	tree, err := parse.Parse(strings.NewReader(text), chunk)
	if err != nil {
		return nil, n, syntaxError(err, text, chunk)
	}
	if err := checkTree(tree); err != nil {
		return nil, n, fmt.Errorf("%s:1: %w", chunk, err)
	}
	w := rewriter{}
	w.chunk(tree)
	proto, err = lua.Compile(tree, chunk)
	if err != nil {
		var compileError *lua.CompileError
		if errors.As(err, &compileError) {
			return nil, n, fmt.Errorf("%s:%d: %s", chunk, max(compileError.Line, 1), compileError.Message)
		}
		return nil, n, fmt.Errorf("%s:1: %w", chunk, err)
	}
	proto.IsVarArg &^= lua.VarArgNeedsArg // the chunk itself has no "arg"; making the table would cost every run
	return proto, w.names, nil
}

// syntaxError words a parser's error as Lua does.
func syntaxError(err error, text, chunk string) error {
	var e *parse.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s:1: %w", chunk, err)
	}
	line := e.Pos.Line
	token, message := e.Token, e.Message
	if line < 0 { // the end of the text
		line, token = 1+strings.Count(text, "\n"), "<eof>"
	}
	if message == "syntax error" {
		message = "unexpected symbol"
	}
	if strings.HasPrefix(message, "unterminated string") {
		message = "unfinished string"
	}
	return fmt.Errorf("%s:%d: %s near '%s'", chunk, line, message, token)
}

// Flags are the flags of a script's first line.
type Flags struct {
	// Declared: the script has a "#!lua" line, or it is a function, so that the flags count.
	Declared                                                      bool
	NoWrites, AllowOOM, AllowStale, NoCluster, AllowCrossSlotKeys bool
}

var shebangWord = regexp.MustCompile(`\S+`)

// parseShebang reads a first line "#!lua flags=a,b" and returns the text with that line emptied, so that line numbers
// stay. The error is the reply's text.
func parseShebang(text string) (f Flags, body string, err error) {
	if !strings.HasPrefix(text, "#!") {
		return f, text, nil
	}
	end := strings.IndexByte(text, '\n')
	if end < 0 {
		return f, "", errors.New("ERR Invalid script shebang")
	}
	words := shebangWord.FindAllString(text[:end], -1)
	if words[0] != "#!lua" {
		return f, "", fmt.Errorf("ERR Unexpected engine in script shebang: %s", words[0])
	}
	f.Declared = true
	for _, w := range words[1:] {
		value, ok := strings.CutPrefix(w, "flags=")
		if !ok {
			return f, "", fmt.Errorf("ERR Unknown lua shebang option: %s", w)
		}
		if value == "" {
			continue
		}
		for _, name := range strings.Split(value, ",") {
			if !f.set(name) {
				return f, "", fmt.Errorf("ERR Unexpected flag in script shebang: %s", name)
			}
		}
	}
	return f, text[end:], nil
}

// names and places of the flags, in the order in which they are listed.
func (f *Flags) all() []namedFlag {
	return []namedFlag{
		{"no-writes", &f.NoWrites}, {"allow-oom", &f.AllowOOM}, {"allow-stale", &f.AllowStale}, {"no-cluster", &f.NoCluster},
		{"allow-cross-slot-keys", &f.AllowCrossSlotKeys},
	}
}

type namedFlag struct {
	name string
	set  *bool
}

// Names lists the flags that are set.
func (f Flags) Names() (names []string) {
	for _, n := range f.all() {
		if *n.set {
			names = append(names, n.name)
		}
	}
	return names
}

func (f *Flags) set(name string) bool {
	for _, n := range f.all() {
		if n.name == name {
			*n.set = true
			return true
		}
	}
	return false
}
