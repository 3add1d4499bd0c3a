// Package logging writes the server log in Redis' format, which people's tools parse:
//
//	1234:M 23 Nov 2026 20:08:13.123 * Ready to accept connections tcp
//	pid:role day month year time level message
package logging

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Level is a log level of the loglevel directive.
type Level int32

// Levels, least important first.
const (
	Debug Level = iota
	Verbose
	Notice
	Warning
	Nothing
)

var levelLetters = [...]byte{'.', '-', '*', '#'}

// ParseLevel reads a loglevel value; unknown names are Notice.
func ParseLevel(name string) Level {
	for i, n := range []string{"debug", "verbose", "notice", "warning", "nothing"} {
		if n == name {
			return Level(i)
		}
	}
	return Notice
}

// Logger writes lines to a file or stdout. Safe for concurrent use.
type Logger struct {
	level atomic.Int32
	mu    sync.Mutex
	out   io.Writer
	role  byte
	now   func() time.Time
}

// New returns a logger at Notice for role letter 'M' (primary), 'S' (replica) or 'X' (Sentinel).
func New(out io.Writer, role byte) *Logger {
	l := &Logger{out: out, role: role, now: time.Now}
	l.level.Store(int32(Notice))
	return l
}

// Open returns a logger that appends to the file at path, or to stdout for the empty path.
func Open(path string, role byte) (*Logger, error) {
	if path == "" {
		return New(os.Stdout, role), nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return nil, fmt.Errorf("can't open the log file: %w", err)
	}
	return New(f, role), nil
}

// SetLevel changes the least level that is written.
func (l *Logger) SetLevel(v Level) { l.level.Store(int32(v)) }

// Logf writes one line at the level.
func (l *Logger) Logf(v Level, format string, args ...any) {
	if v < Level(l.level.Load()) || v >= Nothing {
		return
	}
	line := fmt.Appendf(nil, "%d:%c %s %c ", os.Getpid(), l.role,
		l.now().Format("02 Jan 2006 15:04:05.000"), levelLetters[v])
	line = fmt.Appendf(line, format, args...)
	line = append(line, '\n')
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.out.Write(line) // a log that cannot be written has nowhere to say so
}

// Raw writes text without a prefix (the start-up banner).
func (l *Logger) Raw(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.out, text)
}
