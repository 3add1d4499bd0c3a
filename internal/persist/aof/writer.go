package aof

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"redoubt/internal/persist/vfs"
)

// errClosing ends attempts that would go on until they succeed.
var errClosing = errors.New("the log was closed")

// run is the goroutine that writes.
func (l *Log) run() {
	defer close(l.done)
	timer := time.NewTimer(syncPeriod)
	defer timer.Stop()
	for {
		select {
		case <-l.wake:
		case <-timer.C:
		}
		left, wait, closed := l.round()
		if closed {
			return
		}
		if wait {
			timer.Reset(max(left, time.Millisecond))
		}
	}
}

// round writes and syncs what there is. left is when it is to be called again at the latest, if wait.
func (l *Log) round() (left time.Duration, wait, closed bool) {
	l.io.Lock()
	defer l.io.Unlock()
	work, now := l.take()
	l.followPolicy(now)
	for _, b := range work {
		if !l.handle(&b, now) {
			l.abandon(work)
			return 0, false, true
		}
		l.recycle(b.buf)
	}
	l.syncBy(now.policy, now.closing)
	if now.closing {
		l.finish()
		return 0, false, true
	}
	left, wait = l.nextDue(now)
	return left, wait, false
}

// followPolicy has a journal while the policy is Always, and something writes it aside.
func (l *Log) followPolicy(now settings) {
	switch {
	case now.closing:
	case now.policy == Always && l.o.Aside != nil:
		l.createJournal()
	case l.creating != nil:
		l.awaitSync()
		if l.sync() {
			l.dropJournal(true)
		}
	}
}

// recycle keeps a buffer for what is appended next.
func (l *Log) recycle(buf []byte) {
	if l.spare = nil; cap(buf) <= keepBuffer {
		l.spare = buf[:0]
	}
}

// settings are what may change from batch to batch.
type settings struct {
	policy          Policy
	summed, closing bool
}

// take takes what waits.
func (l *Log) take() (work []batch, now settings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	work = l.queue
	l.queue = []batch{{buf: l.spare, end: work[len(work)-1].end}}
	l.spare = nil
	l.unwritten.Store(false)
	return work, settings{Policy(l.policy.Load()), l.summed, l.closing}
}

// nextDue is when there will be something to do although nothing is appended: an fsync, or a checksum.
func (l *Log) nextDue(now settings) (left time.Duration, wait bool) {
	switch journaled := now.policy == Always && l.journal.Load() != nil; {
	case l.unsynced && (now.policy == EverySecond || journaled):
		left, wait = time.Until(l.lastSync.Add(syncPeriod)), true
	case journaled: // who writes next does not wake the goroutine
		left, wait = syncPeriod, true
	}
	if now.summed && l.sum.length > 0 {
		if due := time.Until(l.lastSum.Add(checksumPeriod)); !wait || due < left {
			left, wait = due, true
		}
	}
	return left, wait
}

// handle writes a batch; false when the log was closed before it could.
func (l *Log) handle(b *batch, now settings) bool {
	if b.turn != nil && !l.turn(b.turn, now) {
		return false
	}
	if d := l.delay.Load(); d > 0 && len(b.buf) > 0 {
		time.Sleep(time.Duration(d))
	}
	size := len(b.buf)
	l.seal(b, now)
	if !l.writeAll(b.buf) {
		return false
	}
	l.wrote(size, b.end, now)
	return true
}

// seal adds a checksum to a batch if one is due.
func (l *Log) seal(b *batch, now settings) {
	l.sum.add(b.buf)
	if now.summed && (now.closing || l.sum.length >= checksumEvery || time.Since(l.lastSum) >= checksumPeriod) {
		b.buf = l.addChecksum(b.buf)
	}
}

// wrote notes that a batch of size bytes without its checksum has been written.
func (l *Log) wrote(size int, end int64, now settings) {
	if size > 0 {
		l.mu.Lock()
		l.bytes -= size
		drained := l.bytes <= MaxBacklog/2 && l.full.CompareAndSwap(true, false)
		l.mu.Unlock()
		if drained {
			l.o.Drained()
		}
	}
	l.written.Store(end)
	if now.policy != Always {
		l.o.Written(end)
	}
}

// addChecksum adds that of everything that has none yet.
func (l *Log) addChecksum(buf []byte) []byte {
	if l.sum.length == 0 {
		return buf
	}
	l.lastSum = time.Now()
	return l.sum.appendTo(buf)
}

// writeAll writes buf sooner or later; false when the log was closed before it could.
func (l *Log) writeAll(buf []byte) bool {
	if len(buf) == 0 {
		return true
	}
	if !l.attempt(func() error { return l.write(buf) }) {
		return false
	}
	l.unsynced, l.fresh = true, true
	return true
}

// write appends buf, or leaves the file as it is.
func (l *Log) write(buf []byte) error {
	begin, event := time.Now(), "aof-write-alone"
	switch {
	case l.pending.Load():
		event = "aof-write-pending-fsync"
	case l.o.Active != nil && l.o.Active():
		event = "aof-write-active-child"
	}
	n, err := l.file.Write(buf)
	took := time.Since(begin)
	l.o.Took(event, took)
	l.o.Took("aof-write", took)
	if err == nil {
		end := l.size.Add(int64(n))
		if j := l.journal.Load(); j != nil {
			j.Add(buf, end-int64(n))
		}
		return nil
	}
	if n > 0 {
		if cut := l.file.Truncate(l.size.Load()); cut != nil {
			// What follows would stand behind half a command: nothing more may be appended to this file.
			l.die(fmt.Errorf("%w; the part that was written cannot be removed: %w", err, cut))
		}
	}
	return err
}

// attempt tries until f succeeds; false when the log was closed meanwhile.
func (l *Log) attempt(f func() error) bool {
	for {
		err := f()
		if l.dead.Load() {
			return false
		}
		if err == nil {
			if l.err != nil {
				l.err = nil
				l.failure.Store(nil)
				l.o.Failed(nil)
			}
			return true
		}
		l.err = err
		l.failure.Store(&err)
		l.o.Failed(err)
		l.passFailed()
		for end := time.Now().Add(retryPeriod); time.Now().Before(end); time.Sleep(retryPeriod / 100) {
			l.mu.Lock()
			closing := l.closing
			l.mu.Unlock()
			if closing {
				return false
			}
		}
	}
}

// turn goes on in another file.
func (l *Log) turn(t *Turn, now settings) bool {
	defer close(t.done)
	if t.file != nil && now.summed && !l.writeAll(l.addChecksum(nil)) {
		return false
	}
	l.awaitSync()
	if !l.sync() {
		return false
	}
	if t.file == nil {
		t.ok = true
		return true
	}
	if !l.attempt(t.begin) {
		return false
	}
	_ = l.file.Close() // all of it is on disk
	l.file, l.sum = t.file, Checksum{}
	l.size.Store(0)
	l.Renamed("")
	l.restartJournal()
	t.ok = true
	return true
}

// syncBy syncs what has been written if the policy says so.
func (l *Log) syncBy(policy Policy, closing bool) {
	if l.syncing != nil {
		select {
		case <-l.syncing:
			l.syncing = nil
		default:
			if policy == EverySecond && !closing {
				return
			}
			l.awaitSync()
		}
	}
	lenient := l.o.Lenient != nil && l.o.Lenient()
	switch {
	case l.dead.Load():
	case policy == Always && !closing && l.fresh && l.mayLeave() && l.beginSync():
	case closing || policy == Always && !lenient && (l.fresh || l.syncDue()) || !l.unsynced && policy != Never:
		l.sync()
	case policy == Always:
		l.advance(l.written.Load()) // the journal has it; or unsynced stays, and when rewriting has ended it is made good
	case policy == EverySecond && !lenient && time.Since(l.lastSync) >= syncPeriod:
		l.syncAside()
	}
}

// sync makes everything that has been written durable; false when that failed, now or before.
func (l *Log) sync() bool {
	if l.dead.Load() {
		return false
	}
	if l.unsynced {
		if !l.fsync(l.file, l.always()) {
			return false
		}
		l.unsynced, l.fresh = false, false
		l.lastSync = time.Now()
		l.restartJournal()
	}
	l.advance(l.written.Load())
	return true
}

// syncAside is sync while the log goes on writing.
func (l *Log) syncAside() {
	file, position, done := l.file, l.written.Load(), make(chan struct{})
	l.syncing, l.unsynced, l.fresh, l.lastSync = done, false, false, time.Now()
	go func() {
		if l.fsync(file, false) {
			l.advance(position)
		}
		close(done)
		l.poke()
	}()
}

func (l *Log) awaitSync() {
	if l.syncing == nil {
		return
	}
	for l.aside.Load() { // who usually hears of its end may wait for this goroutine
		l.o.Aside.Reap(reapPeriod)
	}
	<-l.syncing
	l.syncing = nil
}

// reapPeriod is how long the log's goroutine waits for an fsync at a time: another may hear of its end.
const reapPeriod = 10 * time.Millisecond

func (l *Log) fsync(file vfs.File, always bool) bool {
	l.pending.Store(true)
	begin := time.Now()
	return l.ended(begin, always, file.SyncData())
}

// ended notes the end of an fsync that began then; false when it has failed.
func (l *Log) ended(begin time.Time, always bool, err error) bool {
	defer l.pending.Store(false)
	if err != nil {
		l.die(err)
		return false
	}
	took := time.Since(begin)
	if took > slowSync {
		l.delayed.Add(1)
	}
	if always {
		l.o.Took("aof-fsync-always", took)
	}
	return true
}

// die ends the log for good.
func (l *Log) die(err error) {
	if l.dead.CompareAndSwap(false, true) {
		l.failure.Store(&err)
		if j := l.journal.Load(); j != nil {
			_ = j.Condemn(l.recording.Load()) // the process ends of a worse error
		}
		l.o.Fatal(err)
	}
}

// advance publishes a position. It is not called by two goroutines at once: the writer waits for an fsync in the background
// before it syncs itself.
func (l *Log) advance(position int64) {
	if position > l.synced.Load() && !l.dead.Load() {
		l.synced.Store(position)
		l.o.Synced(position)
	}
}

// finish closes the file at the end.
func (l *Log) finish() {
	l.awaitSync()
	l.dropJournal(!l.unsynced && !l.dead.Load())
	if err := l.file.Close(); err != nil && l.err == nil {
		l.err = err
	}
}

// abandon ends the log although not everything could be written.
func (l *Log) abandon(work []batch) {
	l.awaitSync()
	l.sync()
	l.mu.Lock()
	work = append(work, l.queue...)
	l.mu.Unlock()
	for _, b := range work {
		if b.turn == nil {
			continue
		}
		select {
		case <-b.turn.done:
		default:
			close(b.turn.done)
		}
	}
	if l.err == nil {
		l.err = errClosing
	}
	l.finish()
}

// appendStamp adds an annotation with the time in seconds since 1970.
func appendStamp(dst []byte, seconds int64) []byte {
	dst = append(dst, "#TS:"...)
	dst = strconv.AppendInt(dst, seconds, 10)
	return append(dst, '\r', '\n')
}
