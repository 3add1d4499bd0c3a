package desired

import (
	"fmt"
	"strings"
	"testing"
)

const tierNode = `
roles ['redis_replica_role', 'redis_sentinel_role']
redis['port'] = 6379
redis['tls_port'] = 6380
redis['tls_cert_file'] = '/c'
redis['tls_key_file'] = '/k'
redis['bind'] = '10.0.0.2'
redis['password'] = 'p'
redis['master_ip'] = '10.9.0.1'
`

func TestFirewall(t *testing.T) {
	for name, test := range map[string]struct{ source, want string }{
		"nothing is guarded": {"", "[]"},
		"redis only":         {"redis['allowed_cidrs'] = ['10.0.0.0/24']", "[{redis [6379 6380] [10.0.0.0/24 10.9.0.1/32]}]"},
		"one text":           {"redis['allowed_cidrs'] = '10.0.0.0/8'", "[{redis [6379 6380] [10.0.0.0/8]}]"},
		"both": {"redis['allowed_cidrs'] = ['fd00::/8']; sentinel['allowed_cidrs'] = ['10.0.0.0/24']",
			"[{redis [6379 6380] [fd00::/8 10.9.0.1/32]} {sentinel [26379] [10.0.0.0/24 10.9.0.1/32]}]"},
	} {
		state := mustDecide(t, tierNode+test.source)
		if got := fmt.Sprint(state.Firewall); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
		warned := strings.Contains(strings.Join(state.Warnings, "\n"), "no rule of this program guards it")
		if warned != (name == "nothing is guarded") {
			t.Errorf("%s: warnings %q", name, state.Warnings)
		}
	}
	for source, want := range map[string]string{
		"redis['allowed_cidrs'] = []":             "nobody could connect",
		"redis['allowed_cidrs'] = ['10.0.0.1/8']": "write 10.0.0.0/8",
		"sentinel['allowed_cidrs'] = ['db1']":     "names cannot be used",
	} {
		if _, err := decide(t, tierNode+source, environment("", nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", source, err, want)
		}
	}
}
