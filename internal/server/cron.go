package server

import (
	"runtime"
	"time"

	"redoubt/internal/engine"
)

// rates are the instantaneous figures of INFO stats, smoothed over the last samples. Guarded by the engine lock.
type rates struct {
	ops, in, out             float64
	lastOps, lastIn, lastOut int64
	lastSample               time.Time
	lastKill                 time.Time
	// lastActivity is the sum of what had happened when the overhead was measured last, at lastOverhead.
	lastActivity int64
	lastOverhead time.Time
}

const (
	cronInterval   = 100 * time.Millisecond
	rateSmoothing  = 1.0 / 16
	killIdlePeriod = time.Second // as often as Redis looks at every client
	// overheadPause for each client bounds what measuring the overhead, about a microsecond for each, costs.
	overheadPause = 100 * time.Microsecond
)

// cron does the server's regular work until stop is closed.
func (s *Server) cron(stop <-chan struct{}) {
	t := time.NewTicker(cronInterval)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-t.C:
			s.collectBeforeEviction()
			s.engine.Lock()
			s.tick(now)
			s.engine.Unlock()
			s.engine.WriteEffects() // what no reply depends on
		}
	}
}

// collectBeforeEviction collects garbage when the heap, and not the dataset, is what exceeds maxmemory: the heap is known as
// of its last collection only, and keys must not go for buffers that clients gave back long ago. The dataset is not on the
// heap, so a collection takes a moment.
func (s *Server) collectBeforeEviction() {
	s.engine.Lock()
	limit, dataset, used := s.engine.Settings.MaxMemory, s.engine.DatasetMemory(), s.engine.UsedMemory()
	s.engine.Unlock()
	if limit > 0 && dataset <= limit && used > limit {
		runtime.GC()
	}
}

func (s *Server) tick(now time.Time) {
	if s.cronPaused {
		return
	}
	s.sampleRates(now)
	s.renewOverhead(now)
	if now.Sub(s.rates.lastKill) >= killIdlePeriod {
		s.rates.lastKill = now
		s.sweepClients()
		s.engine.Migration.CloseIdle(now)
		s.engine.Stats.PeakMemory = max(s.engine.Stats.PeakMemory, s.engine.UsedMemory())
	}
	s.checkSavePoints(now)
	s.checkRewrite(now)
}

// renewOverhead measures the memory beside the dataset when anything has happened, otherwise once a second: idle clients cost
// next to nothing.
func (s *Server) renewOverhead(now time.Time) {
	r, st := &s.rates, &s.engine.Stats
	activity := st.Commands + st.NetInput + st.NetOutput + st.ConnectionsReceived
	passed := now.Sub(r.lastOverhead)
	if activity == r.lastActivity && passed < killIdlePeriod || passed < time.Duration(s.engine.ClientCount())*overheadPause {
		return
	}
	r.lastActivity, r.lastOverhead = activity, now
	s.engine.RenewOverhead()
}

func (s *Server) sampleRates(now time.Time) {
	r, st := &s.rates, &s.engine.Stats
	if r.lastSample.IsZero() {
		r.lastSample, r.lastOps, r.lastIn, r.lastOut = now, st.Commands, st.NetInput, st.NetOutput
		return
	}
	dt := now.Sub(r.lastSample).Seconds()
	if dt <= 0 {
		return
	}
	smooth := func(avg *float64, last *int64, v int64) {
		*avg += (max(float64(v-*last), 0)/dt - *avg) * rateSmoothing
		*last = v
	}
	smooth(&r.ops, &r.lastOps, st.Commands)
	smooth(&r.in, &r.lastIn, st.NetInput)
	smooth(&r.out, &r.lastOut, st.NetOutput)
	r.lastSample = now
}

// ProtectedCommandAllowed implements engine.Host.
func (s *Server) ProtectedCommandAllowed(name string, c *engine.Client) bool {
	switch s.conf().Text("enable-" + name + "-command") {
	case "yes":
		return true
	case "local":
		return c.Internal || c.Unix || isLoopback(c.Addr)
	}
	return false
}
