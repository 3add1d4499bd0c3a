package desired

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/node/redisconf"
)

const tier = `
redis['bind'] = '10.0.0.2'
redis['port'] = 6379
redis['password'] = 'pw'
redis['master_name'] = 'gitlab-redis'
redis['master_password'] = 'pw'
redis['master_ip'] = '10.0.0.1'
sentinel['quorum'] = 2
`

func TestRolesInAllSpellings(t *testing.T) {
	for source, want := range map[string]struct{ replica, sentinel bool }{
		"roles ['redis_sentinel_role', 'redis_master_role']":                                     {false, true},
		"roles(['redis_sentinel_role', 'redis_replica_role'])":                                   {true, true},
		"roles 'redis_sentinel_role', 'redis_replica_role'":                                      {true, true},
		"roles 'redis-sentinel-role', 'redis-replica-role'":                                      {true, true},
		"redis_replica_role['enable'] = true":                                                    {true, false},
		"redis_sentinel_role['enable'] = true; redis_master_role['enable'] = true":               {false, true},
		"redis['master'] = false; sentinel['enable'] = true":                                     {true, true},
		"roles ['redis_replica_role']; redis['master'] = true":                                   {true, false},
		"roles ['redis_sentinel_role', 'redis_replica_role']; sentinel['enable'] = false":        {true, false},
		"roles ['redis_replica_role']; redis['set_replicaof'] = false":                           {false, false},
		"roles ['redis_sentinel_role', 'redis_replica_role', 'consul_role']; redis['ha'] = true": {false, true},
	} {
		state := mustDecide(t, tier+source)
		if got := state.Redis.ReplicaOf.String() == "10.0.0.1 6379"; got != want.replica {
			t.Errorf("%s: replica of %q", source, state.Redis.ReplicaOf)
		}
		if (state.Sentinel != nil) != want.sentinel {
			t.Errorf("%s: sentinel %v", source, state.Sentinel != nil)
		}
	}
	state := mustDecide(t, tier+"roles ['redis_sentinel_role']")
	if state.Redis != nil || state.Sentinel == nil {
		t.Error("a Sentinel node runs Sentinel only")
	}
}

// TestCheck06RoleErrors: what is missing or contradictory is named.
func TestCheck06RoleErrors(t *testing.T) {
	for source, want := range map[string]string{
		"roles ['redis_replica_role']":                                                     "redis 'master_ip' is not defined",
		"roles ['redis_sentinel_role']; redis['master_ip'] = 'h'":                          "redis 'master_password' is not defined",
		"roles ['redis_sentinel_role']; redis['master_ip'] = 'h'; redis['password'] = 'p'": "redis 'master_password' is not defined",
		"roles ['redis_master_role', 'redis_replica_role']":                                "Cannot define both redis_master_role and redis_replica_role in the same machine.",
		tier + "roles ['redis_sentinel_role']; sentinel['myid'] = 'XYZ'":                   "exactly 40 hex-characters lowercase",
		tier + "roles ['redis_sentinel_role']; sentinel['port'] = 0":                       "No Sentinel port available",
		tier + "roles ['redis_sentinel_role']; sentinel['quorum'] = 0":                     "is not between 1 and",
		"redis['set_replicaof'] = true":                                                    "needs redis['master_ip']",
	} {
		if _, err := decide(t, source, environment("", nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", source, err, want)
		}
	}
}

// TestCheck23PasswordFromACommand: redis['extra_config_command'] may supply the only password on every kind of node.
func TestCheck23PasswordFromACommand(t *testing.T) {
	source := strings.ReplaceAll(strings.ReplaceAll(tier, "redis['password'] = 'pw'\n", ""), "redis['master_password'] = 'pw'\n", "") +
		"redis['extra_config_command'] = '/usr/bin/vault'\n"
	for _, roles := range []string{"'redis_master_role', 'redis_sentinel_role'", "'redis_replica_role', 'redis_sentinel_role'", "'redis_sentinel_role'"} {
		state, err := decide(t, source+"roles ["+roles+"]", environment("requirepass 'from vault'\nmasterauth 'from vault'\n", nil))
		if err != nil {
			t.Errorf("%s: %v", roles, err)
			continue
		}
		if got := primaryDirective(state.Sentinel, "auth-pass"); got != "from vault" {
			t.Errorf("%s: auth-pass %q", roles, got)
		}
		if state.Redis != nil && state.Redis.Address.Password != "from vault" {
			t.Errorf("%s: the tools do not know the password", roles)
		}
	}
}

func primaryDirective(s *Sentinel, name string) string {
	for _, d := range s.Primary {
		if d.Name == name {
			return d.Args[0]
		}
	}
	return ""
}

func TestSentinelSettings(t *testing.T) {
	state := mustDecide(t, tier+`roles ['redis_sentinel_role', 'redis_replica_role']
redis['announce_ip_from_hostname'] = true
redis['master_ip'] = 'redis1.example.com'
sentinel['password'] = 'its own'
sentinel['tls_port'] = 26380
sentinel['tls_cert_file'] = '/etc/c.pem'
sentinel['tls_key_file'] = '/etc/k.pem'
sentinel['tls_replication'] = 'yes'
sentinel['log_group'] = 'adm'
sentinel['svlogd_num'] = 3
`)
	s := state.Sentinel
	got := map[string]string{}
	for _, d := range s.Server {
		name := d.Name
		args := d.Args
		if name == "sentinel" {
			name, args = args[0], args[1:]
		}
		got[name] = strings.Join(args, " ")
	}
	for name, want := range map[string]string{
		"bind": "0.0.0.0", "port": "26379", "dir": "/var/opt/gitlab/sentinel", "requirepass": "its own", "tls-port": "26380",
		"tls-replication": "yes", "tls-auth-clients": "optional", "announce-ip": "redis1.example.com", "announce-port": "26379",
		"resolve-hostnames": "yes", "announce-hostnames": "yes",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	want := []redisconf.Directive{
		redisconf.New("quorum", "2"), redisconf.New("down-after-milliseconds", "10000"), redisconf.New("failover-timeout", "60000"),
		redisconf.New("auth-pass", "pw"),
	}
	if diff := cmp.Diff(want, s.Primary); diff != "" {
		t.Error(diff)
	}
	if s.Definition.Log.Keep != 3 || !s.Definition.Log.GroupRead || s.Definition.Log.Directory != "/var/log/gitlab/sentinel" {
		t.Errorf("log %+v", s.Definition.Log)
	}
	for _, word := range s.Definition.Command {
		if strings.Contains(word, "pw") || strings.Contains(word, "its own") {
			t.Errorf("a secret in %q", s.Definition.Command)
		}
	}
}

func TestBackends(t *testing.T) {
	none := func(string) (string, error) { return "", errors.New("not found") }
	only := func(name string) func(string) (string, error) {
		return func(asked string) (string, error) {
			if asked != name {
				return "", errors.New("not found")
			}
			return "/usr/bin/" + name, nil
		}
	}
	for name, test := range map[string]struct {
		source  string
		lookUp  func(string) (string, error)
		version string
		want    string // the backend, or part of the error
	}{
		"default":                  {"", none, "", "redoubt"},
		"named":                    {"redis['backend'] = 'redis'", only("redis-server"), "Redis server v=7.0.15 sha=0", "redis 7.0.15 (/usr/bin/redis-server)"},
		"valkey":                   {"redis['backend'] = 'valkey'", only("valkey-server"), "Valkey server v=8.0.1 sha=0", "valkey 8.0.1 (/usr/bin/valkey-server)"},
		"the package's valkey":     {"redis['backend'] = 'valkey'", only("valkey-server"), "Server v=7.2.11 sha=0", "valkey 7.2.11 (/usr/bin/valkey-server)"},
		"path":                     {"redis['backend'] = 'redis'; redis['backend_path'] = '/opt/r'", none, "Redis server v=7.2.4", "redis 7.2.4 (/opt/r)"},
		"a tier":                   {tier + "roles ['redis_replica_role']", only("redis-server"), "Redis server v=6.0.16", "redis 6.0.16 (/usr/bin/redis-server)"},
		"a tier, only valkey":      {tier + "roles ['redis_replica_role']", only("valkey-server"), "Valkey server v=8.1.0", "valkey 8.1.0 (/usr/bin/valkey-server)"},
		"a tier, nothing":          {tier + "roles ['redis_replica_role']", none, "", "redis-server is not installed on this machine"},
		"not installed":            {"redis['backend'] = 'valkey'", none, "", "valkey-server is not installed on this machine"},
		"too old":                  {"redis['backend'] = 'redis'", only("redis-server"), "Redis server v=5.0.14", "need version 6.0.0 or later"},
		"no server":                {"redis['backend'] = 'redis'", only("redis-server"), "hello", "no version in what it says"},
		"names need a newer one":   {tier + "roles ['redis_sentinel_role']; redis['announce_ip'] = 'r1'", only("redis-server"), "Redis server v=6.0.16", "need Sentinel 6.2.0 or later"},
		"redoubt cannot replicate": {tier + "redis['backend'] = 'redoubt'; roles ['redis_replica_role']", none, "", "cannot be part of a replicated tier yet"},
	} {
		where := environment("", nil)
		where.LookUp, where.VersionOf = test.lookUp, func(string) (string, error) { return test.version, nil }
		state, err := decide(t, test.source, where)
		if err != nil {
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: error %v, want %s", name, err, test.want)
			}
			continue
		}
		if got := state.Redis.Backend.String(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestReadableRDB(t *testing.T) {
	for _, test := range []struct {
		backend Backend
		want    int
	}{
		{Backend{Name: Redoubt}, 11}, {Backend{Name: Redis, Version: Version{6, 2, 14}}, 9}, {Backend{Name: Redis, Version: Version{7, 0, 15}}, 10},
		{Backend{Name: Redis, Version: Version{7, 2, 4}}, 11}, {Backend{Name: Redis, Version: Version{8, 0, 0}}, 12},
		{Backend{Name: Valkey, Version: Version{7, 2, 11}}, 11}, {Backend{Name: Valkey, Version: Version{8, 1, 0}}, 11},
		{Backend{Name: Valkey, Version: Version{9, 0, 0}}, 80},
	} {
		if got := test.backend.ReadableRDB(); got != test.want {
			t.Errorf("%s: %d, want %d", test.backend, got, test.want)
		}
	}
}

// TestOlderServersGetTheirOwnNames: what is called listpack since 7.0 was called ziplist.
func TestOlderServersGetTheirOwnNames(t *testing.T) {
	where := environment("", nil)
	where.VersionOf = func(string) (string, error) { return "Redis server v=6.2.14", nil }
	state, err := decide(t, "redis['backend'] = 'redis'", where)
	if err != nil {
		t.Fatal(err)
	}
	text := string(redisconf.Format("", state.Redis.Directives))
	if strings.Contains(text, "listpack") || !strings.Contains(text, "hash-max-ziplist-entries 512") {
		t.Error(text)
	}
}
