package doctor

import (
	"fmt"
	"slices"
	"strings"

	"redoubt/internal/node/diagnosis"
	"redoubt/internal/node/redischeck"
)

// memory finds what ends with a full Redis.
func memory() Check {
	return Check{
		Name:    "memory",
		Detects: "no maxmemory, memory that is nearly full, an eviction policy that deletes jobs, and queues of Sidekiq with a million jobs and more",
		Why:     "jobs that nobody works off fill the memory until the kernel kills Redis, or a policy for caches deletes jobs and sessions",
		Cure:    "set redis['maxmemory'] and redis['maxmemory_policy']; for long queues add Sidekiq processes or stop what queues the jobs",
		needs:   live,
		run:     lookAtMemory,
	}
}

// Queues: how many jobs are too many, and how many queues are looked at.
const (
	manyJobs   = 1_000_000
	mostQueues = 1000
)

func lookAtMemory(n *Node, f *findings) {
	f.take(n.judge("memory", "policy"))
	jobs, err := n.queuedJobs()
	switch {
	case err != nil:
		f.unknown("the queues cannot be counted: %v", err)
	case jobs >= manyJobs:
		f.warn("", "%d jobs wait in Sidekiq's queues", jobs)
	case jobs > 0:
		f.ok("%d jobs wait in Sidekiq's queues", jobs)
	}
}

// judge is what some checks of redischeck find in what the server says of itself. A node whose gitlab.rb has it evict is for
// caches.
func (n *Node) judge(checks ...string) []diagnosis.Finding {
	target := redischeck.Target{Class: redischeck.Default}
	if policy := n.wanted()["maxmemory-policy"]; policy != "" && policy != "noeviction" {
		target.Class = "cache"
	}
	return slices.DeleteFunc(redischeck.Judge(target, n.redis().info, n.redis().config).Findings, func(found diagnosis.Finding) bool {
		return !slices.Contains(checks, found.Check)
	})
}

// queuedJobs counts the jobs of all queues, under either name that GitLab has had for them.
func (n *Node) queuedJobs() (int64, error) {
	client, total := n.redis().client, int64(0)
	for _, prefix := range []string{"", "resque:gitlab:"} {
		reply, err := client.Do("SSCAN", prefix+"queues", "0", "COUNT", fmt.Sprint(mostQueues))
		if err != nil {
			return 0, err
		}
		page, _ := reply.([]any)
		if len(page) != 2 {
			return 0, fmt.Errorf("SSCAN answers %v", reply)
		}
		names, _ := page[1].([]any)
		for _, name := range names {
			length, err := client.Do("LLEN", prefix+"queue:"+fmt.Sprint(name))
			if err != nil && strings.HasPrefix(err.Error(), "WRONGTYPE") {
				continue
			}
			if err != nil {
				return 0, err
			}
			count, _ := length.(int64)
			total += count
		}
	}
	return total, nil
}
