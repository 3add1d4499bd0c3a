package desired

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// exporterOf is the exporter of that name that a gitlab.rb leads to, or nil.
func exporterOf(t *testing.T, source, name string) *Exporter {
	t.Helper()
	state := mustDecide(t, source)
	at := slices.IndexFunc(state.Exporters, func(e *Exporter) bool { return e.Name == name })
	if at < 0 {
		return nil
	}
	return state.Exporters[at]
}

func TestExportersRunWhenAskedFor(t *testing.T) {
	for source, want := range map[string][2]bool{ // redis-exporter, node-exporter
		"redis['enable'] = true":                                                                                                   {},
		"redis_exporter['listen_address'] = '0.0.0.0:9121'":                                                                        {true, false},
		"node_exporter['listen_address'] = '0.0.0.0:9100'":                                                                         {false, true},
		"redis_exporter['enable'] = true\nnode_exporter['enable'] = 'yes'":                                                         {true, true},
		"redis_exporter['enable'] = false\nredis_exporter['flags'] = { 'namespace' => 'x' }":                                       {},
		"redis_exporter['flags'] = {'a' => 'b'}\nprometheus_monitoring['enable'] = false":                                          {},
		"node_exporter['enable'] = true\nprometheus_monitoring['enable'] = false":                                                  {false, true},
		"redis['enable'] = false\nredis_exporter['enable'] = true":                                                                 {}, // nothing runs here
		tier + "roles ['redis_sentinel_role']\nredis_exporter['listen_address'] = ':9121'":                                         {},
		tier + "roles ['redis_sentinel_role']\nredis_exporter['enable'] = true\nredis_exporter['flags'] = {'redis.addr' => 'a:1'}": {true, false},
	} {
		got := [2]bool{exporterOf(t, source, RedisExporterName) != nil, exporterOf(t, source, NodeExporterName) != nil}
		if got != want {
			t.Errorf("%s: %v, want %v", source, got, want)
		}
	}
}

// TestCheck22ExporterPassword: no password is among the arguments, however it was given.
func TestCheck22ExporterPassword(t *testing.T) {
	const password = "@s3cret: '\"/?#%"
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(password)
	for _, test := range []struct {
		source  string
		command []string
		secret  map[string]string
	}{
		{"redis['port'] = 6379\nredis['password'] = '" + quoted + "'\nredis_exporter['enable'] = true",
			[]string{"--redis.addr=redis://127.0.0.1:6379", "--web.listen-address=localhost:9121"}, map[string]string{"REDIS_PASSWORD": password}},
		{"redis_exporter['listen_address'] = '0.0.0.0:9121'",
			[]string{"--redis.addr=unix:///var/opt/gitlab/redis/redis.socket", "--web.listen-address=0.0.0.0:9121"}, map[string]string{}},
		{"redis['port'] = 6379\nredis_exporter['flags'] = { 'redis.addr' => 'redis://10.0.0.1:1', 'redis.password' => '" + quoted + "', 'namespace' => 'n', 'debug' => true, 'empty' => nil }",
			[]string{"--debug=true", "--namespace=n", "--redis.addr=redis://10.0.0.1:1", "--web.listen-address=localhost:9121"}, map[string]string{"REDIS_PASSWORD": password}},
		{"redis_exporter['flags'] = { 'redis.addr' => 'redis://:pw@10.0.0.1:1' }\nredis_exporter['env'] = { 'GODEBUG' => 'x', 'N' => 1 }\ngitlab_rails['redis_enable_client'] = false",
			[]string{"--set-client-name=false", "--web.listen-address=localhost:9121"}, map[string]string{"REDIS_ADDR": "redis://:pw@10.0.0.1:1", "GODEBUG": "x", "N": "1"}},
		{"redis['port'] = 0\nredis['tls_port'] = 6380\nredis['tls_cert_file'] = '/c'\nredis['tls_key_file'] = '/k'\nredis['tls_auth_clients'] = 'yes'\nredis_exporter['enable'] = true",
			[]string{"--redis.addr=rediss://127.0.0.1:6380", "--skip-tls-verification=true", "--tls-client-cert-file=/c", "--tls-client-key-file=/k", "--web.listen-address=localhost:9121"}, map[string]string{}},
	} {
		exporter := exporterOf(t, test.source, RedisExporterName)
		if exporter == nil {
			t.Fatalf("%s: no exporter", test.source)
		}
		if diff := cmp.Diff(append([]string{"/usr/bin/prometheus-redis-exporter"}, test.command...), exporter.Definition.Command); diff != "" {
			t.Errorf("%s: %s", test.source, diff)
		}
		if diff := cmp.Diff(test.secret, exporter.Environment); diff != "" {
			t.Errorf("%s: %s", test.source, diff)
		}
		content, err := exporter.Definition.Encode()
		if err != nil || strings.Contains(string(content), "s3cret") {
			t.Errorf("the definition, which everybody may read, holds the password: %s %v", content, err)
		}
	}
}

func TestNodeExporterSwitches(t *testing.T) {
	exporter := exporterOf(t, "node_exporter['flags'] = { 'collector.mountstats' => true, 'collector.wifi' => false, 'path.procfs' => '/proc' }", NodeExporterName)
	want := []string{"/usr/bin/prometheus-node-exporter", "--collector.mountstats", "--no-collector.wifi", "--path.procfs=/proc", "--web.listen-address=localhost:9100"}
	if diff := cmp.Diff(want, exporter.Definition.Command); diff != "" {
		t.Error(diff)
	}
}

func TestExporterErrors(t *testing.T) {
	for source, want := range map[string]string{
		"redis_exporter['flags'] = { 'a b' => '1' }":           `redis_exporter['flags']['a b']: "a b" is no name`,
		"redis_exporter['env'] = { '../../x' => '1' }":         `redis_exporter['env']['../../x']`,
		"redis_exporter['env'] = { 'A' => \"a\\0b\" }":         "zero byte",
		"redis_exporter['flags'] = { 'a' => ['1'] }":           "redis_exporter['flags']['a']: want a string",
		"redis_exporter['flags'] = 7":                          "gitlab.rb:1: redis_exporter['flags']: want a hash",
		"node_exporter['enable'] = 'perhaps'":                  "node_exporter['enable']: want true or false",
		discovery + "node_exporter['listen_address'] = 'nine'": "node_exporter['listen_address']: want HOST:PORT",
	} {
		if _, err := decide(t, source, environment("", nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", source, err, want)
		}
	}
	missing := environment("", nil)
	missing.LookUp = func(string) (string, error) { return "", errors.New("not found") }
	state, err := decide(t, "redis_exporter['enable'] = true", missing)
	if err != nil || len(state.Exporters) != 0 || !strings.Contains(strings.Join(state.Warnings, "\n"), "apt-get install prometheus-redis-exporter") {
		t.Errorf("%v, warnings %q", err, state.Warnings)
	}
}

const discovery = "consul['enable'] = true\nconsul['monitoring_service_discovery'] = true\n"

func TestConsulRegistration(t *testing.T) {
	with := environment("", nil)
	with.IPAddress = func() (string, error) { return "10.9.8.7", nil }
	contents := func(source string) map[string]string {
		t.Helper()
		state, err := decide(t, source, with)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, registration := range state.Registrations {
			all[registration.Path] = strings.Join(strings.Fields(string(registration.Content)), " ")
		}
		return all
	}
	want := map[string]string{
		"/var/opt/gitlab/consul/config.d/redis-exporter-service.json": `{ "service": { "name": "redis-exporter", "address": "10.9.8.7", "port": 9121 } }`,
		"/var/opt/gitlab/consul/config.d/node-exporter-service.json":  `{ "service": { "name": "nodes", "address": "10.0.0.1", "port": 9100, "meta": { "tier": "redis" } } }`,
	}
	got := contents(discovery + "redis_exporter['listen_address'] = '0.0.0.0:9121'\nnode_exporter['listen_address'] = '10.0.0.1:9100'\n" +
		"node_exporter['consul_service_name'] = 'nodes'\nnode_exporter['consul_service_meta'] = { 'tier' => 'redis' }")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for path, content := range contents("redis_exporter['enable'] = true\nconsul['enable'] = true") {
		if content != "" {
			t.Errorf("without discovery %s holds %s", path, content)
		}
	}
	if warnings := strings.Join(mustDecide(t, "roles ['redis_master_role', 'consul_role']").Warnings, "\n"); !strings.Contains(warnings, "consul agent -config-dir=/var/opt/gitlab/consul/config.d") {
		t.Errorf("warnings %s", warnings)
	}
}
