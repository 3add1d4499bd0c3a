package faultfs

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"path"
	"sync"
	"syscall"
)

// ErrPower is what every operation returns while the power is cut, and for ever on files that were open then.
var ErrPower = errors.New("the power is cut")

// Kind is what an operation does.
type Kind string

// The operations that faults are asked about. Stat and ReadDir are Read, MkdirAll is Create.
const (
	Open     Kind = "open"
	Create   Kind = "create"
	Read     Kind = "read"
	Write    Kind = "write"
	Sync     Kind = "sync"
	SyncDir  Kind = "syncdir"
	Truncate Kind = "truncate"
	Rename   Kind = "rename"
	Remove   Kind = "remove"
)

// Op is an operation that is about to happen. Number counts those that change something or make it durable (all but Open
// and Read, which have the number of the next).
type Op struct {
	Kind   Kind
	Name   string // of the file; of a rename the old name
	Number int
	Bytes  int // of a write
}

// Short is the error for a write that stores only its first N bytes.
type Short struct {
	N   int
	Err error
}

func (s Short) Error() string { return s.Err.Error() }

// Unwrap returns the system error.
func (s Short) Unwrap() error { return s.Err }

// Disk is the file system. Its methods may be called by several goroutines.
type Disk struct {
	mu      sync.Mutex
	random  *rand.Rand
	root    *node
	journal []change
	fault   func(Op) error
	space   int64 // bytes that files may have in all, -1 any number
	ops     int
	cutAt   int // number of the operation that does not happen, -1 none
	off     bool
	epoch   int // of power: files of an earlier one are dead
	temps   int
}

// New returns an empty disk. Two disks with the same seed and the same calls lose the same.
func New(seed uint64) *Disk {
	return &Disk{random: rand.New(rand.NewPCG(seed, 0)), root: newDir(0o755), space: -1, cutAt: -1}
}

// SetFault has f asked before every operation; its error is the operation's. Nil asks nobody. f must not use the disk.
func (d *Disk) SetFault(f func(Op) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = f
}

// SetSpace leaves room for n more bytes; -1 for any number.
func (d *Disk) SetSpace(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.space = n; n >= 0 {
		d.space = n + d.root.bytes()
	}
}

// CutPower stops the machine at the n-th operation (from 0) that changes something: it and all after it return ErrPower.
func (d *Disk) CutPower(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutAt = d.ops + n
}

// Ops is how many operations have changed something or made it durable.
func (d *Disk) Ops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// Settle makes everything durable, as sync(2).
func (d *Disk) Settle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.journal {
		c.persist()
	}
	d.journal = nil
	d.root.walk((*node).persist)
}

// PowerLoss loses what is not durable and starts the machine again. Files that were open are dead, faults stay ordered, a
// cut does not.
func (d *Disk) PowerLoss() {
	d.mu.Lock()
	defer d.mu.Unlock()
	lost := map[place]bool{}
	for _, c := range d.journal {
		if c.touches(lost) || d.coin() {
			for _, e := range c {
				lost[e.place] = true
			}
			continue
		}
		c.persist()
	}
	d.journal = nil
	d.root.restart(d)
	d.off, d.cutAt = false, -1
	d.epoch++
}

func (d *Disk) coin() bool { return d.random.Uint64()&1 == 0 }

// begin asks whether an operation may happen. The lock is held.
func (d *Disk) begin(kind Kind, name string, bytes int) error {
	if d.off {
		return ErrPower
	}
	op := Op{kind, name, d.ops, bytes}
	if kind != Open && kind != Read {
		if d.ops == d.cutAt {
			d.off = true
			if kind == Write {
				return Short{d.random.IntN(bytes + 1), ErrPower}
			}
			return ErrPower
		}
		d.ops++
	}
	if d.fault != nil {
		return d.fault(op)
	}
	return nil
}

// place is a name in a directory.
type place struct {
	dir  *node
	name string
}

// edit gives a place a node, or with nil takes it away.
type edit struct {
	place
	node *node
}

// change is a set of edits that happens as a whole.
type change []edit

func (c change) persist() {
	for _, e := range c {
		if e.node == nil {
			delete(e.dir.durable, e.name)
		} else {
			e.dir.durable[e.name] = e.node
		}
	}
}

func (c change) touches(places map[place]bool) bool {
	for _, e := range c {
		if places[e.place] {
			return true
		}
	}
	return false
}

// do carries a change out; it is durable later.
func (d *Disk) do(c ...edit) {
	for _, e := range c {
		if e.node == nil {
			delete(e.dir.entries, e.name)
		} else {
			e.dir.entries[e.name] = e.node
		}
	}
	d.journal = append(d.journal, c)
}

// syncDir persists the changes of a directory, and those that they depend on.
func (d *Disk) syncDir(dir *node) {
	needed, places := make([]bool, len(d.journal)), map[place]bool{}
	for i := len(d.journal) - 1; i >= 0; i-- {
		c := d.journal[i]
		for _, e := range c {
			needed[i] = needed[i] || e.dir == dir || places[e.place]
		}
		for _, e := range c {
			places[e.place] = places[e.place] || needed[i]
		}
	}
	var rest []change
	for i, c := range d.journal {
		if needed[i] {
			c.persist()
		} else {
			rest = append(rest, c)
		}
	}
	d.journal = rest
}

// find returns the directory that a name is in, and the node that has it now, which may be nil.
func (d *Disk) find(name string) (place, *node, error) {
	clean := path.Clean("/" + name)
	if clean == "/" {
		return place{}, d.root, nil
	}
	dir := d.root
	parent, base := path.Split(clean)
	for rest := parent[1:]; rest != ""; {
		var word string
		word, rest = cut(rest)
		next := dir.entries[word]
		if next == nil {
			return place{}, nil, syscall.ENOENT
		}
		if !next.mode.IsDir() {
			return place{}, nil, syscall.ENOTDIR
		}
		dir = next
	}
	return place{dir, base}, dir.entries[base], nil
}

// cut takes the first word off a path that ends with a slash.
func cut(p string) (word, rest string) {
	for i := range len(p) {
		if p[i] == '/' {
			return p[:i], p[i+1:]
		}
	}
	return p, ""
}

func wrong(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}
