package script

import (
	"bytes"
	"container/list"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Program is a compiled script. It is immutable.
type Program struct {
	// SHA is the lower-case hexadecimal SHA1 of the text.
	SHA   string
	Flags Flags

	text     string
	compiled compiled
	evicting *list.Element // its place among the scripts that EVAL cached; nil for SCRIPT LOAD
}

// Bounds of the cache. What EVAL leaves in it makes room for more, those used longest ago first; what SCRIPT LOAD leaves stays.
const (
	maxEvalCached = 500
	maxEvalBytes  = 64 << 20
	maxLoadBytes  = 256 << 20
)

// Cache holds compiled scripts with the machine that runs them, and function libraries with theirs. It is not safe for
// concurrent use, but for [Cache.LoadAhead].
type Cache struct {
	byText  map[string]*Program
	bySHA   map[string]*Program
	evalled *list.List // of *Program, the most recently used first
	// evalBytes and loadBytes are what the scripts of EVAL and those of SCRIPT LOAD take.
	evalBytes, loadBytes int64
	evicted              int64
	machine              *machine
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
	c.byText, c.bySHA, c.evalled, c.evalBytes, c.loadBytes = map[string]*Program{}, map[string]*Program{}, list.New(), 0, 0
	c.machine = nil
}

// Scripts is the number of compiled scripts.
func (c *Cache) Scripts() int { return len(c.bySHA) }

// ScriptBytes estimates the memory of the compiled scripts.
func (c *Cache) ScriptBytes() int64 { return c.evalBytes + c.loadBytes }

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
func (c *Cache) Eval(text []byte, ahead *Ahead) (*Program, error) {
	if p := c.byText[string(text)]; p != nil {
		if p.evicting != nil {
			c.evalled.MoveToFront(p.evicting)
		}
		return p, nil
	}
	p, err := compileProgram(text, ahead)
	if err != nil {
		return nil, err
	}
	c.add(p)
	p.evicting = c.evalled.PushFront(p)
	c.evalBytes += p.size()
	for c.evalled.Len() > 1 && (c.evalled.Len() > maxEvalCached || c.evalBytes > maxEvalBytes) {
		c.removeOldest()
		c.evicted++
	}
	return p, nil
}

// Load compiles and keeps a script for good, as SCRIPT LOAD does. The error is the reply's text.
func (c *Cache) Load(text []byte, ahead *Ahead) (*Program, error) {
	p := c.byText[string(text)]
	known := p != nil
	if known && p.evicting == nil {
		return p, nil
	}
	if !known {
		var err error
		if p, err = compileProgram(text, ahead); err != nil {
			return nil, err
		}
	}
	if c.loadBytes+p.size() > maxLoadBytes {
		return nil, fmt.Errorf("ERR Loaded scripts take more than %d MiB, SCRIPT FLUSH removes them", maxLoadBytes>>20)
	}
	if known {
		c.evalled.Remove(p.evicting)
		c.evalBytes -= p.size()
		p.evicting = nil
	} else {
		c.add(p)
	}
	c.loadBytes += p.size()
	return p, nil
}

// TextFlags are the flags that the text of a script declares; none when it is no script.
func TextFlags(text []byte) Flags {
	if len(text) > maxText {
		return Flags{}
	}
	flags, _, err := parseShebang(string(text[:bytes.IndexByte(text, '\n')+1]))
	if err != nil {
		return Flags{}
	}
	return flags
}

func (c *Cache) add(p *Program) {
	c.byText[p.text] = p
	c.bySHA[p.SHA] = p
}

// removeOldest removes the script of EVAL that was used longest ago.
func (c *Cache) removeOldest() {
	p := c.evalled.Remove(c.evalled.Back()).(*Program)
	delete(c.byText, p.text)
	delete(c.bySHA, p.SHA)
	c.evalBytes -= p.size()
}

func (p *Program) size() int64 { return int64(len(p.text)) + p.compiled.size }

func compileProgram(text []byte, ahead *Ahead) (*Program, error) {
	if p, held, err := ahead.script(text); held {
		return p, err
	}
	if len(text) > maxText {
		return nil, fmt.Errorf("ERR Error compiling script (new function): %w", errTooLong(scriptKind.chunk))
	}
	sum := sha1.Sum(text)
	p := &Program{SHA: hex.EncodeToString(sum[:]), text: string(text)}
	flags, body, err := parseShebang(p.text)
	if err != nil {
		return nil, err
	}
	p.Flags = flags
	if p.compiled = compile(body, scriptKind.chunk, false); p.compiled.err != nil {
		return nil, fmt.Errorf("ERR Error compiling script (new function): %w", p.compiled.err)
	}
	return p, nil
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
