package main

import (
	"fmt"
	"slices"
	"strings"
)

// figures are medians of one arm in one case. CPU is in µs for a request, latencies in ms, Resident in bytes.
type figures struct {
	Arm                     string
	PerSecond, CPU          float64 `json:",omitempty"`
	P50, P99, P999, Worst   float64 `json:",omitempty"`
	Resident                int64   `json:",omitempty"`
	PerKey                  float64 `json:",omitempty"` // resident bytes for a key, or for a connection
	LowestCPU, HighestCPU   float64 `json:",omitempty"`
	LowestRate, HighestRate float64 `json:",omitempty"`
	// LockWait is the time spent waiting for locks, as a share of the processor time.
	LockWait float64 `json:",omitempty"`
	// Busy is the share of a processor that an idle server takes.
	Busy float64 `json:",omitempty"`
	// Rounds is how many rounds there were.
	Rounds int `json:",omitempty"`
	// Slow counts the requests of all rounds that took longer than so many ms.
	Slow map[string]int64 `json:",omitempty"`
	// Failed says why a round failed.
	Failed string `json:",omitempty"`
}

// slowLevels are those of figures.Slow, in ms.
var slowLevels = []int{1, 2, 5, 10, 50}

// addBar counts requests that took so many µs.
func (f *figures) addBar(micros, count int64) {
	if f.Slow == nil {
		f.Slow = map[string]int64{}
	}
	for _, level := range slowLevels {
		if micros > int64(level)*1000 {
			f.Slow[fmt.Sprintf(">%d ms", level)] += count
		}
	}
}

// result is one case: a workload with its parameters, on all arms. Parameters that a case does not have are 0.
type result struct {
	Section, Workload                  string
	Pipeline, Bytes, Connections, Keys int `json:",omitempty"`
	Arms                               []figures
}

// idleWorkload is that of results about idle connections.
const idleWorkload = "idle"

// Name tells a case from others of its section.
func (r *result) Name() string {
	name := r.Workload
	for _, p := range []struct {
		format string
		n      int
	}{{" P%d", r.Pipeline}, {" %d B", r.Bytes}, {" %d connections", r.Connections}, {" %d keys", r.Keys}} {
		if p.n > 0 {
			name += fmt.Sprintf(p.format, p.n)
		}
	}
	return name
}

// reference is the last arm: ratios are to it.
func (r *result) reference() figures { return r.Arms[len(r.Arms)-1] }

// brief is for the terminal, while it runs.
func (r *result) brief() string {
	var parts []string
	base := r.reference()
	for _, f := range r.Arms {
		switch {
		case f.Failed != "" && f.PerSecond == 0 && f.PerKey == 0:
			parts = append(parts, f.Arm+" failed")
		case r.Workload == idleWorkload:
			parts = append(parts, fmt.Sprintf("%s %.0f B (%.2fx), %.2f %% of a processor", f.Arm, f.PerKey, ratio(f.PerKey, base.PerKey), 100*f.Busy))
		case r.Section == "memory":
			parts = append(parts, fmt.Sprintf("%s %.1f B (%.2fx)", f.Arm, f.PerKey, ratio(f.PerKey, base.PerKey)))
		default:
			parts = append(parts, fmt.Sprintf("%s %.2f µs (%.2fx) %.0f/s p99.9 %.2f ms", f.Arm, f.CPU, ratio(f.CPU, base.CPU), f.PerSecond, f.P999))
		}
	}
	return strings.Join(parts, "; ")
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// summary makes medians of samples.
func summary(name string, samples []figures, failed string) figures {
	out := figures{Arm: name, Failed: failed, Rounds: len(samples)}
	if len(samples) == 0 {
		return out
	}
	of := func(field func(figures) float64) []float64 {
		var values []float64
		for _, s := range samples {
			values = append(values, field(s))
		}
		slices.Sort(values)
		return values
	}
	cpu, rate := of(func(f figures) float64 { return f.CPU }), of(func(f figures) float64 { return f.PerSecond })
	out.CPU, out.LowestCPU, out.HighestCPU = median(cpu), cpu[0], cpu[len(cpu)-1]
	out.PerSecond, out.LowestRate, out.HighestRate = median(rate), rate[0], rate[len(rate)-1]
	out.P50 = median(of(func(f figures) float64 { return f.P50 }))
	out.P99 = median(of(func(f figures) float64 { return f.P99 }))
	out.P999 = median(of(func(f figures) float64 { return f.P999 }))
	worst := of(func(f figures) float64 { return f.Worst })
	out.Worst = median(worst)
	out.Resident = int64(median(of(func(f figures) float64 { return float64(f.Resident) })))
	out.LockWait = median(of(func(f figures) float64 { return f.LockWait }))
	out.PerKey = median(of(func(f figures) float64 { return f.PerKey }))
	for _, s := range samples {
		for level, n := range s.Slow {
			if out.Slow == nil {
				out.Slow = map[string]int64{}
			}
			out.Slow[level] += n
		}
	}
	return out
}

// median is that of sorted values.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
