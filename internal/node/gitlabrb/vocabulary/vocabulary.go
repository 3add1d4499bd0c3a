// Package vocabulary knows the words of gitlab.rb: which sections, scalars and
// roles are legal, which keys the sections of a Redis or Sentinel node have
// with their types and defaults, and what became of names that were legal once.
//
// It is data. The evaluator uses it to reject unknown sections and to warn of
// unknown keys; the reference of settings is generated from it.
package vocabulary

import (
	"slices"
	"strings"
)

// Type is what a key takes.
type Type string

// The types of keys.
const (
	Any       Type = "any"
	Boolean   Type = "bool"
	Integer   Type = "int"
	String    Type = "string"
	Strings   Type = "array of strings"
	Table     Type = "hash"
	YesNo     Type = "yes or no"
	Octets    Type = "size" // a number of bytes, maybe with kb, mb, gb
	Path      Type = "path"
	PathOrOff Type = "path or false"
	OneOf     Type = "one of" // Key.Values
	Mode      Type = "octal mode"
)

// Effect is how a changed key takes effect.
type Effect string

// The effects.
const (
	Live      Effect = "while it runs"    // set in the running server
	Restart   Effect = "restart"          // the service is restarted
	NextStart Effect = "next start"       // nothing is restarted for it
	FirstTime Effect = "set-up of a tier" // afterwards Sentinel decides; without Sentinel it is applied while it runs
	LogLive   Effect = "log, at once"
	Tools     Effect = "reconfigure" // what reconfigure and the tools do with the machine
	Accepted  Effect = "none here"   // accepted, so that nodes may share a file
)

// Key is one second-level setting, such as redis['port'].
type Key struct {
	Name    string
	Type    Type
	Default string // as it would be written in gitlab.rb; "nil" when there is none
	Doc     string
	Effect  Effect
	// Directive is the line of redis.conf or sentinel.conf that the key becomes, "" when it becomes none.
	Directive string
	Values    []string // for OneOf
	// Differs says how GitLab's package behaves differently, and why we do not, or nothing.
	Differs string
}

// DefaultText is the default as text, "" when there is none or when it is computed.
func (k Key) DefaultText() string {
	text := k.Default
	if quoted, ok := strings.CutPrefix(text, "'"); ok {
		return strings.TrimSuffix(quoted, "'")
	}
	if text == "true" || text == "false" || text != "" && strings.Trim(text, "0123456789") == "" {
		return text
	}
	return ""
}

// Section is a first-level name that holds a hash.
type Section struct {
	Name string
	// Parent is "", "gitlab", "monitoring" or "roles": where show-config puts it.
	Parent string
	// Keys are the known keys. Complete says that there are no others.
	Keys     []Key
	Complete bool
	// Checked is a prefix: keys that begin with it must be among Keys, others
	// may be anything. Used for gitlab_rails['redis_…'].
	Checked string
}

// Lookup is the section of that name.
func Lookup(name string) (Section, bool) {
	if parent, ok := parents[name]; ok {
		s := detailed(name)
		s.Name, s.Parent = name, parent
		return s, true
	}
	if role, ok := strings.CutSuffix(name, "_role"); ok && slices.Contains(roles, role) {
		return Section{Name: name, Parent: "roles", Keys: enableOnly, Complete: true}, true
	}
	return Section{}, false
}

// IsScalar reports whether name is set by calling it: external_url 'x'.
func IsScalar(name string) bool { return slices.Contains(scalars, name) }

// IsRole reports whether name, with its _role suffix, is a role.
func IsRole(name string) bool {
	role, ok := strings.CutSuffix(name, "_role")
	return ok && slices.Contains(roles, role)
}

// Roles are the names of all roles, with their suffix.
func Roles() []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = r + "_role"
	}
	return out
}

// Scalars are the names that are set by calling them.
func Scalars() []string { return slices.Clone(scalars) }

// Sections are the names of all sections, sorted, without the role hashes.
func Sections() []string {
	out := make([]string, 0, len(parents))
	for name := range parents {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Names are all legal first-level names.
func Names() []string {
	return slices.Concat(Sections(), scalars, Roles())
}

// Key is the key of that name; ok is false when it is unknown.
func (s Section) Key(name string) (Key, bool) {
	for _, k := range s.Keys {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// Suspicious reports whether a key is certainly none of this section.
func (s Section) Suspicious(name string) bool {
	if _, ok := s.Key(name); ok {
		return false
	}
	return s.Complete || s.Checked != "" && strings.HasPrefix(name, s.Checked)
}

// Nearest is the known key most like name, or "".
func (s Section) Nearest(name string) string {
	names := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		names[i] = k.Name
	}
	return Nearest(name, names)
}

var scalars = []string{
	"external_url", "registry_external_url", "mattermost_external_url", "pages_external_url", "gitlab_kas_external_url",
	"runtime_dir", "git_data_dir", "roles", "edition", "node",
}

var roles = []string{
	"application", "sidekiq", "postgres", "patroni", "redis_sentinel", "redis_master", "redis_replica", "geo_primary",
	"geo_secondary", "monitoring", "pgbouncer", "consul", "pages", "gitaly", "backup",
}

// parents maps each section to the object that show-config puts it in.
var parents = placed(map[string]string{
	"": "package registry oak redis postgresql gitlab_kas gitlab_pages pgbouncer repmgr repmgrd consul spamcheck patroni " +
		"gitaly praefect mattermost letsencrypt crond logrotate high_availability nginx mattermost_nginx pages_nginx " +
		"registry_nginx gitlab_kas_nginx",
	"monitoring": "prometheus alertmanager node_exporter redis_exporter postgres_exporter pgbouncer_exporter gitlab_exporter",
	"gitlab": "gitlab_sshd gitaly_client gitlab_shell gitlab_rails gitlab_workhorse logging unicorn puma mailroom " +
		"storage_check git_data_dirs actioncable bootstrap manage_accounts manage_storage_directories user gitlab_ci " +
		"sidekiq remote_syslog web_server prometheus_monitoring gitlab_backup_cli sentinel geo_postgresql geo_secondary " +
		"geo_logcursor",
})

func placed(lists map[string]string) map[string]string {
	out := map[string]string{}
	for parent, names := range lists {
		for _, name := range strings.Fields(names) {
			out[name] = parent
		}
	}
	return out
}
