package rejoin

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// node is a server at 127.0.0.1:7000 of a tier with three Sentinels, whose own one listens at sentinelPort.
func node(t *testing.T, conf string, sentinelPort int, peers ...string) (*Node, bool) {
	t.Helper()
	directory := t.TempDir()
	redisConf, sentinelConf := filepath.Join(directory, "redis.conf"), filepath.Join(directory, "sentinel.conf")
	conf = "bind 127.0.0.1\nport 7000\ndbfilename dump.rdb\ndir " + directory + "\n" + conf
	sentinel := fmt.Sprintf("bind 127.0.0.1\nport %d\nsentinel monitor tier 127.0.0.1 7000 2\nsentinel down-after-milliseconds tier 1000\nsentinel failover-timeout tier 2000\n", sentinelPort)
	for _, peer := range peers {
		sentinel += "sentinel known-sentinel tier " + peer + " " + strings.Repeat("a", 40) + "\n"
	}
	for path, text := range map[string]string{redisConf: conf, sentinelConf: sentinel} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, ok, err := Load(redisConf, sentinelConf)
	if err != nil {
		t.Fatal(err)
	}
	return n, ok
}

func TestWhoNeedNotAsk(t *testing.T) {
	for name, test := range map[string]struct {
		conf  string
		peers []string
		want  bool
	}{
		"a primary of a formed tier":  {"", []string{"127.0.0.1 1"}, true},
		"a replica":                   {"replicaof 127.0.0.1 7001\n", []string{"127.0.0.1 1"}, false},
		"a tier that is being set up": {"", nil, false},
	} {
		if _, ok := node(t, test.conf, 1, test.peers...); ok != test.want {
			t.Errorf("%s: asks %v", name, ok)
		}
	}
}

func TestJudge(t *testing.T) {
	self := func(epoch int64, replicas, alive int) opinion {
		return opinion{host: "127.0.0.1", port: 7000, epoch: epoch, replicas: replicas, alive: alive}
	}
	other := func(epoch int64) opinion { return opinion{host: "127.0.0.1", port: 7001, epoch: epoch} }
	const long = time.Hour
	for name, test := range map[string]struct {
		conf     string
		data     bool
		opinions []opinion
		waited   time.Duration
		want     decision
	}{
		"another primary":                       {"", true, []opinion{other(3)}, 0, follow},
		"the Sentinel that missed the failover": {"", true, []opinion{self(2, 2, 2), other(3), other(3)}, 0, follow},
		"an old opinion":                        {"", true, []opinion{self(4, 2, 2), other(3), self(4, 2, 2)}, 0, start},
		"the only answer may be old":            {"", true, []opinion{self(2, 2, 2)}, 0, wait},
		"nobody answers, with data":             {"", true, nil, long, start},
		"most agree, with data":                 {"", true, []opinion{self(2, 2, 2), self(2, 2, 2)}, 0, start},
		"empty, replicas live":                  {"", false, []opinion{self(2, 2, 2), self(2, 2, 2)}, 0, wait},
		"empty, replicas live, for long":        {"", false, []opinion{self(2, 2, 1), self(2, 2, 1)}, long, wait},
		"empty, replicas are dead":              {"", false, []opinion{self(2, 2, 0), self(2, 2, 0)}, 0, wait},
		"empty, replicas are dead for long":     {"", false, []opinion{self(2, 2, 0), self(2, 2, 0)}, long, start},
		"empty, never had a replica":            {"", false, []opinion{self(0, 0, 0), self(0, 0, 0)}, 0, start},
		"empty, nobody answers":                 {"", false, nil, quorumWait, wait},
		"empty, nobody answers for long":        {"", false, nil, long, start},
		"old data, as nothing is saved":         {"save \"\"\n", true, []opinion{self(2, 2, 2), self(2, 2, 2)}, 0, wait},
		"an append-only file that is not there": {"appendonly yes\nappendfilename a\n", true, []opinion{self(2, 2, 2), self(2, 2, 2)}, 0, wait},
	} {
		n, _ := node(t, test.conf, 1, "127.0.0.1 2", "127.0.0.1 3")
		if test.data {
			if err := os.WriteFile(filepath.Join(filepath.Dir(n.conf), "dump.rdb"), []byte("REDIS0010"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := n.judge(test.opinions, test.waited); got.what != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// fakeSentinel names primaries: the first ones in turn, then the last for ever.
func fakeSentinel(t *testing.T, primaries ...int) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			primary := primaries[min(n, len(primaries)-1)]
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				switch lines.Text() {
				case "MASTER":
					fmt.Fprintf(conn, "*6\r\n+ip\r\n+127.0.0.1\r\n+port\r\n+%d\r\n+config-epoch\r\n+1\r\n", primary)
				case "REPLICAS":
					fmt.Fprint(conn, "*1\r\n*4\r\n+ip\r\n+127.0.0.1\r\n+flags\r\n+slave\r\n")
				}
			}
			conn.Close()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

// TestEmptyPrimaryBecomesAReplica: two Sentinels name this server until the failover has happened; then it follows.
func TestEmptyPrimaryBecomesAReplica(t *testing.T) {
	first, second := fakeSentinel(t, 7000, 7001), fakeSentinel(t, 7000, 7001)
	n, ok := node(t, "", first, fmt.Sprintf("127.0.0.1 %d", second))
	if !ok {
		t.Fatal("it does not ask")
	}
	var said []string
	if err := n.Wait(func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(n.conf)
	if err != nil || !strings.HasSuffix(string(content), "\nreplicaof 127.0.0.1 7001\n") {
		t.Errorf("redis.conf %s, error %v", content, err)
	}
	if text := strings.Join(said, "\n"); !strings.Contains(text, "1 replicas have it") || !strings.Contains(text, "starting as its replica") {
		t.Errorf("said %q", said)
	}
}

func TestIdentity(t *testing.T) {
	n, _ := node(t, "tls-port 7443\nreplica-announce-ip redis1.example.com\nreplica-announce-port 9000\n", 1, "127.0.0.1 2")
	for _, test := range []struct {
		host string
		port int
		want bool
	}{
		{"127.0.0.1", 7000, true}, {"127.0.0.1", 7443, true}, {"redis1.example.com", 9000, true}, {"localhost", 7000, true},
		{"127.0.0.1", 7001, false}, {"203.0.113.1", 7000, false},
	} {
		if got := n.self.is(test.host, test.port); got != test.want {
			t.Errorf("%s:%d is this server: %v", test.host, test.port, got)
		}
	}
}
