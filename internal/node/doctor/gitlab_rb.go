package doctor

import (
	"errors"

	"redoubt/internal/node/desired"
)

// gitlabRb finds what is in gitlab.rb from old or wrong documentation.
func gitlabRb() Check {
	return Check{
		Name:    "gitlab-rb",
		Detects: "a gitlab.rb that cannot be read, or with settings that are former names, have no effect, contradict each other or are not known",
		Why:     "a setting that does not do what it says is believed in until the day when it counts",
		Cure:    "change the line; gitlab-ctl check-config shows what it then does, docs/guides/gitlab-rb.md lists every setting",
		run:     lookAtGitlabRb,
	}
}

func lookAtGitlabRb(n *Node, f *findings) {
	if n.State == nil {
		f.fail("", "%s", brief(n.Problem))
		return
	}
	for _, lines := range [][]string{n.State.Removals, n.State.Deprecations, n.State.Warnings} {
		for _, line := range lines {
			f.warn("", "%s", line)
		}
	}
	f.otherwise("%s is in order", n.Layout.ConfigFile())
}

// brief is an error without what may be secret in it.
func brief(err error) string {
	var failed *desired.CommandError
	if errors.As(err, &failed) {
		return failed.Brief() + " (what it printed may be secret; gitlab-ctl check-config shows it)"
	}
	return err.Error()
}
