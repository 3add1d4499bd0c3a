package redischeck

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DefaultTimeout is the connect and read timeout of GitLab's Redis client.
const DefaultTimeout = time.Second

// Default is the class of the connection that serves every class without an instance of its own.
const Default = "default"

// Classes are the instance classes of GitLab, as in gitlab_rails['redis_CLASS_instance'].
var Classes = []string{
	Default, "cache", "queues", "shared_state", "trace_chunks", "rate_limiting", "sessions", "repository_cache",
	"cluster_rate_limiting", "workhorse", "actioncable",
}

// evictable classes hold what can be computed again; losing any other loses jobs, sessions or uploaded traces.
var evictable = []string{"cache", "rate_limiting", "repository_cache", "cluster_rate_limiting"}

// TLS says how to trust a server and who we are. The zero value trusts the system's authorities.
type TLS struct {
	Enabled                             bool
	CAFile, CADirectory, Cert, Key, SNI string
}

// Target is one Redis to check.
type Target struct {
	Class    string // one of Classes
	Socket   string // preferred over Host and Port
	Host     string
	Port     int
	User     string
	Password string
	Database int
	TLS      TLS

	// Master is the name that Sentinels know the primary by; with Sentinels, Host and Port are asked of them.
	Master            string
	Sentinels         []Sentinel
	SentinelsPassword string
	SentinelsTLS      TLS

	ClientCommand bool          // GitLab is allowed to send CLIENT (gitlab_rails['redis_enable_client'])
	Cluster       bool          // GitLab uses this instance in cluster mode, which it can for some classes
	Timeout       time.Duration // of connecting and of each answer
	Origin        string        // where the target was read, for example "/etc/gitlab/gitlab.rb:3"
}

// Sentinel is the address of one.
type Sentinel struct {
	Host string
	Port int
}

// Persistent says whether GitLab loses something that it cannot compute again when this Redis forgets a key.
func (t Target) Persistent() bool { return !slices.Contains(evictable, t.Class) }

// Place is where the target is, without credentials.
func (t Target) Place() string {
	switch {
	case t.Socket != "":
		return "unix://" + t.Socket
	case len(t.Sentinels) > 0:
		return fmt.Sprintf("primary %s of %d Sentinels", t.Master, len(t.Sentinels))
	}
	scheme := "redis://"
	if t.TLS.Enabled {
		scheme = "rediss://"
	}
	return scheme + t.address()
}

func (t Target) address() string { return net.JoinHostPort(t.Host, strconv.Itoa(t.Port)) }

// local says whether the traffic stays on this machine.
func (t Target) local() bool {
	address, err := netip.ParseAddr(t.Host)
	return t.Socket != "" || t.Host == "localhost" || err == nil && address.Unmap().IsLoopback()
}

// ParseURL reads redis://[[user]:password@]host[:port][/database], rediss:// for TLS, or unix:///path[?db=N]. A password may
// be percent-encoded. The error never repeats the password.
func ParseURL(text string) (Target, error) {
	target := Target{Class: Default, Host: "127.0.0.1", Port: 6379, Timeout: DefaultTimeout, ClientCommand: true}
	if !strings.Contains(text, "://") {
		text = "redis://" + text
	}
	parsed, err := url.Parse(text)
	if err != nil {
		var wrong *url.Error
		if errors.As(err, &wrong) {
			err = wrong.Err // the outer error repeats the URL with its password
		}
		return Target{}, fmt.Errorf("not a Redis URL (%w): write redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], "+
			"with rediss:// for TLS and %%40 for an @ in the password", redactParseError(err))
	}
	if parsed.User != nil {
		target.User = parsed.User.Username()
		target.Password, _ = parsed.User.Password()
	}
	database := strings.Trim(parsed.Path, "/")
	switch parsed.Scheme {
	case "redis":
	case "rediss":
		target.TLS.Enabled = true
	case "unix":
		if target.Socket, database = parsed.Path, parsed.Query().Get("db"); target.Socket == "" {
			return Target{}, errors.New("a unix:// URL names the path of a socket: unix:///var/opt/gitlab/redis/redis.socket")
		}
	default:
		return Target{}, fmt.Errorf("the scheme %s:// is not Redis: write redis://, rediss:// or unix://", parsed.Scheme)
	}
	if parsed.Hostname() != "" {
		target.Host = parsed.Hostname()
	}
	if parsed.Port() != "" {
		if target.Port, err = strconv.Atoi(parsed.Port()); err != nil || target.Port < 1 || target.Port > 65535 {
			return Target{}, fmt.Errorf("port %s is not between 1 and 65535", parsed.Port())
		}
	}
	if database != "" {
		if target.Database, err = strconv.Atoi(database); err != nil || target.Database < 0 {
			return Target{}, fmt.Errorf("database %q is not a number from 0 on", database)
		}
	}
	return target, nil
}

// redactParseError keeps what url.Parse says about a port or an escape from showing a password: an unescaped / or : makes
// part of the password look like a port.
func redactParseError(err error) error {
	before, _, quoted := strings.Cut(err.Error(), `"`)
	if !quoted {
		return err
	}
	return errors.New(strings.TrimSpace(before))
}
