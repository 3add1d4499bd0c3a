//go:build tier

package tier

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/wire"
)

// dataset fills every type; fill adds large values.
var dataset = []string{
	"SET s value", "SET n 12345", "SET ttl v EX 100000", "RPUSH l a b c", "SADD ints 1 2 3", "SADD set a b c", "HSET h f v g w",
	"ZADD z 1 a 2.5 b inf c", "XADD x 1-1 f v", "XADD x 2-1 f w", "XGROUP CREATE x group 0", "XREADGROUP GROUP group me COUNT 1 STREAMS x >",
	"PFADD hll a b c", "SETBIT bits 1000 1", "GEOADD geo 13.361389 38.115556 Palermo", "SELECT 3", "SET other database", "SELECT 0",
}

// questions are what must have the same answers afterwards.
var questions = []string{
	"GET s", "GET n", "EXPIRETIME ttl", "LRANGE l 0 -1", "SMISMEMBER ints 1 2 3 4", "SCARD set", "HGET h g", "ZRANGE z 0 -1 WITHSCORES",
	"XRANGE x - +", "XPENDING x group", "PFCOUNT hll", "GETBIT bits 1000", "GEOPOS geo Palermo", "DBSIZE",
	"LLEN biglist", "LINDEX biglist 4999", "HGET bighash f4999", "ZSCORE bigzset m4999", "SISMEMBER bigset m4999", "SELECT 3", "GET other",
}

// TestBackendChangeKeepsData: from redoubt to Redis and back, with the real servers.
func TestBackendChangeKeepsData(t *testing.T) {
	t.Parallel()
	n := newNode(t, "10.0.0.51")
	n.password = "pw"
	file := "redis['bind'] = '10.0.0.51'\nredis['port'] = 6379\nredis['password'] = 'pw'\n"
	n.write(file)
	begun := time.Now()
	n.reconfigure()
	t.Logf("first reconfigure: %v", time.Since(begun).Round(time.Millisecond))
	n.fill()
	want := n.answers()
	for _, step := range []struct{ line, says, server string }{
		{"redis['backend'] = 'redis'\n", "change the backend from redoubt to redis 7.0.15", "redis_version:7.0"},
		{"", "change the backend from redis to redoubt", "redoubt_version:"},
		{"redis['backend'] = 'redis'\nredis['save'] = ['']\n", "change the backend from redoubt to redis", "redis_version:7.0"},
		{"redis['backend'] = 'redoubt'\n", "change the backend from redis to redoubt", "redoubt_version:"},
	} {
		n.write(file + step.line)
		if output := n.reconfigure(); !strings.Contains(output, step.says) {
			t.Errorf("%q is missing in %s", step.says, output)
		}
		if info, err := n.redis("INFO", "server"); err != nil || !strings.Contains(fmt.Sprint(info), step.server) {
			t.Fatalf("after %q: another server runs: %v %v", step.line, info, err)
		}
		if got := n.answers(); got != want {
			t.Fatalf("after %q the data is\n%s\nand was\n%s", step.line, got, want)
		}
		before := n.pids()["redis"]
		begun := time.Now()
		if output := n.reconfigure(); !strings.Contains(output, "nothing to change") || n.pids()["redis"] != before {
			t.Errorf("a second run after %q: %s", step.line, output)
		}
		t.Logf("reconfigure without a change: %v", time.Since(begun).Round(time.Millisecond))
	}
}

func (n *node) fill() {
	n.t.Helper()
	commands := dataset
	for i := range 5000 {
		commands = append(commands, fmt.Sprintf("RPUSH biglist e%d", i), fmt.Sprintf("HSET bighash f%d v%d", i, i),
			fmt.Sprintf("ZADD bigzset %d.5 m%d", i, i), fmt.Sprintf("SADD bigset m%d", i))
	}
	for _, answer := range n.converse(commands) {
		if strings.Contains(answer, "ERR") {
			n.t.Fatal(answer)
		}
	}
}

func (n *node) answers() string { return strings.Join(n.converse(questions), "\n") }

// converse sends commands over one connection. A server that still loads its data is waited for.
func (n *node) converse(commands []string) []string {
	n.t.Helper()
	eventually(n.t, formedSoon, "loading", func() string {
		if _, err := n.redis("PING"); err != nil {
			return err.Error()
		}
		return ""
	})
	client, err := wire.Dial(wire.Address{Host: n.ip, Port: 6379, Password: n.password}, 5*time.Second)
	if err != nil {
		n.t.Fatal(err)
	}
	defer client.Close() // every answer was read
	var answers []string
	for _, command := range commands {
		reply, err := client.Do(strings.Fields(command)...)
		var refused wire.ServerError
		if err != nil && !errors.As(err, &refused) {
			n.t.Fatal(err)
		}
		answers = append(answers, fmt.Sprint(command, ": ", reply, " ", err))
	}
	return answers
}
