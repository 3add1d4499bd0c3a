package key

import (
	"bytes"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// keyPattern is a pattern of BY or GET: "weight_*" names a string key for each element, "object_*->field" a field of a
// hash, and "#" is the element itself. A pattern without "*" names no key at all.
type keyPattern struct {
	// self is "#".
	self bool
	// names: there is a "*", between prefix and suffix.
	names          bool
	prefix, suffix []byte
	// field is nil for string keys.
	field []byte
	key   []byte // reused
}

func parseKeyPattern(pattern []byte) *keyPattern {
	p := &keyPattern{self: string(pattern) == "#"}
	p.prefix, p.suffix, p.names = bytes.Cut(pattern, []byte("*"))
	// "->" at the very end is part of the key.
	if key, field, has := bytes.Cut(p.suffix, []byte("->")); has && len(field) > 0 {
		p.suffix, p.field = key, field
	}
	return p
}

// lookup returns what the pattern leads to for an element; found is false for missing keys and fields and for values of
// another kind. The value is valid until the keyspace changes or scratch is used again.
func (p *keyPattern) lookup(c *engine.Call, element []byte, scratch *[20]byte) (value []byte, found bool) {
	if p.self {
		return element, true
	}
	if !p.names {
		return nil, false
	}
	p.key = append(append(append(p.key[:0], p.prefix...), element...), p.suffix...)
	ent, found := c.Read(p.key)
	switch {
	case !found:
		return nil, false
	case p.field == nil && ent.Kind() == keyspace.KindString:
		return ent.StringView(scratch), true
	case p.field != nil && ent.Kind() == keyspace.KindHash:
		if v, found := ent.Hash().Get(p.field); found {
			return engine.ValueText(v, scratch), true
		}
	}
	return nil, false
}
