// Package liveconfig compares a running server's configuration with what it should be and changes it in place, so that a
// reconfigure restarts Redis only for what Redis cannot change while it runs.
package liveconfig

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/wire"
)

// Change is one setting that differs in the running server. Values are canonical, which CONFIG SET accepts.
type Change struct {
	Name, From, To string
}

// String shows the change with secrets hidden.
func (c Change) String() string {
	if redisconf.Secret(c.Name) {
		return c.Name + ": changed (values are not shown)"
	}
	return fmt.Sprintf("%s: %s -> %s", c.Name, redisconf.Displayed(c.Name, c.From), redisconf.Displayed(c.Name, c.To))
}

// Unset lists what a server has when nothing sets it, for directives that a change of gitlab.rb may take away.
func Unset() redisconf.Settings {
	return redisconf.Settings{
		"requirepass": "", "masterauth": "", "replica-announce-ip": "", "replica-announce-port": "0",
		"lazyfree-lazy-eviction": "no", "lazyfree-lazy-expire": "no", "lazyfree-lazy-server-del": "no",
		"replica-lazy-flush": "no", "tls-port": "0",
	}
}

// ignored are settings whose live value is no statement about the file: the server resolves dir, Sentinel and replication
// own replicaof, and the others only mean something at start, where a change of the file is noticed by itself.
var ignored = []string{
	"dir", "replicaof", "unixsocket", "logfile", "pidfile", "daemonize", "supervised", "user", "include", "loadmodule",
	"rename-command",
}

// startOnly are settings that Redis reads at start only.
var startOnly = []string{
	"always-show-logo", "appendfilename", "appenddirname", "aclfile", "daemonize", "databases", "include", "io-threads",
	"io-threads-do-reads", "loadmodule", "logfile", "pidfile", "rdbchecksum", "rename-command", "supervised", "syslog-enabled",
	"syslog-facility", "syslog-ident", "tcp-backlog", "unixsocket", "unixsocketperm", "user", "cluster-enabled",
	"cluster-config-file", "set-proc-title", "disable-thp", "dir",
}

// StartOnly says whether a change of the directive needs a restart.
func StartOnly(name string) bool { return slices.Contains(startOnly, name) }

// Read asks a server for its whole configuration. configCommand is the name CONFIG goes by there.
func Read(client *wire.Client, configCommand string) (redisconf.Settings, error) {
	pairs, err := client.Pairs(configCommand, "GET", "*")
	if err != nil {
		return nil, fmt.Errorf("read the running configuration: %w", err)
	}
	live := redisconf.Settings{}
	for name, value := range pairs {
		canonicalName, canonical := redisconf.LiveMeaning(name, value)
		live[canonicalName] = canonical
	}
	return live, nil
}

// Compare lists, sorted by name, where a running server differs from wanted: what can be set while it runs and what needs
// a restart. A setting that the server does not know is not a difference.
func Compare(wanted, live redisconf.Settings) (hot, cold []Change) {
	all := Unset()
	maps.Copy(all, wanted)
	for _, name := range all.Names() {
		current, known := live[name]
		if !known || current == all[name] || slices.Contains(ignored, name) {
			continue
		}
		change := Change{Name: name, From: current, To: all[name]}
		if StartOnly(name) {
			cold = append(cold, change)
		} else {
			hot = append(hot, change)
		}
	}
	return hot, cold
}

// Apply sets the changes one by one. Those that the server refuses come back as text with its answer; they need a restart.
// The order keeps the server closed: a password comes before wider listening, and goes after narrower.
func Apply(client *wire.Client, configCommand string, changes []Change) (refused []string, err error) {
	ordered := slices.Clone(changes)
	slices.SortStableFunc(ordered, func(a, b Change) int { return rank(a) - rank(b) })
	for _, change := range ordered {
		_, err := client.Do(configCommand, "SET", change.Name, change.To)
		var answer wire.ServerError
		if errors.As(err, &answer) {
			refused = append(refused, fmt.Sprintf("%s (the server said: %s)", change.Name, answer))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("set %s in the running server: %w", change.Name, err)
		}
	}
	return refused, nil
}

func rank(change Change) int {
	switch {
	case change.Name == "requirepass" && change.To != "":
		return 0
	case change.Name == "requirepass":
		return 3
	case change.Name == "bind" || strings.HasSuffix(change.Name, "port"):
		return 2
	}
	return 1
}
