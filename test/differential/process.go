package differential

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"redoubt/test/freeport"
)

// startWithin bounds the wait for a server to listen.
const startWithin = 20 * time.Second

// Process is a server that this package starts and ends: a [Target].
type Process struct {
	// Command is the program with what stands before redis-server's arguments.
	Command []string
	// Args are further arguments.
	Args []string
	// Dir is the directory for its files and its log.
	Dir string

	port string
	cmd  *exec.Cmd
	done chan struct{}
}

// Start runs the server and waits until it listens.
func (p *Process) Start() (err error) {
	if p.port, err = freeport.Find(); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(p.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	args := append(append([]string(nil), p.Command[1:]...),
		"--port", p.port, "--bind", "127.0.0.1", "--save", "", "--dir", p.Dir, "--sanitize-dump-payload", "yes", "--maxmemory", "2gb")
	p.cmd = exec.Command(p.Command[0], append(args, p.Args...)...)
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = log, log, p.Dir
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it does not outlive a run that is interrupted
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // how it ended is in its log
	}()
	for deadline := time.Now().Add(startWithin); time.Now().Before(deadline); {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended at once; see %s", p.Command[0], log.Name())
		default:
		}
		if nc, err := p.Dial(); err == nil {
			return nc.Close()
		}
		time.Sleep(10 * time.Millisecond) // nothing to wait on: another process opens the port
	}
	return fmt.Errorf("%s does not listen within %v; see %s", p.Command[0], startWithin, log.Name())
}

// Stop ends the server.
func (p *Process) Stop() {
	if p.done != nil {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.done
	}
}

// Dial connects to the server.
func (p *Process) Dial() (net.Conn, error) {
	return net.Dial("tcp", net.JoinHostPort("127.0.0.1", p.port))
}

// Revive starts the server again.
func (p *Process) Revive() error {
	p.Stop()
	return p.Start()
}
