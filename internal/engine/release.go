package engine

import "time"

// settlePeriod is how long memory has to stay free before the system gets it back.
const settlePeriod = 5 * time.Second

// returnMemory gives memory that nobody has needed for a while back to the system, for up to one slice; true when more is to be.
func (e *Engine) returnMemory(start time.Time) (more bool) {
	memory := e.store.Arena()
	if start.Sub(e.settled) >= settlePeriod {
		e.settled = start
		memory.Settle()
	}
	for memory.GiveBack() {
		if time.Since(start) > backgroundSlice {
			return true
		}
	}
	return false
}

// ReleaseMemory has all free memory given back to the system, in slices in the background, and returns how many bytes that are.
func (e *Engine) ReleaseMemory() (bytes int64) {
	bytes = e.store.Arena().Purge()
	if bytes > 0 {
		e.PokeBackground()
	}
	return bytes
}
