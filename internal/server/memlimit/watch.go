package memlimit

import "time"

// Status says how near a limit is.
type Status int

const (
	// Fine is when more is left.
	Fine Status = iota
	// Near is when less is left than a tenth of the limit, or than 4 GB.
	Near
	// Critical is when less is left than a twentieth of the limit, or than 1 GB: a burst of requests can use that up.
	Critical
)

// String is the word that INFO shows.
func (s Status) String() string { return [...]string{"ok", "near", "critical"}[s] }

// Reserve is how much should be left.
func (l Limit) Reserve() int64 { return min(l.Bytes/10, 4<<30) }

// Status compares what is left with the thresholds.
func (l Limit) Status() Status {
	switch left := l.Left(); {
	case left < min(l.Bytes/20, 1<<30):
		return Critical
	case left < l.Reserve():
		return Near
	}
	return Fine
}

// sayEvery is how often a state that lasts is told again.
const sayEvery = time.Minute

// Watch decides when to tell of a status, so that a log has it at once and is not filled with it.
type Watch struct {
	said Status
	at   time.Time
}

// Say tells whether to tell of the status now: at once when it is worse than what was told last, otherwise after a minute,
// and of a good one only as the end of a bad one.
func (w *Watch) Say(s Status, now time.Time) bool {
	due := now.Sub(w.at) >= sayEvery
	if s <= w.said && (!due || s == Fine && w.said == Fine) {
		return false
	}
	w.said, w.at = s, now
	return true
}
