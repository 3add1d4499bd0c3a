package gitlab

// appendTrace puts bytes at an offset of a chunk, keeps what is before and drops what is behind, and returns the new length; -1
// when there would be a hole.
const appendTrace = `local new, offset = ARGV[1], tonumber(ARGV[2])
local length = redis.call('strlen', KEYS[1])
if offset == 0 then
  redis.call('set', KEYS[1], new, 'ex', '604800')
  return #new
end
if offset > length then
  return -1
end
if offset + #new >= length then
  redis.call('expire', KEYS[1], '604800')
  return redis.call('setrange', KEYS[1], offset, new)
end
local kept = redis.call('get', KEYS[1]):sub(1, offset)
redis.call('set', KEYS[1], kept .. new, 'ex', '604800')
return offset + #new
`

// Sizes in bytes: of a chunk, and of what a runner sends at a time.
const (
	chunkBytes = 128 << 10
	pieceLeast = 4 << 10
	pieceMost  = 32 << 10
)

// traceJob is the job of a connection: its number and how long its current chunk is.
type traceJob struct{ id, chunk, length int }

// traceProfile has one job for each connection; a chunk that is full is read, as if to be stored elsewhere, and removed.
func traceProfile() profile {
	chunk := func(p *pen, j traceJob) string {
		return p.key("gitlab:ci:trace", j.id, 0) + ":chunks:" + p.digits(j.chunk)
	}
	return profile{name: "trace", share: 2, keys: func(int) int { return 0 }, fill: func(*pen, int) {},
		operations: []operation{{1, func(p *pen) {
			j := &p.job
			if j.id == 0 {
				j.id = 1 + p.rng.IntN(1<<30)
			}
			if j.length < chunkBytes {
				n := min(p.between(pieceLeast, pieceMost), chunkBytes-j.length)
				p.request("EVAL", appendTrace, "1", chunk(p, *j), p.value(p.rng.IntN(1<<20), n), p.digits(j.length))
				j.length += n
				return
			}
			key := chunk(p, *j)
			p.request("STRLEN", key)
			p.request("GET", key)
			p.request("DEL", key)
			j.chunk, j.length = j.chunk+1, 0
		}}}}
}
