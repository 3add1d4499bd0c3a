// Package connection finds out from a node's own files how to reach its Redis server and how to log in.
package connection

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"redoubt/internal/node/paths"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/wire"
)

// Settings is how to talk to the server that a redis.conf describes.
type Settings struct {
	wire.Address          // with TLS when there is neither a socket nor a plain port
	TLSPort        int    // 0: no TLS
	TLSCACertFile  string // the files are those that the server itself uses
	TLSCertFile    string
	TLSKeyFile     string
	TLSClientAuth  bool   // the server insists on a client certificate
	ConfigCommand  string // the name CONFIG goes by; "" when it is disabled
	ConfigFilePath string
}

// record is the content of the node file.
type record struct {
	RedisConf string `json:"redis_conf"`
}

// EncodeRecord renders the node file for a redis.conf.
func EncodeRecord(confFile string) ([]byte, error) {
	content, err := json.Marshal(record{RedisConf: confFile})
	if err != nil {
		return nil, fmt.Errorf("encode the node file: %w", err)
	}
	return append(content, '\n'), nil
}

// OfNode returns the settings of this node's server. The error tells the operator what to do about it.
func OfNode(layout paths.Layout) (Settings, error) {
	content, err := os.ReadFile(layout.NodeFile())
	if errors.Is(err, fs.ErrNotExist) {
		return Settings{}, fmt.Errorf("%s does not exist: this node has no Redis yet; write gitlab.rb and run gitlab-ctl reconfigure", layout.NodeFile())
	}
	if err != nil {
		return Settings{}, err
	}
	var node record
	if err := json.Unmarshal(content, &node); err != nil {
		return Settings{}, fmt.Errorf("%s: %w: gitlab-ctl reconfigure writes it anew", layout.NodeFile(), err)
	}
	conf, err := os.ReadFile(node.RedisConf)
	if errors.Is(err, fs.ErrPermission) {
		return Settings{}, fmt.Errorf("%w: it holds the password and is readable by root and the redis account only", err)
	}
	if err != nil {
		return Settings{}, fmt.Errorf("%w: gitlab-ctl reconfigure writes it", err)
	}
	directives, err := redisconf.Parse(node.RedisConf, conf)
	if err != nil {
		return Settings{}, err
	}
	settings := FromDirectives(directives)
	settings.ConfigFilePath = node.RedisConf
	return settings, nil
}

// FromDirectives reads the settings from a parsed redis.conf. Where the file is silent the server's own defaults count.
func FromDirectives(directives []redisconf.Directive) Settings {
	settings := Settings{Address: wire.Address{Host: "127.0.0.1", Port: 6379}, ConfigCommand: "CONFIG"}
	for _, directive := range directives {
		if directive.Name == "rename-command" && len(directive.Args) == 2 && strings.EqualFold(directive.Args[0], "CONFIG") {
			settings.ConfigCommand = directive.Args[1]
		}
		if directive.Name == "bind" {
			settings.Host = ReachableHost(directive.Args)
		}
		if len(directive.Args) != 1 {
			continue
		}
		switch value := directive.Args[0]; directive.Name {
		case "port":
			settings.Port = number(value)
		case "unixsocket":
			settings.Socket = value
		case "requirepass":
			settings.Password = value
		case "tls-port":
			settings.TLSPort = number(value)
		case "tls-ca-cert-file":
			settings.TLSCACertFile = value
		case "tls-cert-file":
			settings.TLSCertFile = value
		case "tls-key-file":
			settings.TLSKeyFile = value
		case "tls-auth-clients":
			settings.TLSClientAuth = value == "yes"
		}
	}
	if settings.Port == 0 && settings.TLSPort > 0 {
		settings.Address = OverTLS(settings.Address, settings.TLSPort, settings.TLSClientAuth, settings.TLSCertFile, settings.TLSKeyFile)
	}
	return settings
}

// OverTLS is an address on this machine reached through TLS. The server's own certificate serves as the client's where one is
// demanded; elsewhere it is not shown, as it may be one for servers only.
func OverTLS(address wire.Address, port int, demanded bool, certFile, keyFile string) wire.Address {
	address.Port, address.TLS = port, true
	if demanded {
		address.CertFile, address.KeyFile = certFile, keyFile
	}
	return address
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return value
}

// ReachableHost picks, from bind addresses, one that reaches the server from its own machine.
func ReachableHost(bind []string) string {
	for _, address := range bind {
		switch address = strings.TrimPrefix(address, "-"); address {
		case "*", "0.0.0.0":
			return "127.0.0.1"
		case "::", "::*", "*::*":
			return "::1"
		default:
			return address
		}
	}
	return "127.0.0.1"
}
