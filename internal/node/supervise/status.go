package supervise

import (
	"fmt"
	"strings"
	"time"
)

// Status is one service as the supervisor sees it.
type Status struct {
	Name         string        `json:"name"`
	PID          int           `json:"pid"` // 0 when down
	Age          time.Duration `json:"age"` // since it came up or went down
	WantUp       bool          `json:"want_up"`
	NormallyDown bool          `json:"normally_down"`
	Paused       bool          `json:"paused"`
	GotTerm      bool          `json:"got_term"`
	LogPID       int           `json:"log_pid"`
	LogAge       time.Duration `json:"log_age"`
	Failures     int           `json:"failures"`          // how often in a row the process ended soon after its start
	Problem      string        `json:"problem,omitempty"` // why the last start did not even begin
	Definition   Definition    `json:"definition"`        // what the next start will use
}

// Follows says whether the service runs in another process than before, and in one that is to stay: a process that got TERM,
// because somebody else asked for a restart at the same time, has a successor yet to come.
func (s Status) Follows(before Status) bool { return s.PID != 0 && s.PID != before.PID && !s.GotTerm }

// Line is the status without the log part, in runit's words: "run: redis: (pid 964) 7s".
func (s Status) Line() string {
	var line strings.Builder
	if s.PID == 0 {
		fmt.Fprintf(&line, "down: %s: %ds", s.Name, int(s.Age.Seconds()))
	} else {
		fmt.Fprintf(&line, "run: %s: (pid %d) %ds", s.Name, s.PID, int(s.Age.Seconds()))
	}
	for _, flag := range []struct {
		text string
		on   bool
	}{
		{"normally down", s.PID != 0 && s.NormallyDown},
		{"normally up", s.PID == 0 && !s.NormallyDown},
		{"paused", s.PID != 0 && s.Paused},
		{"want up", s.PID == 0 && s.WantUp},
		{"want down", s.PID != 0 && !s.WantUp},
		{"got TERM", s.PID != 0 && s.GotTerm},
	} {
		if flag.on {
			line.WriteString(", " + flag.text)
		}
	}
	return line.String()
}

// LineWithLog is the whole status line: the service and its log.
func (s Status) LineWithLog() string {
	return fmt.Sprintf("%s; run: log: (pid %d) %ds", s.Line(), s.LogPID, int(s.LogAge.Seconds()))
}
