package main

import (
	"fmt"
	"io"
	"os"

	"redoubt/internal/cli"
	"redoubt/internal/node/connection"
	"redoubt/internal/node/paths"
)

// nodeCLI is gitlab-redis-cli: the client with the address and credentials of this node's own server.
func nodeCLI(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	layout, err := paths.New(os.Getenv("REDOUBT_ROOT"))
	if err != nil {
		fmt.Fprintln(stderr, "gitlab-redis-cli:", err)
		return 1
	}
	c, err := connection.OfNode(layout)
	if err != nil {
		fmt.Fprintln(stderr, "gitlab-redis-cli:", err)
		return 1
	}
	d := cli.Defaults{Program: "gitlab-redis-cli", Socket: c.Socket, Host: c.Host, Port: c.Port, Password: c.Password}
	if c.TLS {
		d.Port, d.TLS, d.CACert = c.TLSPort, true, c.TLSCACertFile
		if c.TLSClientAuth {
			d.Cert, d.Key = c.TLSCertFile, c.TLSKeyFile
		}
	}
	return cli.Main(args, stdin, stdout, stderr, d)
}
