package server

import (
	"crypto/sha1"
	"encoding/binary"
	"math"
	"strconv"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
	"redoubt/internal/memory/stream"
)

// digest is a checksum of data that does not depend on encodings, nor on order where a type has none. It has two
// operations. Adding exchanges with other additions: it is for the elements of what has no order. Mixing does not: it is
// for sequences. The rules are those of Redis, so that the digests of two servers with the same data are equal.
type digest [sha1.Size]byte

// add is for one of several values in any order.
func (d *digest) add(b []byte) {
	sum := sha1.Sum(b)
	for i := range d {
		d[i] ^= sum[i]
	}
}

// mix is for the next value of a sequence.
func (d *digest) mix(b []byte) {
	d.add(b)
	*d = sha1.Sum(d[:])
}

func (d *digest) mixNumber(n int) { d.mix(binary.BigEndian.AppendUint32(nil, uint32(n))) }

// typeNumbers are the numbers of the types in Redis.
var typeNumbers = map[keyspace.Kind]int{
	keyspace.KindString: 0, keyspace.KindList: 1, keyspace.KindSet: 2, keyspace.KindZSet: 3, keyspace.KindHash: 4,
	keyspace.KindStream: 6,
}

// value adds the value and the presence of a deadline of an entry.
func (d *digest) value(ent keyspace.Entry) {
	d.mixNumber(typeNumbers[ent.Kind()])
	var scratch []byte
	text := func(v listpack.Value) []byte {
		scratch = v.Append(scratch[:0])
		return scratch
	}
	switch ent.Kind() {
	case keyspace.KindString:
		var number [20]byte
		d.mix(ent.StringView(&number))
	case keyspace.KindList:
		ent.List().Ascend(0, func(_ int, v listpack.Value) bool {
			d.mix(text(v))
			return true
		})
	case keyspace.KindSet:
		ent.Set().Each(func(m listpack.Value) bool {
			d.add(text(m))
			return true
		})
	case keyspace.KindHash:
		ent.Hash().Each(func(field, value listpack.Value) bool {
			var pair digest
			pair.mix(text(field))
			pair.mix(text(value))
			d.add(pair[:])
			return true
		})
	case keyspace.KindZSet:
		z := ent.ZSet()
		z.Each(0, z.Len(), false, func(m listpack.Value, score float64) bool {
			var pair digest
			pair.mix(text(m))
			pair.mix(scoreText(score))
			d.add(pair[:])
			return true
		})
	case keyspace.KindStream:
		d.stream(ent.Stream().Data())
	}
	if _, has := ent.ExpireAt(); has {
		d.add([]byte("!!expire!!"))
	}
}

// stream adds the entries of a stream; groups do not count.
func (d *digest) stream(s stream.Stream) {
	var scratch []byte
	s.Ascend(stream.MinID, stream.MaxID, func(e stream.Entry) bool {
		scratch = strconv.AppendUint(append(strconv.AppendUint(scratch[:0], e.ID.Ms, 10), '.'), e.ID.Seq, 10)
		d.mix(scratch)
		e.Each(func(field, value listpack.Value) bool {
			scratch = field.Append(scratch[:0])
			d.mix(scratch)
			scratch = value.Append(scratch[:0])
			d.mix(scratch)
			return true
		})
		return true
	})
}

// scoreText is a score as C's printf writes it with %.17g.
func scoreText(score float64) []byte {
	if math.IsInf(score, 0) {
		if score > 0 {
			return []byte("inf")
		}
		return []byte("-inf")
	}
	return strconv.AppendFloat(nil, score, 'g', 17, 64)
}

// datasetDigest is the digest of all databases; zeros when they are empty.
func datasetDigest(e *engine.Engine) digest {
	var d digest
	for id := range e.Databases() {
		sp := e.DB(id).Space
		if sp.Len() == 0 {
			continue
		}
		d.mixNumber(id)
		sp.ForEach(func(ent keyspace.Entry) bool {
			var one digest
			one.mix(ent.Key())
			one.value(ent)
			d.add(one[:])
			return true
		})
	}
	return d
}
