package gitlabrb

import (
	"fmt"
	"math"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds of values a gitlab.rb can produce.
const (
	Nil Kind = iota
	Bool
	Int
	Float
	String
	Symbol
	Array
	HashKind
	// object is an internal kind: ENV, File, node and other receivers that
	// exist only while the file is evaluated and cannot be stored.
	object
)

var kindNames = [...]string{"nil", "true or false", "an integer", "a float", "a string", "a symbol", "an array", "a hash", "an object"}

// String names the kind with its article, as messages need it.
func (k Kind) String() string { return kindNames[k] }

// Value is one value of the evaluated file. The zero Value is nil.
//
// Strings, arrays and hashes are references, as in Ruby: two copies of a
// Value share them. What a Config holds is private to it and never changes
// after Evaluate has returned.
type Value struct {
	kind Kind
	pos  Pos
	n    int64   // Bool (0 or 1), Int
	f    float64 // Float
	ref  any     // String, Symbol: *text; Array: *list; HashKind: *Hash; object: receiver
}

// text is a string that can be appended to in place.
type text struct {
	s      string
	frozen bool
}

// list is an array that can be appended to in place.
type list struct {
	elems  []Value
	frozen bool
}

// NilValue is Ruby's nil.
func NilValue() Value { return Value{} }

// BoolValue is true or false.
func BoolValue(b bool) Value {
	if b {
		return Value{kind: Bool, n: 1}
	}
	return Value{kind: Bool}
}

// IntValue is an integer. Ruby's are unbounded, these have 64 bits; the
// evaluator refuses what does not fit.
func IntValue(n int64) Value { return Value{kind: Int, n: n} }

// FloatValue is a floating point number.
func FloatValue(f float64) Value { return Value{kind: Float, f: f} }

// StringValue is a string; it need not be valid UTF-8.
func StringValue(s string) Value { return Value{kind: String, ref: &text{s: s}} }

// SymbolValue is a symbol such as :enable.
func SymbolValue(s string) Value { return Value{kind: Symbol, ref: &text{s: s, frozen: true}} }

// ArrayValue is an array of the given elements.
func ArrayValue(elems ...Value) Value { return Value{kind: Array, ref: &list{elems: elems}} }

func hashValue(h *Hash) Value { return Value{kind: HashKind, ref: h} }

// Kind is the value's type.
func (v Value) Kind() Kind { return v.kind }

// Pos is where the value was assigned, or the zero Pos.
func (v Value) Pos() Pos { return v.pos }

// IsNil reports whether v is nil.
func (v Value) IsNil() bool { return v.kind == Nil }

// Truthy is Ruby's truth: everything except nil and false, also 0 and {}.
func (v Value) Truthy() bool { return v.kind != Nil && (v.kind != Bool || v.n != 0) }

// Len is the number of elements of an array or hash, or bytes of a string;
// 0 for everything else.
func (v Value) Len() int {
	switch v.kind {
	case String, Symbol:
		return len(v.str())
	case Array:
		return len(v.elems())
	case HashKind:
		return v.hash().Len()
	}
	return 0
}

// Elems are the elements of an array, nil for anything else. The caller must
// not change the slice.
func (v Value) Elems() []Value {
	if v.kind != Array {
		return nil
	}
	return v.elems()
}

// Hash is the content of a hash, or nil for anything else.
func (v Value) Hash() *Hash {
	if v.kind != HashKind {
		return nil
	}
	return v.hash()
}

// Get is the member of a hash with the given key (a string key also finds a
// symbol). ok is false when v is no hash or has no such key.
func (v Value) Get(key string) (member Value, ok bool) {
	if v.kind != HashKind {
		return Value{}, false
	}
	return v.hash().Get(key)
}

func (v Value) str() string    { return v.ref.(*text).s }
func (v Value) elems() []Value { return v.ref.(*list).elems }
func (v Value) list() *list    { return v.ref.(*list) }
func (v Value) hash() *Hash    { return v.ref.(*Hash) }

func (v Value) at(pos Pos) Value {
	v.pos = pos
	return v
}

func (v Value) isText() bool { return v.kind == String || v.kind == Symbol }

// Go converts to plain Go: nil, bool, int64, float64, string, []any,
// map[string]any. Symbols become strings.
func (v Value) Go() any {
	switch v.kind {
	case Bool:
		return v.n != 0
	case Int:
		return v.n
	case Float:
		return v.f
	case String, Symbol:
		return v.str()
	case Array:
		out := make([]any, len(v.elems()))
		for i, e := range v.elems() {
			out[i] = e.Go()
		}
		return out
	case HashKind:
		out := make(map[string]any, v.hash().Len())
		for _, m := range v.hash().members {
			out[m.key.text()] = m.value.Go()
		}
		return out
	}
	return nil
}

// Hash is an ordered hash table with Ruby's two flavours: a literal's keys
// are told apart by type, a section's keys are strings whatever they were
// written as.
type Hash struct {
	members  []member
	index    map[hashKey]int
	sections bool   // keys are strings, a read of a missing key creates {}
	section  string // name, for the hash that is a section itself
	frozen   bool
}

type member struct {
	key   hashKey
	value Value
}

// hashKey is a key in comparable form.
type hashKey struct {
	kind Kind
	n    int64
	f    float64
	s    string
}

func (k hashKey) value() Value {
	switch k.kind {
	case Bool, Int:
		return Value{kind: k.kind, n: k.n}
	case Float:
		return FloatValue(k.f)
	case String:
		return StringValue(k.s)
	case Symbol:
		return SymbolValue(k.s)
	}
	return Value{}
}

// text is the key as JSON and lookups by name see it.
func (k hashKey) text() string {
	switch k.kind {
	case String, Symbol:
		return k.s
	case Bool:
		return fmt.Sprint(k.n != 0)
	case Int:
		return fmt.Sprint(k.n)
	case Float:
		return formatFloat(k.f)
	}
	return ""
}

// keyOf is the comparable form of v; ok is false for arrays and hashes, which
// Ruby would allow as keys and no configuration needs, and for NaN.
func keyOf(v Value) (k hashKey, ok bool) {
	switch v.kind {
	case Nil:
		return hashKey{}, true
	case Bool, Int:
		return hashKey{kind: v.kind, n: v.n}, true
	case Float:
		return hashKey{kind: Float, f: v.f}, !math.IsNaN(v.f)
	case String, Symbol:
		return hashKey{kind: v.kind, s: v.str()}, true
	}
	return hashKey{}, false
}

func newHash(sections bool) *Hash {
	return &Hash{index: map[hashKey]int{}, sections: sections}
}

func (h *Hash) normal(k hashKey) hashKey {
	if h.sections && k.kind == Symbol {
		k.kind = String
	}
	return k
}

func (h *Hash) lookup(k hashKey) (Value, bool) {
	i, ok := h.index[h.normal(k)]
	if !ok {
		return Value{}, false
	}
	return h.members[i].value, true
}

func (h *Hash) store(k hashKey, v Value) {
	k = h.normal(k)
	if i, ok := h.index[k]; ok {
		h.members[i].value = v
		return
	}
	h.index[k] = len(h.members)
	h.members = append(h.members, member{k, v})
}

func (h *Hash) remove(k hashKey) (Value, bool) {
	k = h.normal(k)
	i, ok := h.index[k]
	if !ok {
		return Value{}, false
	}
	v := h.members[i].value
	h.members = append(h.members[:i:i], h.members[i+1:]...)
	delete(h.index, k)
	for j := i; j < len(h.members); j++ {
		h.index[h.members[j].key] = j
	}
	return v, true
}

// Len is the number of members.
func (h *Hash) Len() int { return len(h.members) }

// Get is the member with that name, written as a string or as a symbol.
func (h *Hash) Get(key string) (Value, bool) {
	if v, ok := h.lookup(hashKey{kind: String, s: key}); ok {
		return v, true
	}
	return h.lookup(hashKey{kind: Symbol, s: key})
}

// Keys are the names of all members in the order they were first set.
func (h *Hash) Keys() []string {
	keys := make([]string, len(h.members))
	for i, m := range h.members {
		keys[i] = m.key.text()
	}
	return keys
}
