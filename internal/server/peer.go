package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"redoubt/internal/server/config"
)

// dialPeer connects to another server as MIGRATE does: with TLS when tls-cluster says so.
func (s *Server) dialPeer(address string, timeout time.Duration) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: timeout}
	if !s.conf().Bool("tls-cluster") {
		return dialer.Dial("tcp", address)
	}
	t, err := peerTLS(s.conf())
	if err != nil {
		return nil, fmt.Errorf("Failed to configure TLS: %w", err)
	}
	return tls.DialWithDialer(dialer, "tcp", address, t)
}

// peerTLS is the configuration for connections to other servers. Their certificates must come from the same authorities as
// those of clients; as in Redis they need not name the host, which is often only an address.
func peerTLS(c *config.Snapshot) (*tls.Config, error) {
	certFile, keyFile := c.Text("tls-client-cert-file"), c.Text("tls-client-key-file")
	if certFile == "" {
		certFile, keyFile = c.Text("tls-cert-file"), c.Text("tls-key-file")
	}
	t := &tls.Config{InsecureSkipVerify: true} // VerifyConnection does it, but for the name
	if certFile != "" {
		cert, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return nil, err
		}
		t.Certificates = []tls.Certificate{cert}
	}
	roots, err := clientCAs(c)
	if err != nil {
		return nil, err
	}
	if t.MinVersion, t.MaxVersion, err = tlsVersions(c.Text("tls-protocols")); err != nil {
		return nil, err
	}
	t.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the server shows no certificate")
		}
		between := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		return err
	}
	return t, nil
}
