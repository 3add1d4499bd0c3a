// Package geohash is the arithmetic behind the geo commands: points on the earth as 52-bit integers that sort by
// neighbourhood, distances, and the areas that searches look at. It is pure computation and bit-compatible with Redis.
//
// # Cells
//
// Longitude from -180 to 180 and latitude from -85.05112878 to 85.05112878 (the limits of the Web Mercator projection)
// are each cut into 2^step equal parts. The numbers of the two parts, bit by bit in turn with the longitude's bit first,
// name a cell. A point is stored as its cell of step 26, 52 bits, which a sorted set's score holds exactly; all points in
// a cell of a lower step share a prefix, so they are one range of scores.
//
//	step 1:   01 │ 11        latitude's bit second: north is x1
//	         ────┼────
//	          00 │ 10        longitude's bit first: east is 1x
//
// # Searches
//
// An area is looked up in the cell of its centre and the eight around it, at the highest step at which those nine cover
// it ([Area.Cells]). Every point found is then measured ([Area.Distance]).
package geohash

import "math"

const (
	// MaxStep is the step of the cells that stand for points.
	MaxStep = 26
	// MaxLongitude bounds the points that have a cell, both ways, in degrees.
	MaxLongitude = 180.0
	// MaxLatitude does the same to the north and south.
	MaxLatitude = 85.05112878

	textLatitude = 90.0 // what the text form of a geohash counts in
)

// Point is a place in degrees: longitude east, latitude north.
type Point struct{ Longitude, Latitude float64 }

// Valid tells whether a point has a cell.
func (p Point) Valid() bool {
	return p.Longitude >= -MaxLongitude && p.Longitude <= MaxLongitude &&
		p.Latitude >= -MaxLatitude && p.Latitude <= MaxLatitude
}

// Encode returns the cell of step 26 of a valid point.
func Encode(p Point) uint64 { return encode(p, MaxStep, MaxLatitude) }

// encode returns the cell of a point. A point on the upper limit gets the cell that would follow.
func encode(p Point, step uint, maxLatitude float64) uint64 {
	parts := float64(uint64(1) << step)
	x := (p.Longitude + MaxLongitude) / (2 * MaxLongitude) * parts
	y := (p.Latitude + maxLatitude) / (2 * maxLatitude) * parts
	return interleave(uint32(x), uint32(y))
}

// Decode returns the centre of a cell of step 26. Any number yields a valid point.
func Decode(cell uint64) Point {
	b := Cell{cell, MaxStep}.bounds()
	return Point{
		Longitude: min(max((b.west+b.east)/2, -MaxLongitude), MaxLongitude),
		Latitude:  min(max((b.south+b.north)/2, -MaxLatitude), MaxLatitude),
	}
}

const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"

// AppendText appends the usual text form (geohash.org) of a cell of step 26: 11 letters of 5 bits, the last of which has
// no bits left and is always "0". That form counts latitude from -90 to 90.
func AppendText(dst []byte, cell uint64) []byte {
	hash := encode(Decode(cell), MaxStep, textLatitude)
	for shift := 2*MaxStep - 5; shift >= 0; shift -= 5 {
		dst = append(dst, alphabet[hash>>shift&0x1f])
	}
	return append(dst, alphabet[0])
}

// Cell is a cell of any step.
type Cell struct {
	Bits uint64
	Step uint
}

// Range returns the cells of step 26 that lie in c: lo included, hi not.
func (c Cell) Range() (lo, hi uint64) {
	shift := 2 * (MaxStep - c.Step)
	return c.Bits << shift, (c.Bits + 1) << shift
}

// rectangle is an area in degrees.
type rectangle struct{ west, east, south, north float64 }

func (c Cell) bounds() rectangle {
	x, y := deinterleave(c.Bits)
	parts := float64(uint64(1) << c.Step)
	at := func(part, limit float64) float64 { return -limit + float64(part/parts*(2*limit)) }
	return rectangle{
		west: at(float64(x), MaxLongitude), east: at(float64(x)+1, MaxLongitude),
		south: at(float64(y), MaxLatitude), north: at(float64(y)+1, MaxLatitude),
	}
}

// neighbour returns the cell dx to the east and dy to the north, each -1, 0 or 1, around the world and over the poles.
func (c Cell) neighbour(dx, dy int) Cell {
	x, y := deinterleave(c.Bits)
	mask := uint32(1)<<c.Step - 1
	if dx != 0 {
		x = (x + uint32(dx)) & mask
	}
	if dy != 0 {
		y = (y + uint32(dy)) & mask
	}
	return Cell{interleave(x, y), c.Step}
}

// interleave puts the bits of x and y in turn, those of y lowest.
func interleave(x, y uint32) uint64 { return spread(x)<<1 | spread(y) }

func deinterleave(v uint64) (x, y uint32) { return gather(v >> 1), gather(v) }

// spread puts a zero above every bit.
func spread(v uint32) uint64 {
	w := uint64(v)
	w = (w | w<<16) & 0x0000ffff0000ffff
	w = (w | w<<8) & 0x00ff00ff00ff00ff
	w = (w | w<<4) & 0x0f0f0f0f0f0f0f0f
	w = (w | w<<2) & 0x3333333333333333
	return (w | w<<1) & 0x5555555555555555
}

// gather takes every second bit, the lowest first.
func gather(w uint64) uint32 {
	w &= 0x5555555555555555
	w = (w | w>>1) & 0x3333333333333333
	w = (w | w>>2) & 0x0f0f0f0f0f0f0f0f
	w = (w | w>>4) & 0x00ff00ff00ff00ff
	w = (w | w>>8) & 0x0000ffff0000ffff
	return uint32(w | w>>16)
}

// EarthRadius is the radius of the sphere that stands for the earth, in metres.
const EarthRadius = 6372797.560856

func radians(degrees float64) float64 { return degrees * (math.Pi / 180) }
func degrees(radians float64) float64 { return radians / (math.Pi / 180) }

// Distance is the length of the great circle between two points in metres, by the haversine formula. The last digit may
// differ from Redis', whose C library rounds sines differently.
func Distance(a, b Point) float64 {
	v := math.Sin((radians(b.Longitude) - radians(a.Longitude)) / 2)
	if v == 0 {
		return alongMeridian(a.Latitude, b.Latitude)
	}
	from, to := radians(a.Latitude), radians(b.Latitude)
	u := math.Sin((to - from) / 2)
	h := float64(u*u) + float64(math.Cos(from)*math.Cos(to)*v*v)
	return 2 * EarthRadius * math.Asin(math.Sqrt(h))
}

// alongMeridian is the distance between two latitudes in metres.
func alongMeridian(a, b float64) float64 { return EarthRadius * math.Abs(radians(b)-radians(a)) }

// FromScore reads a cell from the score of a sorted set, which may be any number but NaN. What is no cell decodes to some
// point all the same: the one that Redis makes of it on amd64.
func FromScore(score float64) uint64 {
	const half = 1 << 63
	switch {
	case score >= 2*half:
		return 0
	case score >= half:
		return uint64(int64(score-half)) | half
	case score >= -half:
		return uint64(int64(score))
	}
	return half
}
