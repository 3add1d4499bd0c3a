package liveconfig

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/node/redisconf"
)

func TestCompare(t *testing.T) {
	wanted := redisconf.Settings{
		"hz": "10", "io-threads": "1", "dir": "/a", "port": "6379", "not-known-there": "1", "timeout": "60",
	}
	live := redisconf.Settings{
		"hz": "20", "io-threads": "4", "dir": "/b", "port": "6379", "timeout": "60", "requirepass": "left over", "slowlog-max-len": "1",
	}
	hot, cold := Compare(wanted, live)
	if diff := cmp.Diff([]Change{{"hz", "20", "10"}, {"requirepass", "left over", ""}}, hot); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Change{{"io-threads", "4", "1"}}, cold); diff != "" {
		t.Error(diff)
	}
}

func TestChangesHideSecrets(t *testing.T) {
	if got := (Change{"requirepass", "", "pw"}).String(); got != "requirepass: changed (values are not shown)" {
		t.Error(got)
	}
	if got := (Change{"hz", "10", "20"}).String(); got != "hz: 10 -> 20" {
		t.Error(got)
	}
}

func TestPasswordIsSetBeforeListeningWidens(t *testing.T) {
	if rank(Change{Name: "requirepass", To: "pw"}) >= rank(Change{Name: "bind", To: "0.0.0.0"}) {
		t.Error("the server would listen before it has its password")
	}
	if rank(Change{Name: "requirepass"}) <= rank(Change{Name: "bind", To: "127.0.0.1"}) {
		t.Error("the server would lose its password before it stops listening")
	}
}
