package engine

import "redoubt/internal/command"

// prefetchWindow is the number of requests whose lookups are prepared together, and prefetchKeys that of their keys: enough
// for the cache misses to overlap, and few enough for the first of them to be in the cache when its turn comes. From leastMembers
// of one collection on it is worth it to look the key up to see whether they are to be asked for: most collections are small.
const (
	prefetchWindow = 32
	prefetchKeys   = 64
	leastMembers   = 4
)

// Members says which words of a command are members, or fields, that it looks up in the collection under its first key.
type Members struct {
	// First is the index of the first of them, 0 when there are none, and Step how many words further each next one is; 0: there
	// is one.
	First, Step int
}

// prefetcher is scratch for [Engine.prefetch].
type prefetcher struct {
	keys, members [prefetchKeys][]byte
	hashes        [prefetchKeys]uint64
	// groups are members of one collection each, in the order of members.
	groups [prefetchWindow]memberGroup
}

// memberGroup is the members before end and behind those of the group before.
type memberGroup struct {
	key []byte
	end int
}

// prefetch prepares the lookups of the next requests of a batch.
func (e *Engine) prefetch(c *Client, b *Batch, from int) {
	p, large := &e.prefetcher, c.db.Space.Prefetches()
	keys, members, groups := 0, 0, 0
	for i := from; i < min(from+prefetchWindow, b.Len()) && keys < prefetchKeys; i++ {
		argv := b.Request(i)
		cmd := e.lookup(argv[0])
		if cmd == nil || cmd.keys == nil {
			continue
		}
		if large {
			keys = p.addKeys(keys, cmd.keys, argv)
		}
		if first := cmd.Members.First; 0 < first && first < len(argv) {
			if groups == 0 || string(p.groups[groups-1].key) != string(argv[1]) {
				p.groups[groups].key = argv[1]
				groups++
			}
			members = p.addMembers(members, cmd.Members, argv)
			p.groups[groups-1].end = members
		}
	}
	if keys > 1 {
		c.db.Space.Prefetch(p.keys[:keys], p.hashes[:])
	}
	at := 0
	for _, g := range p.groups[:groups] {
		if g.end-at >= leastMembers {
			c.db.Space.PrefetchMembers(g.key, p.members[at:g.end], p.hashes[:])
		}
		at = g.end
	}
	clear(p.keys[:keys]) // not to keep the connection's buffer alive
	clear(p.members[:members])
	clear(p.groups[:groups])
}

// addKeys adds the keys of a request to the n there are, as far as there is room, and returns how many there are then.
func (p *prefetcher) addKeys(n int, keys *command.KeySpec, argv [][]byte) int {
	last := keys.Index + keys.LastKey
	if keys.LastKey < 0 {
		last = len(argv) + keys.LastKey
	}
	for at := keys.Index; at <= last && at < len(argv) && n < prefetchKeys; at += max(keys.Step, 1) {
		if n == 0 || string(p.keys[n-1]) != string(argv[at]) { // many commands for one key are common
			p.keys[n] = argv[at]
			n++
		}
	}
	return n
}

// addMembers is addKeys for members.
func (p *prefetcher) addMembers(n int, m Members, argv [][]byte) int {
	for at := m.First; at < len(argv) && n < prefetchKeys; at += m.Step {
		p.members[n] = argv[at]
		n++
		if m.Step == 0 {
			break
		}
	}
	return n
}
