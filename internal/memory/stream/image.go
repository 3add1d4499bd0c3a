package stream

import (
	"bytes"
	"slices"

	"redoubt/internal/memory/arena"
)

// Keeper is told what happens to the nodes of a stream before it happens. It must not change the stream.
type Keeper interface {
	// Changing says that the listpack of a node is about to change.
	Changing(master ID, lp []byte)
	// Removing says that a node is about to go.
	Removing(master ID, lp []byte)
	// Adding says that a node is about to come.
	Adding(master ID)
}

// Kept returns a view that tells k, unless nil, what happens to the nodes.
func (s Stream) Kept(k Keeper) Stream {
	s.keeper = k
	return s
}

func (s Stream) changing(r arena.Ref) {
	if s.keeper != nil {
		s.keeper.Changing(s.master(r), s.listpack(r))
	}
}

// remove takes a node, which has left the tree, away.
func (s Stream) remove(r arena.Ref) {
	if s.keeper != nil {
		s.keeper.Removing(s.master(r), s.listpack(r))
	}
	s.free(r)
}

// Image is the nodes of a stream at one moment, given out one by one while the stream goes on changing. It keeps the old
// listpacks of nodes that change or go before their turn comes.
//
//	stream    B' ── C ── D ── E ──▶            A is gone, B has changed, E is new
//	image     A ── B ── C ── D                 old[A], old[B], gone = A
//
// Master ids tell nodes apart: a node is in the image from its own to the last one of that moment, but for those that came
// later. They can come between, when the last id has been set back.
//
// An Image is a [Keeper]: until Step is done, every change of the stream must be made through a view that tells it.
type Image struct {
	next, last ID // what is still to be given
	old        map[ID][]byte
	gone       []ID // ascending; their listpacks are in old
	fresh      map[ID]bool
	size       *int
}

// NewImage begins an image of s, which has nodes, as it is now. The bytes of the old listpacks that the image keeps are added
// to size.
func NewImage(s Stream, size *int) *Image {
	nodes := s.nodes()
	return &Image{last: s.master(nodes.At(nodes.Len() - 1)), old: map[ID][]byte{}, fresh: map[ID]bool{}, size: size}
}

func (im *Image) has(master ID) bool {
	return !master.Less(im.next) && !im.last.Less(master) && !im.fresh[master]
}

// Changing implements [Keeper].
func (im *Image) Changing(master ID, lp []byte) {
	if _, kept := im.old[master]; !kept && im.has(master) {
		im.old[master] = bytes.Clone(lp)
		*im.size += len(lp)
	}
}

// Removing implements [Keeper].
func (im *Image) Removing(master ID, lp []byte) {
	if !im.has(master) {
		delete(im.fresh, master)
		return
	}
	im.Changing(master, lp)
	if at, found := slices.BinarySearchFunc(im.gone, master, ID.Compare); !found {
		im.gone = slices.Insert(im.gone, at, master)
	}
}

// Adding implements [Keeper].
func (im *Image) Adding(master ID) {
	if !master.Less(im.next) && !im.last.Less(master) {
		im.fresh[master] = true
	}
}

// Step gives out the nodes whose turn it is, about limit bytes of them and at least one, and reports whether they were the
// last. s is the stream.
func (im *Image) Step(s Stream, limit int, emit func(master ID, lp []byte)) (done bool) {
	for given := 0; given < limit; {
		master, lp, ok := im.take(s)
		if !ok {
			return true
		}
		if lp != nil {
			emit(master, lp)
			given += len(lp)
		}
		given++
		next, more := master.Next()
		if im.next = next; !more {
			im.next, im.last = MaxID, MinID // there is nothing behind
		}
	}
	return false
}

// take returns the next node, without a listpack when it is not in the image; false when there is none.
func (im *Image) take(s Stream) (master ID, lp []byte, ok bool) {
	nodes := s.nodes()
	if r := nodes.At(s.before(nodes, im.next)); r != 0 && !im.last.Less(s.master(r)) {
		master, ok = s.master(r), true
		if !im.fresh[master] {
			lp = s.listpack(r)
		}
	}
	if len(im.gone) > 0 && (!ok || im.gone[0].Compare(master) <= 0) {
		master, ok = im.gone[0], true
		im.gone = im.gone[1:]
	}
	if old, kept := im.old[master]; kept {
		*im.size -= len(old)
		delete(im.old, master)
		lp = old
	}
	delete(im.fresh, master)
	return master, lp, ok
}
