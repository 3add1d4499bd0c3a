package ctl

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"time"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/plan"
)

// exitChanges says that reconfigure would change something.
const exitChanges = 2

// rehearsal is what reconfigure --dry-run --json prints.
type rehearsal struct {
	Changes      bool         `json:"changes"`
	Actions      []plan.Entry `json:"actions"`
	Restarts     []string     `json:"restarts"` // services
	Removals     []string     `json:"removals"`
	Deprecations []string     `json:"deprecations"`
	Warnings     []string     `json:"warnings"`
	Notes        []string     `json:"notes"`
}

// rehearse shows what reconfigure would do and changes nothing.
func (i *invocation) rehearse() int {
	state, wanted, err := i.compare()
	if err != nil {
		return i.fail(err)
	}
	if i.has("--json") {
		err = i.printJSON(state, wanted)
	} else {
		i.printWouldDo(wanted)
		i.report(state, wanted)
	}
	switch {
	case err != nil:
		return i.fail(err)
	case len(wanted.Actions) > 0:
		return exitChanges
	}
	return exitOK
}

// checkConfig is a rehearsal for which a difference is no failure. With a version, as before an upgrade of GitLab, it fails
// for settings that GitLab's package does not have any more.
func checkConfig(i *invocation) int {
	state, wanted, err := i.compare()
	if err != nil {
		return i.fail(err)
	}
	i.printWouldDo(wanted)
	i.report(state, wanted)
	version, given := i.values["--version"]
	if !given {
		version, given = i.values["-v"]
	}
	if !given {
		return exitOK
	}
	if !gitlabVersion.MatchString(version) {
		return i.fail(fmt.Errorf("--version wants a version of GitLab such as 18.2 or 18.2.1, not %q", version))
	}
	if len(state.Removals) == 0 {
		return exitOK
	}
	i.printf("\nDeprecations found. Please correct them and try again.\n")
	if i.has("--no-fail", "-n") {
		return exitOK
	}
	return exitFailure
}

var gitlabVersion = regexp.MustCompile(`^\d+(\.\d+){0,2}`)

func (i *invocation) printWouldDo(wanted *plan.Plan) {
	if len(wanted.Actions) == 0 {
		i.printf("This node matches gitlab.rb.\n")
		return
	}
	i.printf("gitlab.rb is fine. gitlab-ctl reconfigure would:\n")
	for _, action := range wanted.Actions {
		i.printf("  - %s\n", action)
	}
}

func (i *invocation) printJSON(state *desired.State, wanted *plan.Plan) error {
	shown := rehearsal{
		Changes: len(wanted.Actions) > 0, Actions: []plan.Entry{}, Restarts: []string{},
		Removals: listed(state.Removals), Deprecations: listed(state.Deprecations), Warnings: listed(state.Warnings), Notes: listed(wanted.Notes),
	}
	for _, action := range wanted.Actions {
		shown.Actions = append(shown.Actions, plan.Describe(action))
		if restart, ok := action.(plan.RestartService); ok {
			shown.Restarts = append(shown.Restarts, restart.Service)
		}
	}
	encoder := json.NewEncoder(i.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(shown)
}

// listed is lines as a JSON array, never null.
func listed(lines []string) []string { return append([]string{}, lines...) }

func (i *invocation) printPlan(wanted *plan.Plan) {
	if len(wanted.Actions) == 0 {
		i.printf("This node matches gitlab.rb already: nothing to change.\n")
		return
	}
	i.printf("Plan:\n")
	for _, action := range wanted.Actions {
		i.printf("  - %s\n", action)
	}
	i.printf("Applying:\n")
}

// slow is how long an action may take before its end is worth a line.
const slow = time.Second

// progress prints each action when it begins, so that one sees what a run that takes long is waiting for.
type progress struct {
	out   io.Writer
	begun time.Time
}

// Begin implements apply.Progress, as do its sisters.
func (p *progress) Begin(action plan.Action, step, total int) {
	p.begun = time.Now()
	fmt.Fprintf(p.out, "  [%d/%d] %s\n", step, total, action)
}

func (p *progress) Detail(line string) { fmt.Fprintf(p.out, "        %s\n", line) }

func (p *progress) Done() {
	if took := time.Since(p.begun); took >= slow {
		p.Detail(fmt.Sprintf("took %.1f s", took.Seconds()))
	}
}

// updateHint follows the groups that name settings to be changed.
const updateHint = "Update the configuration in your gitlab.rb file or GITLAB_OMNIBUS_CONFIG environment."

// report prints what the operator should read, in the original's groups and after everything else so that it stays in sight.
func (i *invocation) report(state *desired.State, wanted *plan.Plan) {
	if state == nil {
		return
	}
	i.printGroup("Removals:", state.Removals, updateHint)
	i.printGroup("Deprecations:", state.Deprecations, updateHint)
	i.printGroup("Warnings:", state.Warnings, "")
	if wanted != nil {
		i.printGroup("Notes:", wanted.Notes, "")
	}
}

func (i *invocation) printGroup(title string, lines []string, hint string) {
	if len(lines) == 0 {
		return
	}
	i.printf("\n%s\n", title)
	for _, line := range lines {
		i.printf("* %s\n", line)
	}
	if hint != "" {
		i.printf("\n%s\n", hint)
	}
}
