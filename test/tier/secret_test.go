//go:build tier

package tier

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// nastyPasswords have broken configuration files, command lines and Sentinel's own file before.
var nastyPasswords = []string{
	"two  words", `"quoted"`, `it's`, `back\slash "and' more`, "#hash @at %per $HOME $(id) `id`", `open "`,
}

// TestCheck22Passwords: every password works for server, replication, Sentinel and tools, also after restarts, is changed while
// everything runs, and is seen nowhere.
func TestCheck22Passwords(t *testing.T) {
	t.Parallel()
	c := newTier(t, "gitlab-redis", []string{"10.0.0.41", "10.0.0.42"}, impatient)
	c.formed(formedSoon)
	for _, password := range nastyPasswords {
		redisPID := c.nodes[0].pids()["redis"]
		for i, n := range c.nodes {
			quoted := literal(password)
			n.write(c.files[i] + fmt.Sprintf("redis['password'] = %s\nredis['master_password'] = %s\n", quoted, quoted))
			if output := n.reconfigure(); strings.Contains(output, password) {
				t.Errorf("%q is in the output of reconfigure", password)
			}
			n.password = password
		}
		if now := c.nodes[0].pids()["redis"]; now != redisPID {
			t.Errorf("%q: redis was restarted", password)
		}
		c.nodes[0].must(redoubt(), "ctl", "restart", "sentinel")
		c.nodes[1].must(redoubt(), "ctl", "restart") // not redis on the other node: that would be a failover
		if c.formed(formedSoon) != 0 {
			t.Fatalf("%q: a failover", password)
		}
		for _, n := range c.nodes {
			if output, code := n.ctl("redis-cli", "ping"); code != 0 || strings.TrimSpace(output) != "PONG" {
				t.Errorf("%q: redis-cli: %s", password, output)
			}
			n.sees(password)
		}
	}
}

// literal is a string in Ruby.
func literal(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), "'", `\'`) + "'"
}

// sees looks for a secret where everybody can look: process arguments, and files that others may read.
func (n *node) sees(secret string) {
	n.t.Helper()
	where := n.must("sh", "-c", "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null; echo; done | grep -v 'sh -c'; "+
		"find /var/opt/gitlab /var/log/gitlab /opt/gitlab -type f -perm /007 -exec cat {} +; cat /var/log/gitlab/*/*")
	for line := range strings.Lines(where) {
		if strings.Contains(line, secret) {
			n.t.Errorf("%s: %q is in %q", n.name, secret, line)
		}
	}
}

// TestCheck25TLS: a tier that speaks nothing but TLS, with passwords; the tools reach it, from an application node too.
func TestCheck25TLS(t *testing.T) {
	t.Parallel()
	ips := []string{"10.0.0.31", "10.0.0.32", "10.0.0.33"}
	authority, certificate, key := certificates(t, ips)
	var nodes []*node
	for i, ip := range ips {
		n := newNode(t, ip)
		nodes = append(nodes, n)
		n.must("mkdir", "-p", "/etc/gitlab/tls")
		n.put("/etc/gitlab/tls/ca.pem", authority)
		n.put("/etc/gitlab/tls/cert.pem", certificate)
		n.put("/etc/gitlab/tls/key.pem", key)
		n.must("chmod", "-R", "a+rX", "/etc/gitlab/tls")
		role := "redis_replica_role"
		if i == 0 {
			role = "redis_master_role"
		}
		n.write(documented(role, ip, ips[0], "gitlab-redis", impatient, "redis['port'] = 0", "redis['master_port'] = 6380", "sentinel['port'] = 0",
			"sentinel['password'] = 'sentinel password'", tlsLines("redis", 6380), tlsLines("sentinel", 26380)))
		n.reconfigure()
	}
	eventually(t, formedSoon, "replication over TLS", func() string {
		output, code := nodes[0].ctl("redis-cli", "info", "replication")
		if code != 0 || !strings.Contains(output, "connected_slaves:2") {
			return output
		}
		return ""
	})
	for _, n := range nodes {
		if output, code := n.ctl("get-redis-master"); code != 0 || output != "Redis master found at host 10.0.0.31 listening on port 6380\n" {
			t.Errorf("%s: %s", n.name, output)
		}
		if output := n.reconfigure(); !strings.Contains(output, "nothing to change") {
			t.Errorf("%s: %s", n.name, output)
		}
	}
	application := newNode(t, "10.0.0.39")
	application.put("/etc/gitlab/ca.pem", authority)
	file := "roles ['application_role']\nredis['master_name'] = 'gitlab-redis'\n" +
		"gitlab_rails['redis_sentinels'] = [{'host' => '10.0.0.38', 'port' => 26380}, {'host' => '10.0.0.32', 'port' => 26380}]\n" +
		"gitlab_rails['redis_sentinels_ssl'] = true\ngitlab_rails['redis_sentinels_tls_ca_cert_file'] = '/etc/gitlab/ca.pem'\n"
	application.write(file + "gitlab_rails['redis_sentinels_password'] = 'sentinel password'\n")
	if output, code := application.ctl("get-redis-master"); code != 0 || output != "Redis master found at host 10.0.0.31 listening on port 6380\n" {
		t.Errorf("application node: %d %s", code, output)
	}
	application.write(file + "gitlab_rails['redis_sentinels_password'] = 'another'\n")
	if output, code := application.ctl("get-redis-master"); code != 1 || !strings.Contains(output, "WRONGPASS") ||
		!strings.Contains(output, "Failed to fetch Redis master host and port.") {
		t.Errorf("another password: %d %s", code, output)
	}
}

func tlsLines(section string, port int) string {
	return fmt.Sprintf("%[1]s['tls_port'] = %[2]d\n%[1]s['tls_replication'] = 'yes'\n%[1]s['tls_cert_file'] = '/etc/gitlab/tls/cert.pem'\n"+
		"%[1]s['tls_key_file'] = '/etc/gitlab/tls/key.pem'\n%[1]s['tls_ca_cert_file'] = '/etc/gitlab/tls/ca.pem'\n%[1]s['tls_ca_cert_dir'] = '/etc/gitlab/tls'", section, port)
}

// certificates makes an authority and one certificate for all addresses.
func certificates(t *testing.T, ips []string) (authority, certificate, key string) {
	t.Helper()
	sign := func(template, parent *x509.Certificate, public *ecdsa.PrivateKey, private *ecdsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &public.PublicKey, private)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	rootKey, leafKey := newKey(), newKey()
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "redis"}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	for _, ip := range ips {
		leaf.IPAddresses = append(leaf.IPAddresses, net.ParseIP(ip))
	}
	rootDER := sign(root, root, rootKey, rootKey)
	private, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, content []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
	}
	return encode("CERTIFICATE", rootDER), encode("CERTIFICATE", sign(leaf, root, leafKey, rootKey)), encode("PRIVATE KEY", private)
}
