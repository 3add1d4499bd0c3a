package doctor

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/diagnosis"
)

var update = flag.Bool("update", false, "write docs/guides/doctor.md")

const guideFile = "../../../docs/guides/doctor.md"

const guideIntroduction = `# gitlab-ctl doctor

<!-- Generated from internal/node/doctor by: go test ./internal/node/doctor -run TestGuide -update -->

    gitlab-ctl doctor                    # all checks
    gitlab-ctl doctor quorum logins      # some of them
    gitlab-ctl doctor --list             # their names
    gitlab-ctl doctor --json             # for programs
    gitlab-ctl doctor -q                 # only what needs attention

Looks for what operators of GitLab have suffered from with their Redis tiers, on this node and, through its Redis and its Sentinel,
in the tier. It needs root, changes nothing, and shows no password. Run it on every node: each sees its own part.

| Exit code | Meaning |
| --- | --- |
| 0 | no problem; perhaps warnings |
| 1 | wrong usage |
| 2 | a problem: something does not work, or loses data |
| 3 | no problem was found, but something could not be found out |

The output is grouped: in order, does not apply, could not be found out, warnings (works, but will hurt), problems. Warnings and
problems say why they matter and what to do. With ` + "`--json`" + ` it is one object, in the form that ` + "`gitlab-ctl redis-check`" + ` has, too:
` + "`{\"reports\": [{\"subject\", \"findings\": [{\"check\", \"level\", \"text\", \"why\", \"cure\"}]}]}`" + `, with level ` + "`ok`, `skipped`, `unknown`, `warning` or `failure`" + `; one
check may have several findings.

`

func guide() string {
	var g strings.Builder
	g.WriteString(guideIntroduction)
	for _, check := range Checks() {
		fmt.Fprintf(&g, "## %s\n\nDetects %s.\n\nWhy: %s.\n\nCure: %s.\n\n", check.Name, check.Detects, check.Why, check.Cure)
	}
	return strings.TrimSuffix(g.String(), "\n")
}

// TestGuide: the guide says what the table says.
func TestGuide(t *testing.T) {
	want := guide()
	if *update {
		if err := os.WriteFile(guideFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(guideFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(have)); diff != "" {
		t.Errorf("docs/guides/doctor.md is out of date; write it anew with: go test ./internal/node/doctor -run TestGuide -update\n%s", diff)
	}
}

// TestEveryCheckIsExplained: each has a name of its own and says everything.
func TestEveryCheckIsExplained(t *testing.T) {
	names := map[string]bool{}
	for _, check := range Checks() {
		if check.Name == "" || check.Detects == "" || check.Why == "" || check.Cure == "" || check.run == nil {
			t.Errorf("incomplete: %+v", check)
		}
		if names[check.Name] {
			t.Errorf("two checks are called %s", check.Name)
		}
		names[check.Name] = true
	}
}

func TestChoose(t *testing.T) {
	chosen, err := Choose([]string{"quorum", "kernel"})
	if err != nil || len(chosen) != 2 || chosen[0].Name != "kernel" || chosen[1].Name != "quorum" {
		t.Errorf("chosen %v, %v", chosen, err)
	}
	if all, err := Choose(nil); err != nil || len(all) != len(Checks()) {
		t.Errorf("%d checks, %v", len(all), err)
	}
	if _, err := Choose([]string{"kernel", "horoscope"}); err == nil || !strings.Contains(err.Error(), `"horoscope"`) {
		t.Errorf("error %v", err)
	}
}

// answering is a node whose Redis has said this of itself.
func answering(info, config map[string]string) *Node {
	return &Node{State: &desired.State{Redis: &desired.DataNode{}}, server: &server{info: info, config: config}}
}

// TestLongForkIsTold: forks that take long cannot be caused on demand.
func TestLongForkIsTold(t *testing.T) {
	for usec, want := range map[string]diagnosis.Level{"99999": diagnosis.OK, "100000": diagnosis.Warning} {
		node := answering(map[string]string{"latest_fork_usec": usec}, map[string]string{"save": ""})
		report := Examine(node, []Check{snapshotStalls()})
		if report.Findings[0].Level != want {
			t.Errorf("%s µs: %+v", usec, report.Findings)
		}
	}
}

// TestWhatCannotBeFoundOut: a server that cannot be asked is unknown, not in order.
func TestWhatCannotBeFoundOut(t *testing.T) {
	node := answering(nil, nil)
	node.server.err = os.ErrDeadlineExceeded
	report := Examine(node, []Check{memory(), quorum()})
	if got := fmt.Sprintf("%s %s", report.Findings[0].Level, report.Findings[1].Level); got != "unknown skipped" {
		t.Errorf("levels %s", got)
	}
	if code := ExitCode(report); code != diagnosis.ExitUnknown {
		t.Errorf("exit code %d", code)
	}
}

// TestEndOfDump: with and without a checksum.
func TestEndOfDump(t *testing.T) {
	for content, want := range map[string]bool{
		"REDIS0011\xff12345678": true, "REDIS0011\xff1234567": false, "REDIS0003\xff": true, "REDIS0003x": false,
	} {
		path := filepath.Join(t.TempDir(), "dump.rdb")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		version := int(content[8]-'0') + 10*int(content[7]-'0')
		if got, err := endsProperly(path, version); err != nil || got != want {
			t.Errorf("%q: %v, %v", content, got, err)
		}
	}
}
