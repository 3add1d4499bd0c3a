package tls

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"redoubt/test/program"
)

// agree agrees on TLS and returns what was agreed on. A server that demands a certificate refuses one that comes late, too, so
// one command is asked.
func agree(addr string, config *tls.Config) (tls.ConnectionState, error) {
	dialer := &net.Dialer{Timeout: 20 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", addr, config)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return tls.ConnectionState{}, err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return tls.ConnectionState{}, err
	}
	reply := make([]byte, len("+PONG\r\n"))
	_, err = conn.Read(reply)
	return conn.ConnectionState(), err
}

// TestProtocols: tls-protocols says which versions are spoken, and a change is heeded by the next connection.
func TestProtocols(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	node := start(t, a, "--tls-auth-clients", "no")
	c := a.client(t, node.Addr)
	for _, test := range []struct {
		protocols string
		old, new  bool // whether TLS 1.2 and 1.3 are spoken
	}{
		{"TLSv1.2", true, false},
		{"tlsv1.3", false, true},
		{"TLSv1.2 TLSv1.3", true, true},
		{"TLSv1.1 TLSv1.2", true, false},
		{"", true, true},
	} {
		program.Do(t, c, "CONFIG", "SET", "tls-protocols", test.protocols)
		for version, spoken := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: test.old, tls.VersionTLS13: test.new} {
			_, err := agree(node.Addr, &tls.Config{RootCAs: a.pool, MinVersion: version, MaxVersion: version})
			if (err == nil) != spoken {
				t.Errorf("tls-protocols %q, %s: %v", test.protocols, tls.VersionName(version), err)
			}
		}
	}
	program.Refused(t, c, "CONFIG", "SET", "tls-protocols", "SSLv3")
	program.Refused(t, c, "CONFIG", "SET", "tls-protocols", "TLSv1")
}

// TestCiphers: tls-ciphers restricts what TLS 1.2 agrees on; OpenSSL's selections leave the safe ones.
func TestCiphers(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	node := start(t, a, "--tls-auth-clients", "no")
	c := a.client(t, node.Addr)
	suites := map[uint16]string{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256:       "ECDHE-ECDSA-AES128-GCM-SHA256",
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384:       "ECDHE-ECDSA-AES256-GCM-SHA384",
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
	}
	f := func(ciphers string, allowed ...string) {
		t.Helper()
		program.Do(t, c, "CONFIG", "SET", "tls-ciphers", ciphers)
		for id, name := range suites {
			spoken := len(allowed) == 0
			for _, word := range allowed {
				spoken = spoken || word == name
			}
			state, err := agree(node.Addr, &tls.Config{RootCAs: a.pool, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{id}})
			if (err == nil) != spoken || err == nil && state.CipherSuite != id {
				t.Errorf("tls-ciphers %q, %s: %s, %v", ciphers, name, tls.CipherSuiteName(state.CipherSuite), err)
			}
		}
		weak := &tls.Config{RootCAs: a.pool, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256}}
		if _, err := agree(node.Addr, weak); err == nil {
			t.Errorf("tls-ciphers %q: a weak suite was agreed on", ciphers)
		}
	}
	f("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256")
	f("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:DHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-GCM-SHA384")
	f("DEFAULT:!MEDIUM")
	f("HIGH:!aNULL:!MD5")
	f("")
	program.Refused(t, c, "CONFIG", "SET", "tls-ciphers", "ECDHE-NO-SUCH-CIPHER")
}

// TestSuitesOfTLS13: tls-ciphersuites must name one that there is; it does not choose among them.
func TestSuitesOfTLS13(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	node := start(t, a, "--tls-auth-clients", "no")
	c := a.client(t, node.Addr)
	program.Do(t, c, "CONFIG", "SET", "tls-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_SHA256")
	if _, err := agree(node.Addr, &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS13}); err != nil {
		t.Error(err)
	}
	program.Refused(t, c, "CONFIG", "SET", "tls-ciphersuites", "TLS_AES_128_CCM_SHA256")
	program.Do(t, c, "CONFIG", "SET", "tls-ciphersuites", "")
}
