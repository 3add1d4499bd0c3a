// Package redischeck tests gitlab-ctl redis-check against servers with every fault that it is there to find. With
// REDIS_SERVER the server is that program, a real redis-server; otherwise it is ours.
package redischeck

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/diagnosis"
	check "redoubt/internal/node/redischeck"
	"redoubt/test/freeport"
	"redoubt/test/program"
)

func TestMain(m *testing.M) { program.Main(m) }

// start runs a server with a limit and a password, and args on top.
func start(t *testing.T, args ...string) *program.Server {
	t.Helper()
	args = append([]string{"--requirepass", "right", "--maxmemory", "100mb"}, args...)
	path, words := program.Binary(t), []string{"server"}
	if real := os.Getenv("REDIS_SERVER"); real != "" {
		path, words = real, nil
	}
	server := program.LaunchProgram(t, path, words, args...)
	server.AwaitReady(t)
	return server
}

// target is the server as GitLab would reach it.
func target(t *testing.T, address string) check.Target {
	t.Helper()
	found, err := check.ParseURL("redis://:right@" + address)
	if err != nil {
		t.Fatal(err)
	}
	found.Timeout = 5 * time.Second
	return found
}

// level is what a check found, the worst when it found several things, "" when it was not made.
func level(result *check.Result, name string) (diagnosis.Level, string) {
	var worst diagnosis.Finding
	for _, f := range result.Findings {
		if f.Check == name && f.Level != worst.Level && worst.Level != diagnosis.Failure {
			worst = f
		}
	}
	return worst.Level, worst.Text + " " + worst.Cure
}

func expect(t *testing.T, result *check.Result, name string, want diagnosis.Level, text string) {
	t.Helper()
	got, said := level(result, name)
	if got != want || !strings.Contains(said, text) {
		t.Errorf("%s: %q, %q; want %q, %q. All findings: %+v", name, got, said, want, text, result.Findings)
	}
}

func TestHealthyServer(t *testing.T) {
	result := check.Run(target(t, start(t).Addr))
	if result.Unreachable || result.Count(diagnosis.Failure) > 0 || result.Count(diagnosis.Warning) > 0 {
		t.Errorf("a healthy server: %+v", result.Findings)
	}
	for _, name := range []string{"reachable", "login", "version", "cluster", "role", "commands", "policy", "memory", "persistence", "clients", "latency", "clock"} {
		expect(t, result, name, diagnosis.OK, "")
	}
}

// TestFaults: a fault in the server, or in what GitLab is told about it, and what is found.
func TestFaults(t *testing.T) {
	none := func(*check.Target) {}
	for name, fault := range map[string]struct {
		args   []string
		change func(*check.Target)
		check  string
		want   diagnosis.Level
		text   string
	}{
		"wrong password":            {nil, func(target *check.Target) { target.Password = "wrong" }, "login", diagnosis.Failure, "WRONGPASS"},
		"no password":               {nil, func(target *check.Target) { target.Password = "" }, "login", diagnosis.Failure, "NOAUTH"},
		"unknown user":              {nil, func(target *check.Target) { target.User = "gitlab" }, "login", diagnosis.Failure, "ACL LIST"},
		"no such database":          {nil, func(target *check.Target) { target.Database = 4000 }, "login", diagnosis.Failure, "4000"},
		"password without need":     {[]string{"--requirepass", ""}, none, "login", diagnosis.Warning, "requirepass"},
		"evicting policy":           {[]string{"--maxmemory-policy", "allkeys-lru"}, none, "policy", diagnosis.Failure, "noeviction"},
		"evicting policy of cache":  {[]string{"--maxmemory-policy", "allkeys-lru"}, func(target *check.Target) { target.Class = "cache" }, "policy", diagnosis.OK, "allkeys-lru"},
		"no eviction for a cache":   {nil, func(target *check.Target) { target.Class = "cache" }, "policy", diagnosis.Warning, "allkeys-lru"},
		"random eviction":           {[]string{"--maxmemory-policy", "allkeys-random"}, func(target *check.Target) { target.Class = "cache" }, "policy", diagnosis.Warning, "allkeys-random"},
		"no limit":                  {[]string{"--maxmemory", "0"}, none, "memory", diagnosis.Warning, "90 %"},
		"no persistence":            {[]string{"--save", ""}, none, "persistence", diagnosis.Failure, "neither"},
		"no persistence of a cache": {[]string{"--save", ""}, func(target *check.Target) { target.Class = "cache" }, "persistence", diagnosis.Skipped, ""},
		"no CLIENT":                 {[]string{"--rename-command", "CLIENT", ""}, none, "client", diagnosis.Failure, "redis_enable_client"},
		"no CLIENT, and not needed": {[]string{"--rename-command", "CLIENT", ""}, func(target *check.Target) { target.ClientCommand = false }, "client", diagnosis.Skipped, ""},
		"no EVAL":                   {[]string{"--rename-command", "EVAL", ""}, none, "scripts", diagnosis.Failure, "@scripting"},
		"no blocking":               {[]string{"--rename-command", "BRPOP", ""}, none, "blocking", diagnosis.Failure, "@blocking"},
		"no CONFIG":                 {[]string{"--rename-command", "CONFIG", ""}, none, "persistence", diagnosis.Skipped, "console"},
		"no INFO":                   {[]string{"--rename-command", "INFO", ""}, none, "info", diagnosis.Failure, "+info"},
		"idle clients are dropped":  {[]string{"--timeout", "5"}, none, "clients", diagnosis.Warning, "tcp_timeout"},
		"few clients":               {[]string{"--maxclients", "1"}, none, "clients", diagnosis.Warning, "maxclients"},
		"TLS where there is none":   {nil, func(target *check.Target) { target.TLS.Enabled = true }, "tls", diagnosis.Failure, "use redis://"},
		"cluster nodes without one": {nil, func(target *check.Target) { target.Class, target.Cluster = "cache", true }, "cluster", diagnosis.Failure, "redis_cache_instance"},
	} {
		t.Run(name, func(t *testing.T) {
			target := target(t, start(t, fault.args...).Addr)
			fault.change(&target)
			expect(t, check.Run(target), fault.check, fault.want, fault.text)
		})
	}
}

// TestFullServer: a server that is full refuses writes, which is found by writing.
func TestFullServer(t *testing.T) {
	server := start(t, "--maxmemory", "1")
	result := check.Run(target(t, server.Addr))
	expect(t, result, "writes", diagnosis.Failure, "OOM")
	expect(t, result, "memory", diagnosis.Failure, "% of")
}

// TestUserWithFewRights: what an ACL user may not do is named one by one, and nothing else.
func TestUserWithFewRights(t *testing.T) {
	server := start(t, "--user", "gitlab", "on", ">secret", "~*", "+@all", "-@pubsub", "-@transaction")
	target := target(t, server.Addr)
	target.User, target.Password = "gitlab", "secret"
	result := check.Run(target)
	expect(t, result, "publish", diagnosis.Failure, "NOPERM")
	expect(t, result, "transactions", diagnosis.Failure, "NOPERM")
	expect(t, result, "commands", diagnosis.OK, "client, scripts, writes, blocking, scan")
}

func TestUnreachable(t *testing.T) {
	port := freeport.Must(t)
	for name, test := range map[string]struct {
		target check.Target
		text   string
	}{
		"refused":  {target(t, "127.0.0.1:"+port), "refuses connections"},
		"no name":  {target(t, "redis.invalid:"+port), "is not known"},
		"no file":  {check.Target{Class: check.Default, Socket: filepath.Join(t.TempDir(), "redis.socket")}, "does not exist"},
		"sentinel": {check.Target{Class: check.Default, Master: "gitlab-redis", Sentinels: []check.Sentinel{{Host: "127.0.0.1", Port: number(t, port)}}}, ""},
	} {
		result := check.Run(test.target)
		if !result.Unreachable {
			t.Errorf("%s: counts as reachable: %+v", name, result.Findings)
		}
		if name == "sentinel" {
			expect(t, result, "sentinels", diagnosis.Failure, "no Sentinel names a primary")
			continue
		}
		expect(t, result, "reachable", diagnosis.Failure, test.text)
	}
}

// TestSilentServer: one that accepts and says nothing, as a plain port does that waits for more than a handshake.
func TestSilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	target := target(t, listener.Addr().String())
	target.Timeout = 100 * time.Millisecond
	expect(t, check.Run(target), "login", diagnosis.Failure, "rediss://")
	target.TLS.Enabled = true
	expect(t, check.Run(target), "tls", diagnosis.Failure, "does not answer the TLS handshake")
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// authority writes certificates for 127.0.0.1 into a directory.
type authority struct {
	directory string
	key       *ecdsa.PrivateKey
	cert      *x509.Certificate
}

func (a *authority) issue(t *testing.T, name string, until time.Time, address net.IP) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-48 * time.Hour),
		NotAfter: until, IPAddresses: []net.IP{address}, BasicConstraintsValid: true, IsCA: a.cert == nil,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if a.cert == nil {
		a.key, a.cert = key, template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if template == a.cert {
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		a.path(name + ".crt"): {Type: "CERTIFICATE", Bytes: der}, a.path(name + ".key"): {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (a *authority) path(name string) string { return filepath.Join(a.directory, name) }

func TestTLS(t *testing.T) {
	a := &authority{directory: t.TempDir()}
	year, local := time.Now().AddDate(1, 0, 0), net.IPv4(127, 0, 0, 1)
	a.issue(t, "ca", year, local)
	a.issue(t, "good", year, local)
	a.issue(t, "expired", time.Now().Add(-24*time.Hour), local)
	a.issue(t, "ending", time.Now().AddDate(0, 0, 7), local)
	a.issue(t, "other", year, net.IPv4(192, 0, 2, 1))
	for name, test := range map[string]struct {
		cert, clients string
		settings      check.TLS
		want          diagnosis.Level
		text          string
	}{
		"trusted":                      {"good", "no", check.TLS{CAFile: a.path("ca.crt")}, diagnosis.OK, "trusted certificate"},
		"authority by directory":       {"good", "no", check.TLS{CADirectory: a.directory}, diagnosis.OK, "trusted certificate"},
		"authority not trusted":        {"good", "no", check.TLS{}, diagnosis.Failure, "redis_tls_ca_cert_file"},
		"no authority in the file":     {"good", "no", check.TLS{CAFile: a.path("ca.key")}, diagnosis.Failure, "no certificate in"},
		"no such authority":            {"good", "no", check.TLS{CAFile: a.path("none")}, diagnosis.Failure, "no such file"},
		"expired":                      {"expired", "no", check.TLS{CAFile: a.path("ca.crt")}, diagnosis.Failure, "renew"},
		"about to expire":              {"ending", "no", check.TLS{CAFile: a.path("ca.crt")}, diagnosis.Warning, "another 6 days"},
		"of another host":              {"other", "no", check.TLS{CAFile: a.path("ca.crt")}, diagnosis.Failure, "for another name"},
		"client certificate is wanted": {"good", "yes", check.TLS{CAFile: a.path("ca.crt")}, diagnosis.Failure, "--cert FILE"},
		"client certificate is given":  {"good", "yes", check.TLS{CAFile: a.path("ca.crt"), Cert: a.path("good.crt"), Key: a.path("good.key")}, diagnosis.OK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			port := freeport.Must(t)
			start(t, "--tls-port", port, "--tls-cert-file", a.path(test.cert+".crt"), "--tls-key-file", a.path(test.cert+".key"),
				"--tls-ca-cert-file", a.path("ca.crt"), "--tls-auth-clients", test.clients)
			target := target(t, "127.0.0.1:"+port)
			target.TLS = test.settings
			target.TLS.Enabled = true
			result := check.Run(target)
			expect(t, result, "tls", test.want, test.text)
			if result.Unreachable != (test.want == diagnosis.Failure) {
				t.Errorf("unreachable is %v: %+v", result.Unreachable, result.Findings)
			}
		})
	}
}
