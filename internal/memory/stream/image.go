package stream

import (
	"bytes"
	"slices"

	"redoubt/internal/memory/arena"
)

// Recorder receives a stream in the order of its parts: the nodes, the counters, and then every group, with what is pending
// in it, the number of its consumers, and every consumer with the ids of what is pending for it.
type Recorder interface {
	StreamNode(master ID, lp []byte)
	StreamCounters(c Counters)
	StreamGroup(g GroupHead)
	StreamPending(p Pending)
	StreamConsumers(n int)
	StreamConsumer(c ConsumerHead)
	StreamOwned(id ID)
}

// Counters is what a stream has beside its nodes and groups, and how many groups.
type Counters struct {
	Length                    int
	Last, First, MaxDeletedID ID
	Added                     uint64
	Groups                    int
}

// Counters returns the counters of the stream.
func (s Stream) Counters() Counters {
	return Counters{s.Len(), s.LastID(), s.FirstID(), s.MaxDeletedID(), s.Added(), s.Groups()}
}

// Kept returns a view that tells the images, each unless nil, what happens to the stream.
func (s Stream) Kept(images [2]*Image) Stream {
	s.images = images
	return s
}

func (s Stream) changing(r arena.Ref) {
	for _, im := range s.images {
		if im != nil {
			im.changing(s.master(r), s.listpack(r))
		}
	}
}

// remove takes a node, which has left the tree, away.
func (s Stream) remove(r arena.Ref) {
	for _, im := range s.images {
		if im != nil {
			im.removing(s.master(r), s.listpack(r))
		}
	}
	s.free(r)
}

// Image is a stream at one moment, given out piece by piece while it goes on changing. Counters and the heads of groups and
// consumers are taken at the beginning. Of nodes that change or go before their turn it keeps the old listpacks; image_groups.go
// says what happens to what is pending.
//
//	stream    B' ── C ── D ── E ──▶            A is gone, B has changed, E is new
//	image     A ── B ── C ── D                 old[A], old[B], gone = A
//
// Master ids tell nodes apart: a node is in the image from its own to the last one of that moment, but for those that came
// later. They can come between, when the last id has been set back.
//
// Until Step is done, every change of the stream must be made through a view that tells the image.
type Image struct {
	next, last ID // of the nodes that are still to be given
	old        map[ID][]byte
	gone       []ID // ascending; their listpacks are in old
	fresh      map[ID]bool
	counters   Counters
	told       bool // the counters have been given
	groupsImage
	size *int
}

// NewImage begins an image of s as it is now. The bytes of what the image keeps are added to size.
func NewImage(s Stream, size *int) *Image {
	im := &Image{next: MaxID, last: MinID, old: map[ID][]byte{}, fresh: map[ID]bool{}, counters: s.Counters(), size: size}
	if nodes := s.nodes(); nodes.Len() > 0 {
		im.next, im.last = MinID, s.master(nodes.At(nodes.Len()-1))
	}
	im.groupsImage = newGroupsImage(s, size)
	return im
}

func (im *Image) has(master ID) bool {
	return !master.Less(im.next) && !im.last.Less(master) && !im.fresh[master]
}

// changing says that the listpack of a node is about to change.
func (im *Image) changing(master ID, lp []byte) {
	if _, kept := im.old[master]; !kept && im.has(master) {
		im.old[master] = bytes.Clone(lp)
		*im.size += len(lp)
	}
}

// removing says that a node is about to go.
func (im *Image) removing(master ID, lp []byte) {
	if !im.has(master) {
		delete(im.fresh, master)
		return
	}
	im.changing(master, lp)
	if at, found := slices.BinarySearchFunc(im.gone, master, ID.Compare); !found {
		im.gone = slices.Insert(im.gone, at, master)
	}
}

// adding says that a node is about to come.
func (im *Image) adding(master ID) {
	if im != nil && !master.Less(im.next) && !im.last.Less(master) {
		im.fresh[master] = true
	}
}

// Step gives out about limit bytes of what is left, at least something, and reports whether that was all. s is the stream.
func (im *Image) Step(s Stream, limit int, out Recorder) (done bool) {
	for given := 0; given < limit; {
		master, lp, ok := im.take(s)
		switch {
		case lp != nil:
			out.StreamNode(master, lp)
			given += len(lp) + 1
		case ok:
			given++
		case !im.told:
			im.told = true
			out.StreamCounters(im.counters)
		default:
			return im.stepGroups(s, limit-given, out)
		}
	}
	return false
}

// take returns the next node, without a listpack when it is not in the image; false when there is none.
func (im *Image) take(s Stream) (master ID, lp []byte, ok bool) {
	if im.last.Less(im.next) {
		return master, nil, false
	}
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
	if !ok {
		im.next, im.last = MaxID, MinID
		return master, nil, false
	}
	if old, kept := im.old[master]; kept {
		*im.size -= len(old)
		delete(im.old, master)
		lp = old
	}
	delete(im.fresh, master)
	if next, more := master.Next(); more {
		im.next = next
	} else {
		im.next, im.last = MaxID, MinID // there is nothing behind
	}
	return master, lp, true
}
