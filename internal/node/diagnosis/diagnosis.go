// Package diagnosis is what checks report: findings with a level, the reason why they matter and what to do, as text for
// people, as JSON for programs, and as an exit code for scripts.
package diagnosis

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Level says how bad a finding is.
type Level string

// The levels, from harmless to bad.
const (
	OK      Level = "ok"
	Skipped Level = "skipped" // could not be looked at, or does not apply; Text says why
	Unknown Level = "unknown" // applies, and could not be found out; Text says why
	Warning Level = "warning" // works, but will hurt
	Failure Level = "failure" // does not work, or loses data
)

// Exit codes of commands that check. 1 stays for wrong usage. ExitUnknown says that nothing bad was found, but that something
// could not be found out.
const (
	ExitOK          = 0
	ExitFailure     = 2
	ExitUnreachable = 3
	ExitUnknown     = 3
)

// Finding is the result of one check.
type Finding struct {
	Check string `json:"check"` // a word that programs can rely on
	Level Level  `json:"level"`
	Text  string `json:"text"`
	Why   string `json:"why,omitempty"`
	Cure  string `json:"cure,omitempty"`
}

// Report is the result of checking one thing.
type Report struct {
	Subject  string    `json:"subject"`
	Findings []Finding `json:"findings"`
}

// Add appends a finding.
func (r *Report) Add(f Finding) { r.Findings = append(r.Findings, f) }

// Good appends a check that found nothing wrong.
func (r *Report) Good(check, format string, args ...any) {
	r.Add(Finding{Check: check, Level: OK, Text: fmt.Sprintf(format, args...)})
}

// Skip appends a check that was not made.
func (r *Report) Skip(check, format string, args ...any) {
	r.Add(Finding{Check: check, Level: Skipped, Text: fmt.Sprintf(format, args...)})
}

// Count returns how many findings have a level.
func (r *Report) Count(level Level) int {
	count := 0
	for _, f := range r.Findings {
		if f.Level == level {
			count++
		}
	}
	return count
}

// labels line up in the text form; what needs attention stands out without colours.
var labels = map[Level]string{OK: "ok     ", Skipped: "skipped", Unknown: "unknown", Warning: "WARNING", Failure: "FAILURE"}

// worst last: what is at the end of the output is what stays in sight.
var groups = []struct {
	level Level
	title string
}{
	{OK, "In order"}, {Skipped, "Does not apply"}, {Unknown, "Could not be found out"}, {Warning, "Warnings: works, but will hurt"},
	{Failure, "Problems: does not work, or loses data"},
}

// Print writes the report for people. With quiet, only what needs attention is written.
func (r *Report) Print(w io.Writer, quiet bool) {
	fmt.Fprintln(w, r.Subject)
	for _, f := range r.Findings {
		if !quiet || !harmless(f.Level) {
			f.print(w)
		}
	}
	fmt.Fprintf(w, "%d ok, %d skipped, %d warnings, %d failures\n",
		r.Count(OK), r.Count(Skipped), r.Count(Warning), r.Count(Failure))
}

// PrintGrouped writes the report for people, grouped by level. With quiet, only what needs attention is written.
func (r *Report) PrintGrouped(w io.Writer, quiet bool) {
	fmt.Fprintln(w, r.Subject)
	for _, group := range groups {
		if r.Count(group.level) == 0 || quiet && harmless(group.level) {
			continue
		}
		fmt.Fprintf(w, "%s:\n", group.title)
		for _, f := range r.Findings {
			if f.Level == group.level {
				f.print(w)
			}
		}
	}
	fmt.Fprintf(w, "%d ok, %d skipped, %d unknown, %d warnings, %d problems\n",
		r.Count(OK), r.Count(Skipped), r.Count(Unknown), r.Count(Warning), r.Count(Failure))
}

func harmless(level Level) bool { return level == OK || level == Skipped }

func (f Finding) print(w io.Writer) {
	fmt.Fprintf(w, "  %s %-16s %s\n", labels[f.Level], f.Check, indent(f.Text, 27))
	if f.Why != "" {
		fmt.Fprintf(w, "%s why:  %s\n", strings.Repeat(" ", 26), indent(f.Why, 33))
	}
	if f.Cure != "" {
		fmt.Fprintf(w, "%s cure: %s\n", strings.Repeat(" ", 26), indent(f.Cure, 33))
	}
}

func indent(text string, columns int) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", columns))
}

// WriteJSON writes reports as one JSON object: {"reports": [{"subject", "findings": [{"check", "level", "text", "why", "cure"}]}]}.
func WriteJSON(w io.Writer, reports []*Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Reports []*Report `json:"reports"`
	}{reports})
}
