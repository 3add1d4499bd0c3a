package gitlab

import "strings"

// Lifetimes of the cache: eight hours is Rails' own, highlighted diffs and repository sets live for weeks.
const (
	cacheMilliseconds = "28800000"
	diffSeconds       = "604800"
	setSeconds        = "1209600"
)

// Fields of a hash with the highlighted files of a diff, and members of a set with names of branches.
const (
	diffFields  = 8
	diffField   = 6 << 10
	setLeast    = 20
	setMost     = 500
	absentShare = 0.1
)

// cacheProfile has for each ten strings a hash, and for each hundred a set.
func cacheProfile() profile {
	strings := func(n int) int { return n }
	hashes := func(n int) int { return n/10 + 1 }
	sets := func(n int) int { return n/100 + 1 }
	return profile{name: "cache", share: 55,
		keys: func(n int) int { return strings(n) + hashes(n) + sets(n) },
		fill: func(p *pen, id int) {
			switch n := p.cacheKeys; {
			case id < strings(n):
				p.setCached(id)
			case id < strings(n)+hashes(n):
				p.fillDiff(id - strings(n))
			default:
				p.fillSet(id - strings(n) - hashes(n))
			}
		},
		operations: []operation{
			{45, func(p *pen) { p.request("GET", p.cachedOrAbsent()) }},
			{6, func(p *pen) {
				words := []string{"MGET"}
				for range p.between(2, 50) {
					words = append(words, p.cachedOrAbsent())
				}
				p.request(words...)
			}},
			{10, func(p *pen) { p.setCached(p.popular(p.cacheKeys)) }},
			{2, func(p *pen) {
				id := p.popular(p.cacheKeys)
				p.request("SET", p.cached(id), p.value(id, cacheSize(id)), "NX", "PX", cacheMilliseconds)
			}},
			{2, func(p *pen) { p.request("DEL", p.cached(p.popular(p.cacheKeys))) }},
			{1, func(p *pen) { p.request("UNLINK", p.cached(p.popular(p.cacheKeys)), p.cached(p.popular(p.cacheKeys))) }},
			{5, func(p *pen) {
				key := p.diff()
				p.request("HMGET", key, "file:0", "file:1", "file:2", "file:3", "file:4")
				p.request("EXPIRE", key, diffSeconds)
			}},
			{4, func(p *pen) { p.request("HGET", p.diff(), p.field(p.rng.IntN(diffFields))) }},
			{3, func(p *pen) {
				id := p.popular(hashes(p.cacheKeys))
				n := p.rng.IntN(diffFields)
				p.request("HSET", p.diffKey(id), p.field(n), p.fieldValue(id, n))
				p.request("EXPIRE", p.diffKey(id), diffSeconds)
			}},
			{4, func(p *pen) { p.request("HMGET", p.diff(), "file:1", "file:3", "file:9") }},
			{3, func(p *pen) { p.lookup(func(key string) { p.request("SMEMBERS", key) }) }},
			{3, func(p *pen) {
				p.lookup(func(key string) { p.request("SISMEMBER", key, p.member(p.rng.IntN(2*setMost))) })
			}},
			{0.2, func(p *pen) { p.rebuildSet(p.popular(sets(p.cacheKeys))) }},
			{3, func(p *pen) { p.request("EXPIRE", p.cached(p.popular(p.cacheKeys)), "28800") }},
			{1, func(p *pen) {
				key := p.key("cache:gitlab:counter", p.popular(sets(p.cacheKeys)), shortName)
				p.request("INCRBY", key, "1")
				p.request("EXPIRE", key, "3600", "NX")
			}},
			{2, func(p *pen) { p.request("EXISTS", p.cached(p.popular(p.cacheKeys))) }},
			{0.1, func(p *pen) { p.request("SSCAN", p.branches(p.popular(sets(p.cacheKeys))), "0", "MATCH", "*feature*") }},
			{0.1, func(p *pen) {
				p.request("INFO")
				p.request("MEMORY", "USAGE", p.diff())
			}},
		}}
}

func (p *pen) cached(id int) string {
	return p.key("cache:gitlab:v2", id, shortName+int(mix64(uint64(id))%(longName-shortName)))
}

func (p *pen) cachedOrAbsent() string {
	id := p.popular(p.cacheKeys)
	if p.rng.Float64() < absentShare {
		id += p.cacheKeys
	}
	return p.cached(id)
}

func (p *pen) setCached(id int) {
	p.request("SET", p.cached(id), p.value(id, cacheSize(id)), "PX", cacheMilliseconds)
}

func (p *pen) diffKey(id int) string { return p.key("cache:gitlab:highlighted-diff", id, longName/2) }
func (p *pen) diff() string          { return p.diffKey(p.popular(p.cacheKeys/10 + 1)) }
func (p *pen) field(n int) string    { return "file:" + p.digits(n) }
func (p *pen) branches(id int) string {
	return p.key("cache:gitlab:branch_names", id, shortName) + ":set"
}
func (p *pen) member(n int) string { return "feature/" + p.value(n, 8+n%40) }
func (p *pen) members(id int) int  { return setLeast + int(mix64(uint64(id))%(setMost-setLeast)) }
func (p *pen) fieldValue(id, n int) string {
	id = id*diffFields + n
	return p.value(id, 200+int(mix64(uint64(id))%diffField))
}

func (p *pen) fillDiff(id int) {
	words := []string{"HSET", p.diffKey(id)}
	for n := range diffFields {
		words = append(words, p.field(n), p.fieldValue(id, n))
	}
	p.request(words...)
	p.request("EXPIRE", p.diffKey(id), diffSeconds)
}

func (p *pen) fillSet(id int) {
	words := []string{"SADD", p.branches(id)}
	for n := range p.members(id) {
		words = append(words, p.member(n))
	}
	p.request(words...)
	p.request("EXPIRE", p.branches(id), setSeconds)
}

// rebuildSet is what happens after a push.
func (p *pen) rebuildSet(id int) {
	p.transaction(func() {
		p.request("UNLINK", p.branches(id))
		p.fillSet(id)
	})
}

// lookup reads a set and asks whether it is there at all: an empty set is not.
func (p *pen) lookup(read func(key string)) {
	key := p.branches(p.popular(p.cacheKeys/100 + 1))
	p.transaction(func() {
		read(key)
		p.request("EXISTS", key)
	})
}

// quoteJSON is text within a JSON string.
func quoteJSON(text string) string { return strings.NewReplacer("\"", "'", "\n", " ").Replace(text) }
