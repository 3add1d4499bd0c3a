// Package quicklist is a list of strings: a chain of listpacks in an arena.
package quicklist

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/listpack"
)

// Limits are the limits of a node.
type Limits struct {
	Fill     int
	Compress int
}

// List is a view of a list in an arena.
type List struct {
	a    *arena.Arena
	root arena.Ref
	lim  Limits
}

func New(a *arena.Arena) (root arena.Ref)                             { return 0 }
func Open(a *arena.Arena, root arena.Ref, lim Limits) List            { return List{a, root, lim} }
func (l List) Len() int                                               { return 0 }
func (l List) Nodes() int                                             { return 0 }
func (l List) PushFront(v []byte)                                     {}
func (l List) PushBack(v []byte)                                      {}
func (l List) PopFront(dst []byte) ([]byte, bool)                     { return dst, false }
func (l List) PopBack(dst []byte) ([]byte, bool)                      { return dst, false }
func (l List) Index(i int) (listpack.Value, bool)                     { return listpack.Value{}, false }
func (l List) Set(i int, v []byte) bool                               { return false }
func (l List) Ascend(from int, f func(i int, v listpack.Value) bool)  {}
func (l List) Descend(from int, f func(i int, v listpack.Value) bool) {}
func (l List) InsertBefore(i int, v []byte)                           {}
func (l List) InsertAfter(i int, v []byte)                            {}
func (l List) DeleteRange(from, n int) int                            { return 0 }
func (l List) DeleteMatching(v []byte, count int) int                 { return 0 }
func (l List) EachNode(f func(plain bool, data []byte) bool)          {}
func (l List) AppendNode(plain bool, data []byte)                     {}
func (l List) Free()                                                  {}
func (l List) Bytes() int                                             { return 0 }
