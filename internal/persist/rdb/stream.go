package rdb

import (
	"encoding/binary"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/stream"
)

// Streams are written as they are in memory, listpack by listpack, with the counters and groups behind. Of the three
// value types the second added the counters for the lag of groups, the third the time when a consumer was active.

// streamType is the value type under which streams are written.
func (c *encoder) streamType() byte {
	if c.version >= Version11 {
		return typeStream3
	}
	return typeStream2
}

func (c *encoder) id(id stream.ID) {
	c.length(id.Ms)
	c.length(id.Seq)
}

func (c *encoder) rawID(id stream.ID) {
	key := id.Key()
	c.out = append(c.out, key[:]...)
}

func (c *encoder) millis(ms int64) { c.out = binary.LittleEndian.AppendUint64(c.out, uint64(ms)) }

// stream appends a stream.
func (c *encoder) stream(s stream.Stream) (err error) {
	kept := 0
	c.length(uint64(s.Nodes()))
	for im, done := stream.NewImage(s, &kept), false; !done; {
		done = im.Step(s, spillAt, c)
		if err := c.breathe(); err != nil {
			return err
		}
	}
	return nil
}

// StreamNode implements stream.Recorder.
func (c *encoder) StreamNode(master stream.ID, lp []byte) {
	key := master.Key()
	c.str(key[:])
	c.str(lp)
}

// StreamCounters implements stream.Recorder.
func (c *encoder) StreamCounters(n stream.Counters) {
	c.length(uint64(n.Length))
	c.id(n.Last)
	c.id(n.First)
	c.id(n.MaxDeletedID)
	c.length(n.Added)
	c.length(uint64(n.Groups))
}

// StreamGroup implements stream.Recorder.
func (c *encoder) StreamGroup(g stream.GroupHead) {
	c.str(g.Name)
	c.id(g.LastID)
	c.length(uint64(g.EntriesRead))
	c.length(uint64(g.Pending))
}

// StreamPending implements stream.Recorder.
func (c *encoder) StreamPending(p stream.Pending) {
	c.rawID(p.ID)
	c.millis(p.Delivered)
	c.length(uint64(p.Deliveries))
}

// StreamConsumers implements stream.Recorder.
func (c *encoder) StreamConsumers(n int) { c.length(uint64(n)) }

// StreamConsumer implements stream.Recorder.
func (c *encoder) StreamConsumer(n stream.ConsumerHead) {
	c.str(n.Name)
	c.millis(n.Seen)
	if c.version >= Version11 {
		c.millis(n.Active)
	}
	c.length(uint64(n.Pending))
}

// StreamOwned implements stream.Recorder.
func (c *encoder) StreamOwned(id stream.ID) { c.rawID(id) }

func (d *decoder) id() (id stream.ID, err error) {
	if id.Ms, err = d.length(); err != nil {
		return id, err
	}
	id.Seq, err = d.length()
	return id, err
}

func (d *decoder) rawID() (stream.ID, error) {
	p, err := d.fixed(16)
	if err != nil {
		return stream.ID{}, err
	}
	return stream.IDFromKey([16]byte(p)), nil
}

func (d *decoder) millis() (int64, error) {
	p, err := d.fixed(8)
	if err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint64(p)), nil
}

// stream reads a stream of any of the three value types.
func (d *decoder) stream(kind byte, sp *keyspace.Space, key []byte) error {
	view, err := sp.Stream(key)
	if err != nil {
		return err
	}
	view.Create()
	s := view.Data()
	if err := d.streamNodes(s); err != nil {
		return err
	}
	if err := d.streamCounters(kind, s); err != nil {
		return err
	}
	groups, err := d.count()
	if err != nil {
		return err
	}
	for ; groups > 0; groups-- {
		if err := d.group(kind, s); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) streamNodes(s stream.Stream) error {
	n, err := d.count()
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		if d.field, err = d.str(d.field[:0]); err != nil {
			return err
		}
		if len(d.field) != 16 {
			return d.corrupt("stream node under an id of %d bytes", len(d.field))
		}
		if d.blob, err = d.str(d.blob[:0]); err != nil {
			return err
		}
		if err := s.AppendNode(stream.IDFromKey([16]byte(d.field)), d.blob); err != nil {
			return d.unsound("Stream listpack", err)
		}
	}
	return nil
}

// streamCounters reads what stands between nodes and groups. Of a stream of the first type the counters are estimated:
// nothing was ever deleted.
func (d *decoder) streamCounters(kind byte, s stream.Stream) error {
	n, err := d.length()
	if err != nil {
		return err
	}
	if n != uint64(s.Len()) {
		return d.corrupt("stream of %d entries announced, %d found", n, s.Len())
	}
	last, err := d.id()
	if err != nil {
		return err
	}
	if last.Less(s.LastID()) {
		return d.corrupt("last id %v is before an entry, %v", last, s.LastID())
	}
	s.SetLastID(last)
	if kind == typeStream1 {
		s.SetAdded(n)
		return nil
	}
	if _, err := d.id(); err != nil { // the first id, which the entries tell as well
		return err
	}
	gone, err := d.id()
	if err != nil {
		return err
	}
	s.SetMaxDeletedID(gone)
	added, err := d.length()
	if err != nil {
		return err
	}
	s.SetAdded(added)
	return nil
}

func (d *decoder) group(kind byte, s stream.Stream) (err error) {
	if d.field, err = d.str(d.field[:0]); err != nil {
		return err
	}
	if _, taken := s.Group(d.field); taken {
		return d.corrupt("consumer group %q appears twice", d.field)
	}
	last, err := d.id()
	if err != nil {
		return err
	}
	read := uint64(s.Position(last))
	if kind != typeStream1 {
		if read, err = d.length(); err != nil {
			return err
		}
	}
	g := s.CreateGroup(d.field, last, int64(read))
	if err := d.pending(g); err != nil {
		return err
	}
	consumers, err := d.count()
	if err != nil {
		return err
	}
	owned := 0
	for ; consumers > 0; consumers-- {
		n, err := d.consumer(kind, g)
		if err != nil {
			return err
		}
		owned += n
	}
	if owned != g.Pending() {
		return d.corrupt("%d entries of consumer group %q are pending for nobody", g.Pending()-owned, g.Name())
	}
	return nil
}

// pending reads the pending entries of a group, whose consumers are not known yet.
func (d *decoder) pending(g stream.Group) error {
	n, err := d.count()
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		id, err := d.rawID()
		if err != nil {
			return err
		}
		ms, err := d.millis()
		if err != nil {
			return err
		}
		deliveries, err := d.length()
		if err != nil {
			return err
		}
		if !g.AddPending(id, ms, int64(deliveries)) {
			return d.corrupt("entry %v is pending twice in consumer group %q", id, g.Name())
		}
	}
	return nil
}

// consumer reads a consumer and returns how much is pending for it.
func (d *decoder) consumer(kind byte, g stream.Group) (pending int, err error) {
	if d.field, err = d.str(d.field[:0]); err != nil {
		return 0, err
	}
	if _, taken := g.Consumer(d.field); taken {
		return 0, d.corrupt("Duplicate stream consumer detected: %q in consumer group %q", d.field, g.Name())
	}
	seen, err := d.millis()
	if err != nil {
		return 0, err
	}
	active := seen // the best there is
	if kind == typeStream3 {
		if active, err = d.millis(); err != nil {
			return 0, err
		}
	}
	c := g.CreateConsumer(d.field, seen)
	c.SetActive(active)
	n, err := d.count()
	if err != nil {
		return 0, err
	}
	for range n {
		id, err := d.rawID()
		if err != nil {
			return 0, err
		}
		if !g.GivePending(id, c) {
			return 0, d.corrupt("entry %v of consumer %q is not pending in its group, or for another", id, c.Name())
		}
	}
	return int(n), nil
}
