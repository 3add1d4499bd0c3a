package doctor

import (
	"slices"
	"strings"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/supervise"
)

// reconfigure finds what would stop a reconfigure half-way, or has nothing to do with Redis.
func reconfigure() Check {
	return Check{
		Name: "reconfigure",
		Detects: "what makes gitlab-ctl reconfigure fail (an account that may not be created, a file in the way, GitLab's own package), " +
			"and services of other components of GitLab that are enabled here",
		Why:  "a reconfigure that fails is noticed when a change is urgent; tasks of other components fail it for reasons that have nothing to do with Redis",
		Cure: "remove what is named, then run gitlab-ctl reconfigure",
		run:  lookAtReconfigure,
	}
}

func lookAtReconfigure(n *Node, f *findings) {
	if n.Plan == nil {
		f.fail("", "it would fail: %s", brief(n.Problem))
		return
	}
	enabled, err := supervise.Enabled(n.Layout)
	if err != nil {
		f.unknown("%v", err)
		return
	}
	others := slices.DeleteFunc(enabled, func(name string) bool {
		return slices.ContainsFunc(n.State.Services(), func(s *desired.Service) bool { return s.Name == name })
	})
	if len(others) > 0 {
		f.warn("gitlab-ctl reconfigure disables them; their data stays", "enabled, but not part of this node: %s", strings.Join(others, ", "))
	}
	f.otherwise("it would go through, with %d changes", len(n.Plan.Actions))
}
