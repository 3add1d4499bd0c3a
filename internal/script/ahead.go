package script

import (
	"strings"
	"time"
)

// Ahead holds what was made of texts before they were needed, while nobody had to wait for it: scripts compiled, libraries loaded.
// nil holds nothing.
type Ahead struct {
	scripts   map[string]scriptAhead
	libraries map[string]libraryAhead
	bytes     int
}

type scriptAhead struct {
	program *Program
	err     error
}

type libraryAhead struct {
	library *Library
	err     error
}

const (
	// largeText is the length of a text, in bytes, from which on it is compiled ahead: that takes milliseconds.
	largeText = 16 << 10
	// aheadLimit is how long the libraries of one request may run together.
	aheadLimit = 5 * time.Second
)

func newAhead() *Ahead {
	return &Ahead{scripts: map[string]scriptAhead{}, libraries: map[string]libraryAhead{}}
}

// Large says how a large script of EVAL or SCRIPT LOAD gets ready: it is known, or compile is to be called, at any time. Both are
// nil for other texts.
func (c *Cache) Large(text []byte) (known *Ahead, compile func(text []byte) *Ahead) {
	if len(text) < largeText || len(text) > maxText {
		return nil, nil
	}
	if p := c.byText[string(text)]; p != nil {
		known = newAhead()
		known.addScript(p.text, scriptAhead{p, nil})
		return known, nil
	}
	return nil, func(text []byte) *Ahead {
		a := newAhead()
		p, err := compileProgram(text, nil)
		a.addScript(string(text), scriptAhead{p, err})
		return a
	}
}

// LoadAhead loads libraries, one after the other until one fails. It may be called at any time.
func (c *Cache) LoadAhead(codes []string, o LoadOptions) *Ahead {
	a, limit, end := newAhead(), o.Limit, time.Now().Add(aheadLimit)
	for i, code := range codes {
		if i > maxLibraries || a.bytes > maxLibraryBytes { // they are too many
			break
		}
		o.Limit = min(limit, time.Until(end))
		lib, err := c.loadCode(code, o)
		a.addLibrary(strings.Clone(code), libraryAhead{lib, err})
		if err != nil {
			break
		}
	}
	return a
}

func (a *Ahead) addScript(text string, s scriptAhead) {
	if _, held := a.scripts[text]; held {
		return
	}
	a.scripts[text] = s
	a.bytes += len(text)
	if s.program != nil {
		a.bytes += int(s.program.compiled.size)
	}
}

func (a *Ahead) addLibrary(code string, l libraryAhead) {
	if _, held := a.libraries[code]; held {
		return
	}
	a.libraries[code] = l
	a.bytes += len(code)
	if l.library != nil {
		a.bytes += int(l.library.compiled.size)
	}
}

// Bytes estimates the memory of what is held.
func (a *Ahead) Bytes() int { return a.bytes }

// Join adds what another holds.
func (a *Ahead) Join(other *Ahead) {
	for text, s := range other.scripts {
		a.addScript(text, s)
	}
	for code, l := range other.libraries {
		a.addLibrary(code, l)
	}
}

// script returns a script that was compiled, for one cache to keep.
func (a *Ahead) script(text []byte) (p *Program, held bool, err error) {
	if a == nil {
		return nil, false, nil
	}
	s, held := a.scripts[string(text)]
	if s.program == nil {
		return nil, held, s.err
	}
	return &Program{SHA: s.program.SHA, Flags: s.program.Flags, text: s.program.text, compiled: s.program.compiled}, held, nil
}

// library returns a library that was loaded, with variables of its own.
func (a *Ahead) library(code string) (lib *Library, held bool, err error) {
	if a == nil {
		return nil, false, nil
	}
	l, held := a.libraries[code]
	if l.library == nil {
		return nil, held, l.err
	}
	lib = &Library{Name: l.library.Name, Code: l.library.Code, compiled: l.library.compiled}
	for _, f := range l.library.Functions {
		own := *f
		own.library = lib
		lib.Functions = append(lib.Functions, &own)
	}
	return lib, held, nil
}
