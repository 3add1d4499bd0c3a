package tracking

import "slices"

// Prefixes says which clients want to know of every changed key that begins with a prefix, and collects those keys until
// the clients are told of all of them at once.
type Prefixes struct {
	byName map[string]*prefix
	// lengths are those of the prefixes, ascending, with how many have each: a key is looked up once per length, however many
	// prefixes there are.
	lengths []length
	changed []*prefix
	pending int
}

type prefix struct {
	name    string
	clients []uint64
	// keys are the changed keys with the client that changed each last, 0 for none.
	keys map[string]uint64
}

type length struct{ bytes, prefixes int }

// Len is the number of prefixes.
func (p *Prefixes) Len() int { return len(p.byName) }

// PendingBytes is the size of the keys collected so far with about what keeping them takes.
func (p *Prefixes) PendingBytes() int { return p.pending }

// Add makes client id be told of keys that begin with name.
func (p *Prefixes) Add(name string, id uint64) {
	one := p.byName[name]
	if one == nil {
		if p.byName == nil {
			p.byName = map[string]*prefix{}
		}
		one = &prefix{name: name}
		p.byName[name] = one
		p.count(len(name), 1)
	}
	if !slices.Contains(one.clients, id) {
		one.clients = append(one.clients, id)
	}
}

// Remove ends that.
func (p *Prefixes) Remove(name string, id uint64) {
	one := p.byName[name]
	if one == nil {
		return
	}
	if i := slices.Index(one.clients, id); i >= 0 {
		one.clients = slices.Delete(one.clients, i, i+1)
	}
	if len(one.clients) == 0 {
		delete(p.byName, name)
		p.count(len(name), -1)
	}
}

func (p *Prefixes) count(bytes, by int) {
	at, have := slices.BinarySearchFunc(p.lengths, bytes, func(l length, bytes int) int { return l.bytes - bytes })
	if !have {
		p.lengths = slices.Insert(p.lengths, at, length{bytes: bytes})
	}
	p.lengths[at].prefixes += by
	if p.lengths[at].prefixes == 0 {
		p.lengths = slices.Delete(p.lengths, at, at+1)
	}
}

// keyBytes is about what a collected key takes beside its bytes.
const keyBytes = 48

// Changed collects a key that client by has changed, 0 for nobody.
func (p *Prefixes) Changed(key []byte, by uint64) {
	for _, l := range p.lengths {
		if l.bytes > len(key) {
			return
		}
		one := p.byName[string(key[:l.bytes])]
		if one == nil {
			continue
		}
		if len(one.keys) == 0 {
			one.keys = map[string]uint64{}
			p.changed = append(p.changed, one)
		}
		before := len(one.keys)
		one.keys[string(key)] = by
		if len(one.keys) > before {
			p.pending += len(key) + keyBytes
		}
	}
}

// Take hands over what was collected, prefixes and keys in order. by(i) is the client that changed keys[i] last.
func (p *Prefixes) Take(f func(clients []uint64, keys []string, by func(i int) uint64)) {
	changed := p.changed
	p.changed, p.pending = nil, 0
	slices.SortFunc(changed, func(a, b *prefix) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	for _, one := range changed {
		keys := make([]string, 0, len(one.keys))
		for key := range one.keys {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		changers := one.keys
		one.keys = nil
		f(one.clients, keys, func(i int) uint64 { return changers[keys[i]] })
	}
}
