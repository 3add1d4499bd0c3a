package doctor

import (
	"fmt"

	"redoubt/internal/node/plan"
)

// emptyPrimary finds what makes replicas replace their data by nothing.
func emptyPrimary() Check {
	return Check{
		Name: "empty-primary",
		Detects: "a primary with replicas that would come back empty from a restart (it keeps nothing on disk), one that is empty already, " +
			"and a primary beside the one that Sentinel names",
		Why:   "replicas copy whatever their primary has; one that is back, empty, before Sentinel has noticed its absence deletes the data of the whole tier",
		Cure:  "let the primary save (redis['save']), and run a Sentinel on its node: a start then asks it first; redis['startup_delay'] where there is none",
		needs: live,
		run:   lookAtEmptyPrimary,
	}
}

func lookAtEmptyPrimary(n *Node, f *findings) {
	if !n.replicated() {
		f.skip("this Redis is on its own: no Sentinel, no replicas")
		return
	}
	if !n.isPrimary() {
		f.ok("a replica, which starts with what its primary has")
		return
	}
	n.lookForOtherPrimary(f)
	keepsNothing := n.setting("save") == "" && n.setting("appendonly") != "yes"
	switch guarded := n.State.Sentinel != nil || n.State.Redis.Definition.StartupDelaySeconds > 0; {
	case keepsNothing && guarded:
		f.warn("", "this primary keeps nothing on disk: after its process ends it waits until Sentinel has made a replica the primary; without a replica the data is gone")
	case keepsNothing:
		f.fail("", "this primary keeps nothing on disk, and nothing makes it wait: after its process ends its replicas become empty with it")
	}
	if aside := n.largestAside(); plan.Keys(n.redis().info) == 0 && aside != "" {
		f.fail("gitlab-ctl stop redis on all nodes, look for the file with the data, put it in place of dump.rdb on the primary, start it first",
			"this primary is empty, and so are its replicas; there is data in %s", aside)
	}
	f.otherwise("this primary has its data on disk, and is the one that Sentinel names")
}

// lookForOtherPrimary asks the Sentinel of this node.
func (n *Node) lookForOtherPrimary(f *findings) {
	if n.State.Sentinel == nil || n.sentinelErr() != nil {
		return
	}
	named := n.sentinel().primary
	theirs, err := n.runID(named["ip"], named["port"])
	if err != nil || theirs == n.redis().info["run_id"] {
		return // whether it answers is for the checks logins and quorum
	}
	f.fail("gitlab-ctl restart redis: it asks Sentinel and starts as a replica", "this Redis is a primary, and Sentinel names another: %s. "+
		"What is written here will be lost", placed(named["ip"], named["port"]))
}

// runID identifies the process of a server of the tier.
func (n *Node) runID(host, port string) (string, error) {
	var number int
	if _, err := fmt.Sscan(port, &number); err != nil {
		return "", fmt.Errorf("port %q: %w", port, err)
	}
	info, err := askInfo(n.peer(host, number, n.setting("masterauth")))
	return info["run_id"], err
}
