package script

// The matcher of Lua's patterns. It backtracks, so a short pattern can take very long: every step is paid for. It
// recurses per quantified item and capture of the pattern, never per byte of the subject, and the depth is bounded.

const (
	maxCaptures     = 32
	maxPatternDepth = 1000
	captureOpen     = -1
	capturePosition = -2
)

type capture struct{ start, length int }

type matcher struct {
	subject, pattern string
	captures         [maxCaptures]capture
	level            int
	depth            int
	spend            func(n int)
	fail             func(what string)
}

// match tries the pattern from p at s and returns where the match ends, -1 when there is none.
func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > maxPatternDepth {
		m.fail("pattern too complex")
	}
	defer func() { m.depth-- }()
	for {
		m.spend(1)
		if p == len(m.pattern) {
			return s
		}
		switch m.pattern[p] {
		case '(':
			if p+1 < len(m.pattern) && m.pattern[p+1] == ')' {
				return m.openCapture(s, p+2, capturePosition)
			}
			return m.openCapture(s, p+1, captureOpen)
		case ')':
			return m.closeCapture(s, p+1)
		case '$':
			if p+1 == len(m.pattern) {
				if s == len(m.subject) {
					return s
				}
				return -1
			}
		case '%':
			if p+1 < len(m.pattern) {
				next, handled := m.special(s, p)
				if handled {
					if next < 0 {
						return -1
					}
					s, p = next, m.afterSpecial(p)
					continue
				}
			}
		}
		end := m.itemEnd(p)
		if end < len(m.pattern) {
			switch m.pattern[end] {
			case '?':
				if s < len(m.subject) && m.single(m.subject[s], p, end) {
					if r := m.match(s+1, end+1); r >= 0 {
						return r
					}
				}
				p = end + 1
				continue
			case '*':
				return m.longest(s, p, end, 0)
			case '+':
				return m.longest(s, p, end, 1)
			case '-':
				return m.shortest(s, p, end)
			}
		}
		if s >= len(m.subject) || !m.single(m.subject[s], p, end) {
			return -1
		}
		s, p = s+1, end
	}
}

// special handles %b, %f and %1 to %9; handled is false for other escapes.
func (m *matcher) special(s, p int) (next int, handled bool) {
	switch c := m.pattern[p+1]; {
	case c == 'b':
		return m.balanced(s, p+2), true
	case c == 'f':
		if p+2 >= len(m.pattern) || m.pattern[p+2] != '[' {
			m.fail("missing '[' after '%f' in pattern")
		}
		end := m.itemEnd(p + 2)
		before, here := byte(0), byte(0)
		if s > 0 {
			before = m.subject[s-1]
		}
		if s < len(m.subject) {
			here = m.subject[s]
		}
		if m.set(before, p+2, end-1) || !m.set(here, p+2, end-1) {
			return -1, true
		}
		return s, true
	case c >= '0' && c <= '9':
		i := m.checkCapture(c)
		text := m.subject[m.captures[i].start : m.captures[i].start+m.captures[i].length]
		m.spend(len(text) / 16)
		if len(m.subject)-s >= len(text) && m.subject[s:s+len(text)] == text {
			return s + len(text), true
		}
		return -1, true
	}
	return 0, false
}

func (m *matcher) afterSpecial(p int) int {
	switch m.pattern[p+1] {
	case 'b':
		return p + 4
	case 'f':
		return m.itemEnd(p + 2)
	}
	return p + 2
}

func (m *matcher) checkCapture(c byte) int {
	i := int(c) - '1'
	if i < 0 || i >= m.level || m.captures[i].length == captureOpen {
		m.fail("invalid capture index")
	}
	if m.captures[i].length == capturePosition {
		return m.positionCapture(i)
	}
	return i
}

// positionCapture: a position has no text; Lua compares with nothing.
func (m *matcher) positionCapture(i int) int {
	m.fail("invalid capture index")
	return i
}

func (m *matcher) openCapture(s, p, what int) int {
	if m.level >= maxCaptures {
		m.fail("too many captures")
	}
	m.captures[m.level] = capture{s, what}
	m.level++
	r := m.match(s, p)
	if r < 0 {
		m.level--
	}
	return r
}

func (m *matcher) closeCapture(s, p int) int {
	i := m.level - 1
	for i >= 0 && m.captures[i].length != captureOpen {
		i--
	}
	if i < 0 {
		m.fail("invalid pattern capture")
	}
	m.captures[i].length = s - m.captures[i].start
	r := m.match(s, p)
	if r < 0 {
		m.captures[i].length = captureOpen
	}
	return r
}

// itemEnd is where the single-character item at p ends.
func (m *matcher) itemEnd(p int) int {
	c := m.pattern[p]
	p++
	switch c {
	case '%':
		if p >= len(m.pattern) {
			m.fail("malformed pattern (ends with '%')")
		}
		return p + 1
	case '[':
		start := p
		if p < len(m.pattern) && m.pattern[p] == '^' {
			p++
			start++
		}
		for first := true; first || p >= len(m.pattern) || m.pattern[p] != ']'; first = false {
			if p >= len(m.pattern) {
				m.fail("malformed pattern (missing ']')")
			}
			if m.pattern[p] == '%' {
				p++
			}
			p++
		}
		m.spend((p - start) / 8)
		return p + 1
	}
	return p
}

func (m *matcher) single(c byte, p, end int) bool {
	switch m.pattern[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.pattern[p+1])
	case '[':
		return m.set(c, p, end-1)
	}
	return m.pattern[p] == c
}

// set tells whether c is in the set from '[' at p to ']' at end.
func (m *matcher) set(c byte, p, end int) bool {
	m.spend((end - p) / 8)
	yes := true
	if p+1 < end && m.pattern[p+1] == '^' {
		yes = false
		p++
	}
	for p++; p < end; p++ {
		switch {
		case m.pattern[p] == '%':
			p++
			if p < len(m.pattern) && inClass(c, m.pattern[p]) {
				return yes
			}
		case p+2 < end && m.pattern[p+1] == '-':
			if m.pattern[p] <= c && c <= m.pattern[p+2] {
				return yes
			}
			p += 2
		case m.pattern[p] == c:
			return yes
		}
	}
	return !yes
}

func (m *matcher) longest(s, p, end, least int) int {
	n := 0
	for s+n < len(m.subject) && m.single(m.subject[s+n], p, end) {
		n++
	}
	m.spend(n / 4)
	for ; n >= least; n-- {
		if r := m.match(s+n, end+1); r >= 0 {
			return r
		}
	}
	return -1
}

func (m *matcher) shortest(s, p, end int) int {
	for {
		if r := m.match(s, end+1); r >= 0 {
			return r
		}
		if s >= len(m.subject) || !m.single(m.subject[s], p, end) {
			return -1
		}
		s++
	}
}

func (m *matcher) balanced(s, p int) int {
	if p+1 >= len(m.pattern) {
		m.fail("unbalanced pattern")
	}
	open, shut := m.pattern[p], m.pattern[p+1]
	if s >= len(m.subject) || m.subject[s] != open {
		return -1
	}
	depth := 1
	for i := s + 1; i < len(m.subject); i++ {
		if i%16 == 0 {
			m.spend(1)
		}
		switch m.subject[i] {
		case shut:
			if depth--; depth == 0 {
				return i + 1
			}
		case open:
			depth++
		}
	}
	return -1
}

func inClass(c, class byte) bool {
	yes := false
	lower := c | 0x20
	letter := lower >= 'a' && lower <= 'z'
	digit := c >= '0' && c <= '9'
	switch class | 0x20 {
	case 'a':
		yes = letter
	case 'c':
		yes = c < 32 || c == 127
	case 'd':
		yes = digit
	case 'l':
		yes = c >= 'a' && c <= 'z'
	case 'p':
		yes = c > 32 && c < 127 && !letter && !digit
	case 's':
		yes = c == ' ' || c >= '\t' && c <= '\r'
	case 'u':
		yes = c >= 'A' && c <= 'Z'
	case 'w':
		yes = letter || digit
	case 'x':
		yes = digit || lower >= 'a' && lower <= 'f'
	case 'z':
		yes = c == 0
	default:
		return class == c
	}
	if class >= 'A' && class <= 'Z' {
		return !yes
	}
	if class >= 'a' && class <= 'z' {
		return yes
	}
	return class == c
}
