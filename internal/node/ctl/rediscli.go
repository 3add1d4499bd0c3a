package ctl

import (
	"errors"
	"os"
	"os/exec"
	"strconv"

	"redoubt/internal/node/connection"
	"redoubt/internal/node/paths"
)

// RedisCLI returns what a redis-cli needs to talk to this node's server: arguments to put before the user's own, and an
// environment variable (REDISCLI_AUTH=…, or "" when there is no password) that keeps the password off the command line.
// root is --root or REDOUBT_ROOT, or "". The error says what to do.
func RedisCLI(root string) (args []string, auth string, err error) {
	layout, err := paths.New(root)
	if err != nil {
		return nil, "", err
	}
	settings, err := connection.OfNode(layout)
	if err != nil {
		return nil, "", err
	}
	if settings.Password != "" {
		auth = "REDISCLI_AUTH=" + settings.Password
	}
	return redisCLIArguments(settings), auth, nil
}

// redisCLIArguments prefers the socket, then the plain port, then TLS, as gitlab-redis-cli always did.
func redisCLIArguments(settings connection.Settings) []string {
	if settings.Socket != "" {
		return []string{"-s", settings.Socket}
	}
	if !settings.TLS {
		return []string{"-h", settings.Host, "-p", strconv.Itoa(settings.Port)}
	}
	args := []string{"-h", settings.Host, "-p", strconv.Itoa(settings.TLSPort), "--tls"}
	if settings.TLSCACertFile != "" {
		args = append(args, "--cacert", settings.TLSCACertFile)
	}
	if settings.TLSClientAuth {
		args = append(args, "--cert", settings.TLSCertFile, "--key", settings.TLSKeyFile)
	}
	return args
}

// redisCLI runs this program's own client, connected to this node's server.
func redisCLI(i *invocation) int {
	args, auth, err := RedisCLI(i.layout.Root())
	if err != nil {
		return i.fail(err)
	}
	binary, err := os.Executable()
	if err != nil {
		return i.fail(err)
	}
	client := exec.Command(binary, append(append([]string{"cli"}, args...), i.args...)...)
	client.Stdin, client.Stdout, client.Stderr = i.stdin, i.stdout, i.stderr
	if auth != "" {
		client.Env = append(os.Environ(), auth)
	}
	err = client.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode()
	}
	if err != nil {
		return i.fail(err)
	}
	return exitOK
}
