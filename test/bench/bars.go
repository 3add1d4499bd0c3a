package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// bar is what the project wants of the first arm, beside the last. A bar over several cases is met when each of them is.
type bar struct {
	what, figure string
	of           func(result) bool
	// value is what is compared with the limit; 0: it was not measured.
	value   func(result) float64
	limit   float64
	atLeast bool
	// together: not each case but the geometric mean of all has to be within the limit.
	together bool
}

// The workloads of the table of bars.
var (
	barWorkloads   = []string{"get", "set", "incr", "lpush", "rpop", "sadd", "hset", "zadd", "zpopmin"}
	rangeWorkloads = []string{"lrange_100", "lrange_300", "lrange_500", "lrange_600", "mset"}
)

// Figures of the first arm as multiples of the last one's.
var (
	cpuRatio    = versus(func(f figures) float64 { return f.CPU })
	rateRatio   = versus(func(f figures) float64 { return f.PerSecond })
	p99Ratio    = versus(func(f figures) float64 { return f.P99 })
	perKeyRatio = versus(func(f figures) float64 { return f.PerKey })
)

func versus(figure func(figures) float64) func(result) float64 {
	return func(c result) float64 { return ratio(figure(c.Arms[0]), figure(c.reference())) }
}

// cases are those of a section at a pipeline and with so many connections, of some workloads; 0 and none: all.
func cases(section string, pipeline, connections int, workloads ...string) func(result) bool {
	return func(c result) bool {
		return c.Section == section && (pipeline == 0 || c.Pipeline == pipeline) &&
			(connections == 0 || c.Connections == connections) && (len(workloads) == 0 || slices.Contains(workloads, c.Workload))
	}
}

// bars are those of the report, in its order.
func (r *report) bars() []bar {
	names := strings.ToUpper(strings.Join(barWorkloads, ", "))
	commands := func(pipeline int) func(result) bool { return cases("commands", pipeline, 0, barWorkloads...) }
	most := 0
	for _, c := range r.of("keys") {
		most = max(most, c.Keys)
	}
	return []bar{
		{what: names + " at pipeline 1", figure: "CPU per request", of: commands(1), value: cpuRatio, limit: 0.95},
		{what: "the same", figure: "requests/s", of: commands(1), value: rateRatio, limit: 1, atLeast: true},
		{what: "the same", figure: "p99", of: commands(1), value: p99Ratio, limit: 1},
		{what: "the same at pipeline 16", figure: "CPU per request", of: commands(16), value: cpuRatio, limit: 0.6},
		{what: "the same", figure: "requests/s", of: commands(16), value: rateRatio, limit: 1.5, atLeast: true},
		{what: "the same at pipeline 64", figure: "CPU per request", of: commands(64), value: cpuRatio, limit: 0.45},
		{what: "LRANGE_100 to LRANGE_600, MSET", figure: "CPU per request", of: cases("commands", 0, 0, rangeWorkloads...), value: cpuRatio, limit: 0.7},
		{what: "GitLab's load, 200 and 2,000 connections", figure: "CPU per request", of: cases("gitlab", 0, 0), value: cpuRatio, limit: 0.9},
		{what: "the same", figure: "p99", of: cases("gitlab", 0, 0), value: p99Ratio, limit: 1},
		{what: "EVALSHA of lease and rate limit at pipeline 1", figure: "requests/s", of: cases("scripts", 1, 0), value: rateRatio, limit: 0.9, atLeast: true},
		{what: "the same at pipeline 16", figure: "requests/s", of: cases("scripts", 16, 0), value: rateRatio, limit: 0.8, atLeast: true},
		{what: "5,000 connections, pipeline 1", figure: "CPU per request", of: cases("connections", 1, 5000), value: cpuRatio, limit: 0.95},
		{what: "5,000 idle connections", figure: "bytes per connection", of: cases("connections", 0, 5000, idleWorkload), value: perKeyRatio, limit: 1},
		{what: "1,000 idle connections", figure: "share of a processor", of: cases("connections", 0, 1000, idleWorkload), value: func(c result) float64 { return c.Arms[0].Busy }, limit: 0.005},
		{what: "bytes per key, all types", figure: "RSS, geometric mean", of: cases("memory", 0, 0), value: perKeyRatio, limit: 0.55, together: true},
		{what: "two loops, processors shared with clients, pipeline 1", figure: "requests/s", of: cases("loops", 1, 0), value: twoLoops(rateRatio), limit: 1.1, atLeast: true},
		{what: "the same at pipeline 16", figure: "requests/s", of: cases("loops", 16, 0), value: twoLoops(rateRatio), limit: 1.6, atLeast: true},
		{what: "the same at both", figure: "waiting for locks, of CPU", of: cases("loops", 0, 0), value: twoLoops(func(c result) float64 { return c.Arms[0].LockWait }), limit: 0.05},
		{what: "100,000 keys expire; the table grows", figure: "p99.9, of quiet", of: cases("tail", 0, 0, expiryWorkload, growthWorkload), value: r.ofQuiet, limit: 2},
		{what: "whatever disturbs", figure: "longest latency, ms", of: cases("tail", 0, 0), value: func(c result) float64 { return c.Arms[0].Worst }, limit: 2},
		{what: "GET and SET with the most keys", figure: "CPU, of that with the fewest", of: func(c result) bool { return c.Section == "keys" && c.Keys == most }, value: r.ofFewestKeys, limit: 1 / 0.6},
	}
}

// twoLoops gives the figure of the arm with two event loops.
func twoLoops(figure func(result) float64) func(result) float64 {
	return func(c result) float64 {
		for _, f := range c.Arms[:len(c.Arms)-1] {
			if strings.HasSuffix(f.Arm, loopsName(2)) {
				c.Arms = []figures{f, c.reference()}
				return figure(c)
			}
		}
		return 0
	}
}

// ofQuiet is the p99.9 of the first arm as a multiple of what it is when nothing disturbs.
func (r *report) ofQuiet(c result) float64 {
	for _, quiet := range r.of("tail") {
		if quiet.Workload == quietWorkload {
			return ratio(c.Arms[0].P999, quiet.Arms[0].P999)
		}
	}
	return 0
}

// ofFewestKeys is the processor time as a multiple of what it is with the fewest keys.
func (r *report) ofFewestKeys(c result) float64 {
	for _, few := range r.of("keys") {
		if few.Workload == c.Workload {
			return ratio(c.Arms[0].CPU, few.Arms[0].CPU)
		}
	}
	return 0
}

// verdict is what became of a bar.
type verdict struct {
	Bar, Figure, Limit string
	Mean, Worst        float64
	WorstCase          string
	Cases, Within      int
	// Verdict is met, missed, or not measured.
	Verdict string
}

func (b bar) judge(results []result) verdict {
	v := verdict{Bar: b.what, Figure: b.figure, Limit: fmt.Sprintf("≤ %.4g", b.limit), Verdict: "not measured"}
	if b.atLeast {
		v.Limit = fmt.Sprintf("≥ %.4g", b.limit)
	}
	within := func(x float64) bool { return b.atLeast && x >= b.limit || !b.atLeast && x <= b.limit }
	logs := 0.0
	for _, c := range results {
		if !b.of(c) || len(c.Arms) < 2 || c.Arms[0].Rounds == 0 {
			continue
		}
		x := b.value(c)
		if v.Cases == 0 || b.atLeast && x < v.Worst || !b.atLeast && x > v.Worst {
			v.Worst, v.WorstCase = x, c.Name()
		}
		v.Cases++
		logs += math.Log(x) // of 0 it is minus infinity, and the mean 0
		if within(x) {
			v.Within++
		}
	}
	if v.Cases == 0 {
		return v
	}
	v.Mean = math.Exp(logs / float64(v.Cases))
	v.Verdict = "missed"
	if b.together && within(v.Mean) || !b.together && v.Within == v.Cases {
		v.Verdict = "met"
	}
	return v
}

// barTable says for each bar what was measured.
func (r *report) barTable() string {
	var b strings.Builder
	b.WriteString("| what | figure | bar | geometric mean | worst case | cases within | verdict |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, v := range r.Bars {
		if v.Cases == 0 {
			fmt.Fprintf(&b, "| %s | %s | %s | | | | %s |\n", v.Bar, v.Figure, v.Limit, v.Verdict)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %.3g | %.3g (%s) | %d of %d | %s |\n", v.Bar, v.Figure, v.Limit, v.Mean, v.Worst, v.WorstCase, v.Within, v.Cases, v.Verdict)
	}
	return b.String() + "\n" + r.noise()
}

// noise says how far the first arm and the control, which are the same, differ.
func (r *report) noise() string {
	var apart []float64
	for _, c := range r.Results {
		if len(c.Arms) > 1 && c.Arms[1].Arm == r.Arms[1].Name && c.Arms[0].CPU > 0 && c.Arms[1].CPU > 0 {
			apart = append(apart, 100*math.Abs(c.Arms[1].CPU/c.Arms[0].CPU-1))
		}
	}
	if len(apart) == 0 {
		return ""
	}
	slices.Sort(apart)
	return fmt.Sprintf("The control, the same server once more, differs in processor time by %.1f %% in the median of %d cases, by %.1f %% at most.\n",
		median(apart), len(apart), apart[len(apart)-1])
}
