package transcript

import (
	"fmt"
	"strconv"
	"strings"

	"redoubt/internal/glob"
	"redoubt/internal/resp"
)

// Render writes a reply in the form of a transcript, one line per element.
func Render(r *resp.Reply, indent string) string {
	var b strings.Builder
	render(&b, r, indent)
	return b.String()
}

func render(b *strings.Builder, r *resp.Reply, indent string) {
	b.WriteString(indent)
	if r.Null {
		switch r.Type {
		case '$':
			b.WriteString("$-1\n")
		case '*':
			b.WriteString("*-1\n")
		default:
			b.WriteString("_\n")
		}
		return
	}
	switch r.Type {
	case '*', '~', '>', '%':
		n := len(r.Elems)
		if r.Type == '%' {
			n /= 2
		}
		fmt.Fprintf(b, "%c%d\n", r.Type, n)
		for i := range r.Elems {
			render(b, &r.Elems[i], indent+"  ")
		}
		return
	case '#':
		text := "f"
		if r.Bool {
			text = "t"
		}
		fmt.Fprintf(b, "#%s\n", text)
		return
	case '=':
		fmt.Fprintf(b, "=%s:%s\n", r.Format, escape(r.Str))
		return
	case ':':
		fmt.Fprintf(b, ":%d\n", r.Int)
		return
	case '_':
		b.WriteString("_\n")
		return
	}
	fmt.Fprintf(b, "%c%s\n", r.Type, escape(r.Str))
}

// escape writes bytes so that they stand on one line and survive editors.
func escape(s []byte) string {
	q := strconv.QuoteToASCII(string(s))
	q = q[1 : len(q)-1]
	return strings.ReplaceAll(q, `\"`, `"`)
}

// match tells whether a reply has the expected form; the error says where it does not.
func (p *pattern) match(r *resp.Reply) error {
	switch {
	case p.line == "?":
		return nil
	case strings.HasPrefix(p.line, ":in "):
		return p.matchRange(r)
	case len(p.line) > 6 && p.line[1:6] == "like ":
		if (r.Type == p.line[0] || r.Type == '=' && p.line[0] == '$') && !r.Null && glob.Match(p.line[6:], string(r.Str)) {
			return nil
		}
		return p.mismatch(r)
	}
	switch p.line[0] {
	case '*', '~', '>', '%':
		return p.matchAggregate(r)
	}
	if got := strings.TrimSuffix(Render(r, ""), "\n"); got != p.line {
		return p.mismatch(r)
	}
	return nil
}

func (p *pattern) mismatch(r *resp.Reply) error {
	return fmt.Errorf("want %s\ngot\n%s", p.line, Render(r, "  "))
}

func (p *pattern) matchRange(r *resp.Reply) error {
	var lo, hi int64
	if _, err := fmt.Sscanf(p.line, ":in %d %d", &lo, &hi); err != nil {
		return fmt.Errorf("bad form %q: %w", p.line, err)
	}
	if r.Type != ':' || r.Int < lo || r.Int > hi {
		return p.mismatch(r)
	}
	return nil
}

func (p *pattern) matchAggregate(r *resp.Reply) error {
	if p.line == "*-1" {
		if r.Type != '*' || !r.Null {
			return p.mismatch(r)
		}
		return nil
	}
	if r.Type != p.line[0] || r.Null || len(r.Elems) != len(p.sub) {
		return p.mismatch(r)
	}
	if strings.HasPrefix(p.line[1:], "any ") {
		return p.matchAnyOrder(r)
	}
	for i, s := range p.sub {
		if err := s.match(&r.Elems[i]); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

// matchAnyOrder pairs elements greedily, which is enough for sets of distinct plain values.
func (p *pattern) matchAnyOrder(r *resp.Reply) error {
	used := make([]bool, len(r.Elems))
next:
	for _, s := range p.sub {
		for i := range r.Elems {
			if !used[i] && s.match(&r.Elems[i]) == nil {
				used[i] = true
				continue next
			}
		}
		return fmt.Errorf("nothing matches %s in\n%s", s.line, Render(r, "  "))
	}
	return nil
}
