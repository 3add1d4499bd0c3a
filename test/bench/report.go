package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// report is everything about one run.
type report struct {
	When     time.Time
	Machine  string
	Settings settings
	Arms     []armDescription
	Results  []result
}

type armDescription struct{ Name, Command, Version string }

// machine describes what the figures hold for.
func machine() string {
	model := "unknown processor"
	text, _ := os.ReadFile("/proc/cpuinfo") // a description may be missing
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d processors (%s), Linux %s", runtime.NumCPU(), model, strings.TrimSpace(string(kernel)))
}

func (r *report) writeJSON(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// reference is the last arm: ratios are to it.
func (r *result) reference() figures { return r.Arms[len(r.Arms)-1] }

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// table is the report as a Markdown table.
func (r *report) table() string {
	var b strings.Builder
	last := r.Arms[len(r.Arms)-1].Name
	fmt.Fprintf(&b, "| workload | pipeline | arm | CPU µs/op | of %s | lowest-highest | requests/s | of %s | p50 ms | p99 ms | RSS MB |\n", last, last)
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, w := range r.Results {
		base := w.reference()
		for _, f := range w.Arms {
			fmt.Fprintf(&b, "| %s | %d | %s | %.2f | %.2f | %.2f-%.2f | %.0f | %.2f | %.3f | %.3f | %.1f |\n",
				w.Workload, w.Pipeline, f.Arm, f.CPU, ratio(f.CPU, base.CPU), f.LowestCPU, f.HighestCPU,
				f.PerSecond, ratio(f.PerSecond, base.PerSecond), f.P50, f.P99, float64(f.Resident)/(1<<20))
		}
	}
	return b.String()
}

// writePage writes the report as Markdown and a chart beside it.
func (r *report) writePage(path string) error {
	chart := strings.TrimSuffix(path, filepath.Ext(path)) + ".svg"
	if err := os.WriteFile(chart, []byte(r.chart()), 0o644); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\nWritten by `make bench` on %s: %s. %d rounds, the arms in turn, medians; %d connections,\n"+
		"values of %d bytes, %d keys. The control is the first arm once more: how far the two differ is the noise.\n\n",
		r.When.Format("2006-01-02 15:04 MST"), r.Machine, r.Settings.Rounds, r.Settings.Clients, r.Settings.ValueBytes, r.Settings.Keys)
	for _, a := range r.Arms {
		fmt.Fprintf(&b, "- %s: `%s` (%s)\n", a.Name, a.Command, a.Version)
	}
	fmt.Fprintf(&b, "\n![CPU per operation](%s)\n\n%s", filepath.Base(chart), r.table())
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// chart draws the CPU time of an operation relative to the last arm, a bar for each other arm and workload.
func (r *report) chart() string {
	const left, width, height, gap, scale = 170, 640, 12, 6, 300
	var b strings.Builder
	y := 30
	for _, w := range r.Results {
		base := w.reference()
		for i, f := range w.Arms[:len(w.Arms)-1] {
			share := ratio(f.CPU, base.CPU)
			shade := []string{"#4477aa", "#aaccee", "#228833", "#ccbb44"}[i%4]
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s P%d %s</text>`, left-6, y+height-2, w.Workload, w.Pipeline, escape(f.Arm))
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.0f" height="%d" fill="%s"/>`, left, y, min(share*scale, width-left-60), height, shade)
			fmt.Fprintf(&b, `<text x="%.0f" y="%d">%.2f</text>`+"\n", left+min(share*scale, width-left-60)+4, y+height-2, share)
			y += height + 2
		}
		y += gap
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="10">
<text x="%d" y="16" font-size="12">CPU time of the server for an operation, relative to %s</text>
%s<line x1="%d" y1="24" x2="%d" y2="%d" stroke="#cc3311"/>
</svg>
`, width, y+10, left, escape(r.Arms[len(r.Arms)-1].Name), b.String(), left+scale, left+scale, y)
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
