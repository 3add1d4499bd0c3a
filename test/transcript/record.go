package transcript

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"time"

	"redoubt/internal/resp"
)

// Record plays a transcript and returns its text with the replies that the server gave.
func (r *Runner) Record(path string) ([]byte, error) {
	defer r.close()
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	steps, err := Load(path)
	if err != nil {
		return nil, err
	}
	if err := r.clean(); err != nil {
		return nil, err
	}
	byLine := map[int]Step{}
	for _, s := range steps {
		byLine[s.Line] = s
	}
	var out bytes.Buffer
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	for i, line := range lines {
		s, isStep := byLine[i+1]
		trimmed := strings.TrimSpace(line)
		if !isStep {
			if trimmed == "" || strings.HasPrefix(trimmed, "#") && (len(trimmed) == 1 || trimmed[1] == ' ') {
				out.WriteString(line + "\n")
			}
			continue // a reply line: written anew below
		}
		out.WriteString(line + "\n")
		if err := r.recordStep(&out, s); err != nil {
			return nil, &Failure{path, s, err}
		}
	}
	return out.Bytes(), nil
}

func (r *Runner) recordStep(out *bytes.Buffer, s Step) error {
	if s.Sleep > 0 || s.Quiet {
		return r.step(s)
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
	_ = p.nc.SetReadDeadline(time.Now().Add(4 * quietFor))
	if _, err := p.r.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil // blocked: no reply lines
	}
	reply, err := p.read(replyWithin)
	if err != nil {
		return err
	}
	if s.Expect != nil && s.Expect.general() && s.Expect.match(reply) == nil {
		s.Expect.write(out, "")
		return nil
	}
	out.WriteString(Render(reply, ""))
	return nil
}

// general tells whether the pattern or one inside uses a form beyond plain replies.
func (p *pattern) general() bool {
	if p.line == "?" || strings.HasPrefix(p.line, ":in ") || len(p.line) > 5 && p.line[1:6] == "like " ||
		strings.HasPrefix(p.line[1:], "any ") {
		return true
	}
	for _, s := range p.sub {
		if s.general() {
			return true
		}
	}
	return false
}

func (p *pattern) write(out *bytes.Buffer, indent string) {
	out.WriteString(indent + p.line + "\n")
	for _, s := range p.sub {
		s.write(out, indent+"  ")
	}
}
