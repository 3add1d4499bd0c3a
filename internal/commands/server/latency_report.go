package server

import (
	"fmt"
	"strings"

	"redoubt/internal/engine"
	"redoubt/internal/engine/latency"
)

// graphRows is the height of the graph without its time axis.
const graphRows = 4

// drawLatency draws the samples as columns between the lowest and the highest, with their ages below, read downwards.
func drawLatency(event string, history []latency.Sample, worst, now int64) []byte {
	low, high := history[0].Milliseconds, history[0].Milliseconds
	for _, s := range history {
		low, high = min(low, s.Milliseconds), max(high, s.Milliseconds)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n%s\n", event, high, low, worst, strings.Repeat("-", 80))
	ages := make([]string, len(history))
	longest := 0
	for i, s := range history {
		ages[i] = age(now - s.Time)
		longest = max(longest, len(ages[i]))
	}
	for row := graphRows - 1; row >= 0; row-- {
		for _, s := range history {
			level := int64(0)
			if high > low {
				level = (s.Milliseconds - low) * (graphRows*2 - 1) / (high - low)
			}
			b.WriteByte(" _#"[min(max(level-int64(row)*2+1, 0), 2)])
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	for i := range longest {
		for _, a := range ages {
			if i < len(a) {
				b.WriteByte(a[i])
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// age is a number of seconds in its largest unit.
func age(seconds int64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", max(seconds, 0))
	case seconds < 3600:
		return fmt.Sprintf("%dm", seconds/60)
	case seconds < 86400:
		return fmt.Sprintf("%dh", seconds/3600)
	}
	return fmt.Sprintf("%dd", seconds/86400)
}

// latencyAdvice says what usually helps against the spikes of an event.
var latencyAdvice = map[string]string{
	"command":      "A command took long. SLOWLOG GET shows which; commands over whole collections (KEYS, SMEMBERS, LRANGE 0 -1, SORT) are the usual ones.",
	"fast-command": "A command of constant time took long, so the machine was busy or short of memory: look for swapping and for noisy neighbours.",
	"expire-cycle": "Many keys expired at the same moment. Spread their deadlines by a random part.",
}

// latencyReport is LATENCY DOCTOR's text.
func latencyReport(c *engine.Call) string {
	m := &c.Engine.Latency
	events := m.Events()
	if len(events) == 0 {
		if c.Engine.Settings.LatencyThresholdMs == 0 {
			return "Latency monitoring is disabled. Switch it on with CONFIG SET latency-monitor-threshold <milliseconds>.\n"
		}
		return "No latency spike was observed.\n"
	}
	var b strings.Builder
	b.WriteString("Latency spikes were observed:\n\n")
	for i, e := range events {
		history := m.History(e)
		sum := int64(0)
		for _, s := range history {
			sum += s.Milliseconds
		}
		fmt.Fprintf(&b, "%d. %s: %d latency spikes (average %d ms). Worst all time event %d ms.\n", i+1, e, len(history),
			sum/int64(len(history)), m.Max(e))
	}
	b.WriteByte('\n')
	for _, e := range events {
		if advice := latencyAdvice[e]; advice != "" {
			b.WriteString("- " + advice + "\n")
		}
	}
	if limit := c.Engine.Settings.SlowlogSlowerThanUs; limit < 0 || limit > c.Engine.Settings.LatencyThresholdMs*1000 {
		fmt.Fprintf(&b, "- The slow log leaves out what the latency monitor counts. Use CONFIG SET slowlog-log-slower-than %d.\n",
			c.Engine.Settings.LatencyThresholdMs*1000)
	}
	return b.String()
}
