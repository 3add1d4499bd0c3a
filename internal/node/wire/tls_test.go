package wire

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate makes a self-signed one for the name redis.example.com and returns the paths of its files.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"redis.example.com", "localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	certFile, keyFile = filepath.Join(directory, "cert.pem"), filepath.Join(directory, "key.pem")
	for path, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// serveTLS answers PONG to every line that says PING; clientAuth says whether clients need a certificate.
func serveTLS(t *testing.T, certFile, keyFile string, clientAuth tls.ClientAuthType) int {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: clientAuth})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					if lines.Text() == "PING" {
						fmt.Fprint(conn, "+PONG\r\n")
					}
				}
			}()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func ping(address Address) error {
	client, err := Dial(address, 5*time.Second)
	if err != nil {
		return err
	}
	reply, err := client.Do("PING")
	if err == nil && reply != "PONG" {
		err = fmt.Errorf("answer %v", reply)
	}
	return errors.Join(err, client.Close())
}

func TestTLS(t *testing.T) {
	certFile, keyFile := certificate(t)
	foreign, _ := certificate(t)
	open, closed := serveTLS(t, certFile, keyFile, tls.NoClientCert), serveTLS(t, certFile, keyFile, tls.RequireAnyClientCert)
	for name, test := range map[string]struct {
		address Address
		want    string // part of the error
	}{
		"own machine":                     {Address{Host: "127.0.0.1", Port: open, TLS: true}, ""},
		"signed by the authority":         {Address{Host: "localhost", Port: open, TLS: true, CAFile: certFile}, ""},
		"signed by somebody else":         {Address{Host: "localhost", Port: open, TLS: true, CAFile: foreign}, "unknown authority"},
		"another name":                    {Address{Host: "127.0.0.1", Port: open, TLS: true, CAFile: certFile}, "127.0.0.1"},
		"no such file":                    {Address{Host: "localhost", Port: open, TLS: true, CAFile: "/no/such"}, "no such file"},
		"a key is no authority":           {Address{Host: "localhost", Port: open, TLS: true, CAFile: keyFile}, "holds no certificate"},
		"a certificate is demanded":       {Address{Host: "127.0.0.1", Port: closed, TLS: true, CertFile: certFile, KeyFile: keyFile}, ""},
		"a certificate would be demanded": {Address{Host: "127.0.0.1", Port: closed, TLS: true}, "certificate required"},
		"plain text is not understood":    {Address{Host: "127.0.0.1", Port: open}, "read from redis"},
	} {
		err := ping(test.address)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

// TestReasonOfTheServer: a server that wants a certificate says so after the handshake and closes; that is what a client hears, although its
// command can no longer be sent.
func TestReasonOfTheServer(t *testing.T) {
	certFile, keyFile := certificate(t)
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	closed := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			closed <- err
			return
		}
		secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert})
		if err := secured.Handshake(); err == nil {
			closed <- errors.New("the client has a certificate")
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // the connection is reset, as it is when input is left
		closed <- conn.Close()
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	secured, err := secure(conn, Address{Host: "localhost", CAFile: certFile}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer secured.Close()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if _, err := NewClient(secured, time.Minute).Do("PING"); err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Errorf("%v", err)
	}
}
