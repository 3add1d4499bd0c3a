// Package inprocess starts complete data nodes inside a test: the same wiring as the binary, on loopback.
package inprocess

import (
	"context"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/internal/commands/all"
	"redoubt/internal/engine"
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/script"
	"redoubt/internal/server"
	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
	"redoubt/test/freeport"
)

// reservation is plenty for tests and small enough to start many servers in one process.
const reservation = 64 << 30

// startWithin bounds the wait for a server to listen, load and answer.
const startWithin = 10 * time.Second

// Arguments are added to the command line of every server, for tests that run under several configurations.
var Arguments []string

// Transports are the command lines for connections of either kind. With one event loop all connections share it.
var Transports = map[string][]string{
	"std":   {"--transport", "std"},
	"epoll": {"--transport", "epoll", "--event-loops", "1"},
}

// Node is a running server.
type Node struct {
	Server *server.Server
	Addr   string // of the first TCP listener
	Config *config.Config
	Arena  *arena.Arena
	stop   chan os.Signal
	done   chan error
}

// Options are what a node gets besides its command line.
type Options struct {
	// Files is the file system of its data; nil is the machine's. Another one needs --dir.
	Files vfs.FS
	// Log takes the log; nil drops it.
	Log io.Writer
}

// Start runs a server with the given command line (as `redoubt server` takes it) on a free port of 127.0.0.1, and stops
// it when the test ends.
func Start(t testing.TB, args ...string) *Node {
	t.Helper()
	n, err := TryStart(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Stop(t) })
	return n
}

// TryStart is Start for a server that may refuse to start; the caller stops it.
func TryStart(t testing.TB, args ...string) (*Node, error) {
	t.Helper()
	return TryStartWith(t, Options{}, args...)
}

// TryStartWith is TryStart with options.
func TryStartWith(t testing.TB, o Options, args ...string) (*Node, error) {
	t.Helper()
	if o.Log == nil {
		o.Log = io.Discard
	}
	environment := config.System()
	if o.Files != nil {
		environment.Files = o.Files
	}
	environment.Stdin = strings.NewReader("")
	directory := "" // of the node; the test's process keeps its own
	environment.Chdir = func(path string) error { directory = path; return nil }
	environment.Getwd = func() (string, error) { return directory, nil }
	var file []string
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		file, args = args[:1:1], args[1:]
	}
	base := append(file, "--port", freeport.Must(t), "--bind", "127.0.0.1", "--save", "", "--enable-debug-command", "yes")
	if !slices.Contains(args, "--dir") {
		base = append(base, "--dir", t.TempDir())
	}
	cfg, err := config.Load(slices.Concat(base, Arguments, args), environment)
	if err != nil {
		return nil, err
	}
	memory, err := arena.New(reservation)
	if err != nil {
		return nil, err
	}
	n := &Node{Config: cfg, Arena: memory, done: make(chan error, 1)}
	registry := engine.NewRegistry(all.Families()...)
	n.Server, err = server.New(cfg, logging.New(o.Log, 'M'), server.Build{Version: "test"}, func(h engine.Host) *engine.Engine {
		random := rand.New(rand.NewPCG(1, 2))
		return engine.New(engine.Options{
			Store: keyspace.NewStore(memory, maphash.MakeSeed(), random), Registry: registry, Host: h,
			Databases: int(cfg.Current().Int("databases")), Interpreter: script.NewCache(h.RedisVersion()), Rand: random,
		})
	})
	if err != nil {
		return nil, err
	}
	n.stop = make(chan os.Signal, 1)
	go func() { n.done <- n.Server.Run(n.stop) }()
	return n, n.await()
}

// await waits until the server has loaded and listens, or has ended.
func (n *Node) await() error {
	deadline := time.Now().Add(startWithin)
	for {
		select {
		case err := <-n.done:
			n.done <- err
			return err
		default:
		}
		if addrs := n.Server.Addresses(); len(addrs) > 0 && n.ready() {
			n.Addr = addrs[0].String()
			return nil
		}
		if time.Now().After(deadline) {
			return context.DeadlineExceeded
		}
		time.Sleep(time.Millisecond) // nothing to wait on: the listener is opened by the server's own goroutine
	}
}

func (n *Node) ready() bool {
	e := n.Server.Engine()
	e.Lock()
	defer e.Unlock()
	return !e.Loading()
}

// Stop ends the server in order, as SIGTERM does.
func (n *Node) Stop(t testing.TB) {
	t.Helper()
	select {
	case n.stop <- syscall.SIGTERM:
	default: // it was told before
	}
	if err := <-n.done; err != nil {
		t.Errorf("server ended with: %v", err)
	}
	n.done <- nil
	if err := n.Arena.Close(); err != nil {
		t.Error(err)
	}
}

// Dial connects to the server.
func (n *Node) Dial() (net.Conn, error) { return net.Dial("tcp", n.Addr) }
