package transcript

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"redoubt/internal/resp"
)

// quietFor is how long a connection must stay silent to count as blocked; replyWithin bounds every wait for a reply.
const (
	quietFor    = 60 * time.Millisecond
	replyWithin = 10 * time.Second
)

// Failure is a step whose reply was not the expected one.
type Failure struct {
	Path string
	Step Step
	Err  error
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%s:%d: %s\n%v", f.Path, f.Step.Line, f.Step.Text, f.Err)
}

// Runner plays transcripts against one server.
type Runner struct {
	// Dial opens a connection to the server.
	Dial func() (net.Conn, error)
	// Password, when set, is sent with AUTH on every connection.
	Password string

	conns map[int]*peer
}

type peer struct {
	nc net.Conn
	r  *bufio.Reader
}

// Run plays the steps and returns the first failures, at most limit of them.
func (r *Runner) Run(path string, steps []Step, limit int) (failures []*Failure, err error) {
	defer r.close()
	if err := r.clean(); err != nil {
		return nil, err
	}
	for _, s := range steps {
		if err := r.step(s); err != nil {
			failures = append(failures, &Failure{path, s, err})
			if len(failures) >= limit {
				return failures, nil
			}
		}
	}
	return failures, nil
}

func (r *Runner) clean() error {
	for _, words := range [][]string{{"FLUSHALL"}, {"SELECT", "0"}} {
		p, err := r.peer(1)
		if err != nil {
			return err
		}
		reply, err := p.call(resp.AppendCommandStrings(nil, words...))
		if err != nil {
			return err
		}
		if reply.IsError() {
			return fmt.Errorf("%s: %s", words[0], reply.Str)
		}
	}
	return nil
}

func (r *Runner) close() {
	for _, p := range r.conns {
		_ = p.nc.Close()
	}
	r.conns = nil
}

func (r *Runner) peer(n int) (*peer, error) {
	if p := r.conns[n]; p != nil {
		return p, nil
	}
	nc, err := r.Dial()
	if err != nil {
		return nil, err
	}
	p := &peer{nc: nc, r: bufio.NewReader(nc)}
	if r.conns == nil {
		r.conns = map[int]*peer{}
	}
	r.conns[n] = p
	if r.Password != "" {
		if _, err := p.call(resp.AppendCommandStrings(nil, "AUTH", r.Password)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *peer) call(request []byte) (*resp.Reply, error) {
	if _, err := p.nc.Write(request); err != nil {
		return nil, err
	}
	return p.read(replyWithin)
}

func (p *peer) read(within time.Duration) (*resp.Reply, error) {
	_ = p.nc.SetReadDeadline(time.Now().Add(within))
	reply, err := resp.ReadReply(p.r, resp.DefaultReplyLimits())
	if err != nil {
		return nil, err
	}
	return &reply, nil
}

// quiet is an error unless the connection stays silent for a moment.
func (p *peer) quiet() error {
	_ = p.nc.SetReadDeadline(time.Now().Add(quietFor))
	_, err := p.r.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	if err != nil {
		return err
	}
	reply, err := p.read(replyWithin)
	if err != nil {
		return err
	}
	return fmt.Errorf("want no reply yet\ngot\n%s", Render(reply, "  "))
}

func (r *Runner) step(s Step) error {
	if s.Sleep > 0 {
		time.Sleep(s.Sleep)
		return nil
	}
	p, err := r.peer(s.Conn)
	if err != nil {
		return err
	}
	if s.Words != nil {
		if _, err := p.nc.Write(resp.AppendCommand(nil, s.Words...)); err != nil {
			return err
		}
	}
	if s.Quiet || s.Expect == nil {
		return p.quiet()
	}
	reply, err := p.read(replyWithin)
	if err != nil {
		return fmt.Errorf("want %s, got no reply: %w", s.Expect.line, err)
	}
	return s.Expect.match(reply)
}
