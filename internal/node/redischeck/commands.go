package redischeck

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// need is a group of commands that GitLab sends, tried on a key (or channel) that nobody else uses.
type need struct {
	check string
	calls [][]string
	why   string
	cure  string
}

// keyPlace stands for the key in calls.
const keyPlace = "KEY"

func needs() []need {
	allow := "allow the user the command: ACL SETUSER NAME +%s; a managed service may list it as restricted"
	return []need{
		{"client", [][]string{{"CLIENT", "SETNAME", "redis-check"}, {"CLIENT", "ID"}}, "GitLab names its connections",
			"set gitlab_rails['redis_enable_client'] = false (Google Memorystore has no CLIENT), or " + fmt.Sprintf(allow, "client")},
		{"scripts", [][]string{{"EVAL", "return redis.call('EXISTS', KEYS[1])", "1", keyPlace}, {"SCRIPT", "LOAD", "return 1"}},
			"Sidekiq, locks and rate limits are Lua scripts", fmt.Sprintf(allow, "@scripting")},
		{"writes", [][]string{{"SET", keyPlace, "1", "PX", "2000"}, {"GET", keyPlace}, {"DEL", keyPlace}}, "GitLab stores everything here",
			"see the error: OOM means that the memory is full, READONLY a replica, MISCONF a failed snapshot, NOPERM a missing right"},
		{"blocking", [][]string{{"BRPOP", keyPlace, "0.05"}}, "Sidekiq and Workhorse wait for work with blocking commands", fmt.Sprintf(allow, "@blocking")},
		{"transactions", [][]string{{"MULTI"}, {"EXISTS", keyPlace}, {"EXEC"}}, "Sidekiq queues jobs in transactions", fmt.Sprintf(allow, "@transaction")},
		{"publish", [][]string{{"PUBLISH", keyPlace, "1"}, {"SUBSCRIBE", keyPlace}, {"UNSUBSCRIBE", keyPlace}}, "ActionCable and Workhorse are told about news by publish/subscribe",
			fmt.Sprintf(allow, "@pubsub") + " and the channels: allchannels"},
		{"scan", [][]string{{"SCAN", "0", "COUNT", "1"}}, "clean-up tasks walk the keys with SCAN", fmt.Sprintf(allow, "scan")},
	}
}

// commands tries what GitLab sends.
func (c *checker) commands() {
	key := "gitlab-redis-check:" + rand.Text()
	var allowed []string
	for _, need := range needs() {
		if need.check == "client" && !c.target.ClientCommand {
			c.Skip("client", "gitlab_rails['redis_enable_client'] is false: GitLab does not send CLIENT")
			continue
		}
		if err := c.try(need, key); err != nil {
			c.fail(need.check, err.Error(), need.why, need.cure)
			continue
		}
		allowed = append(allowed, need.check)
	}
	if len(allowed) > 0 {
		c.Good("commands", "allowed: %s", strings.Join(allowed, ", "))
	}
}

func (c *checker) try(need need, key string) error {
	for _, call := range need.calls {
		request := make([]string, len(call))
		for n, word := range call {
			if request[n] = word; word == keyPlace {
				request[n] = key
			}
		}
		if _, err := c.client.Do(request...); err != nil {
			return fmt.Errorf("%s: %w", call[0], err)
		}
	}
	return nil
}
