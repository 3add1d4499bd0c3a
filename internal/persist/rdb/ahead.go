package rdb

import (
	"runtime"

	"redoubt/internal/memory/keyspace"
)

// Loading a large file takes two processors: a goroutine reads, decompresses and checks what comes next, while the caller,
// who holds what protects the keyspace, stores what is ready.
//
//	decode: file ─▶ window ─▶ batch of checked keys ──full──▶ apply: keyspace
//	                              ▲                               │
//	                              └─────────────free──────────────┘
//
// The decoder belongs to the goroutine. For what is no small value (large collections, lists of several nodes, streams, old
// formats) and for what is no key it hands itself over: the caller does that record, in its turn, as without the goroutine.

const (
	// aheadFrom is the size of a file from which on this is worth it, in bytes.
	aheadFrom = 1 << 20
	// batchText and batchKeys end a batch.
	batchText = 128 << 10
	batchKeys = 2048
	batches   = 4
	// progressStep is how many bytes are read between two reports, about.
	progressStep = 256 << 10
)

// ready is a key that only has to be stored. Its name and then its value are in the batch's text.
type ready struct {
	kind       byte
	attrs      attributes
	hash       uint64 // of the key
	key, value int    // lengths
	end        int64  // of the record in the file
}

// batch is what goes from the goroutine to the caller at a time.
type batch struct {
	text []byte
	keys []ready
	// special is what the caller has to do after the keys, with the decoder.
	special func() error
	// last: nothing follows, for lack of more or because of err.
	last bool
	err  error
	end  int64 // of what has been read
}

// ahead is the goroutine and its way to the caller.
type ahead struct {
	rd     *Reader
	full   chan *batch
	free   chan *batch
	resume chan struct{} // the decoder comes back
	stop   chan struct{} // closed when the caller wants no more
	b      *batch        // being filled
}

// worthAhead tells whether a load takes two processors.
func (rd *Reader) worthAhead() bool {
	return rd.opts.Visit == nil && rd.opts.Size >= aheadFrom && runtime.GOMAXPROCS(0) > 1
}

// loadAhead reads everything up to the end mark.
func (rd *Reader) loadAhead() error {
	a := &ahead{rd: rd, full: make(chan *batch, batches), free: make(chan *batch, batches), resume: make(chan struct{}), stop: make(chan struct{}), b: &batch{}}
	for range batches - 1 {
		a.free <- &batch{}
	}
	progress := rd.src.refills
	rd.src.refills = nil // the goroutine reports nothing
	ended := make(chan struct{})
	go func() { defer close(ended); a.decode() }()
	defer func() {
		close(a.stop)
		<-ended
		rd.src.refills = progress
	}()
	for reported := int64(0); ; {
		b := <-a.full
		if err := rd.apply(b); err != nil {
			return err
		}
		if b.last {
			return b.err
		}
		if progress != nil && b.end-reported >= progressStep {
			reported = b.end
			if err := progress(b.end); err != nil {
				return err
			}
		}
		if b.special != nil {
			rd.src.refills = progress
			err := b.special()
			rd.src.refills = nil
			if err != nil {
				return err
			}
			a.resume <- struct{}{}
		}
		a.free <- b
	}
}

// asked is how many keys are asked for before they are stored, so that their cache misses overlap.
const asked = 32

// apply stores the keys of a batch.
func (rd *Reader) apply(b *batch) error {
	rest := b.text
	for keys := b.keys; len(keys) > 0; {
		group := keys[:min(asked, len(keys))]
		keys = keys[len(group):]
		for i := range group {
			rd.space.PrefetchNew(group[i].hash)
		}
		for _, r := range group {
			key, value := rest[:r.key], rest[r.key:r.key+r.value]
			rest = rest[r.key+r.value:]
			if err := rd.applyKey(&r, key, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// applyKey stores one key.
func (rd *Reader) applyKey(r *ready, key, value []byte) error {
	if r.value == 0 && r.kind != typeString {
		rd.countEmpty(key)
		return nil
	}
	if rd.opts.Replace {
		rd.makeRoom(key)
	}
	e, taken := rd.space.FindHashed(r.hash, key)
	if taken {
		return &CorruptError{Path: rd.path, Offset: r.end, DB: rd.db, Key: copyOf(key), Reason: takenKey}
	}
	return rd.settle(store(r.kind, rd.space, e, key, value), r.attrs)
}

// store keeps a checked value that has elements under a key that is absent; e is what Find returned.
func store(kind byte, sp *keyspace.Space, e keyspace.Entry, key, value []byte) keyspace.Entry {
	switch kind {
	case typeSetIntset:
		return sp.LoadIntset(e, key, value)
	case typeListQuicklist2:
		return sp.LoadListpackList(e, key, value)
	case typeSetListpack:
		return sp.LoadListpackSet(e, key, value)
	case typeHashListpack:
		return sp.LoadListpackHash(e, key, value)
	case typeZSetListpack:
		return sp.LoadListpackZSet(e, key, value)
	}
	return sp.PutString(e, key, value, false)
}

// decode is the goroutine.
func (a *ahead) decode() {
	for a.next() {
	}
}

// next reads a record; false when there is nothing more to do.
func (a *ahead) next() bool {
	rd := a.rd
	offset := rd.src.offset()
	op, err := rd.byte()
	switch {
	case err != nil:
		return a.finish(err)
	case op == opEOF:
		return a.finish(nil)
	case op == opExpireMillis, op == opExpireSeconds, op == opFrequency, op == opIdle:
		if err := rd.special(op, offset); err != nil {
			return a.finish(err)
		}
		return true
	case op >= firstKnownOpcode:
		return a.handOver(func() error { return rd.special(op, offset) })
	}
	if rd.space == nil && !a.handOver(func() error { return rd.useDB(0) }) {
		return false
	}
	if err := rd.entryHead(op, offset); err != nil {
		return a.finish(err)
	}
	done, err := a.key(op)
	if err != nil {
		return a.finish(err)
	}
	if !done {
		return a.handOver(func() error { return rd.entryBody(op) })
	}
	rd.attrs, rd.key = noAttributes, nil
	return len(a.b.text) < batchText && len(a.b.keys) < batchKeys || a.send()
}

// key reads a value into the batch; false when that is for the caller.
func (a *ahead) key(kind byte) (done bool, err error) {
	rd, b := a.rd, a.b
	if kind == typeString {
		from := len(b.text)
		if b.text, err = rd.str(append(b.text, rd.key...)); err != nil {
			return false, err
		}
		b.add(kind, rd, len(b.text)-from-len(rd.key))
		return true, nil
	}
	switch kind {
	case typeSetIntset, typeSetListpack, typeHashListpack, typeZSetListpack:
	case typeListQuicklist2:
		if !rd.singleNode() {
			return false, nil
		}
	default:
		return false, nil
	}
	if rd.blob, err = rd.str(rd.blob[:0]); err != nil {
		return false, err
	}
	n, sorted, err := rd.checkBlob(kind)
	if err != nil {
		return false, err
	}
	if !sorted {
		rd.held = true // the caller goes on with it
		return false, nil
	}
	b.text = append(b.text, rd.key...)
	if n > 0 {
		b.text = append(b.text, rd.blob...)
	} else {
		rd.blob = rd.blob[:0]
	}
	b.add(kind, rd, len(rd.blob))
	return true, nil
}

func (b *batch) add(kind byte, rd *Reader, value int) {
	b.keys = append(b.keys, ready{kind, rd.attrs, rd.space.KeyHash(rd.key), len(rd.key), value, rd.src.offset()})
}

// send gives the batch to the caller and takes an empty one; false when the caller wants no more.
func (a *ahead) send() bool {
	a.b.end = a.rd.src.offset()
	select {
	case a.full <- a.b:
	case <-a.stop:
		return false
	}
	select {
	case a.b = <-a.free:
	case <-a.stop:
		return false
	}
	*a.b = batch{text: emptied(a.b.text), keys: a.b.keys[:0]}
	return true
}

// keepText is the largest text, in bytes, whose memory a batch keeps.
const keepText = 1 << 20

func emptied(text []byte) []byte {
	if cap(text) > keepText {
		return nil
	}
	return text[:0]
}

// handOver has the caller do something with the decoder, and goes on when it is done.
func (a *ahead) handOver(f func() error) bool {
	a.b.special = f
	if !a.send() {
		return false
	}
	select {
	case <-a.resume:
		return true
	case <-a.stop:
		return false
	}
}

// finish sends the last batch.
func (a *ahead) finish(err error) bool {
	a.b.last, a.b.err = true, err
	select {
	case a.full <- a.b:
	case <-a.stop:
	}
	return false
}
