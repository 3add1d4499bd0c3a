package desired

import (
	"encoding/json"
	"net"
	"path/filepath"
	"strconv"
)

// Registration is a service definition for the Consul agent of this machine.
type Registration struct {
	Path    string // of the file; without Content it must not exist
	Content []byte
}

// readRegistrations decides what the Consul agent is told. The agent itself is not ours: it is told nothing when
// gitlab.rb does not switch it and the discovery of services on.
func readRegistrations(r *reader, environment Environment, exporters []*Exporter) []Registration {
	directory := environment.Layout.At(r.text(r.text("/var/opt/gitlab/consul", "consul", "dir")+"/config.d", "consul", "config_dir"))
	enabled := r.boolean(r.config.HasRole("consul_role"), "consul", "enable")
	discovery := enabled && r.boolean(false, "consul", "monitoring_service_discovery")
	if enabled {
		what := "consul['monitoring_service_discovery'] = true has reconfigure register the exporters there"
		if discovery {
			what = "reconfigure registers the exporters there; consul reload has a running agent take them over"
		}
		r.warn(r.pos("consul"), "the Consul agent is not part of this program, so consul['configuration'] and the like have no effect. "+
			"Install it and start it with: consul agent -config-dir=%s. %s", directory, what)
	}
	var all []Registration
	for _, kind := range []exporterKind{redisExporter, nodeExporter} {
		registration := Registration{Path: filepath.Join(directory, kind.service+"-service.json")}
		for _, exporter := range exporters {
			if discovery && exporter.Name == kind.service {
				registration.Content = registrationOf(r, environment, kind, exporter)
			}
		}
		all = append(all, registration)
	}
	return all
}

// consulService is the content of a service definition, in Consul's own words.
type consulService struct {
	Name    string            `json:"name"`
	Address string            `json:"address"`
	Port    int               `json:"port"`
	Meta    map[string]string `json:"meta,omitempty"`
}

func registrationOf(r *reader, environment Environment, kind exporterKind, exporter *Exporter) []byte {
	path := []string{kind.section, "listen_address"}
	host, portText, err := net.SplitHostPort(r.text(kind.fallbackListen, path...))
	port, portErr := strconv.Atoi(portText)
	if err != nil || portErr != nil {
		r.fail(r.pos(path...), "%s: want HOST:PORT, so that it can be registered in Consul", spelled(path))
		return nil
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		if host, err = environment.IPAddress(); err != nil {
			r.fail(r.pos(path...), "%s: the address to register in Consul is not known: %v. Name an address of this machine", spelled(path), err)
		}
	}
	service := consulService{
		Name: r.text(exporter.Name, kind.section, "consul_service_name"), Address: host, Port: port,
		Meta: readTexts(r, kind.section, "consul_service_meta", metaName),
	}
	content, err := json.MarshalIndent(map[string]consulService{"service": service}, "", "  ")
	if err != nil {
		r.fail(r.pos("consul"), "encode the registration of %s: %v", exporter.Name, err)
	}
	return append(content, '\n')
}
