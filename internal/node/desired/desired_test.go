package desired

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/node/gitlabrb"
	"redoubt/internal/node/paths"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/wire"
)

func environment(output string, err error) Environment {
	return Environment{
		Binary:     "/usr/bin/redoubt",
		LookUp:     func(name string) (string, error) { return "/usr/bin/" + name, nil },
		VersionOf:  func(string) (string, error) { return "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc", nil },
		RunCommand: func([]string) ([]byte, error) { return []byte(output), err },
		FQDN:       func() (string, error) { return "redis1.example.com", nil },
	}
}

func decide(t *testing.T, source string, environment Environment) (*State, error) {
	t.Helper()
	config, err := gitlabrb.Evaluate("gitlab.rb", []byte(source), gitlabrb.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return FromConfig(config, environment)
}

func mustDecide(t *testing.T, source string) *State {
	t.Helper()
	state, err := decide(t, source, environment("", nil))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func meaning(t *testing.T, source string) redisconf.Settings {
	t.Helper()
	return redisconf.Meaning(mustDecide(t, source).Redis.Directives)
}

func TestCheck10DefaultsAreThoseOfThePackage(t *testing.T) {
	got := meaning(t, "redis['enable'] = true")
	for name, want := range map[string]string{
		"bind": "127.0.0.1", "port": "0", "unixsocket": "/var/opt/gitlab/redis/redis.socket", "unixsocketperm": "777",
		"tcp-backlog": "511", "timeout": "60", "tcp-keepalive": "300", "maxclients": "10000", "maxmemory": "0",
		"maxmemory-policy": "noeviction", "maxmemory-samples": "5", "save": "900 1 300 10 60 10000", "hz": "10",
		"stop-writes-on-bgsave-error": "yes", "io-threads": "1", "io-threads-do-reads": "no", "rename-command": `KEYS ""`,
		"client-output-buffer-limit": "normal 0 0 0 pubsub 33554432 8388608 60 replica 268435456 67108864 60",
		"dir":                        "/var/opt/gitlab/redis", "appendonly": "no", "databases": "16", "dbfilename": "dump.rdb",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for _, name := range []string{"requirepass", "masterauth", "replica-announce-ip", "tls-port", "lazyfree-lazy-expire"} {
		if value, ok := got[name]; ok {
			t.Errorf("%s is rendered as %q without being set", name, value)
		}
	}
}

func TestSettingsReachTheFile(t *testing.T) {
	for source, want := range map[string][2]string{
		"redis['port'] = '6379'":                                      {"port", "6379"},
		"redis['port'] = 1; redis['unixsocket'] = '/x'":               {"unixsocket", ""},
		"redis['bind'] = '127.0.0.1 ::1'; redis['port'] = 1":          {"bind", "127.0.0.1 ::1"},
		"redis['save'] = ['']":                                        {"save", ""},
		"redis['save'] = ['60 1', '30 2']":                            {"save", "60 1 30 2"},
		"redis['maxmemory'] = '13500mb'":                              {"maxmemory", "14155776000"},
		"redis['rename_commands'] = {}":                               {"rename-command", ""},
		"redis['rename_commands'] = { 'KEYS': 'k', :FLUSHALL => '' }": {"rename-command", `FLUSHALL "" KEYS k`},
		"redis['password'] = 'p'":                                     {"masterauth", "p"},
		"redis['password'] = 'p'; redis['master_password'] = 'm'":     {"masterauth", "m"},
		"redis['announce_ip'] = '1.2.3.4'; redis['port'] = 7":         {"replica-announce-port", "7"},
		"redis['announce_ip_from_hostname'] = true":                   {"replica-announce-ip", "redis1.example.com"},
		"redis['lazyfree_lazy_expire'] = true":                        {"lazyfree-lazy-expire", "yes"},
		"redis['tls_port'] = 6380":                                    {"tls-ca-cert-file", "/opt/gitlab/embedded/ssl/certs/cacert.pem"},
		"redis['dir'] = '/mnt/redis'":                                 {"dir", "/mnt/redis"},
		"redis['hz'] = nil":                                           {"hz", "10"},
	} {
		if got := meaning(t, source)[want[0]]; got != want[1] {
			t.Errorf("%s: %s is %q, want %q", source, want[0], got, want[1])
		}
	}
}

func TestWhichNodesRunRedis(t *testing.T) {
	for source, want := range map[string]bool{
		"":                                   true,
		"redis['enable'] = false":            false,
		"roles ['redis_master_role']":        true,
		"redis_master_role['enable'] = true": true,
		"roles ['postgres_role']":            false,
		"roles ['postgres_role']; redis['enable'] = true":      true,
		"roles ['redis_master_role']; redis['enable'] = false": false,
		"roles ['geo_primary_role']":                           true,
	} {
		if got := mustDecide(t, source).Redis != nil; got != want {
			t.Errorf("%q: redis %v, want %v", source, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for source, want := range map[string]string{
		"roles ['redis_replica_role']":                      "redis 'master_ip' is not defined",
		"redis['master'] = false; redis['master_ip'] = 'h'": "redis 'master_password' is not defined",
		"redis['backend'] = 'redoubt'; redis['master'] = false; redis['master_ip'] = 'h'; redis['password'] = 'p'": "cannot be part of a replicated tier yet",
		"redis['backend'] = 'dragonfly'":                                     "is not one of redoubt, redis, valkey",
		"redis['backend'] = 'redis'; redis['backend_path'] = 'redis-server'": "is not an absolute path",
		"redis['port'] = 70000":                                              "gitlab.rb:1: redis['port']: 70000 is not between 0 and 65535",
		"\nredis['port'] = 'abc'":                                            "gitlab.rb:2: redis['port']: want an integer",
		"redis['maxmemory_policy'] = 'lru'":                                  "is not one of noeviction",
		"redis['client_output_buffer_limit_normal'] = '1'":                   `is not "HARD SOFT SECONDS"`,
		"redis['unixsocketperm'] = '999'":                                    "is not an octal mode",
		"redis['unixsocket'] = false":                                        "nobody could connect",
		"redis['rename_commands'] = 'KEYS'":                                  "want a hash",
		"redis['port'] = 1; redis['bind'] = ''":                              "names no address",
		"redis['unixsocket'] = '/" + strings.Repeat("x", 120) + "'":          "the system allows 107",
		"redis['tls_port'] = 1; redis['tls_auth_clients'] = 'yes'":           "needs redis['tls_cert_file']",
	} {
		_, err := decide(t, source, environment("", nil))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", source, err, want)
		}
	}
}

func TestAllProblemsAreReportedAtOnce(t *testing.T) {
	_, err := decide(t, "redis['port'] = -1\nredis['hz'] = 'x'\nredis['maxmemory'] = 'y'", environment("", nil))
	if err == nil || strings.Count(err.Error(), "gitlab.rb:") != 3 {
		t.Errorf("error %v", err)
	}
}

func TestListeningBeyondLoopbackNeedsPassword(t *testing.T) {
	for bind, exposed := range map[string]bool{
		"127.0.0.1": false, "127.9.9.9 ::1": false, "localhost": false, "::ffff:127.0.0.1": false, "-::1 127.0.0.1": false,
		"0.0.0.0": true, "::": true, "*": true, "10.0.0.1": true, "127.0.0.1 10.0.0.1": true, "redis.example.com": true, "-::": true,
	} {
		source := "redis['port'] = 6379; redis['bind'] = '" + bind + "'; "
		_, err := decide(t, source, environment("", nil))
		if (err != nil) != exposed {
			t.Errorf("bind %s: error %v", bind, err)
		}
		for _, way := range []string{"redis['password'] = 'x'", "redis['allow_insecure'] = true", "redis['port'] = 0"} {
			if _, err := decide(t, source+way, environment("", nil)); err != nil {
				t.Errorf("bind %s with %s: %v", bind, way, err)
			}
		}
		if _, err := decide(t, source+"redis['tls_port'] = 6380; redis['port'] = 0", environment("", nil)); (err != nil) != exposed {
			t.Errorf("bind %s with TLS only: error %v", bind, err)
		}
		if _, err := decide(t, source+"redis['password'] = ''", environment("", nil)); (err != nil) != exposed {
			t.Errorf("bind %s with an empty password: error %v", bind, err)
		}
	}
}

func TestExtraConfigCommandMaySupplyThePassword(t *testing.T) {
	source := "redis['port'] = 6379; redis['bind'] = '10.0.0.1'; redis['extra_config_command'] = '/usr/bin/secrets redis'"
	state, err := decide(t, source, environment("requirepass 'from the vault'\nrepl-backlog-size 10mb\n", nil))
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Address{Host: "10.0.0.1", Port: 6379, Password: "from the vault"}
	if diff := cmp.Diff(want, state.Redis.Address); diff != "" {
		t.Error(diff)
	}
	if got := redisconf.Meaning(state.Redis.Directives)["repl-backlog-size"]; got != "10485760" {
		t.Errorf("repl-backlog-size %q", got)
	}
	_, err = decide(t, source, environment("", &fs.PathError{Op: "exec", Err: fs.ErrNotExist}))
	if err == nil || !strings.Contains(err.Error(), "Redis: Execution of `/usr/bin/secrets redis` failed. File does not exist.") {
		t.Errorf("error %v", err)
	}
	_, err = decide(t, source, environment("vault is sealed", errors.New("exit status 4")))
	if err == nil || !strings.Contains(err.Error(), "exit status 4\nvault is sealed") {
		t.Errorf("error %v", err)
	}
}

func TestWarnings(t *testing.T) {
	for source, want := range map[string]string{
		"redis['master_ip'] = '10.0.0.1'": "it becomes a primary",
		"nginx['enable'] = true":          "left alone: nginx (gitlab.rb:1)",
		"logging['svlogd_filter'] = 'xz'": "only gzip is built in",
		"redis['bogus_key'] = 1":          "bogus_key",
	} {
		if got := strings.Join(mustDecide(t, source).Warnings, "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: warnings %q", source, got)
		}
	}
	if warnings := mustDecide(t, "nginx['enable'] = false\nroles ['redis_master_role']\nredis['port'] = 6379").Warnings; len(warnings) > 0 {
		t.Errorf("unexpected warnings %q", warnings)
	}
}

func TestServiceAndLog(t *testing.T) {
	state := mustDecide(t, `
logging['svlogd_size'] = 1000
logging['svlogd_num'] = 7
redis['svlogd_num'] = 9
redis['log_group'] = 'adm'
redis['startup_delay'] = 30
redis['open_files_ulimit'] = 4096
redis['ha'] = true
high_availability['mountpoint'] = '/mnt/redis'
`)
	definition := state.Redis.Definition
	if definition.Log.Size != 1000 || definition.Log.Keep != 9 || !definition.Log.GroupRead || !definition.Log.Compress {
		t.Errorf("log %+v", definition.Log)
	}
	if definition.StartupDelaySeconds != 30 || definition.OpenFiles != 4096 || !state.Redis.StartDown {
		t.Errorf("definition %+v, start down %v", definition, state.Redis.StartDown)
	}
	if diff := cmp.Diff([]string{"/mnt/redis"}, definition.Mountpoints); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/usr/bin/redoubt", "server", "/var/opt/gitlab/redis/redis.conf"}, definition.Command); diff != "" {
		t.Error(diff)
	}
}

func TestRelocatedNodeStaysBelowItsRoot(t *testing.T) {
	layout, err := paths.New("/srv/n")
	if err != nil {
		t.Fatal(err)
	}
	where := environment("", nil)
	where.Layout = layout
	state, err := decide(t, "redis['tls_port'] = 1; redis['tls_cert_file'] = '/etc/c.pem'; redis['dir'] = '/mnt/r'", where)
	if err != nil {
		t.Fatal(err)
	}
	settings := redisconf.Meaning(state.Redis.Directives)
	if settings["dir"] != "/srv/n/mnt/r" || settings["tls-cert-file"] != "/srv/n/etc/c.pem" {
		t.Errorf("dir %s, certificate %s", settings["dir"], settings["tls-cert-file"])
	}
	if state.Redis.Definition.User != "" || state.ManageAccounts || state.ManageKernel || state.UseSystemd {
		t.Errorf("reaches beyond its root: %+v", state)
	}
}

func TestGeneratedPasswordsDiffer(t *testing.T) {
	if a, b := GeneratePassword(), GeneratePassword(); a == b || len(a) != 43 {
		t.Errorf("%s, %s", a, b)
	}
}
