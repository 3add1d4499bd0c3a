package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/persist/vfs/aio"
	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
	"redoubt/internal/server/transport/epoll"
	"redoubt/internal/server/transport/std"
)

// listener is one open listening socket.
type listener struct {
	net.Listener
	kind string // "tcp", "tls" or "unix"
}

// listenerTexts are the listenerN fields of INFO server.
func (s *Server) listenerTexts() []string {
	var out []string
	for _, l := range s.listeners {
		if l.kind == "unix" {
			out = append(out, "name=unix,bind="+l.Addr().String())
			continue
		}
		host, port, _ := net.SplitHostPort(l.Addr().String())
		out = append(out, "name="+l.kind+",bind="+host+",port="+port)
	}
	return out
}

// listen opens the configured sockets. A listen address beyond loopback without a credential is refused.
func (s *Server) listen() error {
	c := s.conf()
	if err := c.CheckExposure(s.users.credential.Load()); err != nil {
		return err
	}
	if err := s.configureTLS(c); err != nil {
		return err
	}
	tcp, err := s.openNetwork(c)
	if err != nil {
		return err
	}
	unixListener, err := s.openUnix()
	if err != nil {
		closeAll(tcp)
		return err
	}
	all := append(tcp, unixListener...)
	if len(all) == 0 {
		return errors.New("Configured to not listen anywhere, exiting.")
	}
	s.startLoops()
	s.engine.Lock()
	s.listeners, s.bound = all, endpoints(c)
	s.engine.Unlock()
	s.serve(all)
	return nil
}

// endpoints names what the network listeners are opened for.
func endpoints(c *config.Snapshot) string {
	return fmt.Sprint(c.Int("port"), c.Int("tls-port"), c.Bind())
}

// openNetwork opens the plaintext and the TLS port.
func (s *Server) openNetwork(c *config.Snapshot) ([]*listener, error) {
	plain, err := s.openTCP(c.Bind(), int(c.Int("port")), "tcp")
	if err != nil {
		return nil, err
	}
	secure, err := s.openTCP(c.Bind(), int(c.Int("tls-port")), "tls")
	if err != nil {
		closeAll(plain)
		return nil, err
	}
	return append(plain, secure...), nil
}

// openTCP opens one socket per bind address, so none with bind "". An address with a leading "-" may be missing on this machine.
func (s *Server) openTCP(bind []string, port int, kind string) ([]*listener, error) {
	var out []*listener
	if port == 0 || len(bind) == 0 {
		return nil, nil
	}
	// Go listens with the kernel's somaxconn as the backlog, which is what caps tcp-backlog in Redis too.
	lc := net.ListenConfig{KeepAlive: -1}
	for _, addr := range bind {
		host, optional := strings.CutPrefix(addr, "-")
		network := "tcp"
		switch host {
		case "*", "0.0.0.0":
			host, network = "0.0.0.0", "tcp4"
		case "::*", "::":
			host, network = "::", "tcp6"
		}
		l, err := lc.Listen(context.Background(), network, net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			out = append(out, &listener{l, kind})
			continue
		}
		if missing := errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT); missing && (optional || host == "::") {
			continue
		}
		closeAll(out)
		s.log.Logf(logging.Warning, "Warning: Could not create server TCP listening socket %s:%d: %v", addr, port, err)
		return nil, fmt.Errorf("Failed listening on port %d (%s), aborting.", port, kind)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("Failed listening on port %d (%s), aborting.", port, kind)
	}
	return out, nil
}

// openUnix opens the Unix socket, if one is configured. A socket file that a former process left is replaced, anything
// else at its place is not touched.
func (s *Server) openUnix() ([]*listener, error) {
	path := s.conf().Text("unixsocket")
	if path == "" {
		return nil, nil
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace the old socket: %w", err)
		}
	}
	// The mask keeps the socket closed to others between bind and chmod.
	old := syscall.Umask(0o177)
	l, err := net.Listen("unix", path)
	syscall.Umask(old)
	if err != nil {
		return nil, fmt.Errorf("Failed opening Unix socket: bind: %w", err)
	}
	if perm := s.conf().Int("unixsocketperm"); perm != 0 {
		if err := os.Chmod(path, os.FileMode(perm)); err != nil {
			l.Close()
			return nil, fmt.Errorf("unixsocketperm: %w", err)
		}
	}
	return []*listener{{l, "unix"}}, nil
}

func closeAll(ls []*listener) {
	for _, l := range ls {
		l.Close()
	}
}

func (s *Server) closeListeners() {
	s.engine.Lock()
	ls := s.listeners
	s.listeners = nil
	s.engine.Unlock()
	closeAll(ls)
}

func (s *Server) serve(ls []*listener) {
	s.conns.Add(len(ls))
	for _, l := range ls {
		go s.accept(l)
	}
}

// accept serves a listener until it is closed.
func (s *Server) accept(l *listener) {
	defer s.conns.Done()
	for {
		nc, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			s.log.Logf(logging.Warning, "Accepting client connection: %v", err)
			time.Sleep(10 * time.Millisecond) // out of descriptors: let some connections end
			continue
		}
		if s.denied(nc) || s.atLimit(nc) {
			continue
		}
		s.tune(nc)
		s.conns.Add(1)
		s.converse(nc, l.kind)
	}
}

// converse serves a connection and returns at once.
func (s *Server) converse(nc net.Conn, kind string) {
	end := func() {
		s.disconnected()
		s.conns.Done()
	}
	setup := describe(nc)
	if s.loops != nil && kind != "tls" && s.loops.Serve(nc, setup, end) == nil {
		return
	}
	go func() {
		var secure func(net.Conn) (net.Conn, bool)
		if kind == "tls" {
			secure = s.handshake
		}
		std.Serve(s.engine, nc, secure, func(c *engine.Client) {
			setup(c)
			c.TLS = kind == "tls"
		})
		end()
	}()
}

// describe returns what makes a client's description that of its connection.
func describe(nc net.Conn) func(*engine.Client) {
	local, remote := nc.LocalAddr(), nc.RemoteAddr()
	return func(c *engine.Client) {
		c.Unix = local.Network() == "unix"
		if c.Unix {
			c.Addr, c.Laddr = local.String()+":0", local.String()+":0"
			return
		}
		c.Addr, c.Laddr = remote.String(), local.String()
	}
}

// maxLoops bounds the event loops that are started without being asked for.
const maxLoops = 8

// startLoops starts the event loops where the configuration asks for them and the system has them.
func (s *Server) startLoops() {
	c := s.conf()
	if c.Text("transport") != "epoll" {
		return
	}
	n := int(c.Int("event-loops"))
	if n == 0 {
		n = min(max(runtime.GOMAXPROCS(0)/2, 1), maxLoops)
	}
	if runtime.GOMAXPROCS(0) <= n {
		// A busy loop keeps its processor: a new connection, TLS and the timers would wait for the scheduler's 10 ms, or several of
		// them. A thread more shares processors by the kernel's rules.
		runtime.GOMAXPROCS(n + 1)
	}
	var bell *epoll.Bell
	if syncer, err := aio.New(); err == nil { // a container may not allow it
		s.syncer, bell = syncer, &epoll.Bell{FD: syncer.Bell(), Heard: syncer.Heard}
	}
	loops, err := epoll.New(s.engine, n, bell)
	if err != nil {
		s.log.Logf(logging.Warning, "Connections are served without event loops: %v", err)
		return
	}
	s.loops = loops
}

// stopServing closes what listen opened. The connections have been told to end.
func (s *Server) stopServing() {
	s.closeListeners()
	if s.loops != nil {
		s.loops.Close()
	}
	if s.syncer != nil {
		s.syncer.Close()
	}
}

// denied refuses a connection from beyond loopback while protected mode is on and nobody needs a password.
func (s *Server) denied(nc net.Conn) bool {
	c := s.conf()
	if !c.Bool("protected-mode") || s.users.credential.Load() || nc.LocalAddr().Network() == "unix" ||
		isLoopback(nc.RemoteAddr().String()) || c.Bool("allow-insecure") {
		return false
	}
	s.turnAway(nc, "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set "+
		"for the default user. In this mode connections are only accepted from the loopback interface. To let other "+
		"machines in, set a password (requirepass in the configuration file, or CONFIG SET requirepass from this machine).\r\n")
	return true
}

// turnAway answers a connection that is not served and closes it.
func (s *Server) turnAway(nc net.Conn, text string) {
	s.engine.Lock()
	s.engine.Stats.RejectedConnections++
	s.engine.Unlock()
	_ = nc.SetWriteDeadline(time.Now().Add(turnAwayWithin))
	_, _ = nc.Write([]byte(text)) // it is closed in any case
	_ = nc.Close()
}

// turnAwayWithin bounds the write of a refusal, which happens in the accepting goroutine.
const turnAwayWithin = 100 * time.Millisecond

// atLimit refuses a connection beyond maxclients; one that it does not refuse is counted until disconnected is called.
func (s *Server) atLimit(nc net.Conn) bool {
	s.engine.Lock()
	full := s.connected >= s.engine.Settings.MaxClients
	if !full {
		s.connected++
	}
	s.engine.Unlock()
	if !full {
		return false
	}
	s.turnAway(nc, "-ERR max number of clients reached\r\n")
	return true
}

func (s *Server) disconnected() {
	s.engine.Lock()
	s.connected--
	s.engine.Unlock()
}

func (s *Server) tune(nc net.Conn) {
	t, ok := nc.(*net.TCPConn)
	if !ok {
		return
	}
	if sec := s.conf().Int("tcp-keepalive"); sec > 0 {
		_ = t.SetKeepAliveConfig(net.KeepAliveConfig{
			Enable: true, Idle: time.Duration(sec) * time.Second, Interval: max(time.Duration(sec)*time.Second/3, time.Second), Count: 3,
		})
	}
}

// rebind moves the TCP listeners to another port or other addresses while the server runs (CONFIG SET bind, port). On
// failure the old ones stay. The engine lock is held.
func (s *Server) rebind(next *config.Snapshot) error {
	if err := next.CheckExposure(s.users.credential.Load()); err != nil {
		return err
	}
	if err := s.configureTLS(next); err != nil {
		return err
	}
	var keep, old []*listener
	for _, l := range s.listeners {
		if l.kind == "unix" {
			keep = append(keep, l)
		} else {
			old = append(old, l)
		}
	}
	closeAll(old)
	fresh, err := s.openNetwork(next)
	if err != nil {
		// Take the former addresses back; they were ours a moment ago.
		again, errAgain := s.openNetwork(s.conf())
		if errAgain != nil {
			s.bound = "" // so that taking back the configuration tries once more
			s.log.Logf(logging.Warning, "Could not listen again on the former addresses: %v", errAgain)
		}
		s.listeners = append(keep, again...)
		s.serve(again)
		if slices.Equal(next.Bind(), s.conf().Bind()) {
			return errors.New("Unable to listen on this port. Check server logs.")
		}
		return errors.New("Failed to bind to specified addresses.")
	}
	s.listeners, s.bound = append(keep, fresh...), endpoints(next)
	s.serve(fresh)
	return nil
}

// sweepClients closes connections that were silent for the configured timeout or over a soft output limit for too long.
// The engine lock is held.
func (s *Server) sweepClients() {
	if n := s.engine.Sweep(time.Duration(s.conf().Int("timeout")) * time.Second); n > 0 {
		s.log.Logf(logging.Verbose, "Closing %d idle clients", n)
	}
}
