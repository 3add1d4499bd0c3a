package aof

// Effects are written by whoever is about to send what depends on them, so that a killed process loses nothing that was acknowledged
// and no reply waits for another goroutine. Under Always they have an fsync begun that the kernel carries out aside ([Options.Aside]), and
// whoever hears of its end writes what has come meanwhile and begins the next (aside.go). The log's own goroutine writes where that may take
// long: while an fsync is under way in the background, at a turn, when writing has failed, and under Always where there is no Aside.

// Write hands what was appended to the kernel, or has the log's goroutine do it where it may take long. [Options.Written] and
// [Options.Synced] tell when it is done, which may be before Write returns. Write itself waits for nothing but the system call.
func (l *Log) Write() {
	for l.unwritten.Load() {
		if l.failure.Load() != nil {
			l.passFailed()
			return
		}
		if l.aside.Load() {
			return
		}
		if l.pending.Load() || l.delay.Load() > 0 {
			l.poke()
			return
		}
		if !l.io.TryLock() {
			if !l.direct.Load() {
				l.poke() // the log's goroutine has it, and may have looked for the last time
			}
			return
		}
		l.direct.Store(true)
		written := l.writeNow()
		l.direct.Store(false)
		l.io.Unlock()
		if !written {
			l.poke()
			return
		}
	}
}

// WriteSoon is Write for those who will call that soon: under Always, where each call may begin an fsync, all is left for it.
func (l *Log) WriteSoon() {
	if !l.always() {
		l.Write()
	}
}

// writeNow writes what waits; false leaves it to the log's goroutine. l.io is held.
func (l *Log) writeNow() bool {
	if l.aside.Load() { // another has just begun an fsync
		return true
	}
	b, now, ok := l.takeOne()
	if !ok {
		return false
	}
	size, sum, lastSum := len(b.buf), l.sum, l.lastSum
	l.seal(&b, now)
	if len(b.buf) > 0 {
		if err := l.write(b.buf); err != nil {
			l.sum, l.lastSum = sum, lastSum
			l.putBack(b.buf[:size])
			return false
		}
		if !l.unsynced && now.policy != Always {
			l.poke() // it is to sync in time
		}
		l.unsynced, l.fresh = true, true
	}
	l.wrote(size, b.end, now)
	l.recycle(b.buf)
	return now.policy != Always || l.beginSync()
}

// takeOne takes what waits if it is no more than effects that may be written at once.
func (l *Log) takeOne() (b batch, now settings, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	policy := Policy(l.policy.Load())
	if len(l.queue) > 1 || policy == Always && !l.mayLeave() || l.closing || l.dead.Load() {
		return b, now, false
	}
	b = l.queue[0]
	l.queue[0] = batch{buf: l.spare, end: b.end}
	l.spare = nil
	l.unwritten.Store(false)
	return b, settings{policy, l.summed, false}, true
}

// mayLeave tells whether an fsync under Always may be left to Options.Aside. l.io is held.
func (l *Log) mayLeave() bool {
	return l.o.Aside != nil && (l.o.Lenient == nil || !l.o.Lenient())
}

// putBack makes effects wait again, before what was appended meanwhile.
func (l *Log) putBack(effects []byte) {
	l.mu.Lock()
	l.queue[0].buf = append(effects, l.queue[0].buf...)
	l.unwritten.Store(true)
	l.mu.Unlock()
}

// passFailed lets everything pass that cannot be written; with Always it waits.
func (l *Log) passFailed() {
	l.mu.Lock()
	end, pass := l.queue[len(l.queue)-1].end, !l.always() && !l.dead.Load()
	l.mu.Unlock()
	if pass {
		l.o.Written(end)
	}
}
