package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
)

// tlsParameters are the ones that make up the TLS configuration: a change of any builds it anew for the connections to
// come; those that exist go on with what they agreed on.
var tlsParameters = []string{
	"tls-cert-file", "tls-key-file", "tls-key-file-pass", "tls-ca-cert-file", "tls-ca-cert-dir", "tls-auth-clients",
	"tls-protocols", "tls-ciphers", "tls-ciphersuites", "tls-session-caching",
}

// handshakeWithin bounds the time a connection may take to agree on TLS.
const handshakeWithin = 10 * time.Second

// configureTLS builds the TLS configuration; it is only needed while tls-port is set.
func (s *Server) configureTLS(c *config.Snapshot) error {
	if c.Int("tls-port") == 0 {
		return nil
	}
	t, err := tlsConfig(c)
	if err != nil {
		return fmt.Errorf("Failed to configure TLS: %w", err)
	}
	if chosen := c.Text("tls-ciphersuites"); chosen != "" {
		s.log.Logf(logging.Warning, "tls-ciphersuites %s: TLS 1.3 is spoken with any of its suites: %s", chosen, strings.Join(suites13, ":"))
	}
	s.tls.Store(t)
	return nil
}

func tlsConfig(c *config.Snapshot) (*tls.Config, error) {
	certFile, keyFile := c.Text("tls-cert-file"), c.Text("tls-key-file")
	switch {
	case certFile == "":
		return nil, errors.New("no tls-cert-file configured")
	case keyFile == "":
		return nil, errors.New("no tls-key-file configured")
	case c.Text("tls-key-file-pass") != "":
		return nil, errors.New("tls-key-file-pass: keys with a passphrase are not supported; store the key unencrypted with mode 0600")
	}
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	t := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if t.ClientAuth, err = clientAuth(c); err != nil {
		return nil, err
	}
	if t.ClientCAs, err = clientCAs(c); err != nil {
		return nil, err
	}
	if t.MinVersion, t.MaxVersion, err = tlsVersions(c.Text("tls-protocols")); err != nil {
		return nil, err
	}
	if t.CipherSuites, err = cipherSuites(c.Text("tls-ciphers")); err != nil {
		return nil, err
	}
	if err := checkSuites13(c.Text("tls-ciphersuites")); err != nil {
		return nil, err
	}
	t.SessionTicketsDisabled = !c.Bool("tls-session-caching")
	return t, nil
}

func clientAuth(c *config.Snapshot) (tls.ClientAuthType, error) {
	switch mode := c.Text("tls-auth-clients"); mode {
	case "yes":
		return tls.RequireAndVerifyClientCert, nil
	case "optional":
		return tls.VerifyClientCertIfGiven, nil
	case "no":
		return tls.NoClientCert, nil
	default:
		return 0, fmt.Errorf("tls-auth-clients %q is none of yes, no, optional", mode)
	}
}

// clientCAs reads the authorities that client certificates must come from.
func clientCAs(c *config.Snapshot) (*x509.CertPool, error) {
	file, dir := c.Text("tls-ca-cert-file"), c.Text("tls-ca-cert-dir")
	if file == "" && dir == "" {
		if c.Text("tls-auth-clients") == "no" {
			return nil, nil
		}
		return nil, errors.New("either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-auth-clients is enabled")
	}
	pool := x509.NewCertPool()
	if file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls-ca-cert-file %s holds no certificate", file)
		}
	}
	if dir != "" {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if pem, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
				pool.AppendCertsFromPEM(pem) // other files may lie there too
			}
		}
	}
	return pool, nil
}

// tlsVersions reads tls-protocols. Versions below 1.2 are not spoken, whatever is asked for.
func tlsVersions(text string) (lowest, highest uint16, err error) {
	lowest, highest = tls.VersionTLS12, tls.VersionTLS13
	if text == "" {
		return lowest, highest, nil
	}
	var chosen []uint16
	for _, word := range strings.Fields(text) {
		switch strings.ToLower(word) {
		case "tlsv1.2":
			chosen = append(chosen, tls.VersionTLS12)
		case "tlsv1.3":
			chosen = append(chosen, tls.VersionTLS13)
		case "tlsv1", "tlsv1.1":
		default:
			return 0, 0, fmt.Errorf("invalid tls-protocols specified: %q", word)
		}
	}
	if len(chosen) == 0 {
		return 0, 0, errors.New("tls-protocols names only versions below TLSv1.2, which are not secure and not supported")
	}
	return slices.Min(chosen), slices.Max(chosen), nil
}

// openSSLCiphers are the TLS 1.2 cipher suites by OpenSSL's names, as redis.conf has them.
var openSSLCiphers = map[string]uint16{
	"ECDHE-ECDSA-AES128-GCM-SHA256": tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-ECDSA-AES256-GCM-SHA384": tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-RSA-AES128-GCM-SHA256":   tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-RSA-AES256-GCM-SHA384":   tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-ECDSA-CHACHA20-POLY1305": tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-RSA-CHACHA20-POLY1305":   tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// cipherSuites reads tls-ciphers: names of suites restrict the choice; a list with OpenSSL's selection words (DEFAULT,
// HIGH, !MD5 …) leaves Go's own choice, which holds no weak suite anyway.
func cipherSuites(text string) ([]uint16, error) {
	var out []uint16
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == ' ' || r == ',' }) {
		if id, known := openSSLCiphers[strings.ToUpper(word)]; known {
			out = append(out, id)
			continue
		}
		if strings.ContainsAny(word[:1], "!+-@") || !strings.Contains(word, "-") {
			return nil, nil
		}
	}
	if text != "" && len(out) == 0 {
		return nil, fmt.Errorf("tls-ciphers %q names no supported cipher suite", text)
	}
	return out, nil
}

// suites13 are the cipher suites of TLS 1.3 that are spoken. They are not chosen among: none of them is weak.
var suites13 = []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}

// checkSuites13 checks that tls-ciphersuites names one that there is.
func checkSuites13(text string) error {
	isSpoken := func(name string) bool { return slices.Contains(suites13, name) }
	if text != "" && !slices.ContainsFunc(strings.Split(text, ":"), isSpoken) {
		return fmt.Errorf("tls-ciphersuites %q names none of %s", text, strings.Join(suites13, ", "))
	}
	return nil
}

// handshake agrees on TLS with a client; a failed one is logged and its connection closed.
func (s *Server) handshake(nc net.Conn) (net.Conn, bool) {
	t := tls.Server(nc, s.tls.Load())
	_ = nc.SetDeadline(time.Now().Add(handshakeWithin))
	if err := t.Handshake(); err != nil {
		s.log.Logf(logging.Verbose, "Error accepting a client connection: %v", err)
		_ = nc.Close()
		return nil, false
	}
	_ = nc.SetDeadline(time.Time{})
	return t, true
}
