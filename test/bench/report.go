package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"redoubt/test/benchfile"
)

// report is everything about one run.
type report struct {
	When     time.Time
	Seconds  float64
	Machine  string
	Settings settings
	Arms     []spec
	Notes    []string
	Bars     []verdict
	Results  []result
}

func newReport(b *bench) *report {
	return &report{When: b.begin.UTC().Truncate(time.Second), Machine: machine(b), Settings: b.settings, Arms: b.specs}
}

// machine describes what the figures hold for.
func machine(b *bench) string {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%s, Linux %s; servers on processor %s, clients on %s",
		benchfile.Processors(), strings.TrimSpace(string(kernel)), b.serverCPUs, b.clientCPUs)
}

// save writes the results so far; a path may be empty.
func (r *report) save(jsonPath, page string) error {
	r.Bars = nil
	for _, b := range r.bars() {
		r.Bars = append(r.Bars, b.judge(r.Results))
	}
	if jsonPath != "" {
		if err := benchfile.SaveJSON(jsonPath, r); err != nil {
			return err
		}
	}
	if page == "" {
		return nil
	}
	return r.savePage(page)
}

// of are the results of one section.
func (r *report) of(section string) (some []result) {
	for _, c := range r.Results {
		if c.Section == section {
			some = append(some, c)
		}
	}
	return some
}

// text is the report as Markdown without charts.
func (r *report) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Bars\n\n%s\n", r.barTable())
	for _, s := range sections {
		if some := r.of(s.name); len(some) > 0 {
			fmt.Fprintf(&b, "## %s\n\n%s\n", s.title, table(some))
		}
	}
	return b.String()
}

// table is a section as a Markdown table.
func table(some []result) string {
	base := some[0].reference().Arm
	switch some[0].Section {
	case "memory":
		return memoryTable(some, base)
	case "tail":
		return tailTable(some)
	}
	var rows []row
	var idle strings.Builder
	for _, c := range some {
		ref := c.reference()
		for _, f := range c.Arms {
			if c.Workload == idleWorkload {
				fmt.Fprintf(&idle, "\nOf %d idle connections, one takes %.0f bytes of %s (%.2f of %s), which uses %.2f %% of a processor.\n",
					c.Connections, f.PerKey, f.Arm, ratio(f.PerKey, ref.PerKey), base, 100*f.Busy)
				continue
			}
			rows = append(rows, row{c, f, ref})
		}
	}
	return columns(rows, base) + idle.String()
}

// row is an arm in a case, beside the reference.
type row struct {
	result
	f, ref figures
}

// column is one of a table. It is left out where no row has a value.
type column struct {
	title string
	value func(row) float64
	cell  func(row) string
}

// columns is a table of rows.
func columns(rows []row, base string) string {
	number := func(title, format string, value func(row) float64) column {
		return column{title, value, func(r row) string { return fmt.Sprintf(format, value(r)) }}
	}
	all := []column{
		number("CPU µs/request", "%.2f", func(r row) float64 { return r.f.CPU }),
		number("of "+base, "%.2f", func(r row) float64 { return ratio(r.f.CPU, r.ref.CPU) }),
		{"lowest-highest", func(r row) float64 { return r.f.HighestCPU }, func(r row) string { return fmt.Sprintf("%.2f-%.2f", r.f.LowestCPU, r.f.HighestCPU) }},
		number("requests/s", "%.0f", func(r row) float64 { return r.f.PerSecond }),
		number("of "+base, "%.2f", func(r row) float64 { return ratio(r.f.PerSecond, r.ref.PerSecond) }),
		number("p50 ms", "%.3f", func(r row) float64 { return r.f.P50 }),
		number("p99 ms", "%.3f", func(r row) float64 { return r.f.P99 }),
		number("of "+base, "%.2f", func(r row) float64 { return ratio(r.f.P99, r.ref.P99) }),
		number("p99.9 ms", "%.3f", func(r row) float64 { return r.f.P999 }),
		number("RSS MB", "%.1f", func(r row) float64 { return float64(r.f.Resident) / (1 << 20) }),
		number("bytes/key", "%.1f", func(r row) float64 { return r.f.PerKey }),
		number("waiting for locks, % of CPU", "%.2f", func(r row) float64 { return 100 * r.f.LockWait }),
		number("rounds", "%.0f", func(r row) float64 { return float64(r.f.Rounds) }),
	}
	all = slices.DeleteFunc(all, func(c column) bool { return !slices.ContainsFunc(rows, func(r row) bool { return c.value(r) != 0 }) })
	var b strings.Builder
	b.WriteString("| case | arm |")
	for _, c := range all {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n| --- | --- |" + strings.Repeat(" --- |", len(all)) + "\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s%s |", r.Name(), r.f.Arm, failure(r.f))
		for _, c := range all {
			b.WriteString(" " + c.cell(r) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func failure(f figures) string {
	if f.Failed == "" {
		return ""
	}
	return " (failed: " + strings.ReplaceAll(f.Failed, "|", "/") + ")"
}

// memoryTable has a column for each arm.
func memoryTable(some []result, base string) string {
	var b strings.Builder
	b.WriteString("| a key that is a |")
	for _, f := range some[0].Arms {
		fmt.Fprintf(&b, " %s, bytes |", f.Arm)
	}
	fmt.Fprintf(&b, " of %s |\n| --- |%s --- |\n", base, strings.Repeat(" --- |", len(some[0].Arms)))
	product, n := 0.0, 0
	for _, c := range some {
		fmt.Fprintf(&b, "| %s |", c.Workload)
		for _, f := range c.Arms {
			fmt.Fprintf(&b, " %.1f%s |", f.PerKey, failure(f))
		}
		share := ratio(c.Arms[0].PerKey, c.reference().PerKey)
		if share > 0 {
			product, n = product+math.Log(share), n+1
		}
		fmt.Fprintf(&b, " %.2f |\n", share)
	}
	if n > 0 {
		fmt.Fprintf(&b, "\nGeometric mean: %.2f of %s.\n", math.Exp(product/float64(n)), base)
	}
	return b.String()
}

// tailTable compares each arm with itself when nothing disturbs it.
func tailTable(some []result) string {
	var b strings.Builder
	b.WriteString("| while | arm | p50 ms | p99 ms | p99.9 ms | of quiet | longest ms |")
	for _, level := range slowLevels {
		fmt.Fprintf(&b, " >%d ms |", level)
	}
	fmt.Fprintf(&b, "\n| --- | --- | --- | --- | --- | --- | --- |%s\n", strings.Repeat(" --- |", len(slowLevels)))
	for _, c := range some {
		for i, f := range c.Arms {
			quiet := 0.0
			if some[0].Workload == disturbances[0].name {
				quiet = some[0].Arms[i].P999
			}
			fmt.Fprintf(&b, "| %s | %s%s | %.3f | %.3f | %.3f | %.2f | %.2f |", c.Workload, f.Arm, failure(f), f.P50, f.P99, f.P999, ratio(f.P999, quiet), f.Worst)
			for _, level := range slowLevels {
				fmt.Fprintf(&b, " %d |", f.Slow[fmt.Sprintf(">%d ms", level)])
			}
			b.WriteString("\n")
		}
	}
	return b.String() + "\nThe columns on the right count the requests of all rounds that took longer.\n"
}

// savePage writes the report as Markdown, and its charts into a folder beside it.
func (r *report) savePage(path string) error {
	folder := strings.TrimSuffix(path, filepath.Ext(path))
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\nWritten by `make bench` on %s: %s. Up to %d rounds, the arms in turn, medians. The control is the\n"+
		"first arm once more: how far the two differ is the noise.\n\n", r.When.Format("2006-01-02 15:04 MST"), r.Machine, r.Settings.Rounds)
	fmt.Fprintf(&b, "A server is kept to one processor, so that Redoubt has one event loop, which the garbage\n"+
		"collector and background work share the processor with. Where loops are compared, servers and clients share all processors.\n"+
		"CPU is the server's own, user and kernel mode; it counts beyond requests/s, which the client bounds at pipeline 1.\n\n")
	for _, a := range r.Arms {
		fmt.Fprintf(&b, "- %s: `%s` (%s)\n", a.Name, strings.Join(a.Command, " "), a.Version)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "- not as planned: %s\n", note)
	}
	fmt.Fprintf(&b, "\n## Bars\n\nWhat the project wants to be, beside %s: figures are multiples of its, unless they say otherwise. A bar is met when\n"+
		"every case is within it.\n\n%s", r.Arms[len(r.Arms)-1].Name, r.barTable())
	for _, s := range sections {
		some := r.of(s.name)
		if len(some) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", s.title, s.explanation)
		for _, c := range chartsOf(s.name, some) {
			file := c.file + ".svg"
			if err := benchfile.Replace(filepath.Join(folder, file), []byte(c.svg())); err != nil {
				return err
			}
			fmt.Fprintf(&b, "![%s](%s/%s)\n\n", c.title, filepath.Base(folder), file)
		}
		b.WriteString(table(some))
	}
	return benchfile.Replace(path, []byte(b.String()))
}
