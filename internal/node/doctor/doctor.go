package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"redoubt/internal/node/diagnosis"
)

// need is what a check cannot do without.
type need int

const (
	nothing  need = iota
	state         // gitlab.rb is in order
	redis         // and this node shall run Redis
	live          // which answers
	sentinel      // this node shall run Sentinel, which answers
)

// Check is one thing that the doctor looks for.
type Check struct {
	Name    string // a word that programs can rely on
	Detects string
	Why     string // it matters
	Cure    string // in general; a finding may have one that is more to the point

	needs need
	run   func(*Node, *findings)
}

// Checks lists them all, in the order in which they are made and documented.
func Checks() []Check {
	return []Check{
		gitlabRb(), reconfigure(), version(), kernelSettings(), disk(), boot(), firewallRules(), secrets(), settings(), pendingRestart(),
		tools(), logins(), commands(), memory(), persistence(), dump(), snapshotStalls(), stopTimeout(), backlog(),
		replication(), emptyPrimary(), replicaBuffers(), readonlyClients(), announce(), quorum(),
	}
}

// Choose returns the checks with these names, in the order of Checks; all of them without names.
func Choose(names []string) ([]Check, error) {
	all := Checks()
	if len(names) == 0 {
		return all, nil
	}
	var known []string
	for _, check := range all {
		known = append(known, check.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no check %q; there are: %s", name, strings.Join(known, " "))
		}
	}
	return slices.DeleteFunc(all, func(check Check) bool { return !slices.Contains(names, check.Name) }), nil
}

// Examine makes the checks.
func Examine(node *Node, checks []Check) *diagnosis.Report {
	report := &diagnosis.Report{Subject: node.subject()}
	defer node.close()
	for _, check := range checks {
		f := &findings{check: check, report: report}
		if node.meets(check.needs, f) {
			check.run(node, f)
		}
	}
	return report
}

// ExitCode is that of a report: diagnosis.ExitOK, ExitFailure or ExitUnknown.
func ExitCode(report *diagnosis.Report) int {
	switch {
	case report.Count(diagnosis.Failure) > 0:
		return diagnosis.ExitFailure
	case report.Count(diagnosis.Unknown) > 0:
		return diagnosis.ExitUnknown
	}
	return diagnosis.ExitOK
}

// meets says whether a check can be made, and otherwise why not.
func (n *Node) meets(needs need, f *findings) bool {
	if needs == nothing {
		return true
	}
	if n.State == nil {
		f.unknown("gitlab.rb is not in order (see the checks gitlab-rb and reconfigure)")
		return false
	}
	switch {
	case needs == sentinel && n.State.Sentinel == nil:
		f.skip("this node runs no Sentinel")
	case needs == sentinel && n.sentinelErr() != nil:
		f.unknown("Sentinel cannot be asked: %v", n.sentinelErr())
	case (needs == redis || needs == live) && n.State.Redis == nil:
		f.skip("this node runs no Redis")
	case needs == live && n.redisErr() != nil:
		f.unknown("Redis cannot be asked: %v", n.redisErr())
	default:
		return true
	}
	return false
}

// findings collects what one check finds.
type findings struct {
	check  Check
	report *diagnosis.Report
	bad    bool // a warning or failure was found
}

func (f *findings) add(level diagnosis.Level, why, cure, text string) {
	f.report.Add(diagnosis.Finding{Check: f.check.Name, Level: level, Text: text, Why: why, Cure: cure})
}

func (f *findings) ok(format string, args ...any) {
	f.add(diagnosis.OK, "", "", fmt.Sprintf(format, args...))
}

func (f *findings) skip(format string, args ...any) {
	f.add(diagnosis.Skipped, "", "", fmt.Sprintf(format, args...))
}

func (f *findings) unknown(format string, args ...any) {
	f.add(diagnosis.Unknown, "", "", fmt.Sprintf(format, args...))
}

// warn and fail report what was found with the check's own cure when theirs is "".
func (f *findings) warn(cure, format string, args ...any) {
	f.bad = true
	f.add(diagnosis.Warning, f.check.Why, cmp.Or(cure, f.check.Cure), fmt.Sprintf(format, args...))
}

func (f *findings) fail(cure, format string, args ...any) {
	f.bad = true
	f.add(diagnosis.Failure, f.check.Why, cmp.Or(cure, f.check.Cure), fmt.Sprintf(format, args...))
}

// otherwise says that all is well, unless something was found.
func (f *findings) otherwise(format string, args ...any) {
	if !f.bad {
		f.ok(format, args...)
	}
}

// take adds findings of another package as this check's.
func (f *findings) take(all []diagnosis.Finding) {
	for _, found := range all {
		found.Check = f.check.Name
		f.bad = f.bad || found.Level == diagnosis.Warning || found.Level == diagnosis.Failure
		f.report.Add(found)
	}
}
