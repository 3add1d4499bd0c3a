package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// chart is bars, if its series have one row of values with names, or lines over numbers.
type chart struct {
	file, title string
	names       []string  // of bars
	xs          []float64 // of lines, ascending; drawn with a logarithmic axis
	series      []series
	// mark is where a line says what the values are compared with; 0: none.
	mark float64
}

type series struct {
	name   string
	values []float64 // one for each name or x; 0: none
}

// Sizes in pixels, and the colours of series.
const (
	chartLeft, chartWidth = 230, 760
	barHeight, barGap     = 11, 7
	lineHeight            = 260
)

var colours = []string{"#4477aa", "#aaccee", "#cc6677", "#228833", "#ccbb44"}

// chartsOf are the charts of a section.
func chartsOf(section string, some []result) []chart {
	relative := func(f, ref figures) float64 { return ratio(f.CPU, ref.CPU) }
	last := some[0].reference().Arm
	switch section {
	case "commands":
		return commandCharts(some)
	case "gitlab", "scripts", "large":
		return []chart{bars(section, "CPU time for a request, relative to "+last, some, relative, 1)}
	case "loops":
		return []chart{bars(section, "Requests per second, relative to "+last, some, func(f, ref figures) float64 { return ratio(f.PerSecond, ref.PerSecond) }, 1)}
	case "memory":
		return []chart{bars(section, "Bytes for a key, relative to "+last, some, func(f, ref figures) float64 { return ratio(f.PerKey, ref.PerKey) }, 1)}
	case "tail":
		c := bars(section, "p99.9 in ms", some, func(f, _ figures) float64 { return f.P999 }, 0)
		c.addReference(some, func(f figures) float64 { return f.P999 })
		return []chart{c}
	case "connections":
		x := func(c result) int { return c.Connections }
		return []chart{
			lines("connections-cpu", "CPU µs for a GET, over connections", some, "get", x, func(f figures) float64 { return f.CPU }),
			lines("connections-rate", "GET per second, over connections", some, "get", x, func(f figures) float64 { return f.PerSecond }),
		}
	case "keys":
		x := func(c result) int { return c.Keys }
		return []chart{
			lines("keys-get", "CPU µs for a GET, over keys", some, "get", x, func(f figures) float64 { return f.CPU }),
			lines("keys-set", "CPU µs for a SET, over keys", some, "set", x, func(f figures) float64 { return f.CPU }),
			lines("keys-bytes", "Resident bytes for a key, over keys", some, "get", x, func(f figures) float64 { return f.PerKey }),
		}
	}
	return nil
}

// commandCharts has one for each pipeline and size.
func commandCharts(some []result) (charts []chart) {
	type shape struct{ pipeline, bytes int }
	var shapes []shape
	for _, c := range some {
		if s := (shape{c.Pipeline, c.Bytes}); !slices.Contains(shapes, s) {
			shapes = append(shapes, s)
		}
	}
	for _, s := range shapes {
		of := slices.DeleteFunc(slices.Clone(some), func(c result) bool { return c.Pipeline != s.pipeline || c.Bytes != s.bytes })
		title := fmt.Sprintf("CPU time for a request, relative to %s: pipeline %d, values of %d bytes", some[0].reference().Arm, s.pipeline, s.bytes)
		charts = append(charts, bars(fmt.Sprintf("commands-p%d-%db", s.pipeline, s.bytes), title, of,
			func(f, ref figures) float64 { return ratio(f.CPU, ref.CPU) }, 1))
	}
	return charts
}

// bars has a bar for each case and arm but the reference.
func bars(file, title string, some []result, value func(f, ref figures) float64, mark float64) chart {
	c := chart{file: file, title: title, mark: mark}
	for i, r := range some {
		c.names = append(c.names, r.Name())
		for j, f := range r.Arms[:len(r.Arms)-1] {
			if i == 0 {
				c.series = append(c.series, series{name: f.Arm})
			}
			if j < len(c.series) {
				c.series[j].values = append(c.series[j].values, value(f, r.reference()))
			}
		}
	}
	return c
}

// addReference adds the last arm to bars that are not relative to it.
func (c *chart) addReference(some []result, value func(figures) float64) {
	s := series{name: some[0].reference().Arm}
	for _, r := range some {
		s.values = append(s.values, value(r.reference()))
	}
	c.series = append(c.series, s)
}

// lines has a line for each arm, over the cases of one workload.
func lines(file, title string, some []result, workload string, x func(result) int, value func(figures) float64) chart {
	c := chart{file: file, title: title}
	for _, r := range some {
		if r.Workload != workload {
			continue
		}
		c.xs = append(c.xs, float64(x(r)))
		for i, f := range r.Arms {
			if len(c.series) <= i {
				c.series = append(c.series, series{name: f.Arm})
			}
			c.series[i].values = append(c.series[i].values, value(f))
		}
	}
	return c
}

// highest is the largest value, at least 1e-9.
func (c *chart) highest() float64 {
	top := 1e-9
	for _, s := range c.series {
		top = max(top, slices.Max(append(s.values, top)))
	}
	return top
}

func (c *chart) svg() string {
	var b strings.Builder
	x := chartLeft
	for i, s := range c.series { // the legend
		fmt.Fprintf(&b, `<rect x="%d" y="24" width="10" height="10" fill="%s"/><text x="%d" y="33">%s</text>`+"\n", x, colours[i%len(colours)], x+14, escape(s.name))
		x += 30 + 7*len(s.name)
	}
	height := 0
	if c.names != nil {
		height = c.drawBars(&b)
	} else {
		height = c.drawLines(&b)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="10">
<rect width="100%%" height="100%%" fill="white"/>
<text x="%d" y="15" font-size="12">%s</text>
%s</svg>
`, chartWidth, height, chartLeft, escape(c.title), b.String())
}

func (c *chart) drawBars(b *strings.Builder) (height int) {
	const room = chartWidth - chartLeft - 60
	scale := room / max(c.highest(), c.mark)
	y := 44
	top := y
	for i, name := range c.names {
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", chartLeft-6, y+barHeight-2, escape(name))
		for j, s := range c.series {
			if i >= len(s.values) {
				continue
			}
			width := s.values[i] * scale
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/><text x="%.1f" y="%d">%.2f</text>`+"\n",
				chartLeft, y, width, barHeight, colours[j%len(colours)], chartLeft+width+4, y+barHeight-2, s.values[i])
			y += barHeight + 1
		}
		y += barGap
	}
	if c.mark > 0 {
		at := chartLeft + c.mark*scale
		fmt.Fprintf(b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#cc3311"/>`+"\n", at, top-4, at, y)
	}
	return y + 8
}

func (c *chart) drawLines(b *strings.Builder) (height int) {
	const left, top, bottom = 70, 50, 50 + lineHeight
	const room = chartWidth - left - 40
	if len(c.xs) == 0 {
		return bottom
	}
	low, high := math.Log10(c.xs[0]), math.Log10(c.xs[len(c.xs)-1])
	at := func(x float64) float64 { return left + room*(math.Log10(x)-low)/max(high-low, 1e-9) }
	highest := c.highest()
	up := func(v float64) float64 { return bottom - lineHeight*v/highest }
	for _, share := range []float64{0, 0.25, 0.5, 0.75, 1} {
		v := share * highest
		fmt.Fprintf(b, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#dddddd"/><text x="%d" y="%.1f" text-anchor="end">%.4g</text>`+"\n",
			left, up(v), left+room, up(v), left-6, up(v)+3, v)
	}
	for _, x := range c.xs {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%.0f</text>`+"\n", at(x), bottom+16, x)
	}
	for i, s := range c.series {
		colour := colours[i%len(colours)]
		var points []string
		for j, v := range s.values {
			points = append(points, fmt.Sprintf("%.1f,%.1f", at(c.xs[j]), up(v)))
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", at(c.xs[j]), up(v), colour)
		}
		fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s"/>`+"\n", strings.Join(points, " "), colour)
	}
	return bottom + 30
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
