package server

import (
	"os"
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
func (s *Server) SkipChecksums(on bool) { s.payloads.SkipChecksum = on }

// crashStatus is the exit status of a process that signal 11 has ended, as a shell sees it.
const crashStatus = 128 + 11

// Crash implements engine.Host: it ends the process without any of the work of an orderly end.
func (s *Server) Crash(kind string) {
	s.log.Logf(logging.Warning, "=== REDIS BUG REPORT START ===")
	s.log.Logf(logging.Warning, "Redis %s crashed by signal: 11 (DEBUG %s)", Version, kind)
	os.Exit(crashStatus)
}
