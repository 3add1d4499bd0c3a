package geo

import (
	"cmp"
	"slices"

	"redoubt/internal/engine"
	"redoubt/internal/memory/geohash"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// result is a member found in an area, held outside of the database: the destination may be the set that is searched.
type result struct {
	from, to int // of the member in results.text
	score    float64
	distance float64 // in metres
	point    geohash.Point
}

// results are the members found, in the order of the cells they were found in until sorted.
type results struct {
	list []result
	text []byte
}

func (r *results) member(i int) []byte { return r.text[r.list[i].from:r.list[i].to] }

// search runs one of the search commands.
func search(c *engine.Call, f form) {
	z, ok := c.ReadZSet(c.Arg(f.source))
	if !ok {
		return
	}
	var q query
	if !q.parse(c, f, z) {
		return
	}
	var found results
	if z.Exists() {
		found.collect(z, &q)
	}
	if q.count > 0 && !q.any && q.order == unordered {
		q.order = nearestFirst // the nearest ones are meant
	}
	found.sort(q.order)
	if q.count > 0 && q.count < int64(len(found.list)) {
		found.list = found.list[:q.count]
	}
	if q.destination == nil {
		found.reply(c, &q)
		return
	}
	event := "georadiusstore"
	if f.stores {
		event = "geosearchstore"
	}
	found.store(c, &q, event)
}

// collect finds the members within the area; with ANY it stops when there are enough.
func (r *results) collect(z keyspace.ZSet, q *query) {
	var scratch [20]byte
	enough := false
	for _, cell := range q.area.Cells() {
		lo, hi := cell.Range()
		z.Each(z.RankOfScore(float64(lo), false), z.RankOfScore(float64(hi), false), false,
			func(m listpack.Value, score float64) bool {
				p := geohash.Decode(geohash.FromScore(score))
				distance, inside := q.area.Distance(p)
				if !inside {
					return true
				}
				from := len(r.text)
				r.text = append(r.text, engine.ValueText(m, &scratch)...)
				r.list = append(r.list, result{from, len(r.text), score, distance, p})
				enough = q.any && int64(len(r.list)) >= q.count
				return !enough
			})
		if enough {
			return
		}
	}
}

// sort orders by distance. Equal distances stay in the order of cells; Redis leaves theirs in none.
func (r *results) sort(o order) {
	switch o {
	case nearestFirst:
		slices.SortStableFunc(r.list, func(a, b result) int { return cmp.Compare(a.distance, b.distance) })
	case furthestFirst:
		slices.SortStableFunc(r.list, func(a, b result) int { return cmp.Compare(b.distance, a.distance) })
	}
}

// reply replies the members, each in an array with what else was asked for.
func (r *results) reply(c *engine.Call, q *query) {
	extra := 0
	for _, with := range []bool{q.withDistance, q.withHash, q.withPoint} {
		if with {
			extra++
		}
	}
	c.Reply.Array(len(r.list))
	for i := range r.list {
		if extra > 0 {
			c.Reply.Array(1 + extra)
		}
		c.Reply.Bulk(r.member(i))
		if q.withDistance {
			replyDistance(c, r.list[i].distance/q.metres)
		}
		if q.withHash {
			c.Reply.Int(int64(r.list[i].score))
		}
		if q.withPoint {
			replyPoint(c, r.list[i].point)
		}
	}
}

// store replaces whatever the destination held by the members, with their places or distances for scores, and replies how
// many they are. Without any the destination is gone afterwards.
func (r *results) store(c *engine.Call, q *query, event string) {
	key := q.destination
	deleted := c.Delete(key)
	switch {
	case len(r.list) > 0:
		z, _ := c.Space().ZSet(key) // deleted, so of no other kind
		z.Expect(len(r.list))
		for i := range r.list {
			score := r.list[i].score
			if q.distances {
				score = r.list[i].distance / q.metres
			}
			z.Put(r.member(i), score)
		}
		c.AddDirty(len(r.list) - 1)
		c.Changed(engine.EventZSet, event, key)
	case deleted:
		c.Changed(engine.EventGeneric, "del", key)
	}
	c.Reply.Int(int64(len(r.list)))
}
