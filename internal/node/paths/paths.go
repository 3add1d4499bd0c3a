// Package paths names every absolute path the node manager reads or writes.
//
// The names are those of GitLab's Linux package, so an existing data directory is simply used. A Layout places them
// either on the real machine or below another root (--root DIR, REDOUBT_ROOT); no other package of the node manager
// builds an absolute path, which is what makes "everything stays below DIR" true.
package paths

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Fixed locations, as they read on a machine that has no --root.
const (
	configDirectory  = "/etc/gitlab"
	dataDirectory    = "/var/opt/gitlab"
	logDirectory     = "/var/log/gitlab"
	packageDirectory = "/opt/gitlab"
)

// Layout maps the absolute paths of the node to places in the file system. The zero value is the real machine.
type Layout struct {
	root string
}

// New returns the layout below root; an empty root or "/" is the real machine. A relative root is made absolute.
func New(root string) (Layout, error) {
	if root == "" {
		return Layout{}, nil
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		return Layout{}, fmt.Errorf("resolve the root directory %q: %w", root, err)
	}
	if absolute == "/" {
		return Layout{}, nil
	}
	return Layout{root: absolute}, nil
}

// Root returns the directory everything is placed below, or "" for the real machine.
func (l Layout) Root() string { return l.root }

// Relocated says whether the node lives below another root. Accounts, ownership, kernel settings and systemd belong to
// the real machine and are left alone then.
func (l Layout) Relocated() bool { return l.root != "" }

// At returns where the absolute path p lives. A path that already is below the root is returned unchanged, so that
// values which were relocated once (the content of a rendered redis.conf) are not relocated twice.
func (l Layout) At(p string) string {
	if l.root == "" {
		return p
	}
	p = filepath.Clean("/" + p)
	if p == l.root || strings.HasPrefix(p, l.root+"/") {
		return p
	}
	return filepath.Join(l.root, p)
}

// ConfigDirectory is where gitlab.rb and the flag files live.
func (l Layout) ConfigDirectory() string { return l.At(configDirectory) }

// ConfigFile is gitlab.rb.
func (l Layout) ConfigFile() string { return l.At(configDirectory + "/gitlab.rb") }

// SentinelIdentity keeps the id of this node's Sentinel.
func (l Layout) SentinelIdentity() string { return l.At(configDirectory + "/gitlab-sentinel.json") }

// Secrets is the file of the secrets that all nodes of a GitLab share.
func (l Layout) Secrets() string { return l.At(configDirectory + "/gitlab-secrets.json") }

// SkipReconfigureFlags lists the flag files that keep an upgrade from reconfiguring: today's name and the one of 2016.
func (l Layout) SkipReconfigureFlags() []string {
	return []string{
		l.At(configDirectory + "/skip-auto-reconfigure"),
		l.At(configDirectory + "/skip-auto-migrations"),
	}
}

// DataDirectory is the parent of all data directories.
func (l Layout) DataDirectory() string { return l.At(dataDirectory) }

// LogDirectory is the parent of all log directories.
func (l Layout) LogDirectory() string { return l.At(logDirectory) }

// PackageDirectory is the parent of service definitions and of the supervisor's own files.
func (l Layout) PackageDirectory() string { return l.At(packageDirectory) }

// ServiceDefinitions holds one directory for each service that this node knows.
func (l Layout) ServiceDefinitions() string { return l.At(packageDirectory + "/sv") }

// EnabledServices holds one link into ServiceDefinitions for each service that is enabled.
func (l Layout) EnabledServices() string { return l.At(packageDirectory + "/service") }

// SupervisorDirectory holds the supervisor's lock, control socket and own log.
func (l Layout) SupervisorDirectory() string { return l.At(packageDirectory + "/supervise") }

// NodeFile records, for tools such as gitlab-redis-cli, where this node's redis.conf is.
func (l Layout) NodeFile() string { return l.At(packageDirectory + "/etc/node.json") }

// FirewallFile holds the firewall rules for the next boot.
func (l Layout) FirewallFile() string { return l.At(packageDirectory + "/etc/firewall.json") }

// PackageSupervisor exists where GitLab's own package, which uses the same directories, is installed.
func (l Layout) PackageSupervisor() string {
	return l.At(packageDirectory + "/embedded/bin/runsvdir-start")
}

// SystemdUnits is where the administrator's systemd units live.
func (l Layout) SystemdUnits() string { return l.At("/etc/systemd/system") }

// SysctlDirectory is where kernel settings that survive a boot live.
func (l Layout) SysctlDirectory() string { return l.At("/etc/sysctl.d") }
