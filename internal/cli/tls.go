package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// config builds the TLS settings. Like redis-cli the client checks that the server's certificate comes from
// a trusted authority, but compares the name in it only if --sni says which one to expect: servers are
// mostly addressed by an IP that is not in their certificate.
func (t tlsOptions) config() (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.sni,
		InsecureSkipVerify: true, // replaced by VerifyConnection below
	}
	if t.cert != "" || t.key != "" {
		pair, err := tls.LoadX509KeyPair(t.cert, t.key)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if t.insecure {
		return config, nil
	}
	roots, err := t.roots()
	if err != nil {
		return nil, err
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		intermediates := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			intermediates.AddCert(cert)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
			DNSName: t.sni, Roots: roots, Intermediates: intermediates,
		})
		return err
	}
	return config, nil
}

// roots returns the trusted authorities; nil means the system's.
func (t tlsOptions) roots() (*x509.CertPool, error) {
	files := []string{t.caCert}
	switch {
	case t.caCert != "":
	case t.caCertDir != "":
		var err error
		if files, err = filepath.Glob(filepath.Join(t.caCertDir, "*")); err != nil {
			return nil, fmt.Errorf("--cacertdir: %w", err)
		}
	default:
		return nil, nil
	}
	pool, found := x509.NewCertPool(), false
	for _, file := range files {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("certificate authority: %w", err)
		}
		found = pool.AppendCertsFromPEM(pem) || found
	}
	if !found {
		return nil, errors.New("no certificate found in " + t.caCert + t.caCertDir)
	}
	return pool, nil
}
