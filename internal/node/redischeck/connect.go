package redischeck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"redoubt/internal/node/wire"
)

// expiresSoon is how long before its end a certificate is worth a warning.
const expiresSoon = 30 * 24 * time.Hour

// connect makes the connection and secures it, reporting each step. The result is nil when a step failed.
func (c *checker) connect() net.Conn {
	network, address := "tcp", c.target.address()
	if c.target.Socket != "" {
		network, address = "unix", c.target.Socket
	}
	begin := time.Now()
	conn, err := net.DialTimeout(network, address, c.target.Timeout)
	if err != nil {
		text, cure := explainDial(err, address)
		c.fail("reachable", text, "GitLab does not start, or answers every request with error 500, without its Redis", cure)
		return nil
	}
	c.Good("reachable", "%s accepts connections, in %s", address, shown(time.Since(begin)))
	if c.target.Socket != "" {
		return conn
	}
	if c.target.TLS.Enabled {
		return c.secure(conn, address)
	}
	if c.target.local() {
		c.Skip("tls", "the connection stays on this machine and is not encrypted")
	} else {
		c.warn("tls", "the connection is not encrypted", "the password and all data cross the network in the clear",
			"use rediss:// (gitlab_rails['redis_ssl'] = true), or a network that nobody else is on")
	}
	return conn
}

func (c *checker) secure(conn net.Conn, address string) net.Conn {
	begin := time.Now()
	secured, err := handshake(conn, c.target.TLS, c.target.Host, c.target.Timeout)
	if err != nil {
		text, cure := explainTLS(err, c.target)
		c.fail("tls", text, "GitLab refuses a server that it cannot trust", cure)
		return nil
	}
	state := secured.ConnectionState()
	left := time.Until(state.PeerCertificates[0].NotAfter)
	text := fmt.Sprintf("%s with a trusted certificate for %s, valid for another %d days, in %s",
		tls.VersionName(state.Version), c.target.Host, int(left.Hours()/24), shown(time.Since(begin)))
	if left < expiresSoon {
		c.warn("tls", text, "every connection fails from the moment it expires", "renew the certificate of "+address)
		return secured
	}
	c.Good("tls", "%s", text)
	return secured
}

// handshake secures a connection; when it fails the connection is closed.
func handshake(conn net.Conn, settings TLS, host string, timeout time.Duration) (*tls.Conn, error) {
	config, err := settings.config(host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	secured := tls.Client(conn, config)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	err = secured.HandshakeContext(ctx)
	if err == nil && secured.ConnectionState().Version >= tls.VersionTLS13 {
		err = refusedAfterHandshake(secured, timeout)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secured, nil
}

// refusedAfterHandshake looks whether the server hangs up: with TLS 1.3 it judges our certificate only after our side of the
// handshake has ended.
func refusedAfterHandshake(conn *tls.Conn, timeout time.Duration) error {
	_, err := wire.NewClient(conn, timeout).Do("PING")
	if errors.As(err, new(wire.ServerError)) {
		return nil // it speaks with us
	}
	return err
}

func (t TLS) config(host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if t.SNI != "" {
		config.ServerName = t.SNI
	}
	if t.Cert != "" || t.Key != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("the client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	files := []string{t.CAFile}
	if t.CAFile == "" {
		if t.CADirectory == "" {
			return config, nil // the system's authorities
		}
		var err error
		if files, err = filepath.Glob(filepath.Join(t.CADirectory, "*")); err != nil {
			return nil, fmt.Errorf("the directory of authorities: %w", err)
		}
	}
	config.RootCAs = x509.NewCertPool()
	found := false
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("the authorities: %w", err)
		}
		found = config.RootCAs.AppendCertsFromPEM(content) || found
	}
	if !found {
		return nil, fmt.Errorf("the authorities: no certificate in %s%s", t.CAFile, t.CADirectory)
	}
	return config, nil
}

func explainDial(err error, address string) (text, cure string) {
	var unknown *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &unknown):
		return fmt.Sprintf("the name %s is not known: %s", unknown.Name, unknown.Err), "correct the name, or the DNS server of this machine (getent hosts " + unknown.Name + ")"
	case errors.Is(err, syscall.ECONNREFUSED):
		return address + " refuses connections",
			"nothing listens there: is Redis running, is the port right, does its bind setting include this address?"
	case errors.Is(err, syscall.ENOENT):
		return address + " does not exist", "is Redis running, and is the path of the socket right?"
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return address + " may not be used by this account: " + err.Error(), "run this as root, or put the account into the group of the socket's directory"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route to " + address, "correct the address, or the routes between the networks (VPC peering)"
	case errors.As(err, &network) && network.Timeout():
		return address + " does not answer",
			"a firewall or security group drops the packets, or the host is down: allow this machine's address to reach the port"
	}
	return err.Error(), "see the error"
}

func explainTLS(err error, target Target) (text, cure string) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate is not valid at this time: " + invalid.Detail, "renew the certificate of the server (or set the clock of this machine)"
	case errors.As(err, &unknown):
		return "the certificate is signed by an authority that is not trusted here",
			"give the authority's certificate: --cacert FILE, or gitlab_rails['redis_tls_ca_cert_file'] = '/etc/gitlab/trusted-certs/redis-ca.crt'"
	case errors.As(err, &name):
		return "the certificate is for another name: " + name.Error(), "connect by a name that the certificate has, or have one issued for " + target.Host
	case errors.As(err, &header), strings.Contains(err.Error(), "first record does not look like a TLS handshake"):
		return "the server does not speak TLS on this port", "use redis:// (gitlab_rails['redis_ssl'] = false), or the TLS port, often 6380"
	case strings.Contains(err.Error(), "certificate required"), strings.Contains(err.Error(), "bad certificate"):
		return "the server wants a client certificate that it trusts: " + err.Error(),
			"give one: --cert FILE --key FILE, or gitlab_rails['redis_tls_client_cert_file'] and ['redis_tls_client_key_file']"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the server closes the connection after the TLS handshake: " + err.Error(),
			"see its log; if it wants a client certificate give one: --cert FILE --key FILE"
	case errors.Is(err, context.DeadlineExceeded):
		return "the server does not answer the TLS handshake", "plain Redis waits for more in silence: if this is no TLS port use redis:// (gitlab_rails['redis_ssl'] = false)"
	}
	return err.Error(), "see the error"
}

// findPrimary asks the Sentinels where the primary is, and reports each one that does not tell.
func (c *checker) findPrimary() bool {
	var silent []string
	for _, sentinel := range c.target.Sentinels {
		host, port, err := askSentinel(sentinel, c.target)
		if err != nil {
			silent = append(silent, fmt.Sprintf("%s:%d: %v", sentinel.Host, sentinel.Port, err))
			continue
		}
		if c.target.Host == "" || c.primary == "" {
			c.target.Host, c.target.Port, c.primary = host, port, net.JoinHostPort(host, strconv.Itoa(port))
		} else if found := net.JoinHostPort(host, strconv.Itoa(port)); found != c.primary {
			silent = append(silent, fmt.Sprintf("%s:%d: knows another primary, %s", sentinel.Host, sentinel.Port, found))
		}
	}
	why := "GitLab finds the primary through its Sentinels; with fewer than their quorum there is no failover"
	cure := "start them (gitlab-ctl status sentinel), and compare gitlab_rails['redis_sentinels'], the master name and redis_sentinels_password"
	switch {
	case c.primary == "":
		c.fail("sentinels", "no Sentinel names a primary:\n"+strings.Join(silent, "\n"), why, cure)
		return false
	case len(silent) > 0:
		c.warn("sentinels", fmt.Sprintf("%s is the primary, but:\n%s", c.primary, strings.Join(silent, "\n")), why, cure)
	default:
		c.Good("sentinels", "all %d name %s as the primary", len(c.target.Sentinels), c.primary)
	}
	return true
}

func askSentinel(sentinel Sentinel, target Target) (host string, port int, err error) {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(sentinel.Host, strconv.Itoa(sentinel.Port)), target.Timeout)
	if err != nil {
		return "", 0, err
	}
	if target.SentinelsTLS.Enabled {
		if conn, err = handshake(conn, target.SentinelsTLS, sentinel.Host, target.Timeout); err != nil {
			return "", 0, err
		}
	}
	client := wire.NewClient(conn, target.Timeout)
	defer client.Close()
	if target.SentinelsPassword != "" {
		if _, err := client.Do("AUTH", target.SentinelsPassword); err != nil {
			return "", 0, err
		}
	}
	reply, err := client.Do("SENTINEL", "get-master-addr-by-name", target.Master)
	if err != nil {
		return "", 0, err
	}
	pair, ok := reply.([]any)
	if !ok || len(pair) != 2 {
		return "", 0, fmt.Errorf("it knows no primary called %q", target.Master)
	}
	host, _ = pair[0].(string)
	text, _ := pair[1].(string)
	port, err = strconv.Atoi(text)
	return host, port, err
}
