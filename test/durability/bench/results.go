package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"redoubt/test/benchfile"
)

// results are the figures of a run that have a bar, the ratio that is aimed at.
type results struct {
	When       time.Time
	Machine    string
	Keys       int
	Gigabytes  float64
	Rounds     int
	Arms       []string
	Comparison []comparison
}

// comparison is one measurement on both servers: medians, and what their ratio should be.
type comparison struct {
	What string
	// Unit is that of Ours and Theirs: "requests/s", "ms", "s", "%", or "x" for what is a ratio itself.
	Unit         string
	Ours, Theirs float64
	// Ratio is what Bar is held against; it is to be at least Bar, or with AtMost at most. Both are so many times unless BarUnit
	// says that they are no ratio.
	Ratio, Bar float64
	BarUnit    string // "x", " ms", " %"
	AtMost     bool
}

func (c *comparison) met() bool {
	if c.AtMost {
		return c.Ratio <= c.Bar
	}
	return c.Ratio >= c.Bar
}

func (c *comparison) bar() string {
	sign := "≥"
	if c.AtMost {
		sign = "≤"
	}
	return fmt.Sprintf("%s %g%s", sign, c.Bar, c.BarUnit)
}

func (c *comparison) verdict() string {
	if c.met() {
		return "met"
	}
	return "missed"
}

// figure writes a value with its unit.
func (c *comparison) figure(v float64) string {
	switch c.Unit {
	case "requests/s":
		return fmt.Sprintf("%.0f requests/s", v)
	case "x":
		return fmt.Sprintf("%.2fx", v)
	}
	return fmt.Sprintf("%.2f %s", v, c.Unit)
}

// compare notes a comparison and prints it.
func (b *bench) compare(c comparison) {
	b.results.Comparison = append(b.results.Comparison, c)
	fmt.Printf("%-32s redoubt %s, redis-server %s: %.2f%s, bar %s, %s\n", c.What, c.figure(c.Ours), c.figure(c.Theirs), c.Ratio, c.BarUnit, c.bar(), c.verdict())
}

// newResults describes the run.
func (b *bench) newResults(arms []string) results {
	return results{
		When: time.Now().UTC().Truncate(time.Second), Machine: benchfile.Processors(),
		Keys: b.keys, Gigabytes: b.gigabytes, Rounds: b.rounds, Arms: slices.Clone(arms),
	}
}

// save writes the results as JSON, and their table into a page; either path may be empty.
func (r *results) save(path, page string) error {
	if path != "" {
		if err := benchfile.SaveJSON(path, r); err != nil {
			return err
		}
	}
	if page == "" {
		return nil
	}
	return r.savePage(page)
}

// The table stands between these lines of the page.
const (
	tableBegins = "<!-- make bench-durability writes from here -->\n"
	tableEnds   = "<!-- to here -->\n"
)

func (r *results) savePage(page string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return errors.New(page + " has no place for the table")
	}
	return benchfile.Replace(page, []byte(before+tableBegins+r.table()+tableEnds+after))
}

func (r *results) table() string {
	var t strings.Builder
	fmt.Fprintf(&t, "\n%s, %s, medians of %d rounds in turns, %d keys to load:\n\n", r.When.Format(time.DateOnly), r.Machine, r.Rounds, r.Keys)
	t.WriteString("| | redoubt | redis-server | ratio | bar | |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, c := range r.Comparison {
		fmt.Fprintf(&t, "| %s | %s | %s | %.2f%s | %s | %s |\n", c.What, c.figure(c.Ours), c.figure(c.Theirs), c.Ratio, c.BarUnit, c.bar(), c.verdict())
	}
	return t.String() + "\n"
}
