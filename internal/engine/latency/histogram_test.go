package latency

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCumulative: the bounds and counts that LATENCY HISTOGRAM of the real server shows for such samples.
func TestCumulative(t *testing.T) {
	var h Histogram
	for _, ns := range []int64{500, 3000, 3500, 30_000, 60_000, 4_000_000, 900_000_000} {
		h.Record(ns)
	}
	var got [][2]int64
	h.CumulativeMicroseconds(func(us, count int64) { got = append(got, [2]int64{us, count}) })
	want := [][2]int64{{1, 1}, {4, 3}, {33, 4}, {66, 5}, {4227, 6}, {1082130, 7}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPercentile: a percentile is at most a sixteenth above the sample it stands for.
func TestPercentile(t *testing.T) {
	var h Histogram
	for i := int64(1); i <= 1000; i++ {
		h.Record(i * 1000)
	}
	for _, p := range []float64{50, 99, 99.9, 100} {
		exact := int64(p * 10 * 1000)
		if got := h.Percentile(p); got < exact || got > exact+exact/16 {
			t.Errorf("p%v = %d ns, the sample is %d ns", p, got, exact)
		}
	}
}
