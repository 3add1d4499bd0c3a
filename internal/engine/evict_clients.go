package engine

import (
	"cmp"
	"slices"
)

// The memory of all clients together is bounded by maxmemory-clients. Over the bound the clients that hold most are closed
// first: a few that pipeline without reading, or send arguments without end, cost themselves and not the data.

// clientMemoryLimit is maxmemory-clients in bytes, 0 when there is none: a percentage is one of maxmemory.
func (s *Settings) clientMemoryLimit() int64 {
	if s.MaxMemoryClients < 0 {
		return int64(float64(s.MaxMemory) / 100 * float64(-s.MaxMemoryClients))
	}
	return s.MaxMemoryClients
}

// checkClientMemory evicts when c alone is over the bound: it must not get by between two looks at all clients.
func (e *Engine) checkClientMemory(c *Client) {
	if limit := e.Settings.clientMemoryLimit(); limit > 0 && int64(c.MemoryUse()) > limit {
		e.EvictClients()
	}
}

// ClientMemory is what all clients hold, in bytes.
func (e *Engine) ClientMemory() int64 {
	var sum int64
	for _, c := range e.clients {
		sum += int64(c.MemoryUse())
	}
	return sum
}

// EvictClients closes clients, those that hold most memory first, until the rest holds less than maxmemory-clients. Clients
// with CLIENT NO-EVICT neither go nor count.
func (e *Engine) EvictClients() {
	limit := e.Settings.clientMemoryLimit()
	if limit <= 0 {
		return
	}
	type holding struct {
		client *Client
		bytes  int64
	}
	var all []holding
	var sum int64
	for _, c := range e.clients {
		if !c.NoEvict {
			h := holding{c, int64(c.MemoryUse())}
			sum += h.bytes
			all = append(all, h)
		}
	}
	if sum <= limit {
		return
	}
	slices.SortFunc(all, func(a, b holding) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, h := range all {
		if sum <= limit {
			return
		}
		e.host.Log("Evicting client: %s", h.client.Describe())
		e.Stats.EvictedClients++
		e.Kill(h.client, nil)
		sum -= h.bytes
	}
}
