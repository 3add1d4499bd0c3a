package tls

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"redoubt/test/inprocess"
)

// TestMigrate: with tls-cluster MIGRATE speaks TLS, shows the certificate for clients, and believes the configured
// authorities only.
func TestMigrate(t *testing.T) {
	ours, foreign := newAuthority(t), newAuthority(t)
	ours.issue("server")
	ours.issue("client")
	foreign.issue("server")
	foreign.issue("client")
	source := inprocess.Start(t, "--tls-cluster", "yes", "--tls-cert-file", ours.path("server.crt"), "--tls-key-file", ours.path("server.key"),
		"--tls-client-cert-file", ours.path("client.crt"), "--tls-client-key-file", ours.path("client.key"),
		"--tls-ca-cert-file", ours.path("ca.crt"))
	c := redis.NewClient(&redis.Options{Addr: source.Addr})
	defer c.Close()
	ctx := context.Background()
	migrate := func(addr string) error {
		if err := c.Set(ctx, "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		host, port, _ := net.SplitHostPort(addr)
		return c.Do(ctx, "MIGRATE", host, port, "k", "0", "5000", "REPLACE").Err()
	}
	target := start(t, ours)
	if err := migrate(target.Addr); err != nil {
		t.Error(err)
	}
	client := redis.NewClient(&redis.Options{Addr: target.Addr, TLSConfig: &tls.Config{
		RootCAs: ours.pool, Certificates: []tls.Certificate{ours.issue("reader")}, ServerName: "127.0.0.1",
	}})
	defer client.Close()
	if v, err := client.Get(ctx, "k").Result(); v != "v" || err != nil {
		t.Error(v, err)
	}
	for name, addr := range map[string]string{"a foreign authority": start(t, foreign).Addr, "no TLS": inprocess.Start(t).Addr} {
		if err := migrate(addr); err == nil || !strings.HasPrefix(err.Error(), "IOERR ") {
			t.Errorf("%s: %v", name, err)
		}
		if n, err := c.Exists(ctx, "k").Result(); n != 1 || err != nil {
			t.Errorf("%s: the key is gone, %v", name, err)
		}
	}
}
