package desired

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"redoubt/internal/node/gitlabrb"
	"redoubt/internal/node/supervise"
)

// Names of the exporters' services.
const (
	RedisExporterName = "redis-exporter"
	NodeExporterName  = "node-exporter"
)

// Exporter is a service that serves metrics.
type Exporter struct {
	Service
	// Environment are variables with their values, each in a file of its own below Definition.EnvironmentDirectory: there is
	// room for passwords there, which arguments would show to everybody.
	Environment map[string]string
	Listen      string // host:port on this machine where it answers
}

// exporterKind is what is known of one.
type exporterKind struct {
	section, service string
	programs         []string // names of its program, the distribution's first
	packages         string   // what to install when there is none
	kingpin          bool     // how its command line is read: a switch is --name or --no-name, never --name=true
	fallbackListen   string
}

var (
	redisExporter = exporterKind{section: "redis_exporter", service: RedisExporterName, programs: []string{"prometheus-redis-exporter", "redis_exporter"},
		packages: "prometheus-redis-exporter", fallbackListen: "localhost:9121"}
	nodeExporter = exporterKind{section: "node_exporter", service: NodeExporterName, programs: []string{"prometheus-node-exporter", "node_exporter"},
		packages: "prometheus-node-exporter", kingpin: true, fallbackListen: "localhost:9100"}
)

// secretFlags are flags of the Redis exporter that belong into its environment, and the variables that it reads instead.
var secretFlags = map[string]string{
	"redis.password": "REDIS_PASSWORD", "basic-auth-password": "REDIS_EXPORTER_BASIC_AUTH_PASSWORD",
}

// flagAddress and addressVariable are where the Redis exporter is told which server to ask.
const (
	flagAddress     = "redis.addr"
	addressVariable = "REDIS_ADDR"
)

// readExporters decides which exporters run beside the other services of the node.
func readExporters(r *reader, environment Environment, redis *DataNode) []*Exporter {
	var all []*Exporter
	if wantsExporter(r, redisExporter.section, redis != nil) {
		flags, secret := redisExporterFlags(r, redis)
		all = append(all, readExporter(r, environment, redisExporter, flags, secret))
	}
	if wantsExporter(r, nodeExporter.section, true) {
		all = append(all, readExporter(r, environment, nodeExporter, map[string]string{}, map[string]string{}))
	}
	return slices.DeleteFunc(all, func(e *Exporter) bool { return e == nil })
}

// wantsExporter says whether an exporter shall run. An explicit enable decides. Without it, one that gitlab.rb says anything
// about runs if it has something to do here; a metrics endpoint that nobody asked for is not opened.
func wantsExporter(r *reader, section string, useful bool) bool {
	value, ok := r.config.Get(section)
	mentioned := ok && value.Len() > 0
	return r.boolean(mentioned && useful && r.boolean(true, "prometheus_monitoring", "enable"), section, "enable")
}

// redisExporterFlags are how the exporter reaches this node's server: what may be seen, and what must not be.
func redisExporterFlags(r *reader, redis *DataNode) (flags, secret map[string]string) {
	flags, secret = map[string]string{}, map[string]string{}
	if redis == nil {
		return flags, secret
	}
	address := redis.Address
	place := url.URL{Scheme: "redis", Host: net.JoinHostPort(address.Host, strconv.Itoa(address.Port))}
	switch {
	case address.Socket != "":
		place = url.URL{Scheme: "unix", Path: address.Socket}
	case address.TLS:
		place.Scheme = "rediss"
		flags["skip-tls-verification"] = "true" // it is this machine, by an address that the certificate need not name
		if address.CertFile != "" {
			flags["tls-client-cert-file"], flags["tls-client-key-file"] = address.CertFile, address.KeyFile
		}
	}
	flags[flagAddress] = place.String()
	switch {
	case strings.ContainsRune(address.Password, 0):
		r.warn(r.pos("redis", "password"), "%s cannot be given a password with a zero byte, so it cannot log in", RedisExporterName)
	case address.Password != "":
		secret["REDIS_PASSWORD"] = address.Password
	}
	if !r.boolean(true, "gitlab_rails", "redis_enable_client") {
		flags["set-client-name"] = "false"
	}
	return flags, secret
}

// readExporter decides about one; nil when its program is not installed.
func readExporter(r *reader, environment Environment, kind exporterKind, flags, secret map[string]string) *Exporter {
	layout := environment.Layout
	listen := r.text(kind.fallbackListen, kind.section, "listen_address")
	flags["web.listen-address"] = listen
	maps.Copy(flags, readFlags(r, kind.section))
	for flag, variable := range secretFlags {
		if value, ok := flags[flag]; ok && kind.service == RedisExporterName {
			secret[variable] = value
			delete(flags, flag)
		}
	}
	if place, err := url.Parse(flags[flagAddress]); err == nil && place.User != nil { // a password may be in it
		secret[addressVariable] = flags[flagAddress]
		delete(flags, flagAddress)
	}
	maps.Copy(secret, readVariables(r, kind.section))
	program := findExporter(environment, kind)
	if program == "" {
		r.warn(r.pos(kind.section), "%s is not installed on this machine, so %s does not run. Install it (apt-get install %s, and systemctl disable --now %s), "+
			"or say %s['enable'] = false", kind.programs[0], kind.service, kind.packages, kind.packages, kind.section)
		return nil
	}
	group := r.text(r.text("", "logging", "log_group"), kind.section, "log_group")
	return &Exporter{
		Service: Service{
			Name: kind.service, Program: program, LogGroup: group, StopTimeout: r.bounded(30, 1, 86400, "redis", "runit_sv_timeout"),
			Definition: supervise.Definition{
				Command:              append([]string{program}, commandLine(kind, flags)...),
				Directory:            layout.DataDirectory(),
				EnvironmentDirectory: layout.At(r.text("/opt/gitlab/etc/"+kind.service+"/env", kind.section, "env_directory")),
				Environment:          slices.Sorted(maps.Keys(secret)),
				Log:                  readLog(r, layout, kind.section, group),
			},
		},
		Environment: secret,
		Listen:      localListen(flags["web.listen-address"]),
	}
}

func findExporter(environment Environment, kind exporterKind) string {
	for _, name := range kind.programs {
		if program, err := environment.LookUp(name); err == nil {
			return program
		}
	}
	return ""
}

// commandLine writes flags in their order; an empty value leaves its flag out, as in GitLab's package.
func commandLine(kind exporterKind, flags map[string]string) []string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		switch value := flags[name]; {
		case value == "":
		case kind.kingpin && value == "true":
			words = append(words, "--"+name)
		case kind.kingpin && value == "false":
			words = append(words, "--no-"+name)
		default:
			words = append(words, "--"+name+"="+value)
		}
	}
	return words
}

var (
	flagName     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	metaName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`) // what Consul takes
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func readFlags(r *reader, section string) map[string]string {
	return readTexts(r, section, "flags", flagName)
}

// readVariables reads an environment. Names become names of files, so they are checked.
func readVariables(r *reader, section string) map[string]string {
	return readTexts(r, section, "env", variableName)
}

// readTexts reads a hash of texts, numbers and truth values; nil counts as "".
func readTexts(r *reader, section, key string, name *regexp.Regexp) map[string]string {
	all := map[string]string{}
	value, ok := r.value(section, key)
	if !ok || value.Hash() == nil {
		return all // a wrong type is for checkTypes to say
	}
	for _, member := range value.Hash().Keys() {
		entry, _ := value.Get(member)
		path := []string{section, key, member}
		if !name.MatchString(member) {
			r.wrong(path, fmt.Errorf("%q is no name for it", member))
			continue
		}
		text, err := scalarText(entry)
		if err == nil && strings.ContainsRune(text, 0) {
			err = fmt.Errorf("it holds a zero byte, which no process can be given")
		}
		if err != nil {
			r.wrong(path, err)
		}
		all[member] = text
	}
	return all
}

func scalarText(value gitlabrb.Value) (string, error) {
	switch {
	case value.IsNil():
		return "", nil
	case value.Kind() == gitlabrb.Bool:
		return strconv.FormatBool(value.Truthy()), nil
	}
	return value.AsString()
}

// localListen is where a listening exporter is reached from this machine.
func localListen(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	switch host {
	case "", "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
