// Package kernel knows the kernel settings that a Redis machine wants, reads them and sets them now and for later boots.
// GitLab's package sets none of them and leaves Redis to log warnings about each.
package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"redoubt/internal/node/atomicfile"
	"redoubt/internal/node/paths"
)

// Setting is one kernel setting and what it should be.
type Setting struct {
	Name   string // as sysctl calls it, or a path below /sys
	Path   string
	Want   string
	Reason string
	met    func(current string) bool
}

// Settings lists what a Redis machine wants.
func Settings() []Setting {
	return []Setting{
		{
			Name: "vm.overcommit_memory", Path: "/proc/sys/vm/overcommit_memory", Want: "1",
			Reason: "large reservations of address space must not be refused",
			met:    func(current string) bool { return current == "1" },
		},
		{
			Name: "net.core.somaxconn", Path: "/proc/sys/net/core/somaxconn", Want: "2048",
			Reason: "the queue of connections waiting to be accepted must hold a reconnect storm",
			met:    atLeast(2048),
		},
		{
			Name: "fs.file-max", Path: "/proc/sys/fs/file-max", Want: "1000000",
			Reason: "every connection is an open file",
			met:    atLeast(1000000),
		},
		{
			Name: "/sys/kernel/mm/transparent_hugepage/enabled", Path: "/sys/kernel/mm/transparent_hugepage/enabled", Want: "madvise",
			Reason: "huge pages handed out unasked cost memory and latency",
			met:    func(current string) bool { return !strings.Contains(current, "[always]") },
		},
	}
}

func atLeast(least uint64) func(string) bool {
	return func(current string) bool {
		value, err := strconv.ParseUint(current, 10, 64)
		return err == nil && value >= least
	}
}

// Condition is what a look at one setting found.
type Condition int

// The conditions of a setting.
const (
	Met        Condition = iota
	Settable             // differs and can be set
	Unsettable           // differs, and this environment (a container, an old kernel) does not let us
)

// Look reads the setting.
func (s Setting) Look() (Condition, string) {
	content, err := os.ReadFile(s.Path)
	if err != nil {
		return Unsettable, "unreadable"
	}
	current := strings.TrimSpace(string(content))
	switch {
	case s.met(current):
		return Met, current
	case unix.Access(s.Path, unix.W_OK) != nil:
		return Unsettable, current
	}
	return Settable, current
}

// Set writes the setting to the running kernel and to a file that is applied at boot.
func (s Setting) Set(layout paths.Layout) error {
	if err := os.WriteFile(s.Path, []byte(s.Want), 0o644); err != nil {
		return fmt.Errorf("set %s: %w", s.Name, err)
	}
	directory, name, line := layout.SysctlDirectory(), "90-redoubt-"+strings.ReplaceAll(s.Name, ".", "-")+".conf", s.Name+" = "+s.Want+"\n"
	if strings.HasPrefix(s.Name, "/") {
		directory, name, line = layout.At("/etc/tmpfiles.d"), "redoubt-hugepages.conf", "w "+s.Name+" - - - - "+s.Want+"\n"
	}
	if _, err := os.Stat(directory); errors.Is(err, fs.ErrNotExist) {
		return nil // nothing on this machine would read it at boot
	}
	return atomicfile.Write(filepath.Join(directory, name), []byte("# Set by redoubt: "+s.Reason+"\n"+line), 0o644, nil)
}
