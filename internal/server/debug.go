package server

import (
	"os"
	"runtime"
	"syscall"
	"time"

	"redoubt/internal/server/logging"
)

// Sleep implements engine.Host: DEBUG SLEEP holds the lock, so the whole server stands still, as an operator's failover
// drill expects.
func (s *Server) Sleep(d time.Duration) { time.Sleep(d) }

// PauseCron implements engine.Host.
func (s *Server) PauseCron(on bool) { s.cronPaused = on }

// ChangeReplicationID implements engine.Host.
func (s *Server) ChangeReplicationID() { s.replID = randomID() }

// SkipChecksums implements engine.Host.
func (s *Server) SkipChecksums(on bool) { s.payloads.SkipChecksum.Store(on) }

// Crash implements engine.Host: it ends the process without any of the work of an orderly end.
func (s *Server) Crash(kind string) { s.crash(syscall.SIGSEGV, " (DEBUG "+kind+")") }

// Aborted ends the process after a SIGABRT, the way a supervisor ends one that hangs: with a report of what it was doing.
func (s *Server) Aborted() { s.crash(syscall.SIGABRT, "") }

// maxStacks bounds the stacks in a crash report, in bytes.
const maxStacks = 4 << 20

func (s *Server) crash(sig syscall.Signal, cause string) {
	s.log.Logf(logging.Warning, "=== REDIS BUG REPORT START ===")
	s.log.Logf(logging.Warning, "Redis %s crashed by signal: %d%s", Version, int(sig), cause)
	stacks := make([]byte, maxStacks)
	s.log.Raw(string(stacks[:runtime.Stack(stacks, true)]))
	s.log.Logf(logging.Warning, "=== REDIS BUG REPORT END ===")
	os.Exit(128 + int(sig)) // as a shell sees it
}
