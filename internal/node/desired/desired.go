// Package desired turns an evaluated gitlab.rb into the state this machine shall have: the Redis service, its redis.conf,
// accounts, directories and logs. It decides and checks; it looks at nothing but the configuration (and the output of
// redis['extra_config_command']) and changes nothing.
//
// Whatever the file says of other components of GitLab converges to nothing: a node of this kind runs Redis only.
package desired

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"redoubt/internal/node/firewall"
	"redoubt/internal/node/gitlabrb"
	"redoubt/internal/node/paths"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
)

// ServiceName is what the Redis service is called in commands, directories and status lines.
const ServiceName = "redis"

// Environment is what the decision needs besides the file.
type Environment struct {
	Layout paths.Layout
	// Binary is the absolute path of the program whose "server" command is the Redis server.
	Binary string
	// RunCommand runs redis['extra_config_command'] (already split into words) and returns its standard output and standard
	// error together. An error that is not about starting the program must say the exit status.
	RunCommand func(words []string) ([]byte, error)
	// Deprecations are what the machine has beside gitlab.rb that is out of date.
	Deprecations []string
	// LookUp finds an installed program by its name.
	LookUp func(name string) (string, error)
	// VersionOf is what a server program answers to --version.
	VersionOf func(program string) (string, error)
	// FQDN returns the machine's full name, for redis['announce_ip_from_hostname'].
	FQDN func() (string, error)
	// IPAddress returns the machine's address in its network, for what registers 0.0.0.0.
	IPAddress func() (string, error)
}

// State is what the machine shall be like.
type State struct {
	Layout   paths.Layout
	Program  string    // the node manager's own program file, which also is the supervisor
	Redis    *DataNode // nil: this node runs no Redis
	Sentinel *Sentinel // nil: this node runs no Sentinel
	// Exporters serve metrics; a node without Redis and Sentinel has none.
	Exporters     []*Exporter
	Registrations []Registration // for the Consul agent

	Account         Account
	ManageAccounts  bool // false: the account must exist already
	ManageEtc       bool // create /etc/gitlab
	ManageKernel    bool
	Firewall        firewall.Rules // who may connect; none: the machine's firewall is not our business
	UseSystemd      bool           // use it for starting at boot, if it is what runs this machine
	SystemdWantedBy string
	SystemdAfter    string // "" for no unit beside those that the supervisor waits for by itself
	SystemdTasksMax int64

	// What the operator should look at; nothing of it prevents the run. Removals are settings that GitLab's package does not
	// have any more, Deprecations those that it advises against.
	Removals, Deprecations, Warnings []string
}

// Services are the services that this node shall have, in the order in which they are started.
func (s *State) Services() []*Service {
	var all []*Service
	if s.Redis != nil {
		all = append(all, &s.Redis.Service)
	}
	if s.Sentinel != nil {
		all = append(all, &s.Sentinel.Service)
	}
	for _, exporter := range s.Exporters {
		all = append(all, &exporter.Service)
	}
	return all
}

// IsExporter says whether a service is an exporter: nothing but monitoring depends on it.
func (s *State) IsExporter(service string) bool {
	return slices.ContainsFunc(s.Exporters, func(e *Exporter) bool { return e.Name == service })
}

// WritableDirectories are the directories that the supervisor and its services write to, without those below others.
func (s *State) WritableDirectories() []string {
	all := []string{s.Layout.DataDirectory(), s.Layout.LogDirectory(), s.Layout.PackageDirectory()}
	for _, service := range s.Services() {
		all = append(all, service.Definition.Directory, service.Definition.Log.Directory)
	}
	if s.Redis != nil && s.Redis.Address.Socket != "" {
		all = append(all, filepath.Dir(s.Redis.Address.Socket))
	}
	slices.Sort(all)
	var top []string
	for _, path := range slices.Compact(all) {
		if !slices.ContainsFunc(top, func(parent string) bool { return strings.HasPrefix(path, parent+"/") }) {
			top = append(top, path)
		}
	}
	return top
}

// Service is what a service has whatever it runs.
type Service struct {
	Name        string
	Program     string // the file of the process that finally serves; Definition may begin with another one
	Definition  supervise.Definition
	StartDown   bool   // do not start at boot
	LogGroup    string // may be ""
	StopTimeout int64  // seconds a stop may take
}

// Account is the operating system account that Redis runs as.
type Account struct {
	User, Group string
	UID, GID    int // 0: whatever is free
	Home, Shell string
	// SocketGroup owns the data directory, so that GitLab's own account can reach a socket inside.
	SocketGroup string
}

// DataNode is the Redis service.
type DataNode struct {
	Service
	Backend    Backend
	Directory  string // data directory and place of redis.conf, relocated
	ConfFile   string
	Directives []redisconf.Directive // of redis.conf, in order, without replicaof
	Address    wire.Address
	// ReplicaOf is the primary that gitlab.rb has this node follow; no place makes it a primary.
	ReplicaOf Place
	// Managed says that something outside, neither Sentinel nor gitlab.rb, decides who is primary: redis['ha'].
	Managed bool
}

// FromConfig decides. The error names every problem found, each with file and line; nothing may be changed then.
func FromConfig(config *gitlabrb.Config, environment Environment) (*State, error) {
	r := &reader{config: config}
	state := &State{
		Layout:          environment.Layout,
		Program:         environment.Binary,
		Account:         readAccount(r),
		ManageAccounts:  r.boolean(true, "manage_accounts", "enable") && !environment.Layout.Relocated(),
		ManageEtc:       r.boolean(true, "manage_storage_directories", "manage_etc"),
		ManageKernel:    r.boolean(true, "package", "modify_kernel_parameters") && !environment.Layout.Relocated(),
		UseSystemd:      r.boolean(true, "package", "detect_init") && !environment.Layout.Relocated(),
		SystemdWantedBy: r.text("multi-user.target", "package", "systemd_wanted_by"),
		SystemdAfter:    r.text("", "package", "systemd_after"),
		SystemdTasksMax: r.number(4915, "package", "systemd_tasks_max"),
	}
	for _, warning := range config.Warnings {
		if warning.Removed {
			state.Removals = append(state.Removals, warning.String())
		} else {
			r.warnings = append(r.warnings, warning.String())
		}
	}
	state.Deprecations = environment.Deprecations
	checkTypes(r)
	checkRoles(r)
	if err := readServices(r, environment, state); err != nil {
		return nil, err
	}
	for _, service := range state.Services() {
		if !environment.Layout.Relocated() {
			service.Definition.User, service.Definition.Group = state.Account.User, state.Account.Group
		}
	}
	noteOtherComponents(r)
	if err := r.problem(); err != nil {
		return nil, err
	}
	state.Warnings = r.warnings
	return state, nil
}

// ReadAccount returns the account that a gitlab.rb names, and whether reconfigure may make and remove it.
func ReadAccount(config *gitlabrb.Config) (account Account, managed bool, err error) {
	r := &reader{config: config}
	account, managed = readAccount(r), r.boolean(true, "manage_accounts", "enable")
	return account, managed, r.problem()
}

func readAccount(r *reader) Account {
	return Account{
		User:        r.text("gitlab-redis", "redis", "username"),
		Group:       r.text("gitlab-redis", "redis", "group"),
		UID:         int(r.bounded(0, 0, 1<<31-1, "redis", "uid")),
		GID:         int(r.bounded(0, 0, 1<<31-1, "redis", "gid")),
		Home:        r.text("/var/opt/gitlab/redis", "redis", "home"),
		Shell:       r.text("/bin/false", "redis", "shell"),
		SocketGroup: r.text("git", "user", "group"),
	}
}

// readServices decides which services there are, and about each. redis['extra_config_command'] comes first: it may supply
// the only password, of a node that runs nothing but Sentinel too.
func readServices(r *reader, environment Environment, state *State) error {
	enabled := redisEnabled(r)
	if !enabled && !r.boolean(r.config.HasRole("redis_sentinel_role"), "sentinel", "enable") {
		return nil
	}
	extra, err := runExtraCommand(r, environment)
	if err != nil {
		return err
	}
	password := ""
	if enabled {
		password = effectiveValue("requirepass", r.text("", "redis", "password"), extra)
	}
	primaryPassword := effectiveValue("masterauth", r.text(password, "redis", "master_password"), extra)
	before := len(r.problems)
	t := readTopology(r, primaryPassword, enabled)
	if len(r.problems) > before && t.replicated() {
		return nil // what follows would only repeat it in other words
	}
	backend := readBackend(r, environment, t.replicated())
	if enabled {
		state.Redis = readRedis(r, environment, t, backend, extra, passwordPair{password, primaryPassword})
	}
	state.Firewall = readFirewall(r, environment, enabled, t.sentinel, t)
	if t.sentinel {
		state.Sentinel = readSentinel(r, environment, t, backend, primaryPassword)
	}
	state.Exporters = readExporters(r, environment, state.Redis)
	state.Registrations = readRegistrations(r, environment, state.Exporters)
	return nil
}

// passwordPair is what this node's Redis demands and what it sends to a primary.
type passwordPair struct {
	own, primary string
}

// readRedis decides about redis.conf and the service around it.
func readRedis(r *reader, environment Environment, t topology, backend Backend, extra []redisconf.Directive, password passwordPair) *DataNode {
	layout := environment.Layout
	directory := layout.At(r.text("/var/opt/gitlab/redis", "redis", "dir"))
	listen := readListen(r, layout)
	checkPosture(r, listen, password.own)
	redis := &DataNode{
		Service: Service{
			Name:        ServiceName,
			Program:     backend.Program,
			StartDown:   r.boolean(r.boolean(false, "redis", "ha"), "redis", "start_down"),
			LogGroup:    r.text(r.text("", "logging", "log_group"), "redis", "log_group"),
			StopTimeout: r.bounded(30, 1, 86400, "redis", "runit_sv_timeout"),
		},
		Backend:   backend,
		Directory: directory,
		ConfFile:  directory + "/redis.conf",
		Address:   listen.localAddress(password.own),
		Managed:   t.managed,
	}
	if t.follow {
		redis.ReplicaOf = t.primary
	}
	redis.Directives = append(confDirectives(r, environment, backend, directory, listen, password.primary), extra...)
	redis.Definition = supervise.Definition{
		Command:             serverCommand(environment, backend, t, redis.ConfFile, sentinelConf(r, layout)),
		Directory:           directory,
		OpenFiles:           uint64(r.bounded(0, 0, 1<<30, "redis", "open_files_ulimit")),
		StartupDelaySeconds: int(r.bounded(0, 0, 86400, "redis", "startup_delay")),
		Mountpoints:         relocated(layout, r.texts("high_availability", "mountpoint")),
		Log:                 readLog(r, layout, ServiceName, redis.LogGroup),
	}
	return redis
}

// serverCommand is how a backend's server is started.
func serverCommand(environment Environment, backend Backend, t topology, confFile, sentinelConf string) []string {
	switch {
	case backend.Name == Redoubt:
		return []string{backend.Program, "server", confFile}
	case t.sentinel && !t.managed: // as a primary or as a replica: Sentinel is asked before every start
		return []string{environment.Binary, "ctl", "start-redis", confFile, sentinelConf, backend.Program}
	}
	return []string{backend.Program, confFile}
}

func relocated(layout paths.Layout, all []string) []string {
	for i, path := range all {
		all[i] = layout.At(path)
	}
	return all
}

// readLog reads the log settings of a section, whose service has the same name with hyphens.
func readLog(r *reader, layout paths.Layout, section, group string) supervise.LogSettings {
	service := strings.ReplaceAll(section, "_", "-")
	number := func(fallback int64, key string) int64 {
		return r.bounded(r.bounded(fallback, 0, 1<<50, "logging", key), 0, 1<<50, section, key)
	}
	text := func(fallback, key string) string {
		return r.text(r.text(fallback, "logging", key), section, key)
	}
	settings := supervise.LogSettings{
		Directory:     layout.At(r.text("/var/log/gitlab/"+service, section, "log_directory")),
		Size:          number(209715200, "svlogd_size"),
		Keep:          int(number(30, "svlogd_num")),
		MaxAgeSeconds: number(86400, "svlogd_timeout"),
		Prefix:        text("", "svlogd_prefix"),
		UDPAddress:    text("", "svlogd_udp"),
		GroupRead:     group != "",
	}
	switch filter := text("gzip", "svlogd_filter"); filter {
	case "gzip":
		settings.Compress = true
	case "":
	default:
		r.warn(r.pos(section, "svlogd_filter"), "svlogd_filter %q is not available: rotated logs stay uncompressed (only gzip is built in)", filter)
	}
	if host := r.text("", "logging", "udp_log_shipping_host"); host != "" && settings.UDPAddress == "" {
		settings.UDPAddress = fmt.Sprintf("%s:%d", host, r.bounded(514, 1, 65535, "logging", "udp_log_shipping_port"))
		if name := r.text("", "logging", "udp_log_shipping_hostname"); name != "" && settings.Prefix == "" {
			settings.Prefix = name + " " + service + ": "
		}
	}
	return settings
}
