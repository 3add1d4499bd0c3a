package quicklist

import (
	"bytes"
	"slices"

	"redoubt/internal/memory/arena"
)

// Image is the content of a list at one moment, given out node by node while the
// list goes on changing. It keeps the old content of the nodes that change before
// their turn comes, and in which place that belongs:
//
//	list      A ── B' ── N ── D ──▶            B has changed, C is gone, N is new
//	image     A ── B ─────── C ── D ──▶        old[B], gone[D] = {C}
//
// A node is in the image when one of its marks, the image's bit, is not what new
// nodes get; [Image.Step] turns it. So nodes that came after the moment, and those
// that have been given out, are left out.
//
// An Image is a [Keeper]: until Step is done, every change of the list must be made
// through a view that tells it.
type Image struct {
	bit, fresh Marks
	next       arena.Ref // the node whose turn is next; 0: the end
	old        map[arena.Ref]content
	gone       map[arena.Ref][]content // of nodes that stood before a node; 0: at the end
	size       *int
}

type content struct {
	plain bool
	data  []byte
}

// NewImage begins an image of l as it is now. bit is one of the two marks; fresh are
// the marks of new nodes from now on. The bytes of the old contents that the image
// keeps are added to size.
func NewImage(l List, bit, fresh Marks, size *int) *Image {
	return &Image{
		bit: bit, fresh: fresh, next: l.head(), size: size,
		old: map[arena.Ref]content{}, gone: map[arena.Ref][]content{},
	}
}

func (im *Image) has(n Node) bool { return (n.Marks^im.fresh)&im.bit != 0 }

// Changing implements [Keeper].
func (im *Image) Changing(n Node) {
	if _, kept := im.old[n.Ref]; !kept && im.has(n) {
		im.old[n.Ref] = im.keep(n)
	}
}

func (im *Image) keep(n Node) content {
	*im.size += len(n.Content)
	return content{n.Plain, bytes.Clone(n.Content)}
}

// Removing implements [Keeper].
func (im *Image) Removing(n Node) {
	here := im.gone[n.Ref]
	if im.has(n) {
		c, kept := im.old[n.Ref]
		if !kept {
			c = im.keep(n)
		}
		here = append(here, c)
	}
	delete(im.old, n.Ref)
	delete(im.gone, n.Ref)
	if len(here) > 0 {
		im.gone[n.Next] = slices.Concat(here, im.gone[n.Next])
	}
	if im.next == n.Ref {
		im.next = n.Next
	}
}

// Step gives out the nodes whose turn it is, about limit bytes of them and at least
// one, and reports whether they were the last. l is the list.
func (im *Image) Step(l List, limit int, emit func(plain bool, data []byte)) (done bool) {
	for given := 0; given < limit; given++ { // a node counts one more than its bytes
		r := im.next
		for _, c := range im.gone[r] {
			given += im.give(c, emit)
		}
		delete(im.gone, r)
		if r == 0 {
			return true
		}
		n := l.NodeAt(r)
		im.next = n.Next
		if !im.has(n) {
			continue
		}
		if c, kept := im.old[r]; kept {
			given += im.give(c, emit)
			delete(im.old, r)
		} else {
			given += len(n.Content)
			emit(n.Plain, n.Content)
		}
		l.SetMarks(r, n.Marks^im.bit)
	}
	return false
}

func (im *Image) give(c content, emit func(plain bool, data []byte)) int {
	emit(c.plain, c.data)
	*im.size -= len(c.data)
	return len(c.data)
}
