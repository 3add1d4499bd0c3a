// Package systemd has the node's supervisor started at boot on machines that systemd runs.
package systemd

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"redoubt/internal/node/atomicfile"
	"redoubt/internal/node/paths"
)

// UnitName is the supervisor's unit. It plays the part of gitlab-runsvdir.service and has a name of its own so that an
// installed GitLab package and this program never overwrite each other's unit.
const UnitName = "redoubt-supervisor.service"

// Unit says what goes into the unit file.
type Unit struct {
	Binary   string
	WantedBy string
	After    string // units to wait for at boot besides our own, separated by blanks
	TasksMax int64
	Writable []string // directories that services write to
}

// Running says whether systemd runs this machine.
func Running() bool {
	info, err := os.Stat("/run/systemd/system")
	return err == nil && info.IsDir()
}

// capabilities are what the supervisor needs: to own and open the logs and pipes of services, to start them under another
// account with their own limits, to signal them, and to restore the firewall. None reaches a service: those run as an account.
const capabilities = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL CAP_SETGID CAP_SETUID CAP_SYS_RESOURCE CAP_NET_ADMIN"

// Render returns the unit file. KillMode=process: stopping the unit asks the supervisor, which stops its services in
// order; a supervisor that crashed leaves them running for its successor. After nftables.service, because that one begins
// with an empty ruleset and would take our table away.
//
// The sandbox is the services' too. Left out of it on purpose: PrivateTmp (a socket may be in /tmp), ProtectProc (the supervisor
// looks at processes of the account), PrivateUsers and PrivateNetwork (they would be cut off), MemoryMax (a limit that
// the primary can hit ends it; redis['maxmemory'] is the limit that it can live with).
func (u Unit) Render() []byte {
	return fmt.Appendf(nil, `# Written by gitlab-ctl reconfigure (Redoubt); changes here are overwritten.
[Unit]
Description=GitLab Redis node supervisor (Redoubt)
After=network-online.target nss-lookup.target nftables.service%s
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=%s ctl supervise
Restart=always
RestartSec=1
KillMode=process
TimeoutStopSec=infinity
TasksMax=%d
LimitNOFILE=50000
LimitCORE=0
UMask=0077
Delegate=memory cpu
Slice=gitlab.slice

NoNewPrivileges=yes
CapabilityBoundingSet=%s
ProtectSystem=strict
%sProtectHome=read-only
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=%s
`, u.after(), escape(u.Binary), u.TasksMax, capabilities, u.writable(), u.WantedBy)
}

func (u Unit) after() string {
	if u.After == "" {
		return ""
	}
	return " " + u.After
}

// writable are the lines about the directories. One that does not exist, such as a volume that is not mounted yet, is no error.
func (u Unit) writable() string {
	var lines strings.Builder
	for _, path := range u.Writable {
		fmt.Fprintf(&lines, "ReadWritePaths=%s\n", quote("-"+path))
	}
	return lines.String()
}

// quote writes a word of a setting that knows no variables.
func quote(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(word) + `"`
}

func escape(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(path) + `"`
}

func unitPath(layout paths.Layout) string { return filepath.Join(layout.SystemdUnits(), UnitName) }

// Installed says whether the unit file has exactly this content and is enabled.
func (u Unit) Installed(layout paths.Layout) (bool, error) {
	content, err := os.ReadFile(unitPath(layout))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, linkErr := os.Lstat(filepath.Join(layout.SystemdUnits(), u.WantedBy+".wants", UnitName))
	return bytes.Equal(content, u.Render()) && linkErr == nil, nil
}

// ChangedSince says whether the unit file was written after that time.
func ChangedSince(layout paths.Layout, start time.Time) bool {
	info, err := os.Stat(unitPath(layout))
	return err == nil && info.ModTime().After(start)
}

// Install writes the unit and enables it.
func (u Unit) Install(layout paths.Layout) error {
	if err := atomicfile.Write(unitPath(layout), u.Render(), 0o644, nil); err != nil {
		return err
	}
	return errors.Join(systemctl("daemon-reload"), systemctl("enable", UnitName))
}

// Start starts the supervisor through systemd and returns when it runs.
func Start() error { return systemctl("start", UnitName) }

// Stop ends the supervisor and its services through systemd, which would start it again otherwise.
func Stop() error { return systemctl("stop", UnitName) }

// Remove stops and disables the unit and deletes its file; a unit that is not there is fine.
func Remove(layout paths.Layout) error {
	if _, err := os.Stat(unitPath(layout)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := systemctl("disable", "--now", UnitName); err != nil {
		return err
	}
	return errors.Join(os.Remove(unitPath(layout)), systemctl("daemon-reload"))
}

func systemctl(args ...string) error {
	output, err := exec.Command("systemctl", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("systemctl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
