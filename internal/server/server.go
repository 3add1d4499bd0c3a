// Package server is the data node around the engine: configuration, listeners, loading and saving, INFO, background
// work and the orderly end. It implements engine.Host.
package server

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs/aio"
	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
	"redoubt/internal/server/transport/epoll"
)

// Build says which binary this is.
type Build struct{ Version, ID string }

// Server is one data node.
type Server struct {
	config *config.Config
	log    *logging.Logger
	build  Build
	engine *engine.Engine

	started       time.Time
	startupMemory int64
	runID, replID string

	users users
	save  saveState
	aof   aofState
	// saving is true while a save or a rewrite writes.
	saving   atomic.Bool
	progress loadProgress
	payloads rdb.Payloads
	rates    rates
	oom      oomScore
	overhead overhead
	guard    memoryGuard

	// tls is the configuration for new TLS connections, nil while there is no tls-port.
	tls atomic.Pointer[tls.Config]
	// loops serves plaintext connections; nil: package std does.
	loops *epoll.Transport
	// syncer syncs the append-only file while the first loop hears of it; nil where the system has none.
	syncer *aio.Syncer
	// listeners is guarded by the engine lock once the server runs.
	listeners []*listener
	// bound is what the network listeners were opened for; see endpoints.
	bound string
	// connected counts accepted connections, those included whose client is not registered yet. Guarded by the engine
	// lock.
	connected int
	// conns counts the goroutines that accept and serve connections, and background saves.
	conns sync.WaitGroup

	shutdown shutdownState
	// insisted is set by a second SIGINT: the final save ends without a dump.
	insisted atomic.Bool
	// cronPaused stops the regular work (DEBUG PAUSE-CRON).
	cronPaused bool
	// pidfile is the file to remove at the end, empty when none was written.
	pidfile string
}

// New builds a server from its configuration. newEngine creates the engine with the server as its host.
func New(cfg *config.Config, log *logging.Logger, build Build, newEngine func(engine.Host) *engine.Engine) (*Server, error) {
	s := &Server{
		config: cfg, log: log, build: build, started: time.Now(),
		runID: randomID(), replID: randomID(),
	}
	s.shutdown.request = make(chan engine.ShutdownOptions, 1)
	s.engine = newEngine(s)
	if err := s.loadUsers(); err != nil {
		return nil, err
	}
	if err := s.bindSettings(); err != nil {
		return nil, err
	}
	s.engine.Migration.Dial = s.dialPeer
	s.save.last = s.started
	s.guard.unfit = -1
	s.engine.MeasureOverhead = s.measureOverhead
	s.engine.RenewOverhead()
	s.startupMemory = s.memory().used
	return s, nil
}

// Engine returns the engine.
func (s *Server) Engine() *engine.Engine { return s.engine }

// randomID is 40 hex digits, the form of run ids and replication ids.
func randomID() string {
	b := make([]byte, 20)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b)
}

// Run loads the dataset, serves until a shutdown is ordered by a signal (SIGTERM, SIGINT) from signals or by SHUTDOWN, and
// returns nil after an orderly end. A signal whose save fails is logged and the server goes on; each further signal tries
// again. Listening happens before loading, so that clients get LOADING instead of a refused connection.
func (s *Server) Run(signals <-chan os.Signal) error {
	s.log.Raw(s.banner())
	s.log.Logf(logging.Notice, "Server initialized")
	s.setLoading(true)
	if err := s.listen(); err != nil {
		return err
	}
	defer s.stopServing()
	s.writePidfile()
	stop := make(chan struct{})
	var background sync.WaitGroup
	goStop := func(f func(<-chan struct{})) {
		background.Add(1)
		go func() { defer background.Done(); f(stop) }()
	}
	defer func() { close(stop); background.Wait() }()

	goStop(s.guardMemory)
	if err := s.load(signals); errors.Is(err, errStopped) {
		return s.finish(engine.ShutdownOptions{NoSave: true})
	} else if err != nil {
		if s.conf().Bool("appendonly") {
			return err // its text is Redis' last line
		}
		return fmt.Errorf("Fatal error loading the DB, check server logs. Exiting. %w", err)
	}
	s.setLoading(false)
	goStop(s.engine.Background)
	goStop(s.cron)
	s.announceReady()
	for {
		select {
		case sig := <-signals:
			s.logSignal(sig)
			heed := s.heedSignals(signals)
			err := s.finish(engine.ShutdownOptions{})
			if heed(); err == nil {
				return nil
			}
			if s.insisted.Load() {
				return errInsisted
			}
			s.log.Logf(logging.Warning, "%s received but errors trying to shut down the server, check the logs for more information", signalName(sig))
		case o := <-s.shutdown.request:
			if err := s.finish(o); err == nil {
				return nil
			}
		}
	}
}

func (s *Server) banner() string {
	return fmt.Sprintf(`
    _________       Redoubt %s
   |_  |_|  _|      behaves as Redis %s (64 bit)
     |_   _|        Running in standalone mode
     |  _  |        Port: %d
    _| |_| |_       PID: %d
   |_________|

`, s.build.Version, Version, s.conf().Int("port"), os.Getpid())
}

func (s *Server) setLoading(on bool) {
	s.engine.Lock()
	s.engine.SetLoading(on)
	s.engine.Unlock()
}

func (s *Server) announceReady() {
	s.engine.Lock()
	defer s.engine.Unlock()
	seen := map[string]bool{}
	for _, l := range s.listeners {
		if !seen[l.kind] {
			seen[l.kind] = true
			s.log.Logf(logging.Notice, "Ready to accept connections %s", l.kind)
		}
	}
	if len(s.listeners) == 0 {
		s.log.Logf(logging.Notice, "Ready to accept connections")
	}
}

// Addresses lists where the server listens.
func (s *Server) Addresses() []net.Addr {
	s.engine.Lock()
	defer s.engine.Unlock()
	var out []net.Addr
	for _, l := range s.listeners {
		out = append(out, l.Addr())
	}
	return out
}

// writePidfile writes the pid where the configuration asks for it, or, for a daemon, where Redis does. That it cannot is
// no reason not to serve.
func (s *Server) writePidfile() {
	path := s.conf().Text("pidfile")
	if path == "" && s.conf().Bool("daemonize") {
		path = "/var/run/redis.pid"
	}
	if path == "" {
		return
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o644); err != nil {
		s.log.Logf(logging.Warning, "Failed to write PID file: %v", err)
		return
	}
	s.pidfile = path
}
