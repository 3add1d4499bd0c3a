package latency

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPercentiles compares with exact percentiles: never below, and at most a sixteenth above.
func TestPercentiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var h Histogram
	var all []int64
	for range 20000 {
		v := int64(1) << random.IntN(30)
		v += random.Int64N(v)
		if v >= 1<<30 {
			v = 1<<30 - 1
		}
		h.Record(v)
		all = append(all, v)
	}
	slices.Sort(all)
	for _, p := range []float64{0, 1, 25, 50, 90, 99, 99.9, 100} {
		i := min(max(int(p/100*float64(len(all))+0.5), 1), len(all)) - 1
		got, exact := h.Percentile(p), all[i]
		if got < exact || float64(got) > float64(exact)*(1+1.0/16) {
			t.Errorf("p%v is %d, exactly %d", p, got, exact)
		}
	}
}

// TestBuckets: every bucket's bound falls into the bucket, the next value into the next.
func TestBuckets(t *testing.T) {
	for i := range bucketsLen {
		if b := bucketOf(upperBound(i)); b != i {
			t.Errorf("the bound %d of bucket %d falls into bucket %d", upperBound(i), i, b)
		}
		if b := bucketOf(upperBound(i) + 1); i+1 < bucketsLen && b != i+1 {
			t.Errorf("%d falls into bucket %d, want %d", upperBound(i)+1, b, i+1)
		}
	}
	if bucketOf(-5) != 0 || bucketOf(1<<62) != bucketsLen-1 {
		t.Error("values outside are not in the outermost buckets")
	}
}

// TestCumulative: the counts of LATENCY HISTOGRAM end with all samples, whatever they are.
func TestCumulativeCounts(t *testing.T) {
	var h Histogram
	for _, ns := range []int64{0, 500, 1023, 1024, 5000, 1 << 29, 1 << 40} {
		h.Record(ns)
	}
	var got []string
	h.CumulativeMicroseconds(func(us, n int64) { got = append(got, fmt.Sprint(us, ":", n)) })
	if want := "[1:3 2:4 8:5 1082130:7]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
	// More samples than 32 bits count.
	h.counts[100], h.total = 1<<33, h.total+1<<33
	last := int64(0)
	h.CumulativeMicroseconds(func(_, n int64) { last = n })
	if last != h.Total() {
		t.Errorf("%d of %d samples told", last, h.Total())
	}
}

// TestMonitor: one sample a second, the worst; a bounded history; reset by name.
func TestMonitor(t *testing.T) {
	var m Monitor
	m.Add("command", 10, 100)
	m.Add("command", 10, 300)
	m.Add("command", 10, 200)
	m.Add("fork", 11, 5)
	if got := fmt.Sprint(m.Events(), m.History("command"), m.Max("command")); got != "[command fork] [{10 300}] 300" {
		t.Error(got)
	}
	for i := range int64(2 * HistoryLen) {
		m.Add("command", 100+i, i)
	}
	h := m.History("command")
	if len(h) != HistoryLen || h[0].Milliseconds != HistoryLen || h[HistoryLen-1].Milliseconds != 2*HistoryLen-1 {
		t.Errorf("history of %d samples, %v … %v", len(h), h[0], h[len(h)-1])
	}
	if m.Max("command") != 2*HistoryLen-1 && m.Max("command") != 300 {
		t.Errorf("max %d", m.Max("command"))
	}
	if m.Reset("command", "none") != 1 || len(m.Events()) != 1 || m.Reset() != 1 || m.History("fork") != nil || m.Max("fork") != 0 {
		t.Error("reset")
	}
}
