package doctor

import (
	"strings"

	"redoubt/internal/node/plan"
)

// settings finds settings of gitlab.rb that the files or the running processes do not have.
func settings() Check {
	return Check{
		Name:    "settings",
		Detects: "settings of gitlab.rb that the files, the running Redis or the running Sentinel do not have (changed by CONFIG SET or SENTINEL SET, or never applied)",
		Why:     "what was set is believed to hold: a password, a bind address, Sentinel's quorum and patience; a restart brings back what nobody expects",
		Cure:    "gitlab-ctl reconfigure applies them; gitlab-ctl reconfigure --dry-run shows what it would do",
		needs:   state,
		run:     lookAtSettings,
	}
}

func lookAtSettings(n *Node, f *findings) {
	if n.Plan == nil {
		f.unknown("the machine cannot be compared with gitlab.rb (see the check reconfigure)")
		return
	}
	for _, action := range n.Plan.Actions {
		switch action.(type) {
		case plan.WriteFile, plan.SetLive, plan.SetSentinel, plan.SetMode, plan.SetOwner:
			f.warn("", "not applied: %s", action)
		}
	}
	if n.State.Sentinel != nil && n.sentinelErr() == nil {
		n.lookAtSentinelSettings(f)
	}
	f.otherwise("files and processes are as gitlab.rb says")
}

// lookAtSentinelSettings asks the process: its file may say something else.
func (n *Node) lookAtSentinelSettings(f *findings) {
	live := n.sentinel().primary
	for _, directive := range n.State.Sentinel.Primary {
		wanted := strings.Join(directive.Args, " ")
		if have, told := live[directive.Name]; told && have != wanted {
			f.warn("", "the running Sentinel has %s %s, gitlab.rb says %s", directive.Name, have, wanted)
		}
	}
}
