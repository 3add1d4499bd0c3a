// Package tls tests the TLS port with real certificates and a real client.
package tls

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redoubt/test/freeport"
	"redoubt/test/inprocess"
	"redoubt/test/program"
)

// authority is a certificate authority of one test.
type authority struct {
	t    *testing.T
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
	next int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir(), pool: x509.NewCertPool(), next: 2}
	a.key = a.newKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.cert)
	a.write("ca.crt", "CERTIFICATE", der)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name, kind string, der []byte) {
	if err := os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// issue writes name.crt and name.key and returns the pair.
func (a *authority) issue(name string) tls.Certificate {
	a.t.Helper()
	key := a.newKey()
	a.next++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.next), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".crt", "CERTIFICATE", der)
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".key", "EC PRIVATE KEY", keyDER)
	pair, err := tls.LoadX509KeyPair(a.path(name+".crt"), a.path(name+".key"))
	if err != nil {
		a.t.Fatal(err)
	}
	return pair
}

func start(t *testing.T, a *authority, args ...string) *inprocess.Node {
	t.Helper()
	port := freeport.Must(t)
	return inprocess.Start(t, append([]string{
		"--port", "0", "--tls-port", port, "--tls-cert-file", a.path("server.crt"), "--tls-key-file", a.path("server.key"),
		"--tls-ca-cert-file", a.path("ca.crt"),
	}, args...)...)
}

// ping tries one command over TLS with the certificates given.
func ping(addr string, a *authority, certs ...tls.Certificate) error {
	c := redis.NewClient(&redis.Options{
		Addr: addr, MaxRetries: -1, DialerRetries: 1, TLSConfig: &tls.Config{RootCAs: a.pool, Certificates: certs, ServerName: "127.0.0.1"},
	})
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return c.Ping(ctx).Err()
}

func TestCheck09ClientCertificates(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	ours := a.issue("client")
	other := newAuthority(t)
	foreign := other.issue("client")
	f := func(mode string, withoutOK, foreignOK bool) {
		t.Helper()
		node := start(t, a, "--tls-auth-clients", mode)
		if err := ping(node.Addr, a, ours); err != nil {
			t.Errorf("tls-auth-clients %s: our certificate: %v", mode, err)
		}
		if err := ping(node.Addr, a); (err == nil) != withoutOK {
			t.Errorf("tls-auth-clients %s: no certificate: %v", mode, err)
		}
		if err := ping(node.Addr, a, foreign); (err == nil) != foreignOK {
			t.Errorf("tls-auth-clients %s: a foreign certificate: %v", mode, err)
		}
	}
	f("yes", false, false)
	f("optional", true, false)
	f("no", true, true)
}

func TestCheck09PlaintextBesideTLS(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	port := freeport.Must(t)
	node := start(t, a, "--tls-auth-clients", "no", "--port", port)
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer c.Close()
	ctx := context.Background()
	if err := c.Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	var secure string
	for _, addr := range node.Server.Addresses() {
		if _, p, _ := net.SplitHostPort(addr.String()); p != port {
			secure = addr.String()
		}
	}
	if err := ping(secure, a); err != nil {
		t.Error(err)
	}
	if err := ping("127.0.0.1:"+port, a); err == nil {
		t.Error("a TLS client got through to the plaintext port")
	}
}

// client is a client of a TLS port that shows no certificate.
func (a *authority) client(t *testing.T, addr string) *redis.Client {
	t.Helper()
	return program.Client(t, &redis.Options{Addr: addr, TLSConfig: &tls.Config{RootCAs: a.pool, ServerName: "127.0.0.1"}})
}

// TestReload: new certificates serve new connections, existing ones go on, also those that wait.
func TestReload(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	second := newAuthority(t)
	second.issue("server")
	node := start(t, a, "--tls-auth-clients", "no")
	old := a.client(t, node.Addr)
	ctx := context.Background()
	program.Do(t, old, "PING")
	messages := a.client(t, node.Addr).Subscribe(ctx, "renewals")
	defer messages.Close()
	if _, err := messages.Receive(ctx); err != nil {
		t.Fatal(err)
	}
	popped := make(chan error, 1)
	waiter := a.client(t, node.Addr)
	go func() { popped <- waiter.BLPop(ctx, 0, "queue").Err() }()
	program.Poll(t, 20*time.Second, "a client that waits", func() bool {
		return strings.Contains(program.Do(t, old, "INFO", "clients").(string), "blocked_clients:1\r\n")
	})

	program.Do(t, old, "CONFIG", "SET", "tls-cert-file", second.path("server.crt"), "tls-key-file", second.path("server.key"))
	if err := ping(node.Addr, second); err != nil {
		t.Errorf("a new connection does not get the new certificate: %v", err)
	}
	if err := ping(node.Addr, a); err == nil {
		t.Error("a new connection still gets the old certificate")
	}
	program.Do(t, old, "RPUSH", "queue", "x")
	if err := <-popped; err != nil {
		t.Errorf("the connection that waited was dropped: %v", err)
	}
	program.Do(t, old, "PUBLISH", "renewals", "still here")
	if m, err := messages.ReceiveMessage(ctx); err != nil || m.Payload != "still here" {
		t.Errorf("the connection that listens was dropped: %v, %v", m, err)
	}

	program.Refused(t, old, "CONFIG", "SET", "tls-cert-file", "/nonexistent")
	if err := ping(node.Addr, second); err != nil {
		t.Errorf("after a refused change: %v", err)
	}
}

// TestReloadInPlace: naming the same files again loads what is in them now, as certificates are renewed.
func TestReloadInPlace(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	node := start(t, a, "--tls-auth-clients", "no")
	old := a.client(t, node.Addr)
	serial := func() string {
		t.Helper()
		state, err := agree(node.Addr, &tls.Config{RootCAs: a.pool, ServerName: "127.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
		return state.PeerCertificates[0].SerialNumber.String()
	}
	before := serial()
	a.issue("server")
	if serial() != before {
		t.Error("a file was read without being asked for")
	}
	program.Do(t, old, "CONFIG", "SET", "tls-cert-file", a.path("server.crt"), "tls-key-file", a.path("server.key"))
	if serial() == before {
		t.Error("the file was not read again")
	}
}

// TestOtherModes: tls-auth-clients changes for the connections to come.
func TestOtherModes(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	ours := a.issue("client")
	node := start(t, a, "--tls-auth-clients", "no")
	c := a.client(t, node.Addr)
	for mode, withoutOK := range map[string]bool{"yes": false, "optional": true, "no": true} {
		program.Do(t, c, "CONFIG", "SET", "tls-auth-clients", mode)
		if err := ping(node.Addr, a); (err == nil) != withoutOK {
			t.Errorf("tls-auth-clients %s: no certificate: %v", mode, err)
		}
		if err := ping(node.Addr, a, ours); err != nil {
			t.Errorf("tls-auth-clients %s: our certificate: %v", mode, err)
		}
	}
	program.Refused(t, c, "CONFIG", "SET", "tls-auth-clients", "maybe")
}

func TestRefusedConfigurations(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	f := func(args ...string) {
		t.Helper()
		if n, err := inprocess.TryStart(t, append([]string{"--tls-port", freeport.Must(t)}, args...)...); err == nil {
			n.Stop(t)
			t.Errorf("started with %v", args)
		}
	}
	f()
	f("--tls-cert-file", a.path("server.crt"))
	f("--tls-cert-file", a.path("server.crt"), "--tls-key-file", a.path("ca.crt"))
	f("--tls-cert-file", a.path("server.crt"), "--tls-key-file", a.path("server.key")) // auth-clients yes without a CA
	f("--tls-cert-file", a.path("server.crt"), "--tls-key-file", a.path("server.key"), "--tls-auth-clients", "no", "--tls-protocols", "TLSv1.1")
	f("--tls-cert-file", a.path("server.crt"), "--tls-key-file", a.path("server.key"), "--tls-auth-clients", "no", "--tls-ciphers", "no-such-cipher")
}
