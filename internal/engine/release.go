package engine

import "time"

// settlePeriod is how long memory has to stay free before the system gets it back.
const settlePeriod = 5 * time.Second

// returnMemory gives some memory that nobody has needed for a while back to the system; true when more is to be. It comes before what
// else is done in the background, which may have no end: where memory is short that must not keep it.
func (e *Engine) returnMemory(now time.Time) (more bool) {
	memory := e.store.Arena()
	if now.Sub(e.settled) >= settlePeriod {
		e.settled = now
		memory.Settle()
	}
	return memory.GiveBack()
}

// ReleaseMemory has all free memory given back to the system, in slices in the background, and returns how many bytes that are.
func (e *Engine) ReleaseMemory() (bytes int64) {
	bytes = e.store.Arena().Purge()
	if bytes > 0 {
		e.PokeBackground()
	}
	return bytes
}
