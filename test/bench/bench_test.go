package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// benchmarkOutput is what redis-benchmark 7.0 prints, shortened.
const benchmarkOutput = `SET: rps=0.0 (overall: 0.0) avg_msec=nan (overall: nan)
====== SET ======
  100000 requests completed in 1.00 seconds

Latency by percentile distribution:
0.000% <= 0.100 milliseconds (cumulative count 1)
50.000% <= 0.503 milliseconds (cumulative count 50012)
99.219% <= 1.207 milliseconds (cumulative count 99219)
99.902% <= 2.503 milliseconds (cumulative count 99903)
100.000% <= 7.001 milliseconds (cumulative count 100000)

Cumulative distribution of latencies:
99.950% <= 3.103 milliseconds (cumulative count 99950)
100.000% <= 7.103 milliseconds (cumulative count 100000)

Summary:
  throughput summary: 99800.40 requests per second
`

func TestPercentiles(t *testing.T) {
	for percent, want := range map[float64]float64{50: 0.503, 99: 1.207, 99.9: 2.503, 100: 7.001} {
		if got := lowest(benchmarkOutput, percent); got != want {
			t.Errorf("p%v is %v, want %v", percent, got, want)
		}
	}
	if rate := throughput.FindStringSubmatch(benchmarkOutput); rate == nil || rate[1] != "99800.40" {
		t.Errorf("rate %q", rate)
	}
}

func TestMedians(t *testing.T) {
	f := summary("a", []figures{{CPU: 3, PerSecond: 10, Slow: map[string]int64{">1 ms": 2}}, {CPU: 1, PerSecond: 30}, {CPU: 2, PerSecond: 20}}, "once")
	if f.CPU != 2 || f.LowestCPU != 1 || f.HighestCPU != 3 || f.PerSecond != 20 || f.Slow[">1 ms"] != 2 || f.Failed != "once" {
		t.Errorf("%+v", f)
	}
	if f := summary("a", nil, "always"); f.PerSecond != 0 || f.Failed != "always" {
		t.Errorf("%+v", f)
	}
}

// newBench is a bench that measures nothing.
func newBench() *bench {
	b := &bench{settings: settings{Rounds: 3, Limit: time.Hour, Sections: sectionNames()}, begin: time.Now(), sectionRounds: 3}
	b.end = b.begin.Add(time.Hour)
	b.specs = []spec{{Name: "a"}, {Name: "a (control)"}, {Name: "b"}}
	b.report = newReport(b)
	return b
}

// TestFailedArm: an arm that fails loses neither its other rounds nor the other arms'.
func TestFailedArm(t *testing.T) {
	b := newBench()
	b.section = "commands"
	arms := []*arm{{spec: spec{Name: "good", Command: []string{"/nonexistent"}}}, {spec: spec{Name: "bad", Command: []string{"/nonexistent"}}}}
	var order []string
	b.compare(result{Workload: "set"}, arms, nil, func(a *arm) (figures, error) {
		order = append(order, a.Name)
		if a.Name == "bad" && len(order) == 2 {
			return figures{}, errors.New("died")
		}
		return figures{CPU: 1}, nil
	})
	if got := strings.Join(order, " "); got != "good bad good bad good bad" {
		t.Errorf("measured in the order %s", got)
	}
	r := b.report.Results[0]
	if r.Arms[0].Failed != "" || r.Arms[1].Failed != "died" || r.Arms[1].CPU != 1 || len(b.report.Notes) == 0 {
		t.Errorf("%+v, %q", r.Arms, b.report.Notes)
	}
}

// TestTime: sections share what is left, and none takes from those behind it.
func TestTime(t *testing.T) {
	b := newBench()
	sum := 0.0
	for _, s := range sections {
		sum += s.seconds
	}
	first := b.endAt(sections[0].name).Sub(b.begin)
	if want := time.Duration(float64(time.Hour) * sections[0].seconds / sum); first < want-time.Second || first > want+time.Second {
		t.Errorf("the first section has %v, want %v", first, want)
	}
	last := sections[len(sections)-1].name
	if end := b.endAt(last); end.Sub(b.begin) < time.Hour-time.Second || end.Sub(b.begin) > time.Hour+time.Second {
		t.Errorf("the last section ends after %v", end.Sub(b.begin))
	}
	b.end = time.Now().Add(-time.Second)
	if !b.skip("x") || len(b.report.Notes) != 1 {
		t.Error("a case behind the end is measured")
	}
}

// TestSave writes every section's table and charts; the charts are XML and the results can be read again.
func TestSave(t *testing.T) {
	b := newBench()
	b.note("a note | with a bar")
	for _, s := range sections {
		for _, c := range []result{{Workload: "get", Pipeline: 1, Bytes: 16, Connections: 1, Keys: 10}, {Workload: "set", Pipeline: 1, Bytes: 16, Connections: 10, Keys: 100}} {
			c.Section = s.name
			if s.name == "tail" {
				c.Workload = map[string]string{"get": "quiet", "set": "DEL of a <set>"}[c.Workload]
			}
			c.Arms = []figures{{Arm: "a", Rounds: 1, CPU: 1, PerSecond: 5, PerKey: 50, P999: 2}, {Arm: "a (control)", CPU: 1.5, PerKey: 60, Failed: "x | y"}, {Arm: "b", CPU: 2, PerKey: 100, P999: 1}}
			b.report.Results = append(b.report.Results, c)
		}
	}
	dir := t.TempDir()
	page, results := filepath.Join(dir, "docs", "page.md"), filepath.Join(dir, "results", "r.json")
	if err := b.report.save(results, page); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sections {
		if !strings.Contains(string(text), "\n## "+s.title+"\n") {
			t.Errorf("no section %s", s.title)
		}
	}
	if !strings.Contains(string(text), "| RSS, geometric mean | ≤ 0.55 | 0.5 | 0.5 (get P1 16 B 1 connections 10 keys) | 2 of 2 | met |") {
		t.Errorf("no table of bars, or a wrong one: %s", text)
	}
	if !strings.Contains(string(text), "Geometric mean: 0.50 of b.") {
		t.Error("no geometric mean")
	}
	charts, err := filepath.Glob(filepath.Join(dir, "docs", "page", "*.svg"))
	if err != nil || len(charts) < len(sections) {
		t.Fatalf("%d charts, %v", len(charts), err)
	}
	for _, path := range charts {
		chart, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(strings.NewReader(string(chart))); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		if !strings.Contains(string(text), "/"+filepath.Base(path)+")") {
			t.Errorf("the page does not show %s", path)
		}
	}
	stored, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	var again report
	if err := json.Unmarshal(stored, &again); err != nil || len(again.Results) != 2*len(sections) || again.Results[0].Arms[0].CPU != 1 {
		t.Errorf("%v, %d results", err, len(again.Results))
	}
}

// TestBars: a bar is met when every case is within it, or the mean where that is what counts.
func TestBars(t *testing.T) {
	ofCase := func(workload string, cpu float64) result {
		return result{Section: "commands", Workload: workload, Pipeline: 1, Arms: []figures{{CPU: cpu, Rounds: 5}, {CPU: cpu, Rounds: 5}, {CPU: 10, Rounds: 5}}}
	}
	results := []result{ofCase("get", 4), ofCase("set", 9), ofCase("ping_mbulk", 99)}
	b := bar{of: cases("commands", 1, 0, "get", "set"), value: cpuRatio, limit: 0.9}
	for _, c := range []struct {
		limit             float64
		atLeast, together bool
		verdict, worst    string
		within            int
	}{
		{0.9, false, false, "met", "set P1", 2},
		{0.8, false, false, "missed", "set P1", 1},
		{0.601, false, true, "met", "set P1", 1}, // the mean of 0.4 and 0.9 is 0.6
		{0.59, false, true, "missed", "set P1", 1},
		{0.5, true, false, "missed", "get P1", 1},
		{0.4, true, false, "met", "get P1", 2},
	} {
		b.limit, b.atLeast, b.together = c.limit, c.atLeast, c.together
		if v := b.judge(results); v.Verdict != c.verdict || v.WorstCase != c.worst || v.Within != c.within || v.Cases != 2 {
			t.Errorf("%+v: %+v", c, v)
		}
	}
	if v := b.judge(results[2:]); v.Verdict != "not measured" {
		t.Errorf("without a case: %+v", v)
	}
}

// TestLoopsBars: the arm with two event loops counts, beside the last arm.
func TestLoopsBars(t *testing.T) {
	c := result{Arms: []figures{{Arm: "a, 1 loops", PerSecond: 1}, {Arm: "a, 2 loops", PerSecond: 6}, {Arm: "b", PerSecond: 4}}}
	if got := twoLoops(rateRatio)(c); got != 1.5 {
		t.Errorf("%v", got)
	}
}
