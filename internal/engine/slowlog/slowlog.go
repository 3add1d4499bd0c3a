// Package slowlog keeps the most recent slow commands.
package slowlog

import "fmt"

// Bounds on what one entry keeps, as Redis'.
const (
	maxArgs     = 32
	maxArgBytes = 128
)

// Entry is one slow command.
type Entry struct {
	ID           int64
	Time         int64 // Unix seconds
	Microseconds int64
	Args         []string
	Addr, Client string
}

// Log is a bounded list of entries, newest first. The zero value is empty. Guarded by the engine lock.
type Log struct {
	entries []Entry // oldest first
	nextID  int64
}

// Add records a command and drops entries beyond limit. Long arguments and long argument lists are cut.
func (l *Log) Add(limit int, now, us int64, argv [][]byte, addr, client string) {
	n := min(len(argv), maxArgs)
	args := make([]string, n)
	for i := range n {
		a := argv[i]
		switch {
		case len(argv) > maxArgs && i == maxArgs-1:
			args[i] = fmt.Sprintf("... (%d more arguments)", len(argv)-maxArgs+1)
		case len(a) > maxArgBytes:
			args[i] = fmt.Sprintf("%s... (%d more bytes)", a[:maxArgBytes], len(a)-maxArgBytes)
		default:
			args[i] = string(a)
		}
	}
	l.entries = append(l.entries, Entry{l.nextID, now, us, args, addr, client})
	l.nextID++
	l.Trim(limit)
}

// Trim drops the oldest entries beyond limit.
func (l *Log) Trim(limit int) {
	if extra := len(l.entries) - max(limit, 0); extra > 0 {
		clear(l.entries[:extra])
		l.entries = l.entries[extra:] // append moves them once in a while, not for every entry
	}
}

// Len is the number of entries.
func (l *Log) Len() int { return len(l.entries) }

// Reset drops all entries; ids go on counting.
func (l *Log) Reset() { l.entries = nil }

// Newest calls f for up to n entries, newest first; n < 0 means all.
func (l *Log) Newest(n int, f func(*Entry)) {
	for i := len(l.entries) - 1; i >= 0 && n != 0; i, n = i-1, n-1 {
		f(&l.entries[i])
	}
}
