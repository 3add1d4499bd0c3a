package aof

// Effects are written by whoever is about to send what depends on them, so that a killed process loses nothing that was acknowledged
// and no reply waits for another goroutine. The log's own goroutine writes where that may take long: before an fsync that replies
// wait for (Always), while one is under way in the background, at a turn, and when writing has failed.

// Write hands what was appended to the kernel, or has the log's goroutine do it where it may take long. [Options.Written] and
// [Options.Synced] tell when it is done, which may be before Write returns. Write itself waits for nothing but the system call.
func (l *Log) Write() {
	for l.unwritten.Load() {
		if l.failure.Load() != nil {
			l.passFailed()
			return
		}
		if l.pending.Load() || l.delay.Load() > 0 {
			l.poke()
			return
		}
		if !l.io.TryLock() {
			l.poke() // whoever has it may have looked for the last time
			return
		}
		written := l.writeNow()
		l.io.Unlock()
		if !written {
			l.poke()
			return
		}
	}
}

// writeNow writes what waits; false leaves it to the log's goroutine. l.io is held.
func (l *Log) writeNow() bool {
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
		if !l.unsynced {
			l.unsynced = true
			l.poke() // it is to sync in time
		}
	}
	l.wrote(size, b.end, now)
	l.recycle(b.buf)
	return true
}

// takeOne takes what waits if it is no more than effects that may be written at once.
func (l *Log) takeOne() (b batch, now settings, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 1 || l.policy == Always || l.closing || l.dead.Load() {
		return b, now, false
	}
	b = l.queue[0]
	l.queue[0] = batch{buf: l.spare, end: b.end}
	l.spare = nil
	l.unwritten.Store(false)
	return b, settings{l.policy, l.summed, false}, true
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
	end, pass := l.queue[len(l.queue)-1].end, l.policy != Always && !l.dead.Load()
	l.mu.Unlock()
	if pass {
		l.o.Written(end)
	}
}
