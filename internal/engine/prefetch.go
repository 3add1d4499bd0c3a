package engine

// prefetchWindow is the number of requests whose lookups are prepared together, and prefetchKeys that of their keys: enough
// for the cache misses to overlap, and few enough for the first of them to be in the cache when its turn comes.
const (
	prefetchWindow = 32
	prefetchKeys   = 64
)

// prefetcher is scratch for [Engine.prefetch].
type prefetcher struct {
	keys   [prefetchKeys][]byte
	hashes [prefetchKeys]uint64
}

// prefetch prepares the lookups of the next requests of a batch.
func (e *Engine) prefetch(c *Client, b *Batch, from int) {
	p := &e.prefetcher
	n := 0
	for i := from; i < min(from+prefetchWindow, b.Len()) && n < prefetchKeys; i++ {
		argv := b.Request(i)
		cmd := e.lookup(argv[0])
		if cmd == nil || cmd.keys == nil {
			continue
		}
		last := cmd.keys.Index + cmd.keys.LastKey
		if cmd.keys.LastKey < 0 {
			last = len(argv) + cmd.keys.LastKey
		}
		for at := cmd.keys.Index; at <= last && at < len(argv) && n < prefetchKeys; at += max(cmd.keys.Step, 1) {
			if n == 0 || string(p.keys[n-1]) != string(argv[at]) { // many commands for one key are common
				p.keys[n] = argv[at]
				n++
			}
		}
	}
	if n > 1 {
		c.db.Space.Prefetch(p.keys[:n], p.hashes[:])
	}
	clear(p.keys[:n]) // not to keep the connection's buffer alive
}
