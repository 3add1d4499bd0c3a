package engine

import (
	"math"

	"redoubt/internal/memory/keyspace"
)

// Every entry has a 24-bit access word. Under an LRU policy it is the time of the last access in seconds; under an LFU
// policy the upper 16 bits are the minute of the last decrement and the lower 8 a logarithmic access counter.

const (
	accessMask  = 1<<24 - 1
	lfuInitial  = 5
	minuteMask  = 1<<16 - 1
	msPerSecond = 1000
	msPerMinute = 60 * msPerSecond
)

func (c *Call) touch(ent keyspace.Entry) {
	if c.Client.NoTouch && !c.Cmd.touches() {
		return
	}
	e := c.Engine
	if e.Settings.MaxMemoryPolicy.LFU() {
		counter := e.lfuIncrement(e.lfuDecayed(ent.Access()))
		ent.SetAccess(e.lfuMinute()<<8 | counter)
		return
	}
	// Writing the word only when the second changed keeps hot keys' cache lines clean.
	if now := e.lruClock(); ent.Access() != now {
		ent.SetAccess(now)
	}
}

// touches tells whether the command renews the access time even for CLIENT NO-TOUCH connections.
func (c *Command) touches() bool { return c != nil && c.Spec.Name == "touch" }

// initAccess sets the access word of a new entry.
func (c *Call) initAccess(ent keyspace.Entry) { c.Engine.InitAccess(ent) }

// InitAccess sets the access word of an entry that was just created.
func (e *Engine) InitAccess(ent keyspace.Entry) {
	if e.Settings.MaxMemoryPolicy.LFU() {
		ent.SetAccess(e.lfuMinute()<<8 | lfuInitial)
		return
	}
	ent.SetAccess(e.lruClock())
}

func (e *Engine) lruClock() uint32  { return uint32(e.timeMs/msPerSecond) & accessMask }
func (e *Engine) lfuMinute() uint32 { return uint32(e.timeMs/msPerMinute) & minuteMask }

// IdleSeconds is the time since the last access under an LRU policy.
func (e *Engine) IdleSeconds(ent keyspace.Entry) int64 {
	return int64((e.lruClock() - ent.Access()) & accessMask)
}

// Frequency is the logarithmic access counter under an LFU policy, decayed to now.
func (e *Engine) Frequency(ent keyspace.Entry) int64 { return int64(e.lfuDecayed(ent.Access())) }

// SetIdleSeconds and SetFrequency restore what RESTORE IDLETIME and FREQ carry.
func (e *Engine) SetIdleSeconds(ent keyspace.Entry, seconds int64) {
	ent.SetAccess(e.AccessWord(seconds, -1))
}

// SetFrequency sets the access counter, 0 to 255.
func (e *Engine) SetFrequency(ent keyspace.Entry, freq uint8) {
	ent.SetAccess(e.lfuMinute()<<8 | uint32(freq))
}

// lfuDecayed is the counter after one decrement per lfu-decay-time minutes since the last.
func (e *Engine) lfuDecayed(word uint32) uint32 {
	counter := word & 0xff
	if e.Settings.LFUDecayTime <= 0 {
		return counter
	}
	elapsed := (e.lfuMinute() - word>>8) & minuteMask
	steps := elapsed / uint32(e.Settings.LFUDecayTime)
	if steps > counter {
		return 0
	}
	return counter - steps
}

// lfuIncrement raises the counter with a probability that falls as it grows.
func (e *Engine) lfuIncrement(counter uint32) uint32 {
	if counter == 0xff {
		return counter
	}
	base := math.Max(0, float64(counter)-lfuInitial)
	if e.rand.Float64() < 1/(base*float64(e.Settings.LFULogFactor)+1) {
		counter++
	}
	return counter
}

// AccessWord is the access word for what a dump says of a key: idle seconds or a frequency, -1 where it says nothing.
func (e *Engine) AccessWord(idle int64, frequency int) uint32 {
	if e.Settings.MaxMemoryPolicy.LFU() {
		if frequency < 0 {
			frequency = lfuInitial
		}
		return e.lfuMinute()<<8 | uint32(frequency&0xff)
	}
	return (e.lruClock() - uint32(min(max(idle, 0), accessMask))) & accessMask
}
