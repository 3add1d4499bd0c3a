package doctor

import (
	"fmt"

	"redoubt/internal/node/plan"
)

// version finds processes that are not of the installed program, and programs that cannot be started.
func version() Check {
	return Check{
		Name:    "version",
		Detects: "a service whose process is not of the installed program file any more",
		Why:     "a restart, wanted or not, starts another version than the one that has proved itself; a probe for versions at the wrong moment has broken reconfigure",
		Cure:    "restart it at a moment of your choice (replicas first): gitlab-ctl restart NAME",
		needs:   state,
		run:     lookAtVersion,
	}
}

func lookAtVersion(n *Node, f *findings) {
	for _, service := range n.State.Services() {
		if status, _ := n.status(service.Name); status.PID != 0 && plan.RunsAnother(status.PID, service.Program) {
			f.warn("gitlab-ctl restart "+service.Name, "%s (pid %d) runs another program file than the installed %s", service.Name, status.PID, service.Program)
		}
	}
	of := ""
	if n.State.Redis != nil {
		of = fmt.Sprintf(": %s", n.State.Redis.Backend)
	}
	f.otherwise("the processes run what is installed%s", of)
}
