package epoll

import "time"

const (
	// minGather and maxGather bound how long a loop sleeps: that costs as much as a few polls, and the request that comes first
	// waits for the end.
	minGather = 5 * time.Microsecond
	maxGather = 30 * time.Microsecond
	// overslept is how many times as long as it was meant to be a sleep may take and still be one that gathers. Where the timers
	// of a machine are coarse, all of them take longer.
	overslept = 4
	// gatherWindow is the number of events over which active connections are counted.
	gatherWindow = 128
	// leastActive is how many of them there are where it is worth a try to let requests gather.
	leastActive = 16
	// gatheredShare is the share of them that may have gathered (one in so many) without the clients having waited for the loop.
	gatheredShare = 8
	// mostCredit is the largest number of sleeps without an event in turn.
	mostCredit = 8
	// maxRest is the most windows between two tries.
	maxRest = 1024
)

// gathering decides how long a loop sleeps when a poll has found nothing, so that requests gather. See the package's essay.
type gathering struct {
	// pause is how long the loop sleeps, 0 when it does not.
	pause time.Duration
	// window numbers the windows from 1 on; events and distinct count those of this one and the connections they were on, and
	// active is distinct of the one before.
	window, events, distinct, active uint32
	// credit is by how much more than one event for each sleep has been found, up to mostCredit; below zero sleeps do not pay.
	credit int
	// rest is after how many windows a try follows one that failed, and resting what is left of that.
	rest, resting uint32
}

// heard counts an event on a connection, which keeps in seen the window of its last one.
func (g *gathering) heard(seen *uint32) {
	if g.events++; g.events >= gatherWindow {
		g.turn()
	}
	if *seen != g.window {
		*seen = g.window
		g.distinct++
	}
}

// turn begins the next window, and a try when one is due.
func (g *gathering) turn() {
	g.active, g.events, g.distinct = g.distinct, 0, 0
	g.window++
	switch {
	case g.pause > 0 || g.active < leastActive:
	case g.resting > 0:
		g.resting--
	default:
		g.pause, g.credit = maxGather, mostCredit/2
	}
}

// gathered tells what a sleep, which took so long, has brought: the number of events that a poll found after it.
func (g *gathering) gathered(events int, took time.Duration) {
	g.credit = min(g.credit+events-1, mostCredit)
	switch {
	case uint32(events)*gatheredShare > g.active, took > overslept*g.pause:
		if g.pause /= 2; g.pause < minGather {
			g.stop()
		}
	case g.credit < 0:
		g.stop()
	case events > 1 && g.credit == mostCredit:
		g.pause = min(2*g.pause, maxGather)
		g.rest = 0
	}
}

// stop ends a try.
func (g *gathering) stop() {
	g.pause = 0
	g.rest = min(2*g.rest+1, maxRest)
	g.resting = g.rest
}
