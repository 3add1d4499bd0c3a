package server

import (
	"fmt"
	"os"
	"time"

	"redoubt/internal/server/logging"
	"redoubt/internal/server/memlimit"
)

// memoryGuard tells people that memory comes to an end before the kernel kills the process. Guarded by the engine lock.
type memoryGuard struct {
	// nearest is the limit with the least left as of the last look, known whether there is one.
	nearest memlimit.Limit
	known   bool
	watch   memlimit.Watch
	// unfit is the last maxmemory of which the log says that it does not protect, -1 for none.
	unfit int64
}

// replyAlways is how large a reply may be however little memory is left.
const replyAlways = 1 << 30

// guardPeriod is how often the limits are read.
const guardPeriod = time.Second

// guardMemory looks at the limits until stop is closed.
func (s *Server) guardMemory(stop <-chan struct{}) {
	t := time.NewTicker(guardPeriod)
	defer t.Stop()
	for {
		s.examineMemory(memlimit.Read(os.DirFS("/")), time.Now()) // a dozen files, read without the engine lock
		select {
		case <-stop:
			return
		case <-t.C:
		}
	}
}

func (s *Server) examineMemory(limits []memlimit.Limit, now time.Time) {
	s.engine.Lock()
	defer s.engine.Unlock()
	g := &s.guard
	g.nearest, g.known = memlimit.Nearest(limits)
	if !g.known {
		return
	}
	if g.nearest.Status() != memlimit.Fine {
		g.nearest.Used -= s.engine.ReleaseMemory() // kept for what comes, which may be nothing
	}
	s.engine.Settings.MaxReply = max(g.nearest.Left()/2, replyAlways)
	if limit := s.engine.Settings.MaxMemory; limit != g.unfit {
		if problem := s.maxmemoryProblem(); problem != "" {
			g.unfit = limit
			s.log.Logf(logging.Warning, "%s", problem)
		}
	}
	switch status := g.nearest.Status(); {
	case !g.watch.Say(status, now):
	case status == memlimit.Fine:
		s.log.Logf(logging.Notice, "Memory is no longer short: %s are left of the %s that %s allows.", human(g.nearest.Left()),
			human(g.nearest.Bytes), source(g.nearest))
	default:
		s.log.Logf(logging.Warning, "%s", s.memoryWarning())
	}
}

// source names a limit for people.
func source(l memlimit.Limit) string {
	if l.Source == memlimit.Machine {
		return "the machine"
	}
	return l.Source
}

// memoryWarning says how near the limit is and what to do, "" when it is not near.
func (s *Server) memoryWarning() string {
	l := s.guard.nearest
	if !s.guard.known || l.Status() == memlimit.Fine {
		return ""
	}
	return fmt.Sprintf("Memory is short (%s): %s are left of the %s that %s allows; used_memory is %s, resident are %s. At the limit "+
		"the kernel kills processes, most likely this one. Remove data, lower maxmemory (now %s), or raise the limit.", l.Status(),
		human(l.Left()), human(l.Bytes), source(l), human(s.engine.UsedMemory()), human(residentBytes()), s.maxmemoryText())
}

func (s *Server) maxmemoryText() string {
	if limit := s.engine.Settings.MaxMemory; limit > 0 {
		return human(limit)
	}
	return "not set"
}

// maxmemoryProblem says why maxmemory does not protect from the limit, "" when it does, or when there is no limit but the
// machine's and most of that is left.
func (s *Server) maxmemoryProblem() string {
	l, limit := s.guard.nearest, s.engine.Settings.MaxMemory
	most := max(s.engine.UsedMemory()+l.Left()-l.Reserve(), 0) // what the dataset can grow to with the reserve left
	switch {
	case limit > most:
		return fmt.Sprintf("maxmemory is %s, but %s of the %s that %s allows are left, which is enough for about %s. Without a lower "+
			"maxmemory the kernel kills processes, most likely this one, when the dataset grows.", human(limit), human(l.Left()),
			human(l.Bytes), source(l), human(most))
	case limit == 0 && (l.Source != memlimit.Machine || l.Left() < l.Bytes/2):
		return fmt.Sprintf("maxmemory is not set, and %s are left of the %s that %s allows: when the dataset grows beyond, the kernel "+
			"kills processes, most likely this one. Set maxmemory to at most about %s.", human(l.Left()), human(l.Bytes), source(l),
			human(most))
	}
	return ""
}

func (s *Server) infoMemoryLimit(w *infoWriter) {
	if l := s.guard.nearest; s.guard.known {
		w.field("memory_limit", l.Bytes)
		w.field("memory_limit_human", human(l.Bytes))
		w.field("memory_limit_source", l.Source)
		w.field("memory_limit_left", l.Left())
		w.field("memory_limit_left_human", human(l.Left()))
		w.field("memory_limit_status", l.Status())
	}
}
