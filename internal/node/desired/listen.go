package desired

import (
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"strings"

	"redoubt/internal/node/connection"
	"redoubt/internal/node/paths"
	"redoubt/internal/node/wire"
)

// maxSocketPath is what a Unix socket address can hold.
const maxSocketPath = 107

// listening is where the server shall accept connections.
type listening struct {
	bind    []string
	port    int64
	tlsPort int64
	socket  string // "" when TCP is on
	// certFile and keyFile are the server's own, relocated.
	certFile, keyFile string
	clientAuth        bool // clients must show a certificate
}

func readListen(r *reader, layout paths.Layout) listening {
	listen := listening{
		bind:    strings.Fields(r.text("127.0.0.1", "redis", "bind")),
		port:    r.bounded(0, 0, 65535, "redis", "port"),
		tlsPort: r.bounded(0, 0, 65535, "redis", "tls_port"),
	}
	listen.readCertificate(r, layout, "redis")
	if listen.port > 0 || listen.tlsPort > 0 {
		if len(listen.bind) == 0 {
			r.fail(r.pos("redis", "bind"), "redis['bind'] names no address, so a server would listen on all of them; write the addresses")
		}
		return listen
	}
	if value, ok := r.value("redis", "unixsocket"); ok && !value.Truthy() {
		r.fail(r.pos("redis", "unixsocket"), "redis['unixsocket'] is off and redis['port'] is 0: nobody could connect; set one of them")
		return listen
	}
	listen.socket = layout.At(r.text("/var/opt/gitlab/redis/redis.socket", "redis", "unixsocket"))
	if len(listen.socket) > maxSocketPath {
		r.fail(r.pos("redis", "unixsocket"), "the socket path %s is %d bytes long, the system allows %d: set redis['unixsocket'] to a shorter one",
			listen.socket, len(listen.socket), maxSocketPath)
	}
	return listen
}

// readCertificate takes over a section's certificate and key.
func (l *listening) readCertificate(r *reader, layout paths.Layout, section string) {
	l.clientAuth = r.text("", section, "tls_auth_clients") == "yes"
	for key, file := range map[string]*string{"tls_cert_file": &l.certFile, "tls_key_file": &l.keyFile} {
		if path := r.text("", section, key); path != "" {
			*file = layout.At(path)
		}
	}
}

// localAddress is how tools on this machine reach the server.
func (l listening) localAddress(password string) wire.Address {
	if l.socket != "" {
		return wire.Address{Socket: l.socket, Password: password}
	}
	address := wire.Address{Host: connection.ReachableHost(l.bind), Port: int(l.port), Password: password}
	if l.port == 0 {
		address = connection.OverTLS(address, int(l.tlsPort), l.clientAuth, l.certFile, l.keyFile)
	}
	return address
}

// beyondLoopback returns the first listen address that other machines can reach.
func (l listening) beyondLoopback() (string, bool) {
	if l.port == 0 && l.tlsPort == 0 {
		return "", false
	}
	for _, address := range l.bind {
		address = strings.TrimPrefix(address, "-")
		if ip, err := netip.ParseAddr(address); err == nil && ip.Unmap().IsLoopback() || address == "localhost" {
			continue
		}
		return address, true
	}
	return "", false
}

// checkPosture is the rule that a Redis which other machines can reach has a password.
func checkPosture(r *reader, listen listening, password string) {
	address, exposed := listen.beyondLoopback()
	if !exposed || password != "" || r.boolean(false, "redis", "allow_insecure") {
		return
	}
	pos := r.pos("redis", "bind")
	r.fail(pos, "redis would listen on %s without a password: anybody who reaches this machine could read and change all data. Do one of:\n"+
		"  1. set a password, for example this fresh one: redis['password'] = '%s'\n"+
		"  2. listen on this machine only: redis['bind'] = '127.0.0.1'\n"+
		"  3. say that you want it so (isolated network): redis['allow_insecure'] = true", address, GeneratePassword())
}

// GeneratePassword returns a fresh password of 256 random bits in characters that need no quoting anywhere.
func GeneratePassword() string {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails, by its documentation
	return base64.RawURLEncoding.EncodeToString(secret)
}
