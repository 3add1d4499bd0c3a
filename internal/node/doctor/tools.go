package doctor

import (
	"redoubt/internal/node/connection"
	"redoubt/internal/node/desired"
)

// tools finds what keeps gitlab-redis-cli and gitlab-ctl get-redis-master from their server.
func tools() Check {
	return Check{
		Name:    "tools",
		Detects: "that gitlab-redis-cli cannot log in (the running password is another than the file's, node.json is missing), or get-redis-master gets no answer",
		Why:     "tools that fail for want of a password are missed in the middle of an incident, when one looks for the primary",
		Cure:    "gitlab-ctl reconfigure writes the files that they read, and sets the running password",
		needs:   state,
		run:     lookAtTools,
	}
}

func lookAtTools(n *Node, f *findings) {
	if n.State.Redis != nil {
		n.lookAtRedisTools(f)
	}
	if n.State.Sentinel != nil {
		n.lookAtSentinelTools(f)
	}
	if len(n.State.Services()) == 0 {
		f.skip("this node runs neither Redis nor Sentinel")
		return
	}
	f.otherwise("gitlab-redis-cli and get-redis-master reach their servers and are let in")
}

func (n *Node) lookAtRedisTools(f *findings) {
	if _, err := connection.OfNode(n.Layout); err != nil {
		f.fail("", "gitlab-redis-cli does not know where to go: %v", err)
		return
	}
	if err := n.redisErr(); err != nil {
		f.fail("", "gitlab-redis-cli gets no answer: %v", err)
		return
	}
	switch s := n.redis(); {
	case s.configCommand == "":
		f.warn("do not disable CONFIG in redis['rename_commands']; give it another name", "CONFIG is disabled: reconfigure has to restart Redis for every change")
	case s.config == nil:
		f.warn("", "%s GET is refused: reconfigure has to restart Redis for every change", s.configCommand)
	}
}

func (n *Node) lookAtSentinelTools(f *findings) {
	if err := n.sentinelErr(); err != nil {
		f.fail("", "get-redis-master gets no answer from this node's Sentinel: %v", err)
		return
	}
	if n.sentinel().primary["ip"] == "" {
		f.fail("", "this node's %s knows no primary %q", desired.SentinelName, n.State.Sentinel.Watched)
	}
}
