//go:build tier

package tier

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/diagnosis"
	"redoubt/internal/node/wire"
)

// fault is something that goes wrong on a node, and what gitlab-ctl doctor must say about it.
type fault struct {
	check string
	level diagnosis.Level
	says  string
	// How it is caused: lines of gitlab.rb, applied by a reconfigure or not; a shell script on the node, in which redis-cli and
	// redoubt are at hand; a function.
	lines string
	apply bool
	cause string
	act   func(*testing.T, *node)
	// How it is cured: after a shell script on the node, gitlab.rb is put back and a reconfigure follows.
	cure string
	// stays says that what was found is history, which nothing takes back.
	stays bool
}

// patient is a node on which faults are caused.
type patient struct {
	*node
	file string // gitlab.rb without faults
}

// shell runs a script on the node with tools at hand that know the password.
func (p *patient) shell(script string) {
	p.t.Helper()
	p.must("sh", "-c", fmt.Sprintf("set -e; export REDISCLI_AUTH='%s'; redis() { redis-cli -h %s --no-auth-warning \"$@\" >/dev/null; }; ctl() { %s ctl \"$@\" >/dev/null; }\n%s",
		p.password, p.ip, redoubt(), script))
}

// doctor runs the command. No output may have the password in it, and the exit code must be that of the findings.
func (p *patient) doctor(checks ...string) []diagnosis.Finding {
	p.t.Helper()
	output, code := p.ctl(append([]string{"doctor", "--json"}, checks...)...)
	var shown struct {
		Reports []diagnosis.Report `json:"reports"`
	}
	if err := json.Unmarshal([]byte(output), &shown); err != nil || len(shown.Reports) != 1 {
		p.t.Fatalf("%s: doctor: exit code %d, %v: %s", p.name, code, err, output)
	}
	words := strings.Fields(p.password) // JSON would change a quote
	if strings.Contains(output, words[len(words)-1]) {
		p.t.Fatalf("%s: doctor shows the password: %s", p.name, output)
	}
	report := shown.Reports[0]
	want := diagnosis.ExitOK
	switch {
	case report.Count(diagnosis.Failure) > 0:
		want = diagnosis.ExitFailure
	case report.Count(diagnosis.Unknown) > 0:
		want = diagnosis.ExitUnknown
	}
	if code != want {
		p.t.Fatalf("%s: doctor: exit code %d, want %d: %s", p.name, code, want, output)
	}
	return report.Findings
}

// has looks for a finding; a bad one must come with why and cure.
func (f fault) has(t *testing.T, found []diagnosis.Finding) bool {
	t.Helper()
	for _, finding := range found {
		if finding.Check == f.check && finding.Level == f.level && strings.Contains(finding.Text, f.says) {
			if finding.Why == "" || finding.Cure == "" {
				t.Errorf("without why or cure: %+v", finding)
			}
			return true
		}
	}
	return false
}

// suffer causes a fault, has the doctor find it, cures it, and has the doctor find nothing.
func (p *patient) suffer(t *testing.T, f fault) {
	t.Helper()
	if !f.stays && f.has(t, p.doctor(f.check)) {
		t.Fatalf("found before it was caused: %v", p.doctor(f.check))
	}
	if f.lines != "" {
		p.write(p.file + f.lines + "\n")
		if f.apply {
			p.reconfigure()
		}
	}
	if f.cause != "" {
		p.shell(f.cause)
	}
	if f.act != nil {
		f.act(t, p.node)
	}
	eventually(t, 30*time.Second, f.check+" finding", func() string {
		if found := p.doctor(f.check); !f.has(t, found) {
			return fmt.Sprintf("%q is not among %+v", f.says, found)
		}
		return ""
	})
	if f.cure != "" {
		p.shell(f.cure)
	}
	p.write(p.file)
	p.reconfigure()
	if f.stays {
		return
	}
	eventually(t, 30*time.Second, f.check+" cured", func() string {
		if found := p.doctor(f.check); f.has(t, found) {
			return fmt.Sprintf("%q is still among %+v", f.says, found)
		}
		return ""
	})
}

func (p *patient) sufferAll(t *testing.T, faults []fault) {
	for _, f := range faults {
		t.Run(f.check+": "+f.says, func(t *testing.T) {
			in := *p.node
			in.t = t
			(&patient{node: &in, file: p.file}).suffer(t, f)
		})
	}
}

// nodeFaults are those of a node on its own.
var nodeFaults = []fault{
	{check: "gitlab-rb", level: diagnosis.Warning, says: "client_output_buffer_limit_slave", lines: "redis['client_output_buffer_limit_slave'] = '256mb 64mb 60'"},
	{check: "gitlab-rb", level: diagnosis.Failure, says: "redis['maxclients']", lines: "redis['maxclients'] = 'many'"},
	{check: "gitlab-rb", level: diagnosis.Failure, says: "what it printed may be secret", lines: "redis['extra_config_command'] = '/usr/bin/cat /etc/gitlab/gitlab.rb /nowhere'"},
	{check: "gitlab-rb", level: diagnosis.Failure, says: "redis-of-mine --version", cause: "chmod 644 /usr/local/bin/redis-of-mine", cure: "chmod 755 /usr/local/bin/redis-of-mine"},
	{check: "reconfigure", level: diagnosis.Failure, says: "GitLab's own package is installed",
		cause: "mkdir -p /opt/gitlab/embedded/bin; touch /opt/gitlab/embedded/bin/runsvdir-start", cure: "rm -r /opt/gitlab/embedded"},
	{check: "reconfigure", level: diagnosis.Warning, says: "puma", cause: "mkdir /opt/gitlab/sv/puma; ln -s ../sv/puma /opt/gitlab/service/puma"},
	{check: "version", level: diagnosis.Warning, says: "runs another program file", cause: "cd /usr/local/bin; cp redis-of-mine new; mv new redis-of-mine", cure: "ctl restart redis"},
	{check: "kernel", level: diagnosis.Warning, says: "vm.overcommit_memory is 0", cause: "echo 0 >/proc/sys/vm/overcommit_memory"},
	{check: "kernel", level: diagnosis.Warning, says: "net.core.somaxconn is 128", cause: "echo 128 >/proc/sys/net/core/somaxconn"},
	{check: "disk", level: diagnosis.Warning, says: "GitLab's own package", cause: "mkdir -p /opt/gitlab/embedded/bin; touch /opt/gitlab/embedded/bin/runsvdir-start",
		cure: "rm -r /opt/gitlab/embedded"},
	{check: "disk", level: diagnosis.Failure, says: "the next snapshot may need", cause: "truncate -s 900G /var/opt/gitlab/redis/dump.rdb", cure: "rm /var/opt/gitlab/redis/dump.rdb"},
	{check: "disk", level: diagnosis.Warning, says: "left for the logs of redis", cause: "mount -t tmpfs -o size=10m tmpfs /var/log/gitlab/redis", cure: "umount /var/log/gitlab/redis"},
	{check: "boot", level: diagnosis.Failure, says: "is left over", cause: "touch /opt/gitlab/sv/redis/down"},
	{check: "boot", level: diagnosis.Failure, says: "down: redis", cause: "ctl stop redis", cure: "ctl start redis"},
	{check: "boot", level: diagnosis.Failure, says: "supervisor is not running", cause: "kill -9 $(cat /opt/gitlab/supervise/lock)"},
	{check: "boot", level: diagnosis.Failure, says: "is not enabled", cause: "rm /opt/gitlab/service/redis"},
	{check: "boot", level: diagnosis.Failure, says: "keeps ending", cause: "echo garbage >/var/opt/gitlab/redis/dump.rdb; ctl kill redis", cure: "rm /var/opt/gitlab/redis/dump.rdb; ctl start redis"},
	{check: "firewall", level: diagnosis.Failure, says: "missing: ", lines: "redis['allowed_cidrs'] = ['10.0.0.0/24']", apply: true, cause: "nft flush ruleset"},
	{check: "secrets", level: diagnosis.Failure, says: "can read the password in /var/opt/gitlab/redis/redis.conf", cause: "chmod 644 /var/opt/gitlab/redis/redis.conf"},
	{check: "secrets", level: diagnosis.Failure, says: "in its arguments", cause: "sh -c \"sleep 300; : $REDISCLI_AUTH\" >/dev/null 2>&1 & echo $! >/run/sleeper", cure: "kill $(cat /run/sleeper)"},
	{check: "secrets", level: diagnosis.Failure, says: "redis.conf", cause: `echo 'masteruser "two words' >>/var/opt/gitlab/redis/redis.conf`},
	{check: "settings", level: diagnosis.Warning, says: "hz: 20 -> 10", cause: "redis CONFIG SET hz 20"},
	{check: "pending-restart", level: diagnosis.Warning, says: "tcp-backlog", lines: "redis['tcp_backlog'] = 1024"},
	{check: "tools", level: diagnosis.Failure, says: "WRONGPASS", cause: "redis CONFIG SET requirepass another-one"},
	{check: "tools", level: diagnosis.Failure, says: "node.json", cause: "rm /opt/gitlab/etc/node.json"},
	{check: "tools", level: diagnosis.Warning, says: "CONFIG is disabled", lines: "redis['rename_commands'] = { 'CONFIG' => '' }", apply: true},
	{check: "logins", level: diagnosis.Failure, says: "WRONGPASS", cause: "redis CONFIG SET requirepass another-one"},
	{check: "commands", level: diagnosis.Failure, says: "EVAL is renamed", lines: "redis['rename_commands'] = { 'EVAL' => '' }", apply: true},
	{check: "commands", level: diagnosis.Warning, says: "KEYS is allowed and was sent", lines: "redis['rename_commands'] = { 'FLUSHDB' => '' }", apply: true, cause: "redis KEYS x"},
	{check: "memory", level: diagnosis.Warning, says: "no maxmemory", cause: "redis CONFIG SET maxmemory 0"},
	{check: "memory", level: diagnosis.Failure, says: " of 1 MB used", cause: "redis CONFIG SET maxmemory 1mb"},
	{check: "memory", level: diagnosis.Failure, says: "maxmemory-policy is allkeys-lru", cause: "redis CONFIG SET maxmemory-policy allkeys-lru"},
	{check: "memory", level: diagnosis.Warning, says: "1000000 jobs", cause: `redis SADD queues default; redis EVAL "for i=1,1000000 do redis.call('LPUSH','queue:default','x') end" 0`,
		cure: "redis DEL queue:default queues"},
	{check: "persistence", level: diagnosis.Failure, says: "the last snapshot failed", cause: "chmod 550 /var/opt/gitlab/redis; redis BGSAVE", cure: "chmod 750 /var/opt/gitlab/redis; redis SAVE"},
	{check: "dump", level: diagnosis.Failure, says: "version 99", cause: "echo REDIS0099xxxxxxxxxxxxxxxx >/var/opt/gitlab/redis/dump.rdb", cure: "redis SAVE"},
	{check: "dump", level: diagnosis.Failure, says: "is no RDB file", cause: "echo garbage >/var/opt/gitlab/redis/dump.rdb", cure: "redis SAVE"},
	{check: "dump", level: diagnosis.Failure, says: "is cut off", cause: "redis SAVE; truncate -s -5 /var/opt/gitlab/redis/dump.rdb", cure: "redis SAVE"},
	{check: "dump", level: diagnosis.Warning, says: "is empty", cause: ": >/var/opt/gitlab/redis/dump.rdb", cure: "redis SAVE"},
	{check: "snapshot-stalls", level: diagnosis.Warning, says: "may need as much again",
		cause: "sed 's/^MemAvailable:.*/MemAvailable: 100 kB/' /proc/meminfo >/run/meminfo; mount --bind /run/meminfo /proc/meminfo", cure: "umount /proc/meminfo"},
	{check: "stop-timeout", level: diagnosis.Warning, says: "a snapshot takes", lines: "redis['runit_sv_timeout'] = 1", apply: true,
		cause: "redis EVAL \"for i=1,20 do redis.call('SET',i,i) end\" 0; redis CONFIG SET rdb-key-save-delay 100000; redis BGSAVE", cure: "redis CONFIG SET rdb-key-save-delay 0"},
	{check: "stop-timeout", level: diagnosis.Warning, says: "was told to end and has not",
		cause: "pid=$(pidof redis-of-mine); kill -STOP $pid; echo $pid >/run/stopped; ctl term redis", cure: "kill -CONT $(cat /run/stopped)"},
	{check: "backlog", level: diagnosis.Warning, says: "128 connections may wait", cause: "echo 128 >/proc/sys/net/core/somaxconn"},
	{check: "backlog", level: diagnosis.Warning, says: "have overflowed", lines: "redis['tcp_backlog'] = 1", apply: true, act: overflow, stays: true},
}

// overflow stops the server and lets more clients connect than its queue holds.
func overflow(t *testing.T, n *node) {
	pid := n.pids()["redis"]
	n.must("kill", "-STOP", pid)
	for range 8 {
		if conn, err := net.DialTimeout("tcp", n.ip+":6379", 200*time.Millisecond); err == nil {
			defer conn.Close()
		}
	}
	n.must("kill", "-CONT", pid)
}

// TestDoctorOnANode causes faults on a node with Redis alone.
func TestDoctorOnANode(t *testing.T) {
	t.Parallel()
	n := newNode(t, "10.0.0.71")
	n.password = "a \"quoted\" password-of-this-node"
	n.must("cp", "/usr/bin/redis-server", "/usr/local/bin/redis-of-mine")
	p := &patient{node: n, file: "redis['backend'] = 'redis'\nredis['backend_path'] = '/usr/local/bin/redis-of-mine'\nredis['bind'] = '10.0.0.71'\n" +
		"redis['port'] = 6379\nredis['password'] = '" + n.password + "'\nredis['maxmemory'] = '512mb'\n"}
	n.write(p.file)
	n.reconfigure()
	p.healthy(t, "gitlab-rb") // open, and no rule guards it
	p.sufferAll(t, nodeFaults)
}

// healthy expects nothing bad but warnings of the named checks.
func (p *patient) healthy(t *testing.T, warnings ...string) {
	t.Helper()
	eventually(t, formedSoon, "nothing to complain about", func() string {
		var warned []string
		for _, finding := range p.doctor() {
			switch finding.Level {
			case diagnosis.Failure, diagnosis.Unknown:
				return fmt.Sprintf("%+v", finding)
			case diagnosis.Warning:
				warned = append(warned, finding.Check)
			}
		}
		if warned = slices.Compact(warned); fmt.Sprint(warned) != fmt.Sprint(warnings) {
			return fmt.Sprintf("warnings: %v, want %v", warned, warnings)
		}
		return ""
	})
}

// TestDoctorOnRedoubt: this program's own server pleases the doctor, too.
func TestDoctorOnRedoubt(t *testing.T) {
	t.Parallel()
	n := newNode(t, "10.0.0.72")
	n.password = "password-that-is-long"
	p := &patient{node: n, file: "redis['bind'] = '10.0.0.72'\nredis['port'] = 6379\nredis['password'] = 'password-that-is-long'\nredis['maxmemory'] = '512mb'\n"}
	n.write(p.file)
	n.reconfigure()
	p.healthy(t, "gitlab-rb") // open, and no rule guards it
	p.sufferAll(t, []fault{
		{check: "settings", level: diagnosis.Warning, says: "hz: 20 -> 10", cause: "redis CONFIG SET hz 20"},
		{check: "commands", level: diagnosis.Warning, says: "KEYS is allowed and was sent", lines: "redis['rename_commands'] = { 'FLUSHDB' => '' }", apply: true, cause: "redis KEYS x"},
		{check: "persistence", level: diagnosis.Failure, says: "the last snapshot failed", cause: "chmod 550 /var/opt/gitlab/redis; redis BGSAVE", cure: "chmod 750 /var/opt/gitlab/redis; redis SAVE"},
		{check: "dump", level: diagnosis.Failure, says: "is cut off", cause: "redis SET k v; redis SAVE; truncate -s -5 /var/opt/gitlab/redis/dump.rdb", cure: "redis SAVE"},
	})
}

// TestDoctorInATier causes faults that take several nodes.
func TestDoctorInATier(t *testing.T) {
	t.Parallel()
	c := newTier(t, "gitlab-redis", []string{"10.0.0.81", "10.0.0.82", "10.0.0.83"}, "redis['maxmemory'] = '512mb'", "sentinel['down_after_milliseconds'] = 4000")
	c.formed(formedSoon)
	patients := []*patient{{c.nodes[0], c.files[0]}, {c.nodes[1], c.files[1]}, {c.nodes[2], c.files[2]}}
	primary, second, third := patients[0], patients[1], patients[2]
	primary.healthy(t, "gitlab-rb", "replication") // min-replicas-to-write
	second.healthy(t, "gitlab-rb")
	third.healthy(t, "gitlab-rb")
	primary.sufferAll(t, []fault{
		{check: "replication", level: diagnosis.Failure, says: "nobody to fail over to",
			act:  func(*testing.T, *node) { second.shell("ctl stop redis"); third.shell("ctl stop redis") },
			cure: "true", stays: true},
	})
	second.shell("ctl start redis")
	third.shell("ctl start redis")
	c.formed(formedSoon)
	primary.sufferAll(t, []fault{
		{check: "empty-primary", level: diagnosis.Warning, says: "keeps nothing on disk", cause: "redis CONFIG SET save ''"},
		{check: "empty-primary", level: diagnosis.Failure, says: "this primary is empty",
			cause: "redis SET k $(head -c 2000 /dev/zero | tr '\\0' x); redis CONFIG SET rdbcompression no; redis SAVE; cd /var/opt/gitlab/redis; cp dump.rdb dump.rdb.old; redis FLUSHALL",
			cure:  "rm /var/opt/gitlab/redis/dump.rdb.old"},
		{check: "replica-buffers", level: diagnosis.Warning, says: "output buffer limit", act: stuckReplica, stays: true},
		{check: "replica-buffers", level: diagnosis.Warning, says: "are written in a minute", stays: true},
		{check: "replica-buffers", level: diagnosis.Warning, says: "full synchronizations since", act: manySyncs, stays: true},
		{check: "pending-restart", level: diagnosis.Warning, says: "waits for a restart", lines: "redis['io_threads'] = 2", apply: true, stays: true},
	})
	second.sufferAll(t, []fault{
		{check: "replication", level: diagnosis.Failure, says: "no link to its primary", cause: "redis CONFIG SET masterauth wrong; redis REPLICAOF 10.0.0.83 1; redis REPLICAOF 10.0.0.81 6379"},
		{check: "logins", level: diagnosis.Failure, says: "the primary with redis['master_password']", cause: "redis CONFIG SET masterauth wrong"},
		{check: "logins", level: diagnosis.Failure, says: "differ", cause: "redis CONFIG SET masterauth wrong"},
		{check: "empty-primary", level: diagnosis.Failure, says: "Sentinel names another", cause: "redis REPLICAOF NO ONE", cure: "ctl restart redis"},
		{check: "readonly-clients", level: diagnosis.Warning, says: "take this replica for the primary", cause: "redis SET k v", cure: "redis CONFIG RESETSTAT"},
		{check: "readonly-clients", level: diagnosis.Warning, says: "names one server of a tier", lines: "gitlab_rails['redis_host'] = '10.0.0.81'"},
		{check: "announce", level: diagnosis.Failure, says: "does not resolve", cause: "redis CONFIG SET replica-announce-ip nosuch.invalid"},
		{check: "announce", level: diagnosis.Failure, says: "this node takes it for itself",
			cause: "echo '127.0.1.1 redis2.test' >>/etc/hosts; redis CONFIG SET replica-announce-ip redis2.test", cure: "sed '/redis2.test/d' /etc/hosts >/run/hosts; cat /run/hosts >/etc/hosts"},
		{check: "announce", level: diagnosis.Failure, says: "takes addresses only",
			cause: "echo '10.0.0.82 redis2.test' >>/etc/hosts; redis CONFIG SET replica-announce-ip redis2.test", cure: "sed '/redis2.test/d' /etc/hosts >/run/hosts; cat /run/hosts >/etc/hosts"},
		{check: "announce", level: diagnosis.Failure, says: "another server answers", cause: "redis CONFIG SET replica-announce-ip 10.0.0.83"},
		{check: "announce", level: diagnosis.Failure, says: "nobody can be asked", cause: "redis CONFIG SET replica-announce-port 1; redis CONFIG SET replica-announce-ip 10.0.0.82"},
		{check: "commands", level: diagnosis.Failure, says: "SLAVEOF is renamed or disabled, and Sentinel", lines: "redis['rename_commands'] = { 'SLAVEOF' => '' }", apply: true},
	})
	sentinel := func(words ...string) func(*testing.T, *node) {
		return func(t *testing.T, n *node) {
			if reply, err := n.sentinel(words...); err != nil {
				t.Fatal(reply, err)
			}
		}
	}
	third.sufferAll(t, []fault{
		{check: "settings", level: diagnosis.Warning, says: "the running Sentinel has quorum 1", act: sentinel("SET", c.name, "quorum", "1")},
		{check: "quorum", level: diagnosis.Warning, says: "the quorum is 1 of 3", act: sentinel("SET", c.name, "quorum", "1")},
		{check: "quorum", level: diagnosis.Failure, says: "it is never reached", act: sentinel("SET", c.name, "quorum", "5")},
		{check: "quorum", level: diagnosis.Failure, says: "no failover is possible", stays: true,
			act: func(*testing.T, *node) { primary.shell("ctl stop sentinel"); second.shell("ctl stop sentinel") }},
		{check: "quorum", level: diagnosis.Warning, says: "does not reach the Sentinel", stays: true},
		{check: "logins", level: diagnosis.Failure, says: "the Sentinel", stays: true},
		{check: "tools", level: diagnosis.Failure, says: "get-redis-master gets no answer", cause: "ctl stop sentinel", cure: "ctl start sentinel"},
	})
}

// stuckReplica synchronizes and reads nothing, until the primary has more for it than it may have.
func stuckReplica(t *testing.T, n *node) {
	if _, err := n.redis("CONFIG", "SET", "client-output-buffer-limit", "replica 1mb 1mb 1"); err != nil {
		t.Fatal(err)
	}
	defer beginSync(t, n).Close()
	eventually(t, formedSoon, "the synchronization begins", func() string {
		if n.info()["connected_slaves"] == "3" {
			return ""
		}
		return n.info()["connected_slaves"] + " replicas"
	})
	value := strings.Repeat("x", 1<<20)
	for range 40 {
		if _, err := n.redis("SET", "big", value); err != nil {
			t.Fatal(err)
		}
	}
}

// manySyncs is a replica that begins anew again and again.
func manySyncs(t *testing.T, n *node) {
	for range 6 {
		beginSync(t, n).Close()
	}
}

func beginSync(t *testing.T, n *node) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", n.ip+":6379")
	if err != nil {
		t.Fatal(err)
	}
	client := wire.NewClient(conn, 5*time.Second)
	if _, err := client.Do("AUTH", n.password); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("SYNC\r\n")); err != nil {
		t.Fatal(err)
	}
	return conn
}
