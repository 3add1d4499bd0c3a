package keyspace

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/listpack"
)

// A machine runs random operations on two databases of one store and on plain Go values side by side.

// chooser decides what happens next: rapid, or the bytes of a fuzz input.
type chooser interface {
	// choose returns a number in [0, n).
	choose(n int) int
}

// plain is the model of one key.
type plain struct {
	kind     Kind
	text     string
	list     []string
	hash     map[string]string
	set      map[string]bool
	zset     map[string]float64
	entries  []string // of a stream, with their ids
	pending  map[string]string
	deadline int64
	expires  bool
}

func (p *plain) clone() *plain {
	c := *p
	c.list, c.hash, c.set, c.zset = slices.Clone(p.list), maps.Clone(p.hash), maps.Clone(p.set), maps.Clone(p.zset)
	c.entries, c.pending = slices.Clone(p.entries), maps.Clone(p.pending)
	return &c
}

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

type machine struct {
	t      failer
	ch     chooser
	arena  *arena.Arena
	store  *Store
	spaces [2]*Space
	model  [2]map[string]*plain
	// witnesses are the cuts under way.
	witnesses []*witness
}

func newArena(t failer) *arena.Arena {
	t.Helper()
	a, err := arena.New(1 << 34)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newMachine(t failer, ch chooser) *machine {
	m := &machine{t: t, ch: ch, arena: newArena(t)}
	m.store = NewStore(m.arena, maphash.MakeSeed(), rand.New(rand.NewPCG(1, 2)))
	m.store.Limits = Limits{
		HashMaxListpackEntries: 4, HashMaxListpackValue: 12,
		SetMaxIntsetEntries: 5, SetMaxListpackEntries: 4, SetMaxListpackValue: 12,
		ZSetMaxListpackEntries: 4, ZSetMaxListpackValue: 12,
		ListMaxListpackSize: 3,
		StreamNodeMaxBytes:  200, StreamNodeMaxEntries: 4,
	}
	for i := range m.spaces {
		m.spaces[i], m.model[i] = m.store.NewSpace(), map[string]*plain{}
	}
	return m
}

// finish checks that nothing leaks.
func (m *machine) finish() {
	m.verify()
	for m.ch.choose(2) == 0 && len(m.witnesses) > 0 {
		m.stepCut(1000)
	}
	flush := func() {
		for i, sp := range m.spaces {
			sp.Flush(m.ch.choose(2) == 0)
			clear(m.model[i])
		}
	}
	flush()
	for len(m.witnesses) > 0 {
		m.stepCut(1000)
	}
	flush()
	for m.store.FreeSome(3) > 0 {
	}
	for _, sp := range m.spaces {
		if sp.Len() != 0 || sp.Expires() != 0 {
			m.t.Fatalf("after a flush: %d keys, %d deadlines", sp.Len(), sp.Expires())
		}
		sp.Close()
	}
	if used := m.arena.Used(); used != 0 {
		m.t.Fatalf("%d bytes leaked", used)
	}
	if err := m.arena.Close(); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) key() string {
	return []string{"a", "b", "key:3", "key:4", "", "a longer key than the others"}[m.ch.choose(6)]
}

func (m *machine) value() string {
	switch m.ch.choose(8) {
	case 0:
		return ""
	case 1:
		return strconv.Itoa(m.ch.choose(40) - 20)
	case 2:
		return strconv.FormatInt(math.MinInt64+int64(m.ch.choose(3)), 10)
	case 3:
		return "0" + strconv.Itoa(m.ch.choose(20))
	case 4:
		return string(bytes.Repeat([]byte{'v'}, m.ch.choose(300)))
	case 5:
		return string(bytes.Repeat([]byte{'w'}, 4000+m.ch.choose(16000)))
	}
	return "m" + strconv.Itoa(m.ch.choose(40))
}

// element is a value that is short most of the time and often repeats.
func (m *machine) element() string {
	switch n := m.ch.choose(30); {
	case n < 14:
		return strconv.Itoa(n * n * n * n * n * n)
	case n < 29:
		return "e" + strconv.Itoa(n)
	}
	return m.value()
}

func (m *machine) score() float64 {
	scores := []float64{0, math.Copysign(0, -1), 1, -1, 1.5, 1e17, -3e-9, math.Inf(1), math.Inf(-1), 0.1, 1 << 53}
	return scores[m.ch.choose(len(scores))]
}

func (m *machine) step() {
	switch m.ch.choose(20) {
	case 0:
		m.beginCut()
	case 1, 2, 3:
		m.stepCut([]int{1, 50, 500, 50000}[m.ch.choose(4)])
	default:
		m.change()
	}
}

// change changes something, at random.
func (m *machine) change() {
	db := m.ch.choose(2)
	sp, model, key := m.spaces[db], m.model[db], m.key()
	switch op := m.ch.choose(24); op {
	case 0, 1, 2:
		m.setString(sp, model, key)
	case 3, 4:
		m.changeString(sp, model, key)
	case 5, 6:
		m.deadline(sp, model, key)
	case 7, 8:
		m.moveKey(db, key)
	case 9:
		m.wholeSpace(db)
	case 10, 11, 12:
		m.changeList(sp, model, key)
	case 13, 14, 15:
		m.changeHash(sp, model, key)
	case 16, 17, 18:
		m.changeSet(sp, model, key)
	case 19, 20:
		m.changeStream(sp, model, key)
	default:
		m.changeZSet(sp, model, key)
	}
	m.tidy(sp, model, key)
	if m.ch.choose(8) == 0 {
		m.store.FreeSome(1 + m.ch.choose(10))
	}
}

// tidy removes a key whose collection is empty, as the engine does.
func (m *machine) tidy(sp *Space, model map[string]*plain, key string) {
	for _, sp := range m.spaces {
		again, _ := sp.FindAgain([]byte(key))
		if e, _ := sp.Find([]byte(key)); again != e {
			m.t.Fatalf("key %q is found again as %v, and is %v", key, again, e)
		}
	}
	if e, ok := sp.FindAgain([]byte(key)); ok && e.EmptyCollection() {
		sp.Delete(e)
	}
	if p := model[key]; p != nil && p.kind != KindString && p.kind != KindStream && len(p.list)+len(p.hash)+len(p.set)+len(p.zset) == 0 {
		delete(model, key)
	}
}

func (m *machine) setString(sp *Space, model map[string]*plain, key string) {
	old, keep := model[key], m.ch.choose(2) == 0
	p := &plain{kind: KindString, text: m.value()}
	if old != nil && keep {
		p.deadline, p.expires = old.deadline, old.expires
	}
	access := uint32(0)
	if e, ok := sp.Find([]byte(key)); ok {
		e.SetAccess(0xabcdef)
		access = 0xabcdef
	}
	var e Entry
	switch m.ch.choose(5) {
	case 0:
		n := int64(m.ch.choose(1000)) - 500
		p.text = strconv.FormatInt(n, 10)
		e = sp.SetInt([]byte(key), n, keep)
	case 1:
		e = sp.SetRaw([]byte(key), []byte(p.text), keep)
		if e.Encoding() != EncRaw {
			m.t.Fatalf("SetRaw made %v", e.Encoding())
		}
	case 2:
		e = sp.SetText([]byte(key), []byte(p.text), keep)
	default:
		e = sp.SetString([]byte(key), []byte(p.text), keep)
		if want := stringEncoding(p.text); e.Encoding() != want {
			m.t.Fatalf("%q is %v, want %v", p.text, e.Encoding(), want)
		}
	}
	if e.Access() != access {
		m.t.Fatalf("access word is %x after overwriting, was %x", e.Access(), access)
	}
	model[key] = p
}

func stringEncoding(text string) Encoding {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return EncInt
	}
	if len(text) <= 44 {
		return EncEmbstr
	}
	return EncRaw
}

func (m *machine) changeString(sp *Space, model map[string]*plain, key string) {
	p := model[key]
	if m.ch.choose(4) == 0 && (p == nil || p.kind == KindString) {
		if p == nil {
			p = &plain{kind: KindString}
			model[key] = p
		}
		off, v := m.ch.choose(60), m.value()+"x"
		p.text += string(make([]byte, max(0, off+len(v)-len(p.text))))
		p.text = p.text[:off] + v + p.text[off+len(v):]
		sp.SetRange([]byte(key), off, []byte(v))
		return
	}
	e, ok := sp.Find([]byte(key))
	if !ok || p.kind != KindString {
		return
	}
	switch m.ch.choose(5) {
	case 0:
		v := m.value()
		p.text += v
		if e = sp.AppendToString(e, []byte(v)); e.Encoding() != EncRaw {
			m.t.Fatalf("appending made %v", e.Encoding())
		}
	case 1:
		n := int64(m.ch.choose(1000))
		p.text = strconv.FormatInt(n, 10)
		sp.UpdateInt(e, n)
	case 2:
		n := []int{0, 1, 100, 127, 128, 129, 4096, 4097, 9000}[m.ch.choose(9)]
		e = sp.Resize(e, n)
		p.text = (p.text + string(make([]byte, max(0, n-len(p.text)))))[:n]
		if got := e.AppendString(nil); string(got) != p.text {
			m.t.Fatalf("resized to %q, want %q", got, p.text)
		}
	case 3, 4:
		if e.Encoding() == EncInt || len(p.text) == 0 {
			return
		}
		from := m.ch.choose(len(p.text))
		to := from + m.ch.choose(1+min(len(p.text)-from, 3000))
		e = sp.Resize(e, len(p.text))
		for i := range sp.EditText(e, from, to) {
			sp.EditText(e, from, to)[i] = 'e'
		}
		p.text = p.text[:from] + strings.Repeat("e", to-from) + p.text[to:]
	}
}

func (m *machine) deadline(sp *Space, model map[string]*plain, key string) {
	e, ok := sp.Find([]byte(key))
	if !ok {
		return
	}
	p := model[key]
	if m.ch.choose(3) == 0 {
		if _, had := sp.Persist(e); had != p.expires {
			m.t.Fatalf("Persist said %v, want %v", had, p.expires)
		}
		p.deadline, p.expires = 0, false
		return
	}
	p.deadline = []int64{0, 5, 5, -7, 1 << 40, 1<<48 - 1, 1 << 48, math.MaxInt64, math.MinInt64}[m.ch.choose(9)]
	p.expires = true
	if got, ok := sp.SetExpire(e, p.deadline).ExpireAt(); !ok || got != p.deadline {
		m.t.Fatalf("deadline is %d, want %d", got, p.deadline)
	}
}

func (m *machine) moveKey(db int, key string) {
	e, ok := m.spaces[db].Find([]byte(key))
	if !ok {
		return
	}
	from, sp := m.model[db], m.spaces[db]
	if m.ch.choose(4) == 0 {
		if m.ch.choose(2) == 0 {
			sp.Delete(e)
		} else {
			sp.Unlink(e)
		}
		delete(from, key)
		return
	}
	to, newKey := m.ch.choose(2), m.key()
	if _, taken := m.model[to][newKey]; taken {
		return
	}
	if m.ch.choose(2) == 0 {
		sp.Rename(e, m.spaces[to], []byte(newKey))
		m.model[to][newKey] = from[key]
		delete(from, key)
	} else {
		sp.Copy(e, m.spaces[to], []byte(newKey))
		m.model[to][newKey] = from[key].clone()
	}
}

func (m *machine) wholeSpace(db int) {
	switch m.ch.choose(10) {
	case 0:
		m.spaces[db].Flush(m.ch.choose(2) == 0)
		clear(m.model[db])
	case 1, 2:
		Swap(m.spaces[0], m.spaces[1])
		m.model[0], m.model[1] = m.model[1], m.model[0]
	case 3:
		m.store.Limits.ListMaxListpackSize = []int{1, 2, 3, 6, -1, -2}[m.ch.choose(6)]
	default:
		m.verify()
	}
}

// sorted returns the members of a model sorted set in order.
func sorted(z map[string]float64) []string {
	return slices.SortedFunc(maps.Keys(z), func(x, y string) int {
		return cmp.Or(cmp.Compare(z[x], z[y]), cmp.Compare(x, y))
	})
}

func text(v listpack.Value) string { return string(v.Append(nil)) }

// verify compares both databases with their models completely.
func (m *machine) verify() {
	for i, sp := range m.spaces {
		model, expires, seen := m.model[i], 0, 0
		for key, p := range model {
			e, ok := sp.Find([]byte(key))
			if !ok {
				m.t.Fatalf("key %q is missing", key)
			}
			if err := p.compare(e); err != nil {
				m.t.Fatalf("key %q (%v, %v): %v", key, e.Kind(), e.Encoding(), err)
			}
			if p.expires {
				expires++
			}
			if e.MemoryUsage(0) <= len(key) {
				m.t.Fatalf("key %q uses %d bytes", key, e.MemoryUsage(0))
			}
		}
		if sp.Len() != len(model) || sp.Expires() != expires {
			m.t.Fatalf("%d keys, %d deadlines, want %d, %d", sp.Len(), sp.Expires(), len(model), expires)
		}
		previous := int64(math.MinInt64)
		sp.EachExpire(func(e Entry, at int64) bool {
			if p := model[string(e.Key())]; p == nil || !p.expires || p.deadline != at || at < previous {
				m.t.Fatalf("tree of deadlines has %q at %d after %d", e.Key(), at, previous)
			}
			previous = at
			seen++
			return true
		})
		if seen != expires {
			m.t.Fatalf("tree of deadlines has %d entries, want %d", seen, expires)
		}
		if _, at, ok := sp.FirstExpire(); ok != (expires > 0) || ok && slices.ContainsFunc(slices.Collect(maps.Values(model)), func(p *plain) bool {
			return p.expires && p.deadline < at
		}) {
			m.t.Fatalf("first deadline is %d, %v", at, ok)
		}
		m.verifyScan(sp, model)
	}
}

func (m *machine) verifyScan(sp *Space, model map[string]*plain) {
	seen := map[string]bool{}
	for cursor := uint64(0); ; {
		cursor = sp.Scan(cursor, func(e Entry) { seen[string(e.Key())] = true })
		if cursor == 0 {
			break
		}
	}
	for key := range model {
		if !seen[key] {
			m.t.Fatalf("scan missed %q", key)
		}
	}
	if len(seen) != len(model) {
		m.t.Fatalf("scan found %d keys, want %d", len(seen), len(model))
	}
	if e, ok := sp.Random(); ok != (len(model) > 0) || ok && model[string(e.Key())] == nil {
		m.t.Fatalf("random key does not exist")
	}
}

// compare checks that e has the model's value and deadline.
func (p *plain) compare(e Entry) error {
	if e.Kind() != p.kind {
		return fmt.Errorf("kind is %v, want %v", e.Kind(), p.kind)
	}
	if at, ok := e.ExpireAt(); ok != p.expires || at != p.deadline {
		return fmt.Errorf("deadline is %d %v, want %d %v", at, ok, p.deadline, p.expires)
	}
	switch p.kind {
	case KindString:
		return p.compareString(e)
	case KindList:
		return p.compareList(*e.List())
	case KindHash:
		return p.compareHash(*e.Hash())
	case KindSet:
		return p.compareSet(*e.Set())
	case KindStream:
		return p.compareStream(e)
	}
	return p.compareZSet(*e.ZSet())
}

func (p *plain) compareString(e Entry) error {
	var scratch [20]byte
	if got := string(e.StringView(&scratch)); got != p.text || e.StringLen() != len(p.text) || string(e.AppendString([]byte("+"))) != "+"+p.text {
		return fmt.Errorf("value is %.60q, want %.60q", got, p.text)
	}
	n, isInt := e.Int()
	want, err := strconv.ParseInt(p.text, 10, 64)
	if canonical := err == nil && strconv.FormatInt(want, 10) == p.text; isInt != canonical || isInt && n != want {
		return fmt.Errorf("%q as integer is %d, %v", p.text, n, isInt)
	}
	return nil
}
