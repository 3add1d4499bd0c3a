package quicklist

import (
	"bytes"
	"cmp"

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
// Until Step is done, every change of the list must be made through a view that tells
// the image.
type Image struct {
	bit, fresh Marks
	next       arena.Ref // the node whose turn is next; 0: the end
	old        map[arena.Ref]content
	gone       map[arena.Ref]chain // of nodes that stood before a node; 0: at the end
	size       *int
}

type content struct {
	plain bool
	data  []byte
}

// chain is contents in their order. Two become one in constant time: a list may lose
// all of its nodes one by one, from either end.
type chain struct{ first, last *link }

type link struct {
	content
	next *link
}

// then returns the chain followed by another.
func (c chain) then(other chain) chain {
	if c.first == nil || other.first == nil {
		return cmp.Or(c, other)
	}
	c.last.next = other.first
	return chain{c.first, other.last}
}

// NewImage begins an image of l as it is now. bit is one of the two marks; fresh are
// the marks of new nodes from now on. The bytes of the old contents that the image
// keeps are added to size.
func NewImage(l List, bit, fresh Marks, size *int) *Image {
	return &Image{
		bit: bit, fresh: fresh, next: l.head(), size: size,
		old: map[arena.Ref]content{}, gone: map[arena.Ref]chain{},
	}
}

func (im *Image) has(n Node) bool { return (n.Marks^im.fresh)&im.bit != 0 }

// changing says that the content of a node is about to change.
func (im *Image) changing(n Node) {
	if _, kept := im.old[n.Ref]; !kept && im.has(n) {
		im.old[n.Ref] = im.keep(n)
	}
}

func (im *Image) keep(n Node) content {
	*im.size += len(n.Content)
	return content{n.Plain, bytes.Clone(n.Content)}
}

// removing says that a node is about to leave the list.
func (im *Image) removing(n Node) {
	here := im.gone[n.Ref]
	if im.has(n) {
		c, kept := im.old[n.Ref]
		if !kept {
			c = im.keep(n)
		}
		l := &link{content: c}
		here = here.then(chain{l, l})
	}
	delete(im.old, n.Ref)
	delete(im.gone, n.Ref)
	if here.first != nil {
		im.gone[n.Next] = here.then(im.gone[n.Next])
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
		if before := im.gone[r]; before.first != nil {
			given += im.give(before.first.content, emit)
			if before.first = before.first.next; before.first != nil {
				im.gone[r] = before
			} else {
				delete(im.gone, r)
			}
			continue
		}
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
