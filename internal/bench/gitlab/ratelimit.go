package gitlab

// RateLimit counts a request of an actor within a period, and says how many there were and how long the period lasts. It takes
// the key of the counter, the seconds of the period, and by how much to count.
var RateLimit = newScript(`local left = redis.call('TTL', KEYS[1])
local count = redis.call('INCRBYFLOAT', KEYS[1], ARGV[2])
if left < 0 then
  redis.call('EXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}
`)

// rateLimitProfile has a tenth as many actors as the cache has keys.
func rateLimitProfile() profile {
	actors := func(n int) int { return n/10 + 1 }
	actor := func(p *pen, id int) string { return p.key("labkit:rl:{throttle:user", id, 0) + "}" }
	count := func(p *pen, id int) { p.request("EVALSHA", RateLimit.SHA, "1", actor(p, id), "60", "1") }
	return profile{name: "ratelimit", share: 15, keys: actors, fill: count,
		operations: []operation{
			{95, func(p *pen) { count(p, p.popular(actors(p.cacheKeys))) }},
			{5, func(p *pen) {
				key := actor(p, p.popular(actors(p.cacheKeys)))
				p.request("GET", key)
				p.request("TTL", key)
			}},
		}}
}
