package node

import (
	"encoding/json"
	"strings"
	"testing"

	"redoubt/test/freeport"
)

// TestClientConfigWorks: an application node with exactly the printed lines gets in, whatever the password.
func TestClientConfigWorks(t *testing.T) {
	m := newMachine(t)
	for _, p := range passwords {
		t.Run(p.name, func(t *testing.T) {
			password := strings.Replace(p.text, "CORE", "Xw7Qz", 1)
			m.settings(t, "redis['maxmemory'] = '100mb'", "redis['password'] = "+ruby(password))
			m.mustCtl(t, "reconfigure")
			m.mustCtl(t, "redis-check")
			if shown := m.mustCtl(t, "redis-client-config", "--host=127.0.0.1"); strings.Contains(shown.Stdout, "Xw7Qz") {
				t.Errorf("it shows the password without being asked: %v", shown)
			}
			printed := m.mustCtl(t, "redis-client-config", "--host=127.0.0.1", "--show-secrets").Stdout
			lines, _, _ := strings.Cut(printed, "\n# HAProxy")
			application := &machine{root: t.TempDir(), port: m.port}
			application.write(t, lines)
			application.mustCtl(t, "redis-check")
			// The commented line for one instance class is the same server as a URL.
			application.write(t, strings.Replace(lines, "# gitlab_rails['redis_cache", "gitlab_rails['redis_cache", 1))
			result := application.ctl(t, "redis-check", "--json")
			var report struct {
				Reports []struct{ Subject string }
			}
			if err := json.Unmarshal([]byte(result.Stdout), &report); err != nil {
				t.Fatalf("%v: %v", err, result)
			}
			if len(report.Reports) != 2 || result.Code != 0 || !strings.Contains(report.Reports[1].Subject, "class cache") {
				t.Errorf("the instance: %v", result)
			}
		})
	}
}

// TestRedisCheckExitCodes: scripts can tell a wrong password from a wrong policy from wrong usage.
func TestRedisCheckExitCodes(t *testing.T) {
	m := newMachine(t)
	m.settings(t, "redis['password'] = 'right'", "redis['maxmemory_policy'] = 'allkeys-lru'")
	m.mustCtl(t, "reconfigure")
	address := "127.0.0.1:" + m.port
	for name, test := range map[string]struct {
		words []string
		code  int
	}{
		"wrong policy":           {[]string{"redis://:right@" + address}, 2},
		"right for a cache":      {[]string{"redis://:right@" + address, "--class", "cache"}, 0},
		"wrong password":         {[]string{"redis://:wrong@" + address}, 3},
		"nobody there":           {[]string{"redis://127.0.0.1:" + freeport.Must(t)}, 3},
		"no URL":                 {[]string{"http://example.com"}, 1},
		"no such class":          {[]string{address, "--class=caches"}, 1},
		"no such option":         {[]string{address, "--kind=cache"}, 1},
		"an option's value":      {[]string{address, "--class"}, 1},
		"two URLs":               {[]string{address, address}, 1},
		"no time":                {[]string{address, "--timeout=0"}, 1},
		"a password with blanks": {[]string{"redis://:rig ht/@" + address}, 1},
	} {
		if result := m.ctl(t, append([]string{"redis-check"}, test.words...)...); result.Code != test.code {
			t.Errorf("%s: want exit code %d: %v", name, test.code, result)
		}
	}
}

// TestRedisCheckWithoutARedis names the ways to tell which Redis is meant.
func TestRedisCheckWithoutARedis(t *testing.T) {
	m := &machine{root: t.TempDir()}
	result := m.ctl(t, "redis-check")
	if result.Code != 1 || !strings.Contains(result.Stderr, "redis_sentinels") {
		t.Errorf("%v", result)
	}
}
