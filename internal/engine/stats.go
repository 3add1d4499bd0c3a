package engine

import "time"

// Stats are the counters of INFO. Guarded by the engine lock.
type Stats struct {
	Start                     time.Time
	ConnectionsReceived       int64
	RejectedConnections       int64
	Commands                  int64
	NetInput, NetOutput       int64
	Reads, Writes             int64
	BackgroundTime            time.Duration
	ExpiredKeys               int64
	ExpiredTimeCapReached     int64
	EvictedKeys               int64
	EvictedClients            int64
	KeyspaceHits              int64
	KeyspaceMisses            int64
	ErrorReplies              int64
	ACLDeniedAuth             int64
	ACLDeniedCommand          int64
	ACLDeniedKey              int64
	ACLDeniedChannel          int64
	UnexpectedErrors          int64
	OutputLimitDisconnections int64
	QueryLimitDisconnections  int64
	LazyFreed                 int64
	PeakMemory                int64
	// Errors counts error replies by their first word.
	Errors map[string]int64
}

// maxErrorKinds bounds Stats.Errors: beyond it, as Redis since 7.2.4, counting by kind stops.
const maxErrorKinds = 128

func (s *Stats) countError(msg string) {
	s.ErrorReplies++
	kind := msg
	for i := range len(msg) {
		if msg[i] == ' ' {
			kind = msg[:i]
			break
		}
	}
	if s.Errors == nil {
		s.Errors = map[string]int64{}
	}
	if _, known := s.Errors[kind]; !known && len(s.Errors) >= maxErrorKinds {
		return
	}
	s.Errors[kind]++
}

// ResetStats zeroes what CONFIG RESETSTAT resets.
func (e *Engine) ResetStats() {
	start, peak := e.Stats.Start, e.Stats.PeakMemory
	e.Stats = Stats{Start: start, PeakMemory: peak}
	for _, c := range e.registry.All() {
		c.resetStats()
	}
}

func (c *Command) resetStats() {
	c.Stats = CommandStats{}
	for _, s := range c.Sub {
		s.resetStats()
	}
}
