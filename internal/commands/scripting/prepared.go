package scripting

import (
	"redoubt/internal/engine"
	"redoubt/internal/script"
)

// prepared is what was made of the texts of one request, or of a transaction, before they took the engine lock.
type prepared struct {
	ahead *script.Ahead
	// payloads are those of FUNCTION RESTORE, taken apart.
	payloads map[string]payload
	bytes    int // of the payloads
}

// payload is a payload of FUNCTION DUMP with the texts in it, or why it has none.
type payload struct {
	codes []string
	err   error
}

// Bytes implements engine.Prepared.
func (p *prepared) Bytes() int { return p.ahead.Bytes() + p.bytes }

// Join implements engine.Prepared.
func (p *prepared) Join(other engine.Prepared) engine.Prepared {
	if o, ok := other.(*prepared); ok {
		p.ahead.Join(o.ahead)
		for text, read := range o.payloads {
			p.addPayload(text, read)
		}
	}
	return p
}

func (p *prepared) addPayload(text string, read payload) {
	if _, held := p.payloads[text]; held {
		return
	}
	if p.payloads == nil {
		p.payloads = map[string]payload{}
	}
	p.payloads[text] = read
	p.bytes += len(text)
	for _, code := range read.codes {
		p.bytes += len(code)
	}
}

// ahead is what was made of texts before the engine lock was taken.
func ahead(c *engine.Call) *script.Ahead {
	if p, ok := c.Prepared.(*prepared); ok {
		return p.ahead
	}
	return nil
}

// readLibraries takes a payload of FUNCTION DUMP apart, or knows what is in it.
func readLibraries(c *engine.Call, text []byte) ([]string, error) {
	if p, ok := c.Prepared.(*prepared); ok {
		if read, held := p.payloads[string(text)]; held {
			return read.codes, read.err
		}
	}
	return c.Engine.Host().ReadLibraries(text)
}

// compilesAhead lets a command compile the script that is word at, when it is large.
func compilesAhead(c *engine.Command, at int) *engine.Command {
	c.Prepare = func(e *engine.Engine, argv [][]byte) (engine.Prepared, func([][]byte) engine.Prepared) {
		known, compile := cacheOf(e).Large(argv[at])
		switch {
		case known != nil:
			return &prepared{ahead: known}, nil
		case compile != nil:
			return nil, func(argv [][]byte) engine.Prepared { return &prepared{ahead: compile(argv[at])} }
		}
		return nil, nil
	}
	return c
}

// loadsAhead lets a command load the libraries that find sees in its words.
func loadsAhead(c *engine.Command, find func(e *engine.Engine, argv [][]byte, p *prepared) (codes []string)) *engine.Command {
	c.Prepare = func(e *engine.Engine, _ [][]byte) (engine.Prepared, func([][]byte) engine.Prepared) {
		return nil, func(argv [][]byte) engine.Prepared {
			p := &prepared{}
			p.ahead = cacheOf(e).LoadAhead(find(e, argv, p), loadOptions(e))
			return p
		}
	}
	return c
}
