package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
)

// LoadOptions say where the content of an append-only file goes.
type LoadOptions struct {
	// RDB takes what is in RDB form. Its Path, Size and Progress are set by Load.
	RDB rdb.LoadOptions
	// Command executes a command; of a transaction only when all of it is there. The words are valid during the call.
	Command func(words [][]byte) error
	// Soon is told the words of the next commands, at most SoonCommands, and where in them each ends. They are valid during the call.
	// May be nil.
	Soon         func(words [][]byte, ends []int)
	SoonCommands int
	// Progress is called about once per 256 KB with the bytes read so far; an error from it ends the load. May be nil.
	Progress func(read int64) error
	// SkipChecksums goes on behind a wrong checksum, with a warning.
	SkipChecksums bool
	// Truncated allows the last file to end inside a command: it is cut back to the last whole one, and what is cut off is
	// kept in a file beside it.
	Truncated bool
	// Warn gets lines for the server's log.
	Warn func(format string, args ...any)
}

// Loaded says what a load found.
type Loaded struct {
	// Size of all files in bytes.
	Size int64
	// RDB counts what was in RDB form, Commands the commands.
	RDB      rdb.Stats
	Commands int64
	// Checksum is that of the end of the last file.
	Checksum Checksum
}

// TotalSize is the size of the files to load in bytes. A file that the manifest names and that is not there is an error.
func (d *Dir) TotalSize() (total int64, err error) {
	for _, p := range d.Manifest().Parts() {
		info, err := d.fs.Stat(d.Path(p.Name))
		if err != nil {
			return 0, fmt.Errorf("Unable to obtain the AOF file %s length. stat: %s", p.Name, vfs.Strerror(err))
		}
		total += info.Size()
	}
	return total, nil
}

// Load reads all files in order. The error names the file; nothing is changed on disk unless Truncated allows it.
func (d *Dir) Load(o LoadOptions) (Loaded, error) {
	l := loader{d: d, o: o}
	m := d.Manifest()
	parts := m.Parts()
	for i, p := range parts {
		l.part, l.last, l.base = p, i == len(parts)-1, m.Base != nil && i == 0
		before, start := l.loaded.Size, time.Now()
		if err := l.load(); err != nil {
			return l.loaded, err
		}
		kind := "incr"
		if l.base {
			kind = "base"
		}
		if l.loaded.Size > before {
			d.Log("DB loaded from %s file %s: %.3f seconds", kind, p.Name, time.Since(start).Seconds())
		}
	}
	return l.loaded, nil
}

// loader reads one file after the other.
type loader struct {
	d      *Dir
	o      LoadOptions
	loaded Loaded
	part   Part
	last   bool // no other file follows
	base   bool

	reported int64
	good     int64    // where the last whole command or transaction of the file ends, and the annotations behind it
	sum      Checksum // of the file up to there
	inMulti  bool
	complete bool       // the end of the open transaction is known to be there, so that its commands need not be kept
	queue    [][][]byte // of the open transaction
	ends     []int      // scratch
}

func (l *loader) load() error {
	path := l.d.Path(l.part.Name)
	f, err := l.d.fs.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return fmt.Errorf("Fatal error: can't open the append log file %s for reading: %s", l.part.Name, vfs.Strerror(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("Fatal error: can't read the append log file %s: %s", l.part.Name, vfs.Strerror(err))
	}
	l.good, l.sum, l.inMulti, l.queue = 0, Checksum{}, false, nil
	size := info.Size()
	err = l.content(f, path, size)
	if errors.Is(err, ErrTruncated) {
		size, err = l.truncated(f, path)
	}
	l.loaded.Size += size
	l.loaded.Checksum = l.sum
	return err
}

// content reads a file: an RDB, commands, or one behind the other.
func (l *loader) content(f vfs.File, path string, size int64) error {
	in := io.Reader(f)
	begin := make([]byte, 9)
	n, err := f.ReadAt(begin, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return l.unreadable(err)
	}
	if bytes.HasPrefix(begin[:n], []byte("REDIS")) || bytes.HasPrefix(begin[:n], []byte("VALKEY")) {
		if in, err = l.rdb(f, path, size); err != nil {
			return err
		}
	}
	a := startAhead(NewScanner(in, l.good, size), l.o.SkipChecksums)
	defer a.end()
	for p := range a.full {
		if err := l.portion(p); err != nil {
			return err
		}
		if p.err != nil {
			return l.ended(p.err)
		}
		a.free <- p
	}
	return nil
}

// portion executes the commands of a portion and notes where it ends.
func (l *loader) portion(p *portion) error {
	for _, w := range p.warnings {
		l.o.Warn("AOF %s, offset %d: %s. It is loaded all the same, as aof-checksum is off.", l.part.Name, w.Offset, w.Reason)
	}
	for i, m := range p.marks {
		if !l.inMulti {
			l.good, l.sum = m.begin.offset, m.begin.sum
		}
		if l.o.Soon != nil && i%l.o.SoonCommands == 0 {
			l.soon(p, i)
		}
		if err := l.command(p, i); err != nil {
			return err
		}
		if !l.inMulti {
			l.good, l.sum = m.end.offset, m.end.sum
		}
	}
	if p.err != nil && !l.inMulti {
		l.good, l.sum = p.final.offset, p.final.sum
	}
	if n := len(p.marks); n > 0 {
		return l.progress(p.marks[n-1].end.offset)
	}
	return nil
}

// ended is what the scanner's last error means for the file; nil at its end.
func (l *loader) ended(err error) error {
	var format *FormatError
	switch {
	case errors.Is(err, io.EOF) && l.inMulti:
		l.o.Warn("Revert incomplete MULTI/EXEC transaction in AOF file %s", l.part.Name)
		return ErrTruncated
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, ErrTruncated):
		return err
	case errors.As(err, &format):
		return l.badFormat(format)
	}
	return l.unreadable(err)
}

func (l *loader) badFormat(err *FormatError) error {
	return fmt.Errorf("Bad file format reading the append only file %s: at offset %d: %s. Make a backup of your AOF file, "+
		"then use redoubt check-aof --fix <filename.manifest>", l.part.Name, err.Offset, err.Reason)
}

func (l *loader) unreadable(err error) error {
	return fmt.Errorf("Unrecoverable error reading the append only file %s: %s", l.part.Name, vfs.Strerror(err))
}

// rdb reads the RDB that a file begins with; rest is what follows.
func (l *loader) rdb(f vfs.File, path string, size int64) (rest io.Reader, err error) {
	what := "RDB base file"
	if l.part.Name == l.d.prefix {
		what = "RDB preamble of the AOF file"
	}
	l.d.Log("Reading %s on AOF loading...", what)
	o := l.o.RDB
	o.Path, o.Size = path, size
	o.Progress = func(st rdb.Stats) error { return l.progress(st.Bytes) }
	r := rdb.NewReader(f, o)
	l.loaded.RDB, err = r.Load()
	if err != nil {
		return nil, fmt.Errorf("Error reading the %s %s, AOF loading aborted: %w", what, l.part.Name, err)
	}
	l.good = l.loaded.RDB.Bytes
	return r.Rest(), nil
}

// soon tells which commands follow from i on.
func (l *loader) soon(p *portion, i int) {
	from := 0
	if i > 0 {
		from = p.marks[i-1].words
	}
	l.ends = l.ends[:0]
	for _, m := range p.marks[i:min(i+l.o.SoonCommands, len(p.marks))] {
		l.ends = append(l.ends, m.words-from)
	}
	l.o.Soon(p.words[from:], l.ends)
}

// command executes a command. One of a transaction is kept until that is complete, unless all of it is in the portion.
func (l *loader) command(p *portion, i int) error {
	words := p.command(i)
	switch {
	case isWord(words, "MULTI"):
		l.inMulti, l.complete = true, p.hasExec(i)
	case isWord(words, "EXEC"):
		for _, queued := range l.queue {
			if err := l.execute(queued); err != nil {
				return err
			}
		}
		l.inMulti, l.queue = false, l.queue[:0]
	case l.inMulti && !l.complete:
		copied := make([][]byte, len(words))
		for i, w := range words {
			copied[i] = bytes.Clone(w)
		}
		l.queue = append(l.queue, copied)
	default:
		return l.execute(words)
	}
	return nil
}

func isWord(words [][]byte, name string) bool {
	return len(words) == 1 && len(words[0]) == len(name) && bytes.EqualFold(words[0], []byte(name))
}

// hasExec tells whether an EXEC follows command i.
func (p *portion) hasExec(i int) bool {
	for i++; i < len(p.marks); i++ {
		if isWord(p.command(i), "EXEC") {
			return true
		}
	}
	return false
}

func (l *loader) execute(words [][]byte) error {
	l.loaded.Commands++
	if err := l.o.Command(words); err != nil {
		return fmt.Errorf("%w reading the append only file %s, at offset %d", err, l.part.Name, l.good)
	}
	return nil
}

// progressStep is how many bytes are read between two reports.
const progressStep = 256 << 10

// progress reports that so much of the present file has been read.
func (l *loader) progress(read int64) error {
	if total := l.loaded.Size + read; l.o.Progress != nil && total-l.reported >= progressStep {
		l.reported = total
		return l.o.Progress(total)
	}
	return nil
}

// truncated cuts the file back to where it is whole, if it may.
func (l *loader) truncated(f vfs.File, path string) (size int64, err error) {
	name := l.part.Name
	if err := l.reallyEnds(f); err != nil {
		return 0, err
	}
	if !l.last && l.o.Truncated {
		return 0, fmt.Errorf("Fatal error: the truncated file is not the last file: %s ends inside a command, the last whole one "+
			"ends at offset %d", name, l.good)
	}
	if !l.o.Truncated {
		return 0, fmt.Errorf("Unexpected end of file reading the append only file %s: the last whole command ends at offset %d. "+
			"You can: 1) Make a backup of your AOF file, then use redoubt check-aof --fix <filename.manifest>. 2) Alternatively you "+
			"can set the 'aof-load-truncated' configuration option to yes and restart the server.", name, l.good)
	}
	l.o.Warn("!!! Warning: short read while loading the AOF file %s!!!", name)
	l.o.Warn("!!! Truncating the AOF %s at offset %d !!!", name, l.good)
	kept, err := l.d.cut(f, path, l.good)
	if err != nil {
		return 0, fmt.Errorf("Error truncating the AOF file %s: %s", name, vfs.Strerror(err))
	}
	l.o.Warn("AOF %s loaded anyway because aof-load-truncated is enabled; what was cut off is in %s", name, filepath.Base(kept))
	return l.good, nil
}

// reallyEnds is an error when a file that seems to end inside a command goes on: a length is damaged, and to cut it off there
// would lose what follows. A log writes a checksum behind whole commands only.
func (l *loader) reallyEnds(f vfs.File) error {
	info, err := f.Stat()
	if err != nil {
		return l.unreadable(err)
	}
	damaged, err := checksumBehind(io.NewSectionReader(f, l.good, info.Size()-l.good))
	if err != nil {
		return l.unreadable(err)
	}
	if damaged {
		return l.badFormat(&FormatError{Offset: l.good, Reason: "the command there is longer than the file, though a checksum follows later"})
	}
	return nil
}

// cut ends a file at an offset and keeps what followed.
func (d *Dir) cut(f vfs.File, path string, at int64) (kept string, err error) {
	if kept, err = d.keep(f, path, at); err != nil {
		return "", err
	}
	w, err := d.fs.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return "", err
	}
	err = w.Truncate(at)
	if err == nil {
		err = w.Sync()
	}
	return kept, errors.Join(err, w.Close())
}

// keep copies a file from an offset on to a file of its own.
func (d *Dir) keep(f vfs.File, path string, at int64) (kept string, err error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	kept = fmt.Sprintf("%s.cut-at-%d", path, at)
	for n := 2; ; n++ {
		if _, err := d.fs.Stat(kept); err != nil {
			break
		}
		kept = fmt.Sprintf("%s.cut-at-%d.%d", path, at, n)
	}
	tail, err := d.fs.OpenFile(kept, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(tail, io.NewSectionReader(f, at, info.Size()-at))
	if err == nil {
		err = tail.Sync()
	}
	return kept, errors.Join(err, tail.Close(), d.fs.SyncDir(d.path))
}
