package desired

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"redoubt/internal/node/paths"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
)

// SentinelName is what the Sentinel service is called in commands, directories and status lines.
const SentinelName = "sentinel"

// Sentinel is the service that watches the primary and decides on failovers together with its peers.
type Sentinel struct {
	Service
	Directory string // place of sentinel.conf, relocated
	ConfFile  string
	// PasswordFile holds the primary's password, in the grammar of sentinel.conf, for every start.
	PasswordFile string
	// Server are the directives that concern the process itself; Primary those about the watched primary, without the
	// leading "sentinel" and without the primary's name: quorum 2, down-after-milliseconds 10000, auth-pass …
	Server  []redisconf.Directive
	Primary []redisconf.Directive
	Watched string // name of the primary
	Place   Place  // of the primary when the tier is set up
	MyID    string // sentinel['myid'], or "" to keep or generate one
	Address wire.Address
}

// readSentinel decides about sentinel.conf and the service around it.
func readSentinel(r *reader, environment Environment, t topology, backend Backend, password string) *Sentinel {
	layout := environment.Layout
	directory := filepath.Dir(sentinelConf(r, layout))
	s := &Sentinel{
		Service: Service{
			Name:        SentinelName,
			Program:     backend.Program,
			StartDown:   r.boolean(t.managed, "redis", "start_down"),
			LogGroup:    r.text(r.text("", "logging", "log_group"), "sentinel", "log_group"),
			StopTimeout: r.bounded(30, 1, 86400, "redis", "runit_sv_timeout"),
		},
		Directory: directory, ConfFile: sentinelConf(r, layout), PasswordFile: directory + "/primary.conf",
		Watched: r.text("gitlab-redis", "redis", "master_name"), Place: t.primary, MyID: r.text("", "sentinel", "myid"),
	}
	if s.MyID != "" && !sentinelID.MatchString(s.MyID) {
		r.wrong([]string{"sentinel", "myid"}, fmt.Errorf("Sentinel myid must be exactly 40 hex-characters lowercase"))
	}
	if strings.ContainsAny(s.Watched, " \t\r\n") {
		r.wrong([]string{"redis", "master_name"}, fmt.Errorf("%q: Sentinel takes no blanks in a name", s.Watched))
	}
	s.Definition = supervise.Definition{
		Command:     []string{environment.Binary, "ctl", "start-sentinel", s.ConfFile, s.PasswordFile, backend.Program},
		Directory:   directory,
		Mountpoints: relocated(layout, r.texts("high_availability", "mountpoint")),
		Log:         readLog(r, layout, SentinelName, s.LogGroup),
	}
	s.server(r, environment, backend)
	s.primary(r, password)
	return s
}

// sentinelConf is where Sentinel's file is.
func sentinelConf(r *reader, layout paths.Layout) string {
	return layout.At(r.text("/var/opt/gitlab/sentinel", "sentinel", "dir")) + "/sentinel.conf"
}

// server are the directives about the process, and the address to reach it.
func (s *Sentinel) server(r *reader, environment Environment, backend Backend) {
	listen := readSentinelListen(r, environment.Layout)
	password := r.text("", "sentinel", "password")
	if listen.port == 0 && listen.tlsPort == 0 {
		r.fail(r.pos("sentinel", "port"), "No Sentinel port available: sentinel['port'] is 0 and sentinel['tls_port'] is not set")
	}
	s.Address = listen.localAddress(password)
	s.Server = []redisconf.Directive{
		redisconf.New("bind", listen.bind...),
		redisconf.New("port", strconv.FormatInt(listen.port, 10)),
		redisconf.New("dir", s.Directory),
	}
	if password != "" {
		s.Server = append(s.Server, redisconf.New("requirepass", password))
	}
	s.Server = append(s.Server, tlsDirectives(r, environment, "sentinel", listen)...)
	announced := r.text(announcedHost(r, environment), "sentinel", "announce_ip")
	if announced != "" {
		s.Server = append(s.Server, redisconf.New("sentinel", "announce-ip", announced))
	}
	fallback := listen.port
	if fallback == 0 {
		fallback = listen.tlsPort
	}
	port := r.bounded(fallback, 1, 65535, "sentinel", "announce_port")
	s.Server = append(s.Server, redisconf.New("sentinel", "announce-port", strconv.FormatInt(port, 10)))
	if usesHostnames(r, announced, s.Place.Host) {
		if backend.Version.Before(hostnameSupport) {
			r.fail(r.pos("sentinel", "use_hostnames"), "names instead of addresses need Sentinel %s or later; %s is installed", hostnameSupport, backend)
		}
		s.Server = append(s.Server, redisconf.New("sentinel", "resolve-hostnames", "yes"), redisconf.New("sentinel", "announce-hostnames", "yes"))
	}
}

// primary are the directives about the watched primary.
func (s *Sentinel) primary(r *reader, password string) {
	quorum := r.bounded(1, 1, 1000, "sentinel", "quorum")
	s.Primary = []redisconf.Directive{
		redisconf.New("quorum", strconv.FormatInt(quorum, 10)),
		redisconf.New("down-after-milliseconds", strconv.FormatInt(r.bounded(10000, 1, 1<<31-1, "sentinel", "down_after_milliseconds"), 10)),
		redisconf.New("failover-timeout", strconv.FormatInt(r.bounded(60000, 1, 1<<31-1, "sentinel", "failover_timeout"), 10)),
	}
	if password != "" {
		s.Primary = append(s.Primary, redisconf.New("auth-pass", password))
	}
}
