package doctor

import (
	"strconv"
)

// quorum finds tiers that cannot fail over.
func quorum() Check {
	return Check{
		Name: "quorum",
		Detects: "too few Sentinels for a failover, Sentinels and servers that this one cannot reach, and a quorum that is 1 or more than there are Sentinels; " +
			"fewer than three Sentinels, or an even number",
		Why:   "without a majority of Sentinels there is no failover: the next dead primary stays dead; a quorum of 1 lets one confused Sentinel begin one",
		Cure:  "bring the missing Sentinels back (gitlab-ctl doctor boot on their nodes); three or five nodes with one Sentinel each and sentinel['quorum'] = 2 or 3",
		needs: sentinel,
		run:   lookAtQuorum,
	}
}

// fewest is how many Sentinels a tier needs to survive the loss of one.
const fewest = 3

func lookAtQuorum(n *Node, f *findings) {
	s := n.sentinel()
	answer, err := s.client.Do("SENTINEL", "CKQUORUM", n.State.Sentinel.Watched)
	if err != nil {
		f.fail("", "no failover is possible: %v", err)
	}
	others, errOthers := strconv.Atoi(s.primary["num-other-sentinels"])
	needed, errNeeded := strconv.Atoi(s.primary["quorum"])
	if errOthers != nil || errNeeded != nil {
		f.unknown("SENTINEL MASTER tells neither the other Sentinels nor the quorum")
		return
	}
	count := others + 1
	switch {
	case needed > count:
		f.fail("", "the quorum is %d, and there are %d Sentinels: it is never reached", needed, count)
	case needed == 1 && count >= fewest:
		f.warn("set sentinel['quorum'] = "+strconv.Itoa(count/2+1)+" on every node", "the quorum is 1 of %d Sentinels", count)
	}
	switch {
	case count < fewest:
		f.warn("", "%d Sentinels: when one is gone there is no majority", count)
	case count%2 == 0:
		f.warn("", "%d Sentinels: an even number survives no more losses than one less, and can be halved", count)
	}
	if down(s.primary) {
		f.fail("gitlab-ctl doctor on its node", "this Sentinel does not reach the primary %s", placed(s.primary["ip"], s.primary["port"]))
	}
	for _, what := range []string{"SENTINELS", "REPLICAS"} {
		n.lookForDown(what, f)
	}
	f.otherwise("%v", answer)
}

// lookForDown names the peers that are not there.
func (n *Node) lookForDown(what string, f *findings) {
	all, err := n.instances(what)
	if err != nil {
		f.unknown("%v", err)
		return
	}
	kind := map[string]string{"SENTINELS": "Sentinel", "REPLICAS": "replica"}[what]
	for _, instance := range all {
		if down(instance) {
			f.warn("", "this Sentinel does not reach the %s %s", kind, placed(instance["ip"], instance["port"]))
		}
	}
}
