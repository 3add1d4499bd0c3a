package engine

import "time"

// instant is a time in nanoseconds since the engine was made, by the monotonic clock: what commands are timed with.
type instant int64

// since is how long after an earlier instant t is.
func (t instant) since(earlier instant) time.Duration { return time.Duration(t - earlier) }

// wallPeriod is how often the wall clock, which may be set, is looked at. Between, time is counted by the monotonic clock:
// to read one clock costs half as much as both, and as much as a simple command.
const wallPeriod = time.Millisecond

// clock tells the time.
type clock struct {
	// fake is the wall clock of a test, nil for the system's.
	fake func() time.Time
	// born is just before the engine was made, by both clocks: no instant is 0.
	born time.Time
	// at is the instant when the lock was taken, or when the last command ended.
	at instant
	// wall is the wall clock at the instant 0, in Unix nanoseconds, as it was set at the instant looked.
	wall   int64
	looked instant
}

func newClock(fake func() time.Time) clock {
	c := clock{fake: fake}
	c.born = c.now().Add(-time.Microsecond)
	c.wall = c.born.UnixNano()
	c.at = c.read()
	return c
}

// now reads both clocks.
func (c *clock) now() time.Time {
	if c.fake != nil {
		return c.fake()
	}
	return time.Now()
}

// read reads the monotonic clock. Callable without the engine lock.
func (c *clock) read() instant {
	if c.fake != nil {
		return instant(c.fake().Sub(c.born))
	}
	return instant(time.Since(c.born))
}

// advance renews at.
func (c *clock) advance() {
	c.at = c.read()
	if c.at.since(c.looked) >= wallPeriod {
		now := c.now()
		c.at = instant(now.Sub(c.born))
		c.wall, c.looked = now.UnixNano()-int64(c.at), c.at
	}
}

// unixMilli and unixMicro are at by the wall clock.
func (c *clock) unixMilli() int64 { return (c.wall + int64(c.at)) / int64(time.Millisecond) }
func (c *clock) unixMicro() int64 { return (c.wall + int64(c.at)) / int64(time.Microsecond) }
