package hll

import "math"

// histogramSize is one entry for every value that 6 bits can hold; ranks end at maxRank.
const histogramSize = 1 << registerBits

// histogram says how many registers have which value.
type histogram [histogramSize]int

// alphaInfinity is 1/(2 ln 2), the bias correction for infinitely many registers.
const alphaInfinity = 0.721347520444481703680

// estimate is the improved estimator of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches"
// (arXiv:1702.01284), section 4: one formula for all ranges, without empirical corrections. The conversions keep the
// compiler from fusing multiplications with additions: the last bit decides how an estimate is rounded.
func (c *histogram) estimate() uint64 {
	const m = float64(Registers)
	z := m * tau((m-float64(c[maxRank]))/m)
	for j := rankBits; j >= 1; j-- {
		z = float64(z+float64(c[j])) * 0.5
	}
	z += float64(m * sigma(float64(c[0])/m))
	e := math.Round(alphaInfinity * m * m / z)
	if e >= math.MaxInt64 { // only registers that no element can produce
		return math.MaxInt64
	}
	return uint64(e)
}

// sigma corrects for registers that are still 0; x is their share.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		before := z
		z += float64(x * y)
		y += y
		if z == before {
			return z
		}
	}
}

// tau corrects for registers that have reached the highest rank; x is the share of the others.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= float64(float64((1-x)*(1-x)) * y)
		if z == before {
			return z / 3
		}
	}
}
