// Package acllog keeps what users were refused: the list behind ACL LOG. The same refusal again within a minute counts up
// instead of taking an entry, so that a client in a loop does not push everything else out.
package acllog

import "redoubt/internal/command"

// Entry is one refusal, or several like it. Times are Unix milliseconds.
type Entry struct {
	ID, Count        int64
	Reason           command.Denial
	Context          string // toplevel, multi or lua
	Object, Username string
	Client           string // the last client's line in CLIENT LIST
	Created, Updated int64
}

const (
	groupWithinMs = 60_000
	// lookBack is how many entries a new refusal is compared with.
	lookBack = 10
	// maxObject bounds what an entry keeps of a client's word.
	maxObject = 1 << 10
)

// Log is the list, the latest first. The zero value is empty.
type Log struct {
	entries []*Entry
	next    int64
}

// Add notes a refusal: of e the reason, context, object, username and client count. At most limit entries are kept.
func (l *Log) Add(limit int, nowMs int64, e Entry) {
	e.Object, e.Username = e.Object[:min(len(e.Object), maxObject)], e.Username[:min(len(e.Username), maxObject)]
	for i, have := range l.entries[:min(len(l.entries), lookBack)] {
		if have.Reason != e.Reason || have.Context != e.Context || have.Object != e.Object || have.Username != e.Username ||
			nowMs-have.Updated > groupWithinMs {
			continue
		}
		have.Count++
		have.Updated, have.Client = nowMs, e.Client
		copy(l.entries[1:i+1], l.entries[:i])
		l.entries[0] = have
		return
	}
	e.ID, e.Count, e.Created, e.Updated = l.next, 1, nowMs, nowMs
	l.next++
	l.entries = append(l.entries, nil)
	copy(l.entries[1:], l.entries)
	l.entries[0] = &e
	l.Trim(limit)
}

// Trim drops the oldest entries beyond limit.
func (l *Log) Trim(limit int) {
	if len(l.entries) > limit {
		clear(l.entries[limit:])
		l.entries = l.entries[:limit]
	}
}

// Entries returns up to n entries, the latest first. They must not be modified.
func (l *Log) Entries(n int) []*Entry { return l.entries[:min(n, len(l.entries))] }

// Reset empties the log.
func (l *Log) Reset() { l.entries = nil }
