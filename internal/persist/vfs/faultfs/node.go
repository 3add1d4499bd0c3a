package faultfs

import (
	"bytes"
	"io/fs"
	"maps"
	"time"
)

// sector is what the medium writes in one piece, in bytes.
const sector = 512

// node is a file or a directory.
type node struct {
	mode  fs.FileMode
	mtime time.Time
	// Of a file: what it shows, what the medium has, and which sectors may differ.
	data, medium []byte
	dirty        map[int]bool
	// Of a directory.
	entries, durable map[string]*node
}

func newFile(mode fs.FileMode) *node {
	return &node{mode: mode.Perm(), dirty: map[int]bool{}, mtime: time.Now()}
}

func newDir(mode fs.FileMode) *node {
	return &node{mode: mode.Perm() | fs.ModeDir, entries: map[string]*node{}, durable: map[string]*node{}, mtime: time.Now()}
}

// walk visits the node and what is below it now.
func (n *node) walk(visit func(*node)) {
	visit(n)
	for _, below := range n.entries {
		below.walk(visit)
	}
}

// bytes is the size of all files below.
func (n *node) bytes() (total int64) {
	n.walk(func(n *node) { total += int64(len(n.data)) })
	return total
}

// write stores p at offset.
func (n *node) write(p []byte, offset int) {
	if end := offset + len(p); end > len(n.data) {
		n.resize(end)
	}
	copy(n.data[offset:], p)
	n.touch(offset, offset+len(p))
	n.mtime = time.Now()
}

// resize cuts the file or adds zeros.
func (n *node) resize(size int) {
	old := len(n.data)
	if size <= old {
		n.data = n.data[:size]
		return
	}
	if size > cap(n.data) {
		grown := make([]byte, old, max(size, 2*cap(n.data)))
		copy(grown, n.data)
		n.data = grown
	}
	n.data = n.data[:size]
	clear(n.data[old:])
	n.touch(old, size)
}

func (n *node) touch(from, to int) {
	for s := from / sector; s*sector < to; s++ {
		n.dirty[s] = true
	}
}

// persist makes a file's content durable.
func (n *node) persist() {
	if n.mode.IsDir() {
		return
	}
	n.setMedium(len(n.data))
	for s := range n.dirty {
		n.persistSector(s)
	}
	clear(n.dirty)
}

func (n *node) setMedium(size int) {
	if size <= len(n.medium) {
		n.medium = n.medium[:size]
		return
	}
	n.medium = append(n.medium, make([]byte, size-len(n.medium))...)
}

// persistSector writes what the medium's length allows of one sector.
func (n *node) persistSector(s int) {
	from, to := s*sector, min((s+1)*sector, len(n.data), len(n.medium))
	if from < to {
		copy(n.medium[from:to], n.data[from:to])
	}
}

// lose lets the coin decide about everything that is not durable. Nothing is dirty then.
func (n *node) lose(d *Disk) {
	size := len(n.data)
	if low, high := min(len(n.medium), size), max(len(n.medium), size); low < high && d.coin() {
		size = low + d.random.IntN(high-low+1)
		if len(n.data) < len(n.medium) {
			size = len(n.medium) // a file that was to be cut is cut or not
		}
	}
	n.setMedium(size)
	for s := 0; s*sector < len(n.data); s++ { // in order, so that the seed decides
		if n.dirty[s] && d.coin() {
			n.persistSector(s)
		}
	}
	clear(n.dirty)
}

// restart leaves what the medium has.
func (n *node) restart(d *Disk) {
	if !n.mode.IsDir() {
		n.lose(d)
		n.data = bytes.Clone(n.medium)
		return
	}
	n.entries = maps.Clone(n.durable)
	for _, name := range sorted(n.entries) {
		n.entries[name].restart(d)
	}
}
