package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// CheckExposure refuses a configuration that lets anybody on the network in: one that listens beyond loopback while no
// credential is needed. credential tells whether a client has to authenticate. The server asks before it listens, and
// again when bind, port or a password changes.
//
// Without any bind directive the server listens everywhere, as Redis does, and that alone is not refused as long as
// protected-mode is on: it turns away every client from beyond loopback until there is a credential. Who writes down an
// address, though, wants it to be reached.
func (s *Snapshot) CheckExposure(credential bool) error {
	if s.Int("port") == 0 && s.Int("tls-port") == 0 {
		return nil
	}
	if !s.Explicit("bind") && s.Bool("protected-mode") {
		return nil
	}
	return CheckExposure(s.Bind(), credential, s.Bool("allow-insecure"))
}

// CheckExposure is the rule itself, for a list of addresses in the notation of bind.
func CheckExposure(bind []string, credential, allowInsecure bool) error {
	if credential || allowInsecure {
		return nil
	}
	var exposed []string
	for _, address := range bind {
		if !isLoopback(address) {
			exposed = append(exposed, address)
		}
	}
	if len(exposed) == 0 {
		return nil
	}
	return fmt.Errorf("Refusing to listen beyond loopback (bind %s) without a password: anybody who can reach this "+
		"machine could read and change all data. Do one of these: 1. set a password (requirepass, or an ACL user with a "+
		"password in place of the default user), 2. listen on loopback only (bind 127.0.0.1 -::1), or 3. if the network "+
		"itself is trusted, say so with allow-insecure yes.", strings.Join(exposed, " "))
}

// isLoopback tells whether an address of bind is reachable from this machine only. A host name other than localhost is
// not taken to be.
func isLoopback(address string) bool {
	address = strings.TrimPrefix(address, "-")
	if strings.EqualFold(address, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.Unmap().IsLoopback()
}
