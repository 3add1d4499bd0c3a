package arena

// maxDirty is how many pages of free runs may stay resident; freeing more gives them back to the system.
const maxDirty = 8 << 20 >> pageShift

// takeRun takes count pages out of the free runs: best fit, opening extents when there is none.
func (a *Arena) takeRun(count uint32) uint32 {
	first := a.bestFit(count)
	if first == 0 {
		a.grow(count)
		first = a.bestFit(count)
	}
	a.take(first, count)
	return first
}

// take takes the first count pages of the free run at first; the rest stays free.
func (a *Arena) take(first, count uint32) {
	a.remove(first)
	run := a.pages[first]
	rest := run.count - count
	restDirty := min(run.dirty, rest)
	a.dirty -= run.dirty - restDirty
	if rest > 0 {
		a.insert(first+count, rest, restDirty)
	}
}

// takeBehind takes count pages from page at on, when these are free.
func (a *Arena) takeBehind(at, count uint32) bool {
	if at >= a.top || a.kinds[at] != kindFree || a.pages[at].count < count {
		return false
	}
	a.take(at, count)
	return true
}

// freeRun gives pages back, merges them with their free neighbours, and
// returns them to the system when enough is resident.
func (a *Arena) freeRun(first, count uint32) {
	clear(a.kinds[first : first+count])
	a.dirty += count
	dirty := count
	// The pages to give back are these, and a neighbour when part of it is dirty too.
	from, to := first, first+count
	begin, end := from, to
	if a.kinds[first-1] == kindFree {
		begin = a.pages[first-1].first
		if d := a.pages[begin].dirty; d > 0 {
			dirty += d
			from = begin
		}
		a.remove(begin)
	}
	if end < a.top && a.kinds[end] == kindFree {
		next := &a.pages[end]
		a.remove(end)
		end += next.count
		if next.dirty > 0 {
			dirty += next.dirty
			to = end
		}
	}
	if a.dirty > maxDirty {
		a.release(from, to-from)
		a.dirty -= dirty
		dirty = 0
	}
	a.insert(begin, end-begin, dirty)
}

// The treap of free runs: ordered by (count, page), heap-ordered by a scrambled page number.

func (a *Arena) before(p, q uint32) bool {
	if x, y := a.pages[p].count, a.pages[q].count; x != y {
		return x < y
	}
	return p < q
}

// priority scrambles a page number; it is a bijection, so priorities are distinct.
func priority(p uint32) uint32 { return p * 0x9E3779B1 }

// bestFit returns the shortest free run of at least count pages, the lowest among equals; 0 for none.
func (a *Arena) bestFit(count uint32) uint32 {
	best := uint32(0)
	for p := a.free; p != 0; {
		if a.pages[p].count >= count {
			best = p
			p = a.pages[p].prev
		} else {
			p = a.pages[p].next
		}
	}
	return best
}

// insert adds a free run.
func (a *Arena) insert(first, count, dirty uint32) {
	run := &a.pages[first]
	run.count, run.dirty = count, dirty
	a.pages[first+count-1].first = first
	link := &a.free
	for *link != 0 && priority(*link) > priority(first) {
		link = a.descend(*link, first)
	}
	below, above := &run.prev, &run.next
	rest := *link
	*link = first
	for rest != 0 {
		if a.before(rest, first) {
			*below = rest
			below = &a.pages[rest].next
			rest = *below
		} else {
			*above = rest
			above = &a.pages[rest].prev
			rest = *above
		}
	}
	*below, *above = 0, 0
}

// descend returns the link of run p that leads to where q belongs.
func (a *Arena) descend(p, q uint32) *uint32 {
	if a.before(q, p) {
		return &a.pages[p].prev
	}
	return &a.pages[p].next
}

// remove takes a free run out of the treap.
func (a *Arena) remove(first uint32) {
	link := &a.free
	for *link != first {
		link = a.descend(*link, first)
	}
	left, right := a.pages[first].prev, a.pages[first].next
	for left != 0 && right != 0 {
		if priority(left) > priority(right) {
			*link = left
			link = &a.pages[left].next
			left = *link
		} else {
			*link = right
			link = &a.pages[right].prev
			right = *link
		}
	}
	*link = left | right
}
