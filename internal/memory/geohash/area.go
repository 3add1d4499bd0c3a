package geohash

import "math"

// mercatorMax is half the circumference of the earth on the map, in metres.
const mercatorMax = 20037726.37

// Area is what a search covers: a circle, or a box whose sides follow meridians and parallels. Lengths are in metres.
type Area struct {
	Center Point
	Box    bool
	Radius float64
	// Width and Height are the full sides of a box.
	Width, Height float64
}

// Distance returns how far a point is from the centre in metres; inside is false when it lies outside of the area.
func (a Area) Distance(p Point) (metres float64, inside bool) {
	if !a.Box {
		metres = Distance(a.Center, p)
		return metres, !(metres > a.Radius)
	}
	if alongMeridian(p.Latitude, a.Center.Latitude) > a.Height/2 {
		return 0, false
	}
	// The width is measured on the parallel of the point.
	if Distance(p, Point{a.Center.Longitude, p.Latitude}) > a.Width/2 {
		return 0, false
	}
	return Distance(a.Center, p), true
}

// Cells returns the cells, up to nine of one step, that together cover the area: that of the centre, then north, south,
// east, west, north-east, north-west, south-east and south-west of it, without those that lie outside. None comes twice,
// although on a map of four the neighbours on both sides are the same.
func (a Area) Cells() []Cell {
	limits := a.bounds()
	step := a.step()
	center := a.cell(step)
	if step > 1 && !a.covered(center, limits) {
		step--
		center = a.cell(step)
	}
	middle := center.bounds()
	// On a map of few cells a neighbour lies on both sides.
	skip := step >= 2
	skipSouth, skipNorth := skip && middle.south < limits.south, skip && middle.north > limits.north
	skipWest, skipEast := skip && middle.west < limits.west, skip && middle.east > limits.east

	cells := make([]Cell, 0, len(around))
	for _, d := range around {
		if d.dy < 0 && skipSouth || d.dy > 0 && skipNorth || d.dx < 0 && skipWest || d.dx > 0 && skipEast {
			continue
		}
		cell := center.neighbour(d.dx, d.dy)
		if n := len(cells); n > 0 && cells[n-1] == cell {
			continue
		}
		cells = append(cells, cell)
	}
	return cells
}

// around lists the directions in the order in which a search looks there.
var around = [...]struct{ dx, dy int }{{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}}

func (a Area) cell(step uint) Cell { return Cell{encode(a.Center, step, MaxLatitude), step} }

// reach is the distance of the furthest point from the centre.
func (a Area) reach() float64 {
	if a.Box {
		x, y := a.Width/2, a.Height/2
		return math.Sqrt(float64(x*x) + float64(y*y))
	}
	return a.Radius
}

// step estimates the highest step at which nine cells cover the area.
func (a Area) step() uint {
	r := a.reach()
	if r == 0 {
		return MaxStep
	}
	step := 1
	for ; r < mercatorMax; r *= 2 {
		step++
	}
	step -= 2 // the centre may lie at the edge of its cell
	// Cells are narrower towards the poles.
	if latitude := math.Abs(a.Center.Latitude); latitude > 80 {
		step -= 2
	} else if latitude > 66 {
		step--
	}
	return uint(min(max(step, 1), MaxStep))
}

// bounds is the rectangle around the area. Its width is that of the side nearer to the pole, where a degree is shortest.
func (a Area) bounds() rectangle {
	width, height := a.Radius, a.Radius
	if a.Box {
		width, height = a.Width/2, a.Height/2
	}
	dy := degrees(height / EarthRadius)
	edge := a.Center.Latitude + dy
	if a.Center.Latitude < 0 {
		edge = a.Center.Latitude - dy
	}
	dx := degrees(width / EarthRadius / math.Cos(radians(edge)))
	return rectangle{
		west: a.Center.Longitude - dx, east: a.Center.Longitude + dx,
		south: a.Center.Latitude - dy, north: a.Center.Latitude + dy,
	}
}

// covered tells whether the neighbours of the centre's cell reach to the limits on all four sides.
func (a Area) covered(center Cell, limits rectangle) bool {
	return center.neighbour(0, 1).bounds().north >= limits.north && center.neighbour(0, -1).bounds().south <= limits.south &&
		center.neighbour(1, 0).bounds().east >= limits.east && center.neighbour(-1, 0).bounds().west <= limits.west
}
