package supervise

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/node/paths"
)

// Operation is what a client may ask of the supervisor.
type Operation string

// The operations. The first four concern the supervisor, the others one service.
const (
	Statuses  Operation = "status"
	Rescan    Operation = "rescan"   // take over which services are enabled, and their definitions
	Shutdown  Operation = "shutdown" // stop all services and end
	Handover  Operation = "handover" // end and leave the services running for the next supervisor
	Up        Operation = "up"
	Down      Operation = "down"
	Once      Operation = "once"
	Restart   Operation = "restart"
	Hangup    Operation = "hup"
	Interrupt Operation = "int"
	Terminate Operation = "term"
	Kill      Operation = "kill"
	KillGroup Operation = "kill-group" // SIGKILL to the service's whole process group
	Quit      Operation = "quit"
	Alarm     Operation = "alarm"
	User1     Operation = "usr1"
	User2     Operation = "usr2"
	Pause     Operation = "pause"
	Continue  Operation = "cont"
)

var signals = map[Operation]syscall.Signal{
	Hangup: syscall.SIGHUP, Interrupt: syscall.SIGINT, Terminate: syscall.SIGTERM, Kill: syscall.SIGKILL,
	Quit: syscall.SIGQUIT, Alarm: syscall.SIGALRM, User1: syscall.SIGUSR1, User2: syscall.SIGUSR2,
	Pause: syscall.SIGSTOP, Continue: syscall.SIGCONT,
}

const (
	maxMessage     = 1 << 20
	messageTimeout = 10 * time.Second
)

type request struct {
	Operation Operation `json:"operation"`
	Service   string    `json:"service,omitempty"`
}

type response struct {
	Error    string   `json:"error,omitempty"`
	PID      int      `json:"pid"`
	Services []Status `json:"services,omitempty"`
}

func (s *supervisor) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // closed by Run
		}
		go s.answer(conn)
	}
}

func (s *supervisor) answer(conn net.Conn) {
	defer conn.Close() // the reply was sent or could not be
	if conn.SetReadDeadline(time.Now().Add(messageTimeout)) != nil {
		return
	}
	var asked request
	if err := json.NewDecoder(io.LimitReader(conn, maxMessage)).Decode(&asked); err != nil {
		s.logf("control: unreadable request: %v", err)
		return
	}
	reply := response{PID: os.Getpid()}
	if err := s.carryOut(asked, &reply); err != nil {
		reply.Error = err.Error()
	}
	if err := json.NewEncoder(conn).Encode(reply); err != nil {
		s.logf("control: reply to %s: %v", asked.Operation, err)
	}
	// Ending comes after the reply: the process may be gone at once.
	switch asked.Operation {
	case Handover:
		s.mu.Lock()
		s.handover = true
		s.mu.Unlock()
		s.stop()
	case Shutdown:
		s.stop()
	}
}

func (s *supervisor) carryOut(asked request, reply *response) error {
	switch asked.Operation {
	case Statuses:
		reply.Services = s.statuses()
		return nil
	case Rescan:
		return s.rescan()
	case Shutdown, Handover:
		return nil
	}
	r, ok := s.find(asked.Service)
	if !ok {
		return fmt.Errorf("service %s is not supervised", asked.Service)
	}
	known := true
	ran := r.do(func() {
		switch asked.Operation {
		case Up:
			r.up()
		case Down:
			r.down()
		case Once:
			r.runOnce()
		case Restart:
			r.restart()
		case KillGroup:
			if r.process != nil {
				unix.Kill(-r.process.pid, unix.SIGKILL) //nolint:errcheck // an empty group is what is wanted
			}
		default:
			var sig syscall.Signal
			if sig, known = signals[asked.Operation]; known {
				r.signal(sig)
			}
		}
	})
	if !ran {
		return fmt.Errorf("service %s is not supervised", asked.Service)
	}
	if !known {
		return fmt.Errorf("unknown operation %q", asked.Operation)
	}
	return nil
}

// ErrNotRunning says that the supervisor ran once on this node but does not now; ErrNeverRan that it never did.
var (
	ErrNotRunning = errors.New("the supervisor is not running")
	ErrNeverRan   = errors.New("the supervisor was never started on this node")
)

// Client talks to a node's supervisor. Each call is one connection; the zero timeout means messageTimeout.
type Client struct {
	Layout paths.Layout
}

// Status returns the services in alphabetical order. ErrNotRunning and ErrNeverRan say why there is nobody to ask.
func (c Client) Status() ([]Status, error) {
	reply, err := c.ask(request{Operation: Statuses})
	return reply.Services, err
}

// SupervisorPID returns the supervisor's process id, or one of Status' errors.
func (c Client) SupervisorPID() (int, error) {
	reply, err := c.ask(request{Operation: Statuses})
	return reply.PID, err
}

// Send asks for an operation on one service (or on none, for those that concern the supervisor) and returns when the
// supervisor has taken it up; what it brings about is seen through Status.
func (c Client) Send(operation Operation, service string) error {
	_, err := c.ask(request{Operation: operation, Service: service})
	return err
}

func (c Client) ask(asked request) (response, error) {
	address, release, err := controlAddress(c.Layout)
	if errors.Is(err, fs.ErrNotExist) {
		return response{}, ErrNeverRan
	}
	if err != nil {
		return response{}, err
	}
	defer release()
	conn, err := net.DialTimeout("unix", address, messageTimeout)
	if err != nil {
		return response{}, c.explainDial(err)
	}
	defer conn.Close() // the reply was read
	timeout := messageTimeout
	if asked.Operation == Rescan {
		timeout = time.Hour // it may have to stop a service that saves its data
	}
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return response{}, err
	}
	if err := json.NewEncoder(conn).Encode(asked); err != nil {
		return response{}, explainBreak(err)
	}
	var reply response
	if err := json.NewDecoder(io.LimitReader(conn, maxMessage)).Decode(&reply); err != nil {
		return response{}, explainBreak(err)
	}
	if reply.Error != "" {
		return reply, errors.New(reply.Error)
	}
	return reply, nil
}

// explainBreak: a supervisor that was killed still takes connections for a moment, until the kernel has closed its socket.
func explainBreak(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return ErrNotRunning
	}
	return fmt.Errorf("ask the supervisor: %w", err)
}

func (c Client) explainDial(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("talk to the supervisor: %w (it belongs to another user: run this as root)", err)
	}
	if _, statErr := os.Stat(filepath.Join(c.Layout.SupervisorDirectory(), "lock")); errors.Is(statErr, fs.ErrNotExist) {
		return ErrNeverRan
	}
	return ErrNotRunning
}
