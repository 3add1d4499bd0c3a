package gitlabrb

import "strings"

// openHeredoc reads <<ID, <<-ID, <<~ID with ID plain, "quoted" or 'raw'; it
// returns false when the << is an operator.
func (l *lexer) openHeredoc(space bool, at place) bool {
	i := l.off + 2
	var h heredoc
	if i < len(l.src) && (l.src[i] == '-' || l.src[i] == '~') {
		h.indented, h.squiggly = true, l.src[i] == '~'
		i++
	}
	if i >= len(l.src) {
		return false
	}
	switch quote := l.src[i]; {
	case quote == '`':
		l.fail(at, "backticks", hintNoShell, "a heredoc in backticks runs a command; that is not supported")
		return true
	case quote == '"' || quote == '\'':
		end := strings.IndexByte(l.src[i+1:], quote)
		if end <= 0 || strings.Contains(l.src[i+1:i+1+end], "\n") {
			return false
		}
		h.id, h.raw = l.src[i+1:i+1+end], quote == '\''
		i += end + 2
	case isNameStart(quote):
		begin := i
		for i < len(l.src) && isNamePart(l.src[i]) {
			i++
		}
		h.id = l.src[begin:i]
	default:
		return false
	}
	if l.depth > 0 {
		l.fail(at, "heredoc", "assign it to a variable first", "a heredoc inside #{…} is not supported")
		return true
	}
	l.off = i
	h.token = len(l.tokens)
	l.heredocs = append(l.heredocs, h)
	l.emit(token{kind: tokString, at: at, space: space, extra: &tokenExtra{}})
	return true
}

// readHeredocs reads the bodies of all open heredocs; off is at the start of
// the line after the openers.
func (l *lexer) readHeredocs() {
	pending := l.heredocs
	l.heredocs = nil
	for _, h := range pending {
		l.readHeredoc(h)
		if l.failed != nil {
			return
		}
	}
}

func (l *lexer) readHeredoc(h heredoc) {
	opener := l.tokens[h.token].at
	firstLine := l.line
	var lines []string
	for {
		if l.off >= len(l.src) {
			l.fail(opener, "heredoc", "", "heredoc %s is never closed", clip(h.id))
			return
		}
		line, rest, ended := strings.Cut(l.src[l.off:], "\n")
		l.off = len(l.src) - len(rest)
		l.line++
		l.start = l.off
		word := line
		if h.indented {
			word = strings.TrimLeft(line, " \t")
		}
		if strings.TrimSuffix(word, "\r") == h.id {
			break
		}
		if ended {
			line += "\n"
		}
		lines = append(lines, line)
	}
	removed := 0
	if h.squiggly {
		removed = commonIndent(lines)
		for i, line := range lines {
			lines[i] = dedent(line, removed)
		}
	}
	body := strings.Join(lines, "")
	var parts []part
	if h.raw {
		if body != "" {
			parts = []part{{text: body}}
		}
	} else {
		inner := &lexer{file: l.file, src: body, line: firstLine, shift: int32(removed), locals: l.locals, depth: l.depth, limits: l.limits}
		parts = inner.stringBody(0, 0, true, opener)
		l.failed = inner.failed
	}
	l.tokens[h.token].extra.parts = parts
}

// commonIndent is the width that <<~ removes: the smallest indentation of the
// lines that are not blank, a tab reaching to the next multiple of 8.
func commonIndent(lines []string) int {
	smallest := -1
	for _, line := range lines {
		if strings.Trim(line, " \t\r\n") == "" {
			continue
		}
		width := 0
		for i := 0; i < len(line) && (line[i] == ' ' || line[i] == '\t'); i++ {
			width = indentAfter(width, line[i])
		}
		if smallest < 0 || width < smallest {
			smallest = width
		}
	}
	return max(smallest, 0)
}

func indentAfter(width int, c byte) int {
	if c == '\t' {
		return (width/8 + 1) * 8
	}
	return width + 1
}

func dedent(line string, width int) string {
	have, i := 0, 0
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		next := indentAfter(have, line[i])
		if next > width {
			break
		}
		have = next
		i++
	}
	return line[i:]
}
