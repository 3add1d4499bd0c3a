package gitlabrb

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"

	"redoubt/internal/node/gitlabrb/vocabulary"
)

// parseJSON is JSON.parse.
func (ev *evaluator) parseJSON(at place, source string, symbols bool) Value {
	if len(source) > ev.limits.SourceBytes {
		ev.fail(at, "JSON", "", "%d bytes of JSON; the limit is %d", len(source), ev.limits.SourceBytes)
	}
	d := json.NewDecoder(strings.NewReader(source))
	d.UseNumber()
	r := jsonReader{ev, at, d, symbols}
	v := r.value(r.token(), 0)
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		ev.fail(at, "JSON", "", "malformed JSON: text after the value")
	}
	return v
}

type jsonReader struct {
	ev      *evaluator
	at      place
	decoder *json.Decoder
	symbols bool
}

func (r jsonReader) token() json.Token {
	t, err := r.decoder.Token()
	if err != nil {
		r.ev.fail(r.at, "JSON", "", "malformed JSON at byte %d: %v", r.decoder.InputOffset(), err)
	}
	return t
}

func (r jsonReader) value(t json.Token, depth int) Value {
	if depth > r.ev.limits.Nesting {
		r.ev.fail(r.at, "JSON", "", "JSON nested more than %d levels deep", r.ev.limits.Nesting)
	}
	r.ev.charge(r.at, elementCost)
	switch t := t.(type) {
	case bool:
		return BoolValue(t)
	case string:
		return r.ev.text(r.at, t)
	case json.Number:
		if n, err := t.Int64(); err == nil {
			return IntValue(n)
		}
		f, err := t.Float64()
		if err != nil || !strings.ContainsAny(t.String(), ".eE") {
			r.ev.fail(r.at, "JSON", "", "a number in JSON is too large")
		}
		return FloatValue(f)
	case json.Delim:
		if t == '[' {
			return r.array(depth)
		}
		return r.object(depth)
	}
	return NilValue()
}

func (r jsonReader) array(depth int) Value {
	var elems []Value
	for {
		t := r.token()
		if t == json.Delim(']') {
			return r.ev.array(r.at, elems)
		}
		elems = append(elems, r.value(t, depth+1))
	}
}

func (r jsonReader) object(depth int) Value {
	h := newHash(false)
	for {
		t := r.token()
		name, ok := t.(string)
		if !ok {
			return hashValue(h)
		}
		k := hashKey{kind: String, s: name}
		if r.symbols {
			k.kind = Symbol
		}
		r.ev.storeMember(h, k, r.value(r.token(), depth+1), r.at)
	}
}

// toJSON is Ruby's to_json.
func (ev *evaluator) toJSON(at place, v Value) string {
	var b bytes.Buffer
	ev.writeJSON(at, &b, v, 0)
	return b.String()
}

func (ev *evaluator) writeJSON(at place, b *bytes.Buffer, v Value, depth int) {
	if depth > ev.limits.Nesting || b.Len() > ev.limits.StringBytes {
		ev.fail(at, "size", "", "the value is too large to be turned into JSON")
	}
	switch v.kind {
	case Array:
		b.WriteByte('[')
		for i, e := range v.elems() {
			if i > 0 {
				b.WriteByte(',')
			}
			ev.writeJSON(at, b, e, depth+1)
		}
		b.WriteByte(']')
	case HashKind:
		b.WriteByte('{')
		for i, m := range v.hash().members {
			if i > 0 {
				b.WriteByte(',')
			}
			writeScalarJSON(b, StringValue(m.key.text()))
			b.WriteByte(':')
			ev.writeJSON(at, b, m.value, depth+1)
		}
		b.WriteByte('}')
	case object:
		writeScalarJSON(b, StringValue(v.ref.(receiver).name()))
	default:
		writeScalarJSON(b, v)
	}
}

func writeScalarJSON(b *bytes.Buffer, v Value) {
	switch v.kind {
	case Nil:
		b.WriteString("null")
	case Float:
		if math.IsNaN(v.f) || math.IsInf(v.f, 0) {
			b.WriteString("null")
			return
		}
		b.WriteString(formatFloat(v.f))
	case String, Symbol:
		encoder := json.NewEncoder(b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v.str()); err != nil {
			panic("gitlabrb: a string cannot be encoded: " + err.Error())
		}
		b.Truncate(b.Len() - 1) // the encoder's line end
	default:
		s, _ := v.AsString()
		b.WriteString(s)
	}
}

// MarshalJSON writes the value with the members of hashes in their order.
// Symbols become strings.
func (v Value) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	v.marshal(&b, false)
	return b.Bytes(), nil
}

// marshal writes v; dropNil leaves out hash members that are nil. Depth is
// bounded by how the value was made.
func (v Value) marshal(b *bytes.Buffer, dropNil bool) {
	switch v.kind {
	case Array:
		b.WriteByte('[')
		for i, e := range v.elems() {
			if i > 0 {
				b.WriteByte(',')
			}
			e.marshal(b, false)
		}
		b.WriteByte(']')
	case HashKind:
		b.WriteByte('{')
		first := true
		for _, m := range v.hash().members {
			if dropNil && m.value.IsNil() {
				continue
			}
			if !first {
				b.WriteByte(',')
			}
			first = false
			writeScalarJSON(b, StringValue(m.key.text()))
			b.WriteByte(':')
			m.value.marshal(b, dropNil)
		}
		b.WriteByte('}')
	default:
		writeScalarJSON(b, v)
	}
}

// Tree is the configuration in the shape of `gitlab-ctl show-config`: the
// objects gitlab, roles and monitoring, which are always there, and beside them
// the sections that belong to none of these, as far as the file sets them.
// Enabled roles appear as roles.redis_master.enable. nil stays in the tree.
func (c *Config) Tree() Value {
	root := newHash(false)
	parents := map[string]*Hash{"": root}
	put := func(h *Hash, name string, v Value) { h.store(hashKey{kind: String, s: name}, v) }
	for _, name := range []string{"gitlab", "roles", "monitoring"} {
		parents[name] = newHash(false)
		put(root, name, hashValue(parents[name]))
	}
	for _, name := range vocabulary.Scalars() {
		if v, ok := c.scalars[name]; ok && name != "roles" {
			put(parents["gitlab"], name, v)
		}
	}
	for _, name := range c.Sections() {
		if s, _ := vocabulary.Lookup(name); s.Parent != "roles" {
			put(parents[s.Parent], name, hashValue(c.sections[name]))
		}
	}
	for _, role := range vocabulary.Roles() {
		h, set := c.sections[role]
		if !set {
			h = newHash(true)
		}
		content := newHash(true)
		for _, m := range h.members {
			content.store(m.key, m.value)
		}
		if c.HasRole(role) {
			put(content, "enable", BoolValue(true).at(c.RolePos(role)))
		}
		if set || c.HasRole(role) {
			put(parents["roles"], strings.TrimSuffix(role, "_role"), hashValue(content))
		}
	}
	return hashValue(root)
}

// JSON is Tree as indented JSON with nil members left out, ending in a line
// break. Secrets are in clear.
func (c *Config) JSON() ([]byte, error) {
	var compact, out bytes.Buffer
	c.Tree().marshal(&compact, true)
	if err := json.Indent(&out, compact.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
