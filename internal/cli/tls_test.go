package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// selfSigned makes a certificate for redis.example, and writes it to a file.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis.example"}, DNSNames: []string{"redis.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

func TestTLS(t *testing.T) {
	cert, caFile := selfSigned(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	server := startFakeOn(t, listener, echo)
	for args, want := range map[string]string{
		"--tls --cacert " + caFile + " ping":                     "ping\n",
		"--tls --cacertdir " + filepath.Dir(caFile) + " ping":    "ping\n",
		"--tls --insecure ping":                                  "ping\n",
		"--tls --cacert " + caFile + " --sni redis.example ping": "ping\n",
		"--tls --cacert " + caFile + " --sni other.example ping": "Could not negotiate a TLS connection: ",
		"--tls ping":                       "Could not negotiate a TLS connection: ",
		"--tls --cacert /nonexistent ping": "Could not negotiate a TLS connection: ",
		"--tls --insecure --cert /nonexistent --key /nonexistent ping": "Could not negotiate a TLS connection: client certificate: ",
	} {
		got := runCLI(server, "", strings.Fields(args)...)
		if got.code == 0 && got.out != want || got.code != 0 && !strings.HasPrefix(got.err, want) {
			t.Errorf("%s: got %+v, want %q", args, got, want)
		}
	}
}
