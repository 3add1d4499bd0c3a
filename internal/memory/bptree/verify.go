package bptree

import "fmt"

// verify panics when a node on the path violates an invariant. It is called
// with the build tag invariants only.
func (t Tree[O]) verify(p *path) {
	count := t.items()
	for level := p.height - 1; level >= 0; level-- {
		s := p.steps[level]
		n := t.node(s.ref)
		if n.level() != level {
			panic(fmt.Sprintf("bptree: node at level %d says %d", level, n.level()))
		}
		if n.len() == 0 || (level > 0 && s.idx >= n.len()) {
			panic(fmt.Sprintf("bptree: level %d: %d entries, index %d", level, n.len(), s.idx))
		}
		have := n.len()
		if level > 0 {
			have = n.countBefore(n.len())
		}
		if have != count {
			panic(fmt.Sprintf("bptree: level %d: %d items, %d counted above", level, have, count))
		}
		if level > 0 {
			count = n.count(s.idx)
			child := t.node(n.child(s.idx))
			first := child.item(0)
			if level > 1 {
				first = child.sep(0)
			}
			if first != n.sep(s.idx) {
				panic(fmt.Sprintf("bptree: level %d: separator is not the first item below", level))
			}
		}
	}
}
