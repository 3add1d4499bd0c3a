package doctor

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"redoubt/internal/node/connection"
	"redoubt/internal/node/desired"
	"redoubt/internal/node/gitlabrb"
	"redoubt/internal/node/paths"
	"redoubt/internal/node/plan"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
)

// askTimeout bounds the connecting to a server, and each answer.
const askTimeout = 2 * time.Second

// Node is what the checks look at.
type Node struct {
	Layout paths.Layout
	Config *gitlabrb.Config // nil: gitlab.rb cannot be read
	State  *desired.State   // nil: or it makes no sense
	Plan   *plan.Plan       // nil: or the machine could not be compared with it
	// Problem says why one of these is nil.
	Problem error
	// Services are what the supervisor says; Unsupervised is why it does not.
	Services     []supervise.Status
	Unsupervised error

	server, watcher *server
}

// server is a running server of this node.
type server struct {
	client *wire.Client // nil when err is not
	err    error

	address       wire.Address
	configCommand string            // of Redis
	info          map[string]string // of Redis: INFO with the statistics of errors and commands
	config        map[string]string // of Redis: CONFIG GET *, nil when that is refused

	primary map[string]string // of Sentinel: SENTINEL MASTER
}

func (n *Node) subject() string {
	name, err := os.Hostname()
	if err != nil {
		name = "this node"
	}
	switch {
	case n.State == nil:
		return name
	case n.State.Redis != nil && n.State.Sentinel != nil:
		return fmt.Sprintf("%s: Redis (%s) and Sentinel", name, n.State.Redis.Backend)
	case n.State.Redis != nil:
		return fmt.Sprintf("%s: Redis (%s)", name, n.State.Redis.Backend)
	case n.State.Sentinel != nil:
		return name + ": Sentinel"
	}
	return name + ": neither Redis nor Sentinel"
}

func (n *Node) close() {
	for _, s := range []*server{n.server, n.watcher} {
		if s != nil && s.client != nil {
			s.client.Close() // every answer was read
		}
	}
}

// redis is this node's Redis, asked once. The files as they are say where it is and how to log in, as for the other tools.
func (n *Node) redis() *server {
	if n.server == nil {
		n.server = &server{}
		if n.server.err = n.server.ask(n.Layout); n.server.err != nil && n.server.client != nil {
			n.server.client.Close() // it is of no use
			n.server.client = nil
		}
	}
	return n.server
}

func (n *Node) redisErr() error { return n.redis().err }

func (s *server) ask(layout paths.Layout) error {
	own, err := connection.OfNode(layout)
	if err != nil {
		return err
	}
	s.address, s.configCommand = own.Address, own.ConfigCommand
	if s.client, err = wire.Dial(own.Address, askTimeout); err != nil {
		return err
	}
	if s.info, err = s.client.Info("all"); err != nil {
		return err
	}
	if len(s.info) == 0 { // refused: have the server say why
		_, err := s.client.Do("INFO")
		return err
	}
	if own.ConfigCommand == "" {
		return nil
	}
	s.config, err = s.client.Pairs(own.ConfigCommand, "GET", "*")
	if errors.As(err, new(wire.ServerError)) {
		return nil
	}
	return err
}

// sentinel is this node's Sentinel, asked once.
func (n *Node) sentinel() *server {
	if n.watcher != nil {
		return n.watcher
	}
	wanted := n.State.Sentinel
	s := &server{address: wanted.Address}
	n.watcher = s
	if s.client, s.err = wire.Dial(s.address, askTimeout); s.err != nil {
		return s
	}
	s.primary, s.err = s.client.Pairs("SENTINEL", "MASTER", wanted.Watched)
	return s
}

func (n *Node) sentinelErr() error { return n.sentinel().err }

// status is what the supervisor says of a service.
func (n *Node) status(service string) (supervise.Status, bool) {
	at := slices.IndexFunc(n.Services, func(s supervise.Status) bool { return s.Name == service })
	if at < 0 {
		return supervise.Status{}, false
	}
	return n.Services[at], true
}

// replicated says whether the running Redis has to do with others.
func (n *Node) replicated() bool {
	return n.State.Sentinel != nil || !n.isPrimary() || n.number("connected_slaves") > 0
}

func (n *Node) isPrimary() bool { return n.redis().info["role"] == "master" }

// number is a field of INFO; 0 when it is not there.
func (n *Node) number(field string) int64 {
	value, err := strconv.ParseInt(n.redis().info[field], 10, 64)
	if err != nil {
		return 0
	}
	return value
}

// setting is a configuration directive of the running Redis in its canonical form, or that of gitlab.rb when it does not tell.
func (n *Node) setting(name string) string {
	if value, ok := n.redis().config[name]; ok {
		_, canonical := redisconf.LiveMeaning(name, value)
		return canonical
	}
	return n.wanted()[name]
}

// wanted are the settings that gitlab.rb asks for.
func (n *Node) wanted() redisconf.Settings { return redisconf.Meaning(n.State.Redis.Directives) }

// dumpFile is the RDB file that Redis starts from.
func (n *Node) dumpFile() string {
	return n.State.Redis.Directory + "/" + n.wanted()["dbfilename"]
}

func megabytes(bytes int64) string { return strconv.FormatInt((bytes+1<<20-1)>>20, 10) + " MB" }
