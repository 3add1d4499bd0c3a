package keyspace

import (
	"bytes"

	"redoubt/internal/memory/arena"
)

// textPiece is how much of a text is kept when a byte of it changes.
const textPiece = 1 << 10

// textImage is the text of a long string at one moment, given out piece by piece while it goes on changing in place. It keeps
// the old content of pieces that change before their turn; what comes behind the length of that moment is none of its
// business.
type textImage struct {
	length int
	times  int // how often the text has still to be given
	at     int // what is before has been given this time
	old    map[int][]byte
	kept   *int
}

// changing says that bytes from .. to of text are about to change or to go.
func (im *textImage) changing(text []byte, from, to int) {
	if im.times == 1 {
		from = max(from, im.at)
	}
	to = min(to, im.length)
	for n := from / textPiece; n*textPiece < to; n++ {
		if _, kept := im.old[n]; kept {
			continue
		}
		if im.old == nil {
			im.old = map[int][]byte{}
		}
		im.old[n] = bytes.Clone(text[n*textPiece : min((n+1)*textPiece, im.length)])
		*im.kept += textPiece
	}
}

// step gives about limit bytes; root is the block of the text.
func (im *textImage) step(a *arena.Arena, root arena.Ref, limit int, out Record) (given int, done bool) {
	for given < limit && im.at < im.length {
		n, end := im.at/textPiece, min(im.at+textPiece, im.length)
		if old, kept := im.old[n]; kept {
			out.Text(old)
			if im.times == 1 {
				delete(im.old, n)
				*im.kept -= textPiece
			}
		} else {
			out.Text(bytesAt(a, root, end)[im.at:])
		}
		given += end - im.at
		im.at = end
	}
	if im.at == im.length {
		im.times--
		im.at = 0
	}
	return given, im.times == 0
}

// keepText lets open records keep bytes from .. to of a far string, which are about to change or to go. When that is most of the
// text, they get the block and the string another one.
func (sp *Space) keepText(e Entry, from, to int) {
	s := sp.store
	v := s.valueAt(e.ref)
	if !s.active || from >= to || len(s.records[v.root]) == 0 {
		return
	}
	text := e.text()
	if to-from <= len(text)/2 {
		for _, r := range s.records[v.root] {
			r.text.changing(text, from, to)
		}
		return
	}
	s.retain(v)
	p := e.block()
	_, payload := keySpan(p)
	putRef(p, payload, s.newBytes(text))
}

// moveRecords tells open records that the block of their text has moved.
func (s *Store) moveRecords(from, to arena.Ref) {
	open := s.records[from]
	if from == to || len(open) == 0 {
		return
	}
	for _, r := range open {
		r.root = to
	}
	delete(s.records, from)
	s.records[to] = open
}
