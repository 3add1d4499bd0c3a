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
	TasksMax int64
}

// Running says whether systemd runs this machine.
func Running() bool {
	info, err := os.Stat("/run/systemd/system")
	return err == nil && info.IsDir()
}

// Render returns the unit file. KillMode=process: stopping the unit asks the supervisor, which stops its services in
// order; a supervisor that crashed leaves them running for its successor.
func (u Unit) Render() []byte {
	return fmt.Appendf(nil, `# Written by gitlab-ctl reconfigure (Redoubt); changes here are overwritten.
[Unit]
Description=GitLab Redis node supervisor (Redoubt)
After=network-online.target
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
Delegate=memory cpu
Slice=gitlab.slice

[Install]
WantedBy=%s
`, escape(u.Binary), u.TasksMax, u.WantedBy)
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
