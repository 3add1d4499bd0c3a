package quicklist

import "redoubt/internal/memory/arena"

// Marks are the two bits that a list keeps with every node for its owner.
type Marks uint8

// Node is a view of a node, valid until the list changes.
type Node struct {
	Ref arena.Ref
	// Next is the node behind it, 0 at the end.
	Next  arena.Ref
	Marks Marks
	// Plain: Content is one element; otherwise it is a listpack.
	Plain   bool
	Content []byte
}

// Kept returns a view whose new nodes get the marks m, and which tells the images,
// each unless nil, what happens to the others. nil stands for no images.
func (l List) Kept(images *[2]*Image, m Marks) List {
	l.images, l.nodes.marks = images, m
	return l
}

// Head returns the first node, 0 when the list is empty.
func (l List) Head() arena.Ref { return l.head() }

// NodeAt returns the node r.
func (l List) NodeAt(r arena.Ref) Node {
	n := l.node(r)
	return Node{Ref: r, Next: n.next(), Marks: n.marks(), Plain: n.plain(), Content: l.content(n)}
}

// SetMarks sets the marks of the node r.
func (l List) SetMarks(r arena.Ref, m Marks) {
	n := l.node(r)
	n.setFlags(n.plain(), m)
}

func (l List) changing(r arena.Ref) {
	if l.images != nil {
		l.tellChanging(r)
	}
}

func (l List) tellChanging(r arena.Ref) {
	for _, im := range l.images {
		if im != nil {
			im.changing(l.NodeAt(r))
		}
	}
}
