package latency

import "sort"

// HistoryLen is the number of samples kept per event.
const HistoryLen = 160

// Sample is the worst latency of an event within one second.
type Sample struct {
	Time         int64 // Unix seconds
	Milliseconds int64
}

// Monitor is the latency monitor: a short time series of spikes per event. Guarded by the engine lock.
type Monitor struct {
	events map[string]*series
}

type series struct {
	samples [HistoryLen]Sample
	next    int
	n       int
	max     int64
}

// Add records a spike of event at Unix second now. Within one second only the worst is kept.
func (m *Monitor) Add(event string, now, ms int64) {
	s := m.events[event]
	if s == nil {
		if m.events == nil {
			m.events = map[string]*series{}
		}
		s = &series{}
		m.events[event] = s
	}
	s.max = max(s.max, ms)
	if s.n > 0 {
		last := &s.samples[(s.next+HistoryLen-1)%HistoryLen]
		if last.Time == now {
			last.Milliseconds = max(last.Milliseconds, ms)
			return
		}
	}
	s.samples[s.next] = Sample{now, ms}
	s.next = (s.next + 1) % HistoryLen
	s.n = min(s.n+1, HistoryLen)
}

// Events lists the event names sorted.
func (m *Monitor) Events() []string {
	out := make([]string, 0, len(m.events))
	for e := range m.events {
		out = append(out, e)
	}
	sort.Strings(out)
	return out
}

// History returns the samples of an event, oldest first.
func (m *Monitor) History(event string) []Sample {
	s := m.events[event]
	if s == nil {
		return nil
	}
	out := make([]Sample, 0, s.n)
	for i := range s.n {
		out = append(out, s.samples[(s.next-s.n+i+HistoryLen)%HistoryLen])
	}
	return out
}

// Max is the worst latency of an event since its last reset, in milliseconds.
func (m *Monitor) Max(event string) int64 {
	if s := m.events[event]; s != nil {
		return s.max
	}
	return 0
}

// Reset forgets the named events, all without names, and returns how many it forgot.
func (m *Monitor) Reset(events ...string) int {
	if len(events) == 0 {
		n := len(m.events)
		m.events = nil
		return n
	}
	n := 0
	for _, e := range events {
		if _, ok := m.events[e]; ok {
			delete(m.events, e)
			n++
		}
	}
	return n
}
