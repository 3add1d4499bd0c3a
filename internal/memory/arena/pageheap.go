package arena

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

// take takes the first count pages of the free run at first; the rest stays free. The caller sets their kind.
func (a *Arena) take(first, count uint32) {
	rest := a.pages[first].count - count
	a.remove(first)
	if rest > 0 {
		a.insert(first+count, rest)
	}
	a.clean(a.kinds[first : first+count])
	a.touch(first + count)
}

// takeBehind takes count pages from page at on, when these are free.
func (a *Arena) takeBehind(at, count uint32) bool {
	if at >= a.top || !isFree(a.kinds[at]) || a.pages[at].count < count {
		return false
	}
	a.take(at, count)
	return true
}

// freeRun gives pages back and merges them with their free neighbours.
func (a *Arena) freeRun(first, count uint32) {
	a.soil(a.kinds[first : first+count])
	begin, end := first, first+count
	if isFree(a.kinds[first-1]) {
		begin = a.pages[first-1].first
		a.remove(begin)
	}
	if end < a.top && isFree(a.kinds[end]) {
		next := a.pages[end].count
		a.remove(end)
		end += next
	}
	a.insert(begin, end-begin)
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
func (a *Arena) insert(first, count uint32) {
	run := &a.pages[first]
	run.count = count
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

// remove takes a run out of the free ones.
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
