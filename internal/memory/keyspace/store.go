package keyspace

import (
	"hash/maphash"
	"math/rand/v2"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/quicklist"
)

// lazyBlocks is the number of blocks from which a value that goes is left to FreeSome.
const lazyBlocks = 64

// Store is what all databases share: the arena, the hash seed, the limits and the queue of values to free.
type Store struct {
	// Limits may be changed at any time; values are converted when they are next written.
	Limits Limits

	arena   *arena.Arena
	seed    maphash.Seed
	rng     *rand.Rand
	garbage []garbage
	freed   int64       // values that FreeSome has freed
	scratch []arena.Ref // reused by walks that change what they walk over
	cutting
}

// garbage is an unlinked value, or the unlinked key table or tree of deadlines of a database (kind 0), that is being freed.
type garbage struct {
	value
	cursor uint64
}

// value names the blocks of a value outside of its entry block.
type value struct {
	kind Kind // 0: a key table with entries, or a tree of deadlines without them
	enc  Encoding
	root arena.Ref // far string, listpack, intset, list, table or stream; 0: everything is in the entry block
	tree arena.Ref // order tree of a sorted set, or tree of deadlines
}

// NewStore returns a store without databases. Everything lives in a; seed keys the hash tables; rng picks random
// keys and elements.
func NewStore(a *arena.Arena, seed maphash.Seed, rng *rand.Rand) *Store {
	return &Store{Limits: DefaultLimits(), arena: a, seed: seed, rng: rng}
}

// Arena returns the arena of the store.
func (s *Store) Arena() *arena.Arena { return s.arena }

// NewSpace returns a new empty database.
func (s *Store) NewSpace() *Space {
	sp := &Space{store: s}
	sp.reset()
	return sp
}

// PendingFrees returns the number of unlinked values that FreeSome has still to free.
func (s *Store) PendingFrees() int { return len(s.garbage) }

// LazilyFreed is the number of values that FreeSome has freed so far; those of a flushed database count one by one.
func (s *Store) LazilyFreed() int64 { return s.freed }

// FreeSome frees about budget blocks of unlinked values and returns the number of values still queued.
func (s *Store) FreeSome(budget int) (pending int) {
	for budget > 0 && len(s.garbage) > 0 {
		last := len(s.garbage) - 1
		g := s.garbage[last]
		freed, done := s.freePart(&g, budget)
		budget -= freed
		if done {
			// Freeing a key table queues its large values behind it.
			s.garbage = append(s.garbage[:last], s.garbage[last+1:]...)
			if g.kind != 0 {
				s.freed++
			}
		} else {
			s.garbage[last] = g
		}
	}
	if len(s.garbage) == 0 {
		s.garbage = nil
	}
	return len(s.garbage)
}

// valueAt returns the value of the entry block r.
func (s *Store) valueAt(r arena.Ref) value {
	p := at(s.arena, r)
	v := value{kind: kindOf(p), enc: encodingOf(p)}
	if v.kind == KindString && p[offFlags]&flagFar == 0 {
		return v
	}
	_, payload := keySpan(p)
	v.root = getRef(p, payload)
	if v.enc == EncSkiplist {
		v.tree = getRef(p, payload+arena.RefSize)
	}
	return v
}

// blocks estimates how many blocks v has.
func (s *Store) blocks(v value) int {
	switch v.enc {
	case EncQuicklist:
		return 1 + s.list(v.root).Nodes()
	case EncHashtable:
		return s.textTable(v.root).Len()
	case EncSkiplist:
		return s.memberTable(v.root).Len()
	case EncStream:
		return s.stream(v.root).Blocks()
	}
	return 1
}

// free frees v at once.
func (s *Store) free(v value) {
	if v.root == 0 || s.retain(v) {
		return
	}
	switch v.enc {
	case EncQuicklist:
		s.list(v.root).Free()
	case EncHashtable:
		t := s.textTable(v.root)
		t.ForEach(s.freeItem)
		t.Free()
	case EncSkiplist:
		s.scoreTree(v.tree).Free()
		t := s.memberTable(v.root)
		t.ForEach(s.freeItem)
		t.Free()
	case EncStream:
		s.stream(v.root).Free()
	default:
		s.arena.Free(v.root)
	}
}

func (s *Store) freeItem(item arena.Ref) bool {
	s.arena.Free(item)
	return true
}

// discard frees v at once when it is small and queues it when it is large.
func (s *Store) discard(v value) {
	if v.root == 0 || s.retain(v) {
		return
	}
	if s.blocks(v) > lazyBlocks {
		s.garbage = append(s.garbage, garbage{value: v})
		return
	}
	s.free(v)
}

// freePart frees about budget blocks of g. freed is at least 1, so that FreeSome comes to an end.
func (s *Store) freePart(g *garbage, budget int) (freed int, done bool) {
	switch {
	case g.tree != 0:
		freed, done = s.scoreTree(g.tree).FreeSome(budget)
		if done {
			g.tree = 0
		}
		return freed, done && g.root == 0
	case g.kind == 0:
		t := dash.Open(s.arena, g.root, s.seed, entryKeyer{s.arena})
		return drain(s, t, &g.cursor, budget, func(item arena.Ref) {
			queued := len(s.garbage)
			if s.discard(s.valueAt(item)); len(s.garbage) == queued {
				s.freed++
			}
		})
	case g.enc == EncQuicklist:
		l := s.list(g.root)
		perNode := max(1, l.Len()/max(1, l.Nodes()))
		l.DeleteRange(0, budget*perNode)
		if l.Len() > 0 {
			return budget, false
		}
		l.Free()
		return budget, true
	case g.enc == EncStream:
		return s.stream(g.root).FreeSome(budget)
	case g.enc == EncHashtable:
		return drain(s, s.textTable(g.root), &g.cursor, budget, nil)
	}
	return drain(s, s.memberTable(g.root), &g.cursor, budget, nil)
}

// drain frees about budget items of t, after release has freed what they refer to, and t when it is empty.
func drain[K dash.Keyer](s *Store, t dash.Table[K], cursor *uint64, budget int, release func(item arena.Ref)) (freed int, done bool) {
	before := t.Len()
	left := t.Drain(cursor, budget, func(item arena.Ref) {
		if release != nil {
			release(item)
		}
		s.arena.Free(item)
	})
	if freed = max(1, before-left); left > 0 {
		return freed, false
	}
	t.Free()
	return freed, true
}

func (s *Store) list(root arena.Ref) quicklist.List {
	l := quicklist.Open(s.arena, root, quicklist.Limits{Fill: int32(s.Limits.ListMaxListpackSize)})
	return l.Kept(images(s, root, listImage), quicklist.Marks(s.fresh))
}
