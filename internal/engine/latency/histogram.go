// Package latency keeps command latency histograms and the samples of the latency monitor.
package latency

import "math/bits"

// A bucket covers a sixteenth of a power of two, so a percentile is off by at most 6.25 %.
const (
	subBits    = 4
	maxBits    = 30 // about 1.07 s in ns is 2^30; the largest tracked value is one second, as in Redis
	bucketsLen = (maxBits - subBits + 1) << subBits
)

// Histogram counts durations in nanoseconds from 1 ns to 1 s with two significant hex digits. The zero value is ready;
// memory is taken at the first sample.
type Histogram struct {
	counts *[bucketsLen]uint64
	total  int64
}

func bucketOf(ns int64) int {
	if ns < 1<<subBits {
		return int(max(ns, 0))
	}
	if ns >= 1<<maxBits {
		return bucketsLen - 1
	}
	shift := bits.Len64(uint64(ns)) - 1 - subBits
	return shift<<subBits + int(ns>>shift)
}

// upperBound is the largest value that falls into bucket i.
func upperBound(i int) int64 {
	if i < 1<<(subBits+1) {
		return int64(i)
	}
	shift := i>>subBits - 1
	return (int64(i&(1<<subBits-1)|1<<subBits)+1)<<shift - 1
}

// Record adds one duration.
func (h *Histogram) Record(ns int64) {
	if h.counts == nil {
		h.counts = new([bucketsLen]uint64)
	}
	h.counts[bucketOf(ns)]++
	h.total++
}

// Total is the number of samples.
func (h *Histogram) Total() int64 { return h.total }

// Reset drops all samples and the memory.
func (h *Histogram) Reset() { *h = Histogram{} }

// Percentile returns the value in nanoseconds below which p percent of the samples lie; 0 without samples.
func (h *Histogram) Percentile(p float64) int64 {
	if h.total == 0 {
		return 0
	}
	want := int64(p/100*float64(h.total) + 0.5)
	want = min(max(want, 1), h.total)
	var seen int64
	for i, c := range h.counts {
		if seen += int64(c); seen >= want {
			return upperBound(i)
		}
	}
	return upperBound(bucketsLen - 1)
}

// CumulativeMicroseconds calls f with (upper bound in µs, samples up to it) for every power-of-two bound from 1024 ns on
// that adds samples: the shape of LATENCY HISTOGRAM. The bounds are told as Redis does, whose buckets are a 128th of a
// power of two wide and rounded up: 1, 2, 4, 8, 16, 33, 66, 132, …
func (h *Histogram) CumulativeMicroseconds(f func(us, count int64)) {
	if h.total == 0 {
		return
	}
	var seen, told int64
	i := 0
	for bound := int64(1024); told < h.total; bound <<= 1 {
		for i < bucketsLen && upperBound(i) < bound {
			seen += int64(h.counts[i])
			i++
		}
		if seen > told {
			f((bound+bound>>7-1)/1000, seen)
			told = seen
		}
	}
}
