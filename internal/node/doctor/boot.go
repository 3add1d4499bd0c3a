package doctor

import (
	"os"
	"time"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/plan"
	"redoubt/internal/node/supervise"
)

// boot finds services that do not run, or will not after a reboot.
func boot() Check {
	return Check{
		Name: "boot",
		Detects: "services that are down, keep ending, or will not be started at the next boot: a left-over down file, no link in the enabled services, " +
			"no systemd unit, no supervisor",
		Why:   "a Redis or Sentinel that stays down after a reboot is not missed until the next failover finds no quorum",
		Cure:  "gitlab-ctl reconfigure, then gitlab-ctl start",
		needs: state,
		run:   lookAtBoot,
	}
}

func lookAtBoot(n *Node, f *findings) {
	if n.Unsupervised != nil {
		f.fail("gitlab-ctl reconfigure starts it", "%v", n.Unsupervised)
	}
	if n.Plan != nil {
		for _, action := range n.Plan.Actions {
			if unit, ok := action.(plan.InstallUnit); ok {
				f.fail("", "nothing starts this node's services at boot: %s", unit)
			}
		}
	}
	for _, service := range n.State.Services() {
		n.lookAtService(service, f)
	}
	f.otherwise("the services run, and will after a boot")
}

// steady is how long a process must run for the failures before it to be history.
const steady = 10 * time.Second

func (n *Node) lookAtService(service *desired.Service, f *findings) {
	if down := supervise.DownFile(n.Layout, service.Name); exists(down) && !service.StartDown {
		f.fail("gitlab-ctl reconfigure removes it", "%s will not be started at boot: %s is left over (gitlab.rb has start_down off)", service.Name, down)
	}
	link, target := supervise.EnabledLink(n.Layout, service.Name)
	if current, err := os.Readlink(link); err != nil || current != target {
		f.fail("", "%s is not enabled: %s is no link to %s", service.Name, link, target)
	}
	status, known := n.status(service.Name)
	switch {
	case n.Unsupervised != nil:
	case !known:
		f.fail("", "the supervisor does not know %s", service.Name)
	case status.PID == 0 && status.WantUp, status.Failures > 1 && status.Age < steady:
		f.fail("read its log: gitlab-ctl tail "+service.Name, "%s keeps ending (%d times in a row); %s", service.Name, status.Failures, status.Line())
	case status.PID == 0 && !service.StartDown:
		f.fail("gitlab-ctl start "+service.Name, "%s", status.Line())
	}
}
