package transcript

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/resp"
)

// Step is one action of a transcript and the reply it must get.
type Step struct {
	Line int
	Conn int // 1-9
	// Exactly one of these: a request, reading a reply, checking that none waits, or sleeping.
	Words  [][]byte
	Read   bool
	Quiet  bool
	Sleep  time.Duration
	Expect *pattern
	Text   string
}

// pattern is an expected reply: its form line and its nested elements.
type pattern struct {
	line string
	sub  []*pattern
}

// Load reads a transcript file.
func Load(path string) ([]Step, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := parser{path: path, lines: strings.Split(string(text), "\n")}
	return p.steps()
}

type parser struct {
	path  string
	lines []string
	at    int
}

func (p *parser) fail(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.path, p.at, fmt.Sprintf(format, args...))
}

// next returns the next line that is neither empty nor a comment, without its indentation.
func (p *parser) next() (string, bool) {
	for p.at < len(p.lines) {
		line := strings.TrimLeft(p.lines[p.at], " \t")
		p.at++
		if line != "" && !strings.HasPrefix(line, "# ") && line != "#" {
			return line, true
		}
	}
	return "", false
}

func (p *parser) steps() ([]Step, error) {
	var out []Step
	for {
		line, ok := p.next()
		if !ok {
			return out, nil
		}
		s, err := p.step(line)
		if err != nil {
			return nil, err
		}
		if s.Words != nil || s.Read {
			if s.Expect, err = p.pattern(); err != nil {
				return nil, err
			}
		}
		out = append(out, s)
	}
}

func (p *parser) step(line string) (Step, error) {
	s := Step{Line: p.at, Conn: 1, Text: line}
	if rest, ok := strings.CutPrefix(line, "! sleep "); ok {
		d, err := time.ParseDuration(strings.TrimSpace(rest))
		if err != nil {
			return s, p.fail("%v", err)
		}
		s.Sleep = d
		return s, nil
	}
	rest := line
	if len(line) > 1 && line[0] >= '1' && line[0] <= '9' {
		s.Conn, rest = int(line[0]-'0'), line[1:]
	}
	switch {
	case strings.TrimSpace(rest) == "<":
		s.Read = true
	case strings.TrimSpace(rest) == "~":
		s.Quiet = true
	case strings.HasPrefix(rest, "> "):
		words, err := resp.SplitArgs([]byte(rest[2:]))
		if err != nil || len(words) == 0 {
			return s, p.fail("cannot split the request: %v", err)
		}
		s.Words = words
	default:
		return s, p.fail("expected a request, got %q", line)
	}
	return s, nil
}

// pattern reads one expected reply with its nested elements. A request that blocks has none: the next line is another
// action.
func (p *parser) pattern() (*pattern, error) {
	save := p.at
	line, ok := p.next()
	if !ok || isAction(line) {
		p.at = save
		return nil, nil
	}
	return p.patternAt(line)
}

func isAction(line string) bool {
	if strings.HasPrefix(line, "> ") || strings.HasPrefix(line, "! ") {
		return true
	}
	return len(line) > 1 && line[0] >= '1' && line[0] <= '9' && strings.ContainsRune("<>~", rune(line[1]))
}

func (p *parser) patternAt(line string) (*pattern, error) {
	pat := &pattern{line: line}
	n := 0
	switch line[0] {
	case '*', '~', '>', '%':
		count := strings.TrimPrefix(line[1:], "any ")
		v, err := strconv.Atoi(strings.TrimSpace(count))
		if err != nil {
			return nil, p.fail("expected a count: %q", line)
		}
		n = v
		if line[0] == '%' {
			n *= 2
		}
	case '+', '-', ':', '$', ',', '#', '_', '(', '=', '?':
	default:
		return nil, p.fail("expected a reply, got %q", line)
	}
	for range n {
		sub, ok := p.next()
		if !ok {
			return nil, p.fail("the reply ends early")
		}
		s, err := p.patternAt(sub)
		if err != nil {
			return nil, err
		}
		pat.sub = append(pat.sub, s)
	}
	return pat, nil
}
