package doctor

import "strings"

// firewallRules finds live rules that are not those of gitlab.rb.
func firewallRules() Check {
	return Check{
		Name:    "firewall",
		Detects: "live firewall rules that are not those of redis['allowed_cidrs'] and sentinel['allowed_cidrs']",
		Why:     "a missing rule leaves the port open to everybody; one too many cuts a replica, a Sentinel or an application node off (\"No sentinels available\")",
		Cure:    "gitlab-ctl reconfigure puts the rules right; gitlab-ctl firewall show prints the live ones",
		needs:   state,
		run:     lookAtFirewall,
	}
}

func lookAtFirewall(n *Node, f *findings) {
	switch {
	case n.Layout.Relocated():
		f.skip("below another root the machine's firewall is left alone")
		return
	case len(n.State.Firewall) == 0:
		f.skip("gitlab.rb guards nothing: neither redis['allowed_cidrs'] nor sentinel['allowed_cidrs'] is set")
		return
	}
	difference, err := n.State.Firewall.Compare()
	if err != nil {
		f.unknown("%v", err)
		return
	}
	if len(difference.Missing) > 0 {
		f.fail("", "missing: %s", strings.Join(difference.Missing, "; "))
	}
	if len(difference.Foreign) > 0 {
		f.fail("", "not of gitlab.rb: %s", strings.Join(difference.Foreign, "; "))
	}
	f.otherwise("the live rules are those of gitlab.rb")
}
