package keyspace

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/bptree"
	"redoubt/internal/memory/dash"
)

// entryKeyer finds the key in an entry block.
type entryKeyer struct{ arena *arena.Arena }

// Key returns the key of an entry block.
func (k entryKeyer) Key(item arena.Ref) []byte {
	p := at(k.arena, item)
	from, to := keySpan(p)
	checkEnd(k.arena, item, to)
	return p[from:to:to]
}

// textKeyer finds the field in a hash element and the member in a set element.
type textKeyer struct{ arena *arena.Arena }

// Key returns the field or member of an element block.
func (k textKeyer) Key(item arena.Ref) []byte {
	s, _ := textAt(k.arena, item, 0)
	return s
}

// memberKeyer finds the member in a sorted-set element, behind the score.
type memberKeyer struct{ arena *arena.Arena }

// Key returns the member of a sorted-set element.
func (k memberKeyer) Key(item arena.Ref) []byte {
	s, _ := textAt(k.arena, item, scoreSize)
	return s
}

// deadlineOrder orders entries by deadline. Keys break ties, so that the order survives a move of the block.
type deadlineOrder struct{ arena *arena.Arena }

// Prefix maps the deadline to an unsigned number of the same order.
func (o deadlineOrder) Prefix(item arena.Ref) uint64 {
	return uint64(deadlineOf(at(o.arena, item))) ^ 1<<63
}

// Compare orders by deadline, then by key.
func (o deadlineOrder) Compare(x, y arena.Ref) int {
	p, q := at(o.arena, x), at(o.arena, y)
	if c := cmp.Compare(deadlineOf(p), deadlineOf(q)); c != 0 {
		return c
	}
	pFrom, pTo := keySpan(p)
	qFrom, qTo := keySpan(q)
	return bytes.Compare(p[pFrom:pTo], q[qFrom:qTo])
}

const scoreSize = 8

// scoreOrder orders sorted-set elements by score, then by the bytes of the member.
type scoreOrder struct{ arena *arena.Arena }

func scoreOf(p block) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(p[:])) }

func putScore(p block, score float64) {
	binary.LittleEndian.PutUint64(p[:], math.Float64bits(score))
}

// sortable maps scores to unsigned numbers of the same order, one to one but for the two zeros.
func sortable(score float64) uint64 {
	bits := math.Float64bits(score + 0) // -0 + 0 is +0
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// Prefix maps the score to an unsigned number of the same order.
func (o scoreOrder) Prefix(item arena.Ref) uint64 { return sortable(scoreOf(at(o.arena, item))) }

// Compare orders by score, then by member.
func (o scoreOrder) Compare(x, y arena.Ref) int {
	if c := cmp.Compare(o.Prefix(x), o.Prefix(y)); c != 0 {
		return c
	}
	s, _ := textAt(o.arena, x, scoreSize)
	t, _ := textAt(o.arena, y, scoreSize)
	return bytes.Compare(s, t)
}

type (
	entryTable   = dash.Table[entryKeyer]
	textTable    = dash.Table[textKeyer]
	memberTable  = dash.Table[memberKeyer]
	deadlineTree = bptree.Tree[deadlineOrder]
	scoreTree    = bptree.Tree[scoreOrder]
)

func (s *Store) textTable(root arena.Ref) textTable {
	return dash.Open(s.arena, root, s.seed, textKeyer{s.arena})
}

func (s *Store) memberTable(root arena.Ref) memberTable {
	return dash.Open(s.arena, root, s.seed, memberKeyer{s.arena})
}

func (s *Store) scoreTree(root arena.Ref) scoreTree {
	return bptree.Open(s.arena, root, scoreOrder{s.arena})
}
