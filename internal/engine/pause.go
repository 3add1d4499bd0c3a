package engine

import (
	"slices"
	"time"

	"redoubt/internal/command"
)

// pauseState is CLIENT PAUSE: until a deadline, commands (all, or those that may write) wait.
type pauseState struct {
	until   time.Time
	all     bool
	waiting []*Client
	timer   *time.Timer
	// backlog tells whether writes have to wait for a snapshot; nil while there is none.
	backlog func() bool
}

// Pause makes clients wait for d. A running pause is only ever extended and made stricter, as Redis does.
func (e *Engine) Pause(d time.Duration, all bool) {
	p := &e.pause
	now := e.clock.now()
	until := now.Add(d)
	if p.active(now) {
		all = all || p.all
		if p.until.After(until) {
			until = p.until
		}
	}
	p.until, p.all = until, all
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = time.AfterFunc(until.Sub(now), func() {
		e.Lock()
		if !e.pause.active(e.clock.now()) {
			e.Unpause()
		}
		e.Unlock()
	})
}

// Unpause ends a pause and lets the waiting clients go on.
func (e *Engine) Unpause() {
	e.pause.until = time.Time{}
	e.releasePostponed()
}

// releasePostponed lets the clients that wait present their commands again.
func (e *Engine) releasePostponed() {
	waiting := e.pause.waiting
	e.pause.waiting = nil
	for _, c := range waiting {
		c.postponed = false
		e.wake(c)
	}
}

// Paused tells whether clients are paused; all is false when only writes are.
func (e *Engine) Paused() (paused, all bool) {
	if e.pause.until.IsZero() {
		return false, false
	}
	return e.pause.active(e.clock.now()), e.pause.all
}

// SetBacklog makes commands that may write wait while full says so: a snapshot keeps what they overwrite until it is on
// disk, which must not take any amount of memory. Whoever makes room calls [Engine.BacklogDrained]. nil ends it.
func (e *Engine) SetBacklog(full func() bool) {
	e.pause.backlog = full
	e.BacklogDrained()
}

// BacklogDrained lets the clients go on that waited for room.
func (e *Engine) BacklogDrained() {
	if len(e.pause.waiting) > 0 {
		e.releasePostponed()
	}
}

func (p *pauseState) active(now time.Time) bool { return !p.until.IsZero() && now.Before(p.until) }

func (p *pauseState) forget(c *Client) {
	if !c.postponed {
		return
	}
	c.postponed = false
	if i := slices.Index(p.waiting, c); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
}

// postpone parks the client when the pause covers the command; its request stays with the connection.
func (e *Engine) postpone(c *Client, cmd *Command, argv [][]byte) bool {
	p := &e.pause
	if p.until.IsZero() && p.backlog == nil {
		return false
	}
	paused := !p.until.IsZero() && p.active(e.clock.now())
	if !paused && (p.backlog == nil || !p.backlog()) {
		return false
	}
	flags := cmd.flags(e, argv)
	if c.multi != nil && cmd.isExec() {
		flags = c.multi.flags(flags)
	}
	writes := flags&(command.Write|command.MayReplicate) != 0
	if !writes && !(paused && p.all) {
		return false
	}
	c.postponed = true
	p.waiting = append(p.waiting, c)
	return true
}
