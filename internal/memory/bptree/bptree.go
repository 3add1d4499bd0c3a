// Package bptree is an order-statistic B+ tree of arena references.
package bptree

import "redoubt/internal/memory/arena"

// Order says how items are sorted.
type Order interface {
	Prefix(item arena.Ref) uint64
	Compare(a, b arena.Ref) int
}

// Tree is a view of a tree in an arena.
type Tree[O Order] struct {
	a     *arena.Arena
	root  arena.Ref
	order O
}

func New(a *arena.Arena) (root arena.Ref)                        { return 0 }
func Open[O Order](a *arena.Arena, root arena.Ref, o O) Tree[O]  { return Tree[O]{a, root, o} }
func (t Tree[O]) Len() int                                       { return 0 }
func (t Tree[O]) Insert(item arena.Ref)                          {}
func (t Tree[O]) Delete(item arena.Ref) bool                     { return false }
func (t Tree[O]) Replace(old, new arena.Ref) bool                { return false }
func (t Tree[O]) Rank(item arena.Ref) (int, bool)                { return 0, false }
func (t Tree[O]) At(rank int) arena.Ref                          { return 0 }
func (t Tree[O]) LowerBound(cmp func(item arena.Ref) int) int    { return 0 }
func (t Tree[O]) LowerBoundPrefix(p uint64) int                  { return 0 }
func (t Tree[O]) Ascend(from int, f func(item arena.Ref) bool)   {}
func (t Tree[O]) Descend(from int, f func(item arena.Ref) bool)  {}
func (t Tree[O]) DeleteRange(lo, hi int, f func(item arena.Ref)) {}
func (t Tree[O]) Free()                                          {}
func (t Tree[O]) Bytes() int                                     { return 0 }
