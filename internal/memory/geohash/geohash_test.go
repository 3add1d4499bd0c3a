package geohash

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCellsAreThoseOfRedis compares with what testdata/redis-7.0.15.txt recorded.
func TestCellsAreThoseOfRedis(t *testing.T) {
	text, err := os.ReadFile("testdata/redis-7.0.15.txt")
	if err != nil {
		t.Fatal(err)
	}
	var before Point
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var p, center Point
		var cell uint64
		var hash string
		var metres float64
		_, err := fmt.Sscan(line, &p.Longitude, &p.Latitude, &cell, &hash, &center.Longitude, &center.Latitude, &metres)
		if err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if got := Encode(p); got != cell {
			t.Errorf("line %d: cell %d, want %d", i+1, got, cell)
		}
		if got := string(AppendText(nil, cell)); got != hash {
			t.Errorf("line %d: text %s, want %s", i+1, got, hash)
		}
		decoded := Decode(cell)
		if math.Abs(decoded.Longitude-center.Longitude) > 1e-15*180 || math.Abs(decoded.Latitude-center.Latitude) > 1e-15*90 {
			t.Errorf("line %d: centre %v, want %v", i+1, decoded, center)
		}
		if before == (Point{}) {
			before = decoded
		}
		// Distances near half the circumference magnify the last bit of a sine.
		if got := Distance(decoded, before); math.Abs(got-metres) > 0.0001 && metres < 19e6 {
			t.Errorf("line %d: %.4f m, want %.4f", i+1, got, metres)
		}
		before = decoded
	}
}

// points draws points all over the map, and clusters where cells are small.
func points() *rapid.Generator[Point] {
	return rapid.Custom(func(t *rapid.T) Point {
		return Point{
			rapid.OneOf(rapid.Float64Range(-180, 180), rapid.Float64Range(2, 2.1)).Draw(t, "longitude"),
			rapid.OneOf(rapid.Float64Range(-MaxLatitude, MaxLatitude), rapid.Float64Range(48, 48.1)).Draw(t, "latitude"),
		}
	})
}

func TestDecodingGivesTheSameCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := points().Draw(t, "point")
		cell := Encode(p)
		center := Decode(cell)
		if !center.Valid() {
			t.Fatalf("%v decodes to %v, which is not on the map", p, center)
		}
		if got := Encode(center); got != cell && p.Longitude < 180 && p.Latitude < MaxLatitude {
			t.Fatalf("%v is in cell %d, but its centre %v in %d", p, cell, center, got)
		}
	})
}

// TestCellsCoverTheArea checks what a search relies on: whatever is inside of an area is in one of its cells. Searches over
// the date line see only one side of it, as in Redis, and so do those around a pole; they are left out.
func TestCellsCoverTheArea(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Centres are places as sets keep them.
		a := Area{Center: Decode(Encode(Point{
			rapid.Float64Range(-120, 120).Draw(t, "longitude"), rapid.Float64Range(-60, 60).Draw(t, "latitude"),
		}))}
		size := rapid.Custom(func(t *rapid.T) float64 { return math.Pow(10, rapid.Float64Range(0, 6.3).Draw(t, "magnitude")) })
		if a.Box = rapid.Bool().Draw(t, "box"); a.Box {
			a.Width, a.Height = size.Draw(t, "width"), size.Draw(t, "height")
		} else {
			a.Radius = size.Draw(t, "radius")
		}
		cells := a.Cells()
		for i, c := range cells {
			for _, d := range cells[:i] {
				if c == d {
					t.Fatalf("%+v: cell %+v comes twice", a, c)
				}
			}
		}
		b := a.bounds()
		for range 20 {
			p := Point{
				rapid.Float64Range(b.west-0.1, b.east+0.1).Draw(t, "longitude"),
				rapid.Float64Range(b.south-0.1, b.north+0.1).Draw(t, "latitude"),
			}
			if !p.Valid() {
				continue
			}
			cell := Encode(p)
			if _, inside := a.Distance(Decode(cell)); inside && !covers(cells, cell) {
				t.Fatalf("%+v: %v is inside, but in none of the cells %+v", a, p, cells)
			}
		}
	})
}

func covers(cells []Cell, cell uint64) bool {
	for _, c := range cells {
		if lo, hi := c.Range(); lo <= cell && cell < hi {
			return true
		}
	}
	return false
}

// FuzzScore feeds any score to everything that reads one: the places must be on the map.
func FuzzScore(f *testing.F) {
	for _, s := range []float64{0, 1, -1, 1.5, 1 << 52, 1 << 53, 1 << 63, -(1 << 63), 1e300, math.Inf(1), math.Inf(-1)} {
		f.Add(s, 1000.0)
	}
	f.Fuzz(func(t *testing.T, score, size float64) {
		if math.IsNaN(score) || math.IsNaN(size) || size < 0 {
			return
		}
		cell := FromScore(score)
		p := Decode(cell)
		if !p.Valid() {
			t.Fatalf("score %v decodes to %v", score, p)
		}
		if n := len(AppendText(nil, cell)); n != 11 {
			t.Fatalf("score %v: the text has %d letters", score, n)
		}
		for _, a := range []Area{{Center: p, Radius: size}, {Center: p, Box: true, Width: size, Height: size}} {
			cells := a.Cells()
			if len(cells) < 1 || len(cells) > 9 || cells[0].Step < 1 || cells[0].Step > MaxStep {
				t.Fatalf("%+v has the cells %+v", a, cells)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for b.Loop() {
		Encode(Point{13.361389, 38.115556})
	}
}

func BenchmarkAreaDistance(b *testing.B) {
	a := Area{Center: Point{15, 37}, Radius: 200_000}
	for b.Loop() {
		a.Distance(Decode(3479099956230698))
	}
}
