package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"redoubt/internal/engine"
)

// eachCommand visits all commands and sub-commands by name.
func (s *Server) eachCommand(f func(name string, c *engine.Command)) {
	for _, c := range s.engine.Registry().All() {
		f(c.Spec.Name, c)
		for _, sub := range c.Sub {
			f(sub.Spec.FullName(), sub)
		}
	}
}

func (s *Server) infoCommandStats(w *infoWriter) {
	w.section("Commandstats")
	s.eachCommand(func(name string, c *engine.Command) {
		st := &c.Stats
		if st.Calls == 0 && st.Failed == 0 && st.Rejected == 0 {
			return
		}
		per := 0.0
		if st.Calls > 0 {
			per = float64(st.Microseconds) / float64(st.Calls)
		}
		w.field("cmdstat_"+name, fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			st.Calls, st.Microseconds, per, st.Rejected, st.Failed))
	})
}

func (s *Server) infoErrorStats(w *infoWriter) {
	w.section("Errorstats")
	var kinds []string
	for k := range s.engine.Stats.Errors {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		w.field("errorstat_"+k, fmt.Sprintf("count=%d", s.engine.Stats.Errors[k]))
	}
}

func (s *Server) infoLatencyStats(w *infoWriter) {
	w.section("Latencystats")
	percentiles := s.latencyPercentiles()
	s.eachCommand(func(name string, c *engine.Command) {
		if c.Stats.Latency.Total() == 0 {
			return
		}
		parts := make([]string, len(percentiles))
		for i, p := range percentiles {
			parts[i] = fmt.Sprintf("p%s=%.3f", strconv.FormatFloat(p, 'f', -1, 64),
				float64(c.Stats.Latency.Percentile(p))/1000)
		}
		w.field("latency_percentiles_usec_"+name, strings.Join(parts, ","))
	})
}

func (s *Server) latencyPercentiles() []float64 {
	var out []float64
	for _, f := range strings.Fields(s.conf().Text("latency-tracking-info-percentiles")) {
		if v, err := strconv.ParseFloat(f, 64); err == nil {
			out = append(out, v)
		}
	}
	return out
}
