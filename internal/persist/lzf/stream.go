package lzf

// lookahead is how far beyond a position the encoder looks: a copy that begins there, and the hash behind it.
const lookahead = maxCopy + 3

// Stream compresses an input that comes in pieces, into what [Encoder.Compress] makes of the whole. It holds a window of the
// input and no more of the block than the run under way.
type Stream struct {
	enc    Encoder
	runs   runs
	window []byte
	at     int // where in the input the window begins
	total  int
	size   int
	failed bool
}

// NewStream returns a stream for an input of total bytes, below 2 GB, whose block may have limit bytes.
func NewStream(total, limit int) *Stream {
	return &Stream{enc: Encoder{base: 1}, runs: runs{out: make([]byte, 1), end: limit}, total: total}
}

// Append takes the next piece of the input and appends what it makes of the block to dst. It returns false when the block
// has become too large, then and from then on.
func (s *Stream) Append(dst, piece []byte) ([]byte, bool) {
	if s.failed {
		return dst, false
	}
	s.window = append(s.window, piece...)
	end := s.at + len(s.window)
	stop := end - lookahead
	if end == s.total {
		stop = end
	}
	s.failed = !s.enc.advance(&s.runs, s.window, s.at, stop, s.total)
	whole := len(s.runs.out) - s.runs.literals - 1
	if end == s.total && !s.failed {
		s.failed = !s.runs.finish(s.window[s.runs.pos-s.at:])
		whole = len(s.runs.out)
	}
	if s.failed {
		return dst, false
	}
	dst = append(dst, s.runs.out[:whole]...)
	s.runs.out = s.runs.out[:copy(s.runs.out, s.runs.out[whole:])]
	s.runs.end -= whole
	s.size += whole
	if old := s.runs.pos - s.at - maxDistance; old > len(s.window)/2 {
		s.window = s.window[:copy(s.window, s.window[old:])]
		s.at += old
	}
	return dst, true
}

// Size returns the bytes of the block so far.
func (s *Stream) Size() int { return s.size }
