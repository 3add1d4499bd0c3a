package server

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/server/logging"
)

// shutdownState hands SHUTDOWN over to Run, which owns the end of the process.
type shutdownState struct {
	request chan engine.ShutdownOptions
}

// errSaveFailed is the answer to a shutdown whose save failed.
var errSaveFailed = errors.New("Errors trying to SHUTDOWN. Check logs.")

// errInsisted ends the process although the final save has not been made.
var errInsisted = errors.New("You insist... exiting now.")

// heedSignals has a second SIGINT during a shutdown cut the final save short, until the result is called.
func (s *Server) heedSignals(signals <-chan os.Signal) (end func()) {
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case sig := <-signals:
				s.logSignal(sig)
				if sig == syscall.SIGINT {
					s.insisted.Store(true)
				}
			case <-stop:
				return
			}
		}
	}()
	return func() { close(stop); <-ended }
}

// errStopped ends a load during which a shutdown was ordered.
var errStopped = errors.New("stopped while loading")

// stopOrdered tells, while nothing else waits for it, whether a shutdown was ordered.
func (s *Server) stopOrdered(signals <-chan os.Signal) bool {
	select {
	case sig := <-signals:
		s.logSignal(sig)
		return true
	case <-s.shutdown.request:
		return true
	default:
		return false
	}
}

func (s *Server) logSignal(sig os.Signal) {
	s.log.Logf(logging.Warning, "Received %s scheduling shutdown...", signalName(sig))
}

func signalName(sig os.Signal) string {
	if sig == syscall.SIGINT {
		return "SIGINT"
	}
	return "SIGTERM"
}

// drainWithin bounds the wait for replies to be written at the end.
const drainWithin = 500 * time.Millisecond

// Shutdown implements engine.Host. The save happens here, under the engine lock, so that its failure can be answered;
// after it nothing more is executed.
func (s *Server) Shutdown(o engine.ShutdownOptions) error {
	if err := s.finalSave(o); err != nil {
		return err
	}
	closeAll(s.listeners) // who connects from here on would not be served
	s.listeners = nil
	o.Save, o.NoSave = false, true // it is done
	select {
	case s.shutdown.request <- o:
	default: // one is on its way
	}
	s.engine.Stop()
	return nil
}

// AbortShutdown implements engine.Host: without replicas a shutdown never waits, so there is nothing to abort.
func (s *Server) AbortShutdown() bool { return false }

// finalSave writes the dump unless told not to, or unless nothing asks for it (no save points). What was loaded in part is
// never saved: it would replace the whole.
func (s *Server) finalSave(o engine.ShutdownOptions) error {
	if s.engine.Loading() {
		return nil
	}
	if s.aof.mode == aofWaiting && !o.Force && !o.NoSave {
		s.log.Logf(logging.Warning, "Writing initial AOF. Can't exit.")
		return errSaveFailed
	}
	if wanted := o.Save || !o.NoSave && len(s.conf().SaveRules()) > 0; wanted {
		if err := s.finalDump(o); err != nil {
			return err
		}
	}
	if s.aof.rewrite.running {
		s.cancelRewrite()
	}
	s.closeLog()
	return nil
}

// finalDump is the dump of finalSave.
func (s *Server) finalDump(o engine.ShutdownOptions) error {
	s.log.Logf(logging.Notice, "Saving the final RDB snapshot before exiting.")
	s.cancelSave()
	for s.save.running { // wait for the background save to leave the file
		s.engine.Unlock()
		time.Sleep(time.Millisecond)
		s.engine.Lock()
	}
	if err := s.Save(); err != nil && !o.Force {
		s.log.Logf(logging.Warning, "Error trying to save the DB, can't exit.")
		return errSaveFailed
	}
	return nil
}

// finish is the orderly end: save, close, remove what is ours outside the data directory.
func (s *Server) finish(o engine.ShutdownOptions) error {
	s.log.Logf(logging.Notice, "User requested shutdown...")
	s.engine.Lock()
	if s.engine.ScriptBusy() { // a script that does not end must not keep the process from ending
		s.engine.AbortScript()
	}
	s.engine.Unlock()
	s.engine.LockIdle()
	err := s.finalSave(o)
	if err == nil {
		s.engine.Stop()
		s.engine.Clients(func(c *engine.Client) bool {
			c.Conn.Kill()
			return true
		})
	}
	s.engine.Unlock()
	if err != nil {
		return err
	}
	s.closeListeners()
	ended := make(chan struct{})
	go func() { s.conns.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(drainWithin):
	}
	if s.pidfile != "" {
		s.log.Logf(logging.Notice, "Removing the pid file.")
		_ = os.Remove(s.pidfile) // a leftover says nothing wrong: its process does not exist
	}
	s.log.Logf(logging.Warning, "Redis is now ready to exit, bye bye...")
	return nil
}

// isLoopback tells whether "host:port" is a loopback address.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
