package ctl

import (
	"os"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/diagnosis"
	"redoubt/internal/node/doctor"
	"redoubt/internal/node/plan"
	"redoubt/internal/node/supervise"
)

// doctorCommand makes the checks of the doctor, or some of them. Exit codes: 0 no problem (perhaps warnings), 1 wrong usage,
// 2 a problem, 3 no problem, but something could not be found out.
func doctorCommand(i *invocation) int {
	checks, err := doctor.Choose(i.args)
	if err != nil {
		return i.fail(err)
	}
	if i.has("--list") {
		for _, check := range checks {
			i.printf("%-16s %s\n", check.Name, check.Detects)
		}
		return exitOK
	}
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	report := doctor.Examine(i.patient(), checks)
	if i.has("--json") {
		if err := diagnosis.WriteJSON(i.stdout, []*diagnosis.Report{report}); err != nil {
			return i.fail(err)
		}
	} else {
		report.PrintGrouped(i.stdout, i.has("-q", "--quiet"))
	}
	return doctor.ExitCode(report)
}

// patient collects what the checks look at. What cannot be had is for the checks to tell.
func (i *invocation) patient() *doctor.Node {
	node := &doctor.Node{Layout: i.layout}
	node.Services, node.Unsupervised = supervise.Client{Layout: i.layout}.Status()
	binary, err := os.Executable()
	if err != nil {
		node.Problem = err
		return node
	}
	if node.Config, node.Problem = evaluate(i.layout); node.Problem != nil {
		return node
	}
	if node.State, node.Problem = desired.FromConfig(node.Config, environment(i.layout, binary)); node.Problem != nil {
		return node
	}
	node.Plan, node.Problem = plan.Build(node.State)
	return node
}
