package aof

import "errors"

// Commands are taken apart in a goroutine of its own, ahead of the one that executes them. They come in portions, each with the
// part of the file that their words lie in; the two goroutines pass a few portions round, so that nothing is allocated for a command.

const (
	portionCommands = 512
	// portionBytes is how much of the file a portion is made of, about: most of what the scanner reads at a time.
	portionBytes = scanWindow * 3 / 4
	portions     = 3
	// keepPortion is the largest buffer that is used again.
	keepPortion = 4 * scanWindow
)

// portion is some commands of a file, in order.
type portion struct {
	buf   []byte   // what words lie in
	words [][]byte // of all commands
	marks []mark
	// warnings are wrong checksums that were passed over.
	warnings []*FormatError
	// err is why no command follows the last; nil when another portion follows. final is the place where it was met.
	err   error
	final place
}

// place is an offset in a file, and the checksum of what is before it.
type place struct {
	offset int64
	sum    Checksum
}

// mark is where a command is: from which place on, up to which, and where its words end.
type mark struct {
	begin, end place
	words      int
}

// command returns the words of command i.
func (p *portion) command(i int) [][]byte {
	from := 0
	if i > 0 {
		from = p.marks[i-1].words
	}
	return p.words[from:p.marks[i].words:p.marks[i].words]
}

// ahead takes a file apart until it ends or stop is closed. It sends portions and takes them back from free.
type ahead struct {
	scanner      *Scanner
	skipChecksum bool
	full, free   chan *portion
	stop         chan struct{}
}

func startAhead(s *Scanner, skipChecksum bool) *ahead {
	a := &ahead{scanner: s, skipChecksum: skipChecksum, full: make(chan *portion, portions), free: make(chan *portion, portions), stop: make(chan struct{})}
	for range portions {
		a.free <- &portion{}
	}
	s.keep = true
	go a.run()
	return a
}

func (a *ahead) run() {
	for {
		var p *portion
		select {
		case p = <-a.free:
		case <-a.stop:
			close(a.full)
			return
		}
		a.fill(p)
		a.full <- p // it has room for all there are
		if p.err != nil {
			close(a.full)
			return
		}
	}
}

// end waits until the goroutine uses the file no more.
func (a *ahead) end() {
	close(a.stop)
	for range a.full { // what was taken apart in vain
	}
}

// fill makes p the next commands.
func (a *ahead) fill(p *portion) {
	s, old := a.scanner, p.buf
	p.words, p.marks, p.warnings, p.err = p.words[:0], p.marks[:0], p.warnings[:0], nil
	for first := s.Offset(); len(p.marks) < portionCommands && s.Offset()-first < portionBytes; {
		words, err := s.Next()
		begin := place{s.Begin(), s.BeginChecksum()}
		if err != nil {
			if format := wrongChecksum(err); format != nil && a.skipChecksum {
				p.warnings = append(p.warnings, format)
				continue
			}
			p.err, p.final = err, begin
			break
		}
		p.words = append(p.words, words...)
		p.marks = append(p.marks, mark{begin, place{s.Offset(), s.Checksum()}, len(p.words)})
	}
	if cap(old) > keepPortion {
		old = nil
	}
	p.buf = s.buf
	s.release(old)
}

// wrongChecksum is the error as that of a checksum, nil when it is another.
func wrongChecksum(err error) *FormatError {
	var format *FormatError
	if errors.As(err, &format) && format.Checksum {
		return format
	}
	return nil
}
