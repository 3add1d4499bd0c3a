package bench

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/HdrHistogram/hdrhistogram-go"

	"redoubt/internal/bench/load"
)

// line is one profile, or all together. Latencies are in ms and of operations.
type line struct {
	Name                  string  `json:"name"`
	Requests              int64   `json:"requests"`
	PerSecond             float64 `json:"requests_per_second"`
	Operations            int64   `json:"operations"`
	P50, P99, P999, Worst float64
	Errors                int64  `json:"errors"`
	FirstError            string `json:"first_error,omitempty"`
}

// MarshalJSON names the latencies as CSV does.
func (l line) MarshalJSON() ([]byte, error) {
	type plain line
	return json.Marshal(struct {
		plain
		P50   float64 `json:"p50_ms"`
		P99   float64 `json:"p99_ms"`
		P999  float64 `json:"p999_ms"`
		Worst float64 `json:"max_ms"`
	}{plain(l), l.P50, l.P99, l.P999, l.Worst})
}

// report is the result of a run.
type report struct {
	Server      string  `json:"server"`
	Connections int     `json:"connections"`
	Keys        int     `json:"keyspace"`
	Seed        uint64  `json:"seed"`
	Seconds     float64 `json:"seconds"`
	// CPU is the processor time of the server for a request, in µs, as INFO tells it.
	CPU float64 `json:"server_cpu_us_per_request"`
	// Resident is INFO's used_memory_rss, in bytes.
	Resident       int64  `json:"used_memory_rss"`
	Sent, Received int64  `json:"-"`
	Lines          []line `json:"profiles"`
	Total          line   `json:"total"`
}

func newReport(o *options, result *load.Result, before, after info) *report {
	r := &report{
		Server: "Redis " + after["redis_version"], Connections: o.connections, Keys: o.keys, Seed: o.seed, Seconds: result.Elapsed.Seconds(),
		Resident: int64(after.number("used_memory_rss")), Sent: result.Sent, Received: result.Received, Total: line{Name: "all"},
	}
	if own := after["redoubt_version"]; own != "" {
		r.Server = "Redoubt " + own
	}
	for _, k := range result.Kinds {
		l := line{Name: k.Name, Requests: k.Requests, Operations: k.Operations, Errors: k.Errors, FirstError: k.FirstError}
		l.measured(r.Seconds, k.Latency)
		r.Lines = append(r.Lines, l)
		r.Total.Requests, r.Total.Operations, r.Total.Errors = r.Total.Requests+k.Requests, r.Total.Operations+k.Operations, r.Total.Errors+k.Errors
	}
	r.Total.measured(r.Seconds, result.Latency())
	if r.Total.Requests > 0 {
		r.CPU = (after.cpuSeconds() - before.cpuSeconds()) * 1e6 / float64(r.Total.Requests)
	}
	return r
}

func (l *line) measured(seconds float64, latency *hdrhistogram.Histogram) {
	l.PerSecond = float64(l.Requests) / seconds
	at := func(percent float64) float64 { return float64(latency.ValueAtPercentile(percent)) / 1000 }
	l.P50, l.P99, l.P999, l.Worst = at(50), at(99), at(99.9), at(100)
}

// errors is an error when replies were errors: such a run measured something else than it should.
func (r *report) errors() error {
	var all []error
	for _, l := range r.Lines {
		if l.Errors > 0 {
			all = append(all, fmt.Errorf("%s: the server answered %d requests with an error, the first with %q", l.Name, l.Errors, l.FirstError))
		}
	}
	return errors.Join(all...)
}

func (r *report) write(w io.Writer, o *options) error {
	switch {
	case o.json:
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	case o.csv:
		return r.writeCSV(w)
	}
	return r.writeText(w)
}

// columns are those of a line.
var columns = []string{"profile", "requests/s", "requests", "operations", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "errors"}

func (l line) cells() []string {
	f := func(v float64) string { return fmt.Sprintf("%.3f", v) }
	n := func(v int64) string { return fmt.Sprint(v) }
	return []string{l.Name, fmt.Sprintf("%.0f", l.PerSecond), n(l.Requests), n(l.Operations), f(l.P50), f(l.P99), f(l.P999), f(l.Worst), n(l.Errors)}
}

func (r *report) writeCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"profile", "rps", "requests", "operations", "p50_ms", "p99_ms", "p999_ms", "max_ms", "errors"}}
	for _, l := range append(r.Lines, r.Total) {
		rows = append(rows, l.cells())
	}
	return c.WriteAll(rows)
}

func (r *report) writeText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, strings.Join(columns, "\t")+"\t")
	for _, l := range append(r.Lines, r.Total) {
		fmt.Fprintln(t, strings.Join(l.cells(), "\t")+"\t")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s: %.2f µs of processor time for a request, %.1f MB resident; %.1f MB/s to it, %.1f MB/s from it\n",
		r.Server, r.CPU, float64(r.Resident)/1e6, float64(r.Sent)/1e6/r.Seconds, float64(r.Received)/1e6/r.Seconds)
	return err
}
