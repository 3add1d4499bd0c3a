package geo

import (
	"redoubt/internal/engine"
	"redoubt/internal/memory/geohash"
	"redoubt/internal/memory/keyspace"
)

// form is which of the search commands is running: where its centre and area stand, and what it may do.
type form struct {
	// options is the word where options begin.
	options int
	// source is the word of the set that is searched.
	source int
	// member: the centre is word 2, a member, and the radius follows; point: words 2 and 3.
	member, point bool
	// named: centre and area are options (GEOSEARCH).
	named bool
	// stores: the destination is word 1 (GEOSEARCHSTORE).
	stores bool
	// mayStore: STORE and STOREDIST name a destination (GEORADIUS, GEORADIUSBYMEMBER).
	mayStore bool
}

// order is how results are sorted.
type order uint8

const (
	unordered order = iota
	nearestFirst
	furthestFirst
)

// query is a search as its words state it.
type query struct {
	area   geohash.Area
	metres float64 // of the unit
	order  order
	// count is how many results are wanted, 0 for all; with any the first ones found will do.
	count                             int64
	any                               bool
	withDistance, withHash, withPoint bool
	// destination is nil when the results are replied; distances tells what is stored as the score.
	destination []byte
	distances   bool

	fromMember, fromPoint, byRadius, byBox bool
}

// parse reads the words of a search over z, which is empty when the key is missing: then centres are not looked up. On
// failure it has replied and ok is false.
func (q *query) parse(c *engine.Call, f form, z keyspace.ZSet) (ok bool) {
	q.metres = 1
	if f.stores {
		q.destination = c.Arg(1)
	}
	switch {
	case f.point:
		if q.area.Center, ok = point(c, 2); !ok || !q.radius(c, 4) {
			return false
		}
	case f.member && z.Exists():
		if !q.centerOnMember(c, 2, z) || !q.radius(c, 3) {
			return false
		}
	}
	for i := f.options; i < c.NArg(); {
		used, ok := q.option(c, f, z, i)
		if !ok {
			return false
		}
		i += used
	}
	return q.check(c, f)
}

// option reads the option at word i and returns the number of its words; on failure it has replied.
func (q *query) option(c *engine.Call, f form, z keyspace.ZSet, i int) (used int, ok bool) {
	follow := c.NArg() - i - 1
	switch {
	case c.Is(i, "WITHDIST"):
		q.withDistance = true
	case c.Is(i, "WITHHASH"):
		q.withHash = true
	case c.Is(i, "WITHCOORD"):
		q.withPoint = true
	case c.Is(i, "ANY"):
		q.any = true
	case c.Is(i, "ASC"):
		q.order = nearestFirst
	case c.Is(i, "DESC"):
		q.order = furthestFirst
	case c.Is(i, "COUNT") && follow >= 1:
		return 2, q.parseCount(c, i+1)
	case f.mayStore && c.Is(i, "STORE") && follow >= 1:
		q.destination, q.distances = c.Arg(i+1), false
		return 2, true
	case f.mayStore && c.Is(i, "STOREDIST") && follow >= 1:
		q.destination, q.distances = c.Arg(i+1), true
		return 2, true
	case f.named:
		return q.namedOption(c, f, z, i)
	default:
		c.SyntaxError()
		return 0, false
	}
	return 1, true
}

// namedOption reads what only GEOSEARCH and GEOSEARCHSTORE have.
func (q *query) namedOption(c *engine.Call, f form, z keyspace.ZSet, i int) (used int, ok bool) {
	follow := c.NArg() - i - 1
	switch {
	case c.Is(i, "FROMMEMBER") && follow >= 1 && !q.fromPoint:
		q.fromMember = true
		return 2, !z.Exists() || q.centerOnMember(c, i+1, z)
	case c.Is(i, "FROMLONLAT") && follow >= 2 && !q.fromMember:
		q.fromPoint = true
		q.area.Center, ok = point(c, i+1)
		return 3, ok
	case c.Is(i, "BYRADIUS") && follow >= 2 && !q.byBox:
		q.byRadius = true
		return 3, q.radius(c, i+1)
	case c.Is(i, "BYBOX") && follow >= 3 && !q.byRadius:
		q.byBox = true
		return 4, q.box(c, i+1)
	case f.stores && c.Is(i, "STOREDIST"):
		q.distances = true
		return 1, true
	}
	c.SyntaxError()
	return 0, false
}

// check refuses options that exclude each other.
func (q *query) check(c *engine.Call, f form) bool {
	switch {
	case q.destination != nil && (q.withDistance || q.withHash || q.withPoint):
		what := "STORE option in GEORADIUS"
		if f.stores {
			what = "GEOSEARCHSTORE"
		}
		c.Errf("ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options", what)
	case f.named && !q.fromMember && !q.fromPoint:
		c.Errf("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %s", c.Arg(0))
	case f.named && !q.byRadius && !q.byBox:
		c.Errf("ERR exactly one of BYRADIUS and BYBOX can be specified for %s", c.Arg(0))
	case q.any && q.count == 0:
		c.Err("ERR the ANY argument requires COUNT argument")
	default:
		return true
	}
	return false
}

func (q *query) parseCount(c *engine.Call, i int) (ok bool) {
	if q.count, ok = c.Int(i); ok && q.count <= 0 {
		c.Err("ERR COUNT must be > 0")
		return false
	}
	return ok
}

// centerOnMember puts the centre where the member of word i is.
func (q *query) centerOnMember(c *engine.Call, i int, z keyspace.ZSet) bool {
	score, present := z.Score(c.Arg(i))
	if !present {
		c.Err("ERR could not decode requested zset member")
		return false
	}
	q.area.Center = geohash.Decode(geohash.FromScore(score))
	return true
}

// radius reads a radius and its unit from word i on.
func (q *query) radius(c *engine.Call, i int) bool {
	r, ok := engine.ParseFloat(c.Arg(i))
	if !ok {
		c.Err("ERR need numeric radius")
		return false
	}
	if r < 0 {
		c.Err("ERR radius cannot be negative")
		return false
	}
	if q.metres, ok = unit(c, i+1); !ok {
		return false
	}
	q.area.Box, q.area.Radius = false, r*q.metres
	return true
}

// box reads a width, a height and their unit from word i on.
func (q *query) box(c *engine.Call, i int) bool {
	width, ok := engine.ParseFloat(c.Arg(i))
	if !ok {
		c.Err("ERR need numeric width")
		return false
	}
	height, ok := engine.ParseFloat(c.Arg(i + 1))
	if !ok {
		c.Err("ERR need numeric height")
		return false
	}
	if width < 0 || height < 0 {
		c.Err("ERR height or width cannot be negative")
		return false
	}
	if q.metres, ok = unit(c, i+2); !ok {
		return false
	}
	q.area.Box, q.area.Width, q.area.Height = true, width*q.metres, height*q.metres
	return true
}
