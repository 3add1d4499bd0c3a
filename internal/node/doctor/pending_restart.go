package doctor

import (
	"os"
	"strings"
	"time"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/plan"
)

// pendingRestart finds restarts and changes of role that the next reconfigure would bring.
func pendingRestart() Check {
	return Check{
		Name:    "pending-restart",
		Detects: "that the next reconfigure would restart Redis or Sentinel, or make this node primary or replica, and a restart that waits while this node is the primary",
		Why:     "a restart that nobody expects is a failover with lost writes; a role that is set back after a failover loses everything since",
		Cure:    "run gitlab-ctl reconfigure at a moment of your choice; on the primary of a tier after SENTINEL FAILOVER; replicas first",
		needs:   state,
		run:     lookAtPendingRestart,
	}
}

func lookAtPendingRestart(n *Node, f *findings) {
	if n.Plan == nil {
		f.unknown("the machine cannot be compared with gitlab.rb (see the check reconfigure)")
		return
	}
	restarts := map[string]bool{}
	for _, action := range n.Plan.Actions {
		switch action := action.(type) {
		case plan.RestartService:
			restarts[action.Service] = true
			f.warn("", "the next reconfigure restarts %s: %s", action.Service, strings.Join(action.Reasons, "; "))
		case plan.ReplaceSentinelConf:
			restarts[action.Service] = true
			f.warn("", "the next reconfigure restarts %s: %s", action.Service, strings.Join(plan.Describe(action).Reasons, "; "))
		case plan.SetRole:
			f.warn("if the present role is right, change redis['master_ip'] and the role in gitlab.rb first", "the next reconfigure would %s", action)
		}
	}
	for _, service := range n.State.Services() {
		if marker := plan.RestartMarker(n.Layout, service.Name); exists(marker) && !restarts[service.Name] && n.holdsRestart(service, marker) {
			f.warn("", "%s waits for a restart (%s) until this node is not the primary any more", service.Name, marker)
		}
	}
	f.otherwise("the next reconfigure restarts nothing and changes no role")
}

// holdsRestart says whether a marker is newer than the process.
func (n *Node) holdsRestart(service *desired.Service, marker string) bool {
	status, running := n.status(service.Name)
	return running && status.PID != 0 && youngerThan(marker, status.Age)
}

// youngerThan says whether a file was written less than age ago.
func youngerThan(path string, age time.Duration) bool {
	info, err := os.Stat(path)
	return err == nil && time.Since(info.ModTime()) < age
}
