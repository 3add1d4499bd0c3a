package stream

import (
	"bytes"

	"redoubt/internal/memory/arena"
)

// What is pending is given out in two passages for each group: all of it by id, and behind every consumer the ids that it has.
// A passage walks along a live tree, so what changes ahead of it must be told:
//
//	          next                      end
//	──────────┼──────────────────────────┼──────────
//	  given   │ A   B   C   D   E        │ came later
//	          early: B, C    skip: C     │              B is gone, C has changed
//
// What goes or changes before its turn is put aside as it was, and given at the end of the passage: a file may have the pending
// entries in any order. What comes, or stays with changes, is noted, so that the walk leaves it out.

// GroupHead is what a consumer group has beside its consumers and what is pending, and how much that is.
type GroupHead struct {
	Name        []byte
	LastID      ID
	EntriesRead int64
	Pending     int
}

// ConsumerHead is what a consumer has beside what is pending for it, and how much that is.
type ConsumerHead struct {
	Name         []byte
	Seen, Active int64
	Pending      int
}

// Pending is an entry that is pending in a group.
type Pending struct {
	ID                    ID
	Delivered, Deliveries int64
}

func (g Group) head() GroupHead {
	return GroupHead{g.Name(), g.LastID(), g.EntriesRead(), g.Pending()}
}

func (c Consumer) head() ConsumerHead {
	return ConsumerHead{c.Name(), c.Seen(), c.Active(), c.Pending()}
}

func (n Nack) pending() Pending { return Pending{n.ID(), n.Delivered(), n.Deliveries()} }

// Bytes that what an image keeps of groups counts for, about.
const (
	headCost    = 160
	pendingCost = 40
	ownedCost   = 16
	skipCost    = 32
	pileBlock   = 512 // items
)

// passage is what is pending for a group or a consumer on its way out, as values of type T.
type passage[T any] struct {
	next, end ID // what is still to be given of the live tree; end before next: nothing
	skip      map[ID]struct{}
	early     [][]T // in blocks, so that none is large enough to take long when it grows
	cost      int   // of a value
	size      *int
}

func newPassage[T any](g Group, t idTree, cost int, size *int) passage[T] {
	p := passage[T]{next: MaxID, end: MinID, cost: cost, size: size}
	if last, ok := g.lastNack(t); ok {
		p.next, p.end = MinID, last.ID()
	}
	return p
}

func (p *passage[T]) ahead(id ID) bool { return !id.Less(p.next) && !p.end.Less(id) }

// coming says that an entry is about to become pending here.
func (p *passage[T]) coming(id ID) {
	if p.ahead(id) {
		p.leaveOut(id)
	}
}

// leaving says that an entry that is pending as v is about to be so no longer.
func (p *passage[T]) leaving(id ID, v T) {
	if !p.ahead(id) {
		return
	}
	if _, out := p.skip[id]; out {
		delete(p.skip, id)
		*p.size -= skipCost
		return
	}
	p.putAside(v)
}

// changing says that an entry is about to be pending with another value than v.
func (p *passage[T]) changing(id ID, v T) {
	if _, out := p.skip[id]; p.ahead(id) && !out {
		p.putAside(v)
		p.leaveOut(id)
	}
}

func (p *passage[T]) leaveOut(id ID) {
	if p.skip == nil {
		p.skip = map[ID]struct{}{}
	}
	p.skip[id] = struct{}{}
	*p.size += skipCost
}

func (p *passage[T]) putAside(v T) {
	last := len(p.early) - 1
	if last < 0 || len(p.early[last]) == pileBlock {
		p.early = append(p.early, nil)
		last++
	}
	p.early[last] = append(p.early[last], v)
	*p.size += p.cost
}

// step gives about limit bytes: first what is in t, unless that is gone, then what was put aside.
func (p *passage[T]) step(g Group, t idTree, value func(Nack) T, limit int, give func(T)) (given int, done bool) {
	if g.ref != 0 && !p.end.Less(p.next) {
		full := false
		g.eachNack(t, p.next, func(n Nack) bool {
			p.next, full = n.ID(), given >= limit
			if full || p.end.Less(p.next) {
				return false
			}
			if _, out := p.skip[p.next]; !out {
				give(value(n))
			}
			given += p.cost
			return true
		})
		if full {
			return given, false
		}
	}
	p.next, p.end = MaxID, MinID
	*p.size -= skipCost * len(p.skip)
	p.skip = nil
	for last := len(p.early) - 1; last >= 0; last-- {
		if given >= limit {
			return given, false
		}
		for _, v := range p.early[last] {
			give(v)
		}
		given += p.cost * len(p.early[last])
		*p.size -= p.cost * len(p.early[last])
		p.early = p.early[:last]
	}
	return given, true
}

// groupsImage is the groups of an image. Those that are given leave it.
type groupsImage struct {
	left []*groupImage
	// live are those of left that are still there.
	live map[arena.Ref]*groupImage
}

type groupImage struct {
	GroupHead
	ref       arena.Ref // 0: destroyed
	told      bool
	counted   bool // the number of consumers has been given
	pending   passage[Pending]
	consumers []*consumerImage
	live      map[arena.Ref]*consumerImage
}

type consumerImage struct {
	ConsumerHead
	ref   arena.Ref // 0: deleted
	told  bool
	owned passage[ID]
}

func newGroupsImage(s Stream, size *int) groupsImage {
	im := groupsImage{live: map[arena.Ref]*groupImage{}}
	s.EachGroup(func(g Group) bool {
		gi := &groupImage{GroupHead: g.head(), ref: g.ref, live: map[arena.Ref]*consumerImage{}}
		gi.Name = bytes.Clone(gi.Name)
		gi.pending = newPassage[Pending](g, g.nacks(), pendingCost, size)
		g.EachConsumer(func(c Consumer) bool {
			ci := &consumerImage{ConsumerHead: c.head(), ref: c.ref}
			ci.Name = bytes.Clone(ci.Name)
			ci.owned = newPassage[ID](g, c.nacks(), ownedCost, size)
			gi.consumers = append(gi.consumers, ci)
			gi.live[c.ref] = ci
			return true
		})
		*size += headCost * (1 + len(gi.consumers))
		im.left = append(im.left, gi)
		im.live[g.ref] = gi
		return true
	})
	return im
}

// of returns the images of a group and of one of its consumers, nil for what is not in the image or has been given.
func (im *Image) of(g Group, c arena.Ref) (*groupImage, *consumerImage) {
	if im == nil {
		return nil, nil
	}
	gi := im.live[g.ref]
	if gi == nil {
		return nil, nil
	}
	return gi, gi.live[c]
}

// delivering says that an entry is about to become pending for c.
func (im *Image) delivering(id ID, c Consumer) {
	gi, ci := im.of(c.g, c.ref)
	if gi != nil {
		gi.pending.coming(id)
	}
	if ci != nil {
		ci.owned.coming(id)
	}
}

// redelivering says that time and number of deliveries of n are about to change.
func (im *Image) redelivering(n Nack) {
	if gi, _ := im.of(n.g, 0); gi != nil {
		gi.pending.changing(n.ID(), n.pending())
	}
}

// assigning says that n is about to be pending for c.
func (im *Image) assigning(n Nack, c Consumer) {
	if _, ci := im.of(n.g, n.Consumer().ref); ci != nil {
		ci.owned.leaving(n.ID(), n.ID())
	}
	if _, ci := im.of(n.g, c.ref); ci != nil {
		ci.owned.coming(n.ID())
	}
}

// acknowledging says that n is about to go.
func (im *Image) acknowledging(n Nack) {
	gi, ci := im.of(n.g, n.Consumer().ref)
	if gi != nil {
		gi.pending.leaving(n.ID(), n.pending())
	}
	if ci != nil {
		ci.owned.leaving(n.ID(), n.ID())
	}
}

// deleting says that c is about to go, and what is pending for it.
func (im *Image) deleting(c Consumer) {
	gi, ci := im.of(c.g, c.ref)
	if gi == nil {
		return
	}
	c.EachNack(MinID, func(n Nack) bool {
		im.acknowledging(n)
		return true
	})
	if ci != nil {
		delete(gi.live, ci.ref)
		ci.ref = 0
	}
}

// destroying says that g is about to go.
func (im *Image) destroying(g Group) {
	gi, _ := im.of(g, 0)
	if gi == nil {
		return
	}
	g.EachConsumer(func(c Consumer) bool {
		im.deleting(c)
		return true
	})
	delete(im.live, gi.ref)
	gi.ref = 0
}

// stepGroups is [Image.Step] for what follows the counters.
func (im *Image) stepGroups(s Stream, limit int, out Recorder) (done bool) {
	for given := 0; len(im.left) > 0; {
		if given >= limit {
			return false
		}
		gi := im.left[0]
		n, done := gi.step(s, limit-given, out)
		if given += n; !done {
			continue
		}
		*im.size -= headCost
		delete(im.live, gi.ref)
		im.left = im.left[1:]
	}
	return true
}

// step gives about limit bytes of the group.
func (gi *groupImage) step(s Stream, limit int, out Recorder) (given int, done bool) {
	g := Group{s, gi.ref}
	if !gi.told {
		gi.told = true
		out.StreamGroup(gi.GroupHead)
		given += headCost
	}
	var all idTree
	if gi.ref != 0 {
		all = g.nacks()
	}
	n, done := gi.pending.step(g, all, Nack.pending, limit-given, out.StreamPending)
	if given += n; !done {
		return given, false
	}
	if !gi.counted {
		gi.counted = true
		out.StreamConsumers(len(gi.consumers))
	}
	for len(gi.consumers) > 0 && given < limit {
		ci := gi.consumers[0]
		if !ci.told {
			ci.told = true
			out.StreamConsumer(ci.ConsumerHead)
			given += headCost
		}
		var mine idTree
		alive := Group{s, 0}
		if ci.ref != 0 {
			alive, mine = g, Consumer{g, ci.ref}.nacks()
		}
		n, done := ci.owned.step(alive, mine, Nack.ID, limit-given, out.StreamOwned)
		if given += n; done {
			*gi.pending.size -= headCost
			gi.consumers = gi.consumers[1:]
		}
	}
	return given, len(gi.consumers) == 0
}
