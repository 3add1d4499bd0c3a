package gitlab

// Whoever holds a lease may cancel and renew it. GitLab sends these scripts as texts.
const cancelLease = `if redis.call('get', KEYS[1]) == ARGV[1] then
  redis.call('del', KEYS[1])
end
`

// RenewLease takes the key of a lease, who holds it, and its seconds.
var RenewLease = newScript(`if redis.call('get', KEYS[1]) == ARGV[1] then
  redis.call('expire', KEYS[1], ARGV[2])
  return ARGV[1]
end
`)

const etagSeconds = "1200"

// sharedProfile has a fifth as many keys as the cache.
func sharedProfile() profile {
	keys := func(n int) int { return n/5 + 1 }
	some := func(p *pen) int { return p.popular(keys(p.cacheKeys)) }
	etag := func(p *pen, id int) string {
		return p.key("etag:/group/project/noteable/merge_request", id, 0) + "/notes" //nolint:misspell // as GitLab spells it
	}
	lease := func(p *pen) string { return p.key("gitlab:exclusive_lease:project_housekeeping", some(p), 0) }
	owner := func(p *pen) string { return p.value(p.rng.IntN(4), 36) }
	set := func(p *pen, id int) { p.request("SET", etag(p, id), p.value(id, 32), "EX", etagSeconds) }
	return profile{name: "shared", share: 12, keys: keys, fill: set,
		operations: []operation{
			{40, func(p *pen) { p.request("GET", etag(p, some(p))) }},
			{15, func(p *pen) { set(p, some(p)) }},
			{10, func(p *pen) { p.request("SET", lease(p), owner(p), "NX", "EX", "600") }},
			{8, func(p *pen) { p.request("EVAL", cancelLease, "1", lease(p), owner(p)) }},
			{4, func(p *pen) { p.request("EVAL", RenewLease.Text, "1", lease(p), owner(p), "600") }},
			{8, func(p *pen) {
				key := p.key("{hll_counters}_i_code_review_user", some(p)%1000, 0)
				p.transaction(func() {
					p.request("PFADD", key, p.digits(p.rng.IntN(1<<20)))
					p.request("EXPIRE", key, "3628800")
				})
			}},
			{3, func(p *pen) { p.request("HINCRBY", p.key("import:counters", some(p)%1000, 0), "fetched:note", "1") }},
			{3, func(p *pen) {
				key := p.key("usage:counter", some(p), 0)
				p.request("INCR", key)
				p.request("EXPIRE", key, "86400")
			}},
			{4, func(p *pen) { p.request("EXPIRE", etag(p, some(p)), etagSeconds) }},
			{3, func(p *pen) { // a runner that waits for a job learns that there is one
				key := p.key("runner:build_queue", some(p), 40)
				p.request("SET", key, p.value(p.rng.IntN(1000), 36), "EX", "3600")
				p.request("PUBLISH", Prefix+"workhorse:notifications:"+key[len(Prefix):], "1")
			}},
			{1, func(p *pen) { // jobs tell who waits for them
				key := p.key("gitlab:job_waiter", some(p), 36)
				p.request("LPUSH", key, p.value(some(p), 24))
				p.request("BLPOP", key, "1")
			}},
			{0.5, func(p *pen) {
				p.request("ZADD", p.key("elastic:bulk", some(p)%16, 0), p.digits(some(p)), p.value(some(p), 40))
			}},
			{0.5, func(p *pen) {
				p.request("ZRANGEBYSCORE", p.key("elastic:bulk", some(p)%16, 0), "-inf", "+inf", "LIMIT", "0", "100", "WITHSCORES")
			}},
		}}
}
