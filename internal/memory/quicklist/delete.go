package quicklist

import (
	"math"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/listpack"
)

// DeleteRange removes n elements from index from on, fewer when the list ends
// before, and returns how many. A from outside 0 ≤ from < Len removes none.
func (l List) DeleteRange(from, n int) int {
	total := l.Len()
	if from < 0 || from >= total || n <= 0 {
		return 0
	}
	n = min(n, total-from)
	r, index := l.seek(from)
	// left and right are the nodes at the borders of the hole.
	left, right := r, l.node(r).next()
	if index == 0 {
		left = l.node(r).prev()
	}
	for todo := n; todo > 0; {
		node := l.node(r)
		next, elements := node.next(), node.elements()
		k := min(elements-index, todo)
		right = next
		if index == 0 && k < elements {
			right = r
		}
		if k == elements {
			l.removeNode(r)
		} else {
			l.deleteEntries(r, listpack.Seek(l.content(node), index), k)
		}
		todo -= k
		r, index = next, 0
	}
	if right != 0 {
		l.merge(right, l.node(right).next())
	}
	if left != 0 {
		l.merge(left, right)
		l.merge(l.node(left).prev(), left)
	}
	return n
}

// deleteEntries removes k entries of the packed node r from pos on, and the node
// when it has none left.
func (l List) deleteEntries(r arena.Ref, pos, k int) {
	n := l.node(r)
	if n.elements() == k {
		l.removeNode(r)
		return
	}
	l.changing(r)
	l.deleteInside(n, pos, k)
}

// deleteInside removes k of the entries of n from pos on, and not all.
func (l List) deleteInside(n *node, pos, k int) {
	content := l.content(n)
	if pos == listpack.First(content) {
		rest := listpack.DeleteFirst(content, k)
		n.setGap(n.gap() + len(content) - len(rest))
		content = rest
	} else {
		content = listpack.Delete(content, pos, k)
	}
	l.store(n, content, n.elements()-k)
	l.shrink(n)
}

// DeleteMatching removes elements equal to v and returns how many: the first
// count from the head, the first -count from the tail when count is negative,
// all when it is 0. It walks the list once and moves the bytes of each node
// once.
func (l List) DeleteMatching(v []byte, count int) int {
	left, fromTail := count, false
	switch {
	case count == 0:
		left = math.MaxInt
	case count < 0:
		// -count of the least int is negative; no list is that long.
		left, fromTail = -max(count, -math.MaxInt), true
	}
	r := l.head()
	if fromTail {
		r = l.tail()
	}
	deleted, changed := 0, false // changed: the node walked last lost elements
	for r != 0 && deleted < left {
		n := l.node(r)
		next, elements := n.next(), n.elements()
		if fromTail {
			next = n.prev()
		}
		k := l.deleteInNode(r, v, left-deleted, fromTail)
		if k < elements && (k > 0 || changed) {
			l.mergeWalked(r, fromTail)
		}
		deleted += k
		changed = k > 0
		r = next
	}
	if r != 0 && changed {
		l.mergeWalked(r, fromTail)
	}
	return deleted
}

// mergeWalked merges the node r with its neighbour that a walk comes from.
func (l List) mergeWalked(r arena.Ref, fromTail bool) {
	if fromTail {
		l.merge(r, l.node(r).next())
	} else {
		l.merge(l.node(r).prev(), r)
	}
}

// deleteInNode removes at most limit elements equal to v from the node r.
func (l List) deleteInNode(r arena.Ref, v []byte, limit int, fromTail bool) int {
	n := l.node(r)
	content, elements := l.content(n), n.elements()
	if n.plain() {
		if string(content) != string(v) {
			return 0
		}
		l.removeNode(r)
		return 1
	}
	from := listpack.First(content)
	if fromTail && limit < elements {
		if pos := listpack.FindLast(content, v, limit); pos >= 0 {
			from = pos
		}
	}
	if l.images != nil {
		if listpack.Find(content, from, v, 0) < 0 {
			return 0
		}
		l.changing(r)
	}
	content, deleted := listpack.DeleteMatching(content, from, v, limit)
	switch deleted {
	case 0:
	case elements:
		l.removeNode(r)
	default:
		l.store(n, content, elements-deleted)
		l.shrink(n)
	}
	return deleted
}
