package gitlab

const sessionSeconds = "604800"

// Sizes of a session, in bytes.
const (
	sessionLeast = 300
	sessionMost  = 1500
)

// sessionsPerUser is how many sessions a user has, on an average.
const sessionsPerUser = 4

// sessionsProfile has a quarter as many sessions as the cache has keys.
func sessionsProfile() profile {
	sessions := func(n int) int { return n/4 + 1 }
	session := func(p *pen, id int) string { return p.key("session:gitlab:2:", id, 64) }
	user := func(p *pen, id int) string { return p.key("session:lookup:user:gitlab", id/sessionsPerUser, 0) }
	set := func(p *pen, id int) {
		size := sessionLeast + int(mix64(uint64(id))%(sessionMost-sessionLeast))
		p.request("SETEX", session(p, id), sessionSeconds, p.value(id, size))
	}
	some := func(p *pen) int { return p.popular(sessions(p.cacheKeys)) }
	return profile{name: "sessions", share: 8, keys: sessions,
		fill: func(p *pen, id int) {
			set(p, id)
			p.request("SADD", user(p, id), session(p, id))
		},
		operations: []operation{
			{70, func(p *pen) { p.request("GET", session(p, some(p))) }},
			{22, func(p *pen) { set(p, some(p)) }},
			{4, func(p *pen) {
				id := some(p)
				p.request("SADD", user(p, id), session(p, id))
			}},
			{1, func(p *pen) { p.request("SMEMBERS", user(p, some(p))) }},
			{1, func(p *pen) {
				words := []string{"MGET"}
				for range p.between(1, 20) {
					words = append(words, session(p, some(p)))
				}
				p.request(words...)
			}},
			{2, func(p *pen) { p.request("DEL", session(p, some(p))) }},
		}}
}
