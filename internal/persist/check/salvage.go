package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
)

// Exit codes of --salvage.
const (
	salvagedAll  = 0
	salvagedNone = 1
	salvagedSome = 2
)

// salvage writes what can be read of a dump into a new one.
func salvage(to, from string, c Console) int {
	f, size, err := openFile(from)
	if err != nil {
		fmt.Fprintf(c.Stderr, "Cannot open file %s: %s\n", shown([]byte(from)), vfs.Strerror(err))
		return salvagedNone
	}
	defer f.Close()
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(c.Stderr, "%s exists: salvage writes a new file only\n", shown([]byte(to)))
		return salvagedNone
	}
	out, err := rdb.CreateFile(vfs.OS, filepath.Dir(to), filepath.Base(to), true)
	if err != nil {
		fmt.Fprintln(c.Stderr, err)
		return salvagedNone
	}
	s := &salvager{rdbReader: rdbReader{out: c.Stdout, name: from, now: time.Now().UnixMilli()}}
	if s.writer, err = rdb.NewWriter(out, rdb.WriterOptions{Compression: true, Checksum: true, Aux: rdb.StandardAux(time.Now().Unix(), 0, false)}); err == nil {
		s.adjust = s.options
		_, s.stopped = s.read(f, size, true)
		if err = s.failed; err == nil {
			err = s.writer.Close()
		}
	}
	if err != nil {
		fmt.Fprintf(c.Stderr, "Writing %s failed, nothing is left of it: %v\n", shown([]byte(to)), errors.Join(err, out.Abort()))
		return salvagedNone
	}
	if err := out.Commit(); err != nil {
		fmt.Fprintf(c.Stderr, "Writing %s failed: %v\n", shown([]byte(to)), err)
		return salvagedNone
	}
	return s.report(to, size)
}

// salvager copies keys from a damaged file.
type salvager struct {
	rdbReader
	writer  *rdb.Writer
	failed  error // of writing
	stopped error // of reading
	lost    int
}

func (s *salvager) options(o *rdb.LoadOptions) {
	space := o.Space
	o.Space = func(db int) (*keyspace.Space, error) {
		if err := s.wrote(s.writer.WriteSelectDB(db, 0, 0)); err != nil {
			return nil, err
		}
		return space(db)
	}
	o.Visit = func(_ int, e keyspace.Entry) error {
		if err := s.wrote(s.writer.WriteEntry(e)); err != nil {
			return err
		}
		return s.visit(e)
	}
	o.Function = func(code []byte) error { return s.wrote(s.writer.WriteFunction(code)) }
	o.Damaged = func(e *rdb.CorruptError) {
		s.lost++
		fmt.Fprintf(s.out, "[offset %d] Lost: key '%s' of database %d: %s\n", e.Offset, shown(e.Key), e.DB, e.Reason)
	}
}

func (s *salvager) wrote(err error) error {
	if err != nil {
		s.failed = err
	}
	return err
}

// report says what the new file has and what it has not.
func (s *salvager) report(to string, size int64) int {
	fmt.Fprintf(s.out, "Salvaged %d keys into %s\n", s.keys, shown([]byte(to)))
	var corrupt *rdb.CorruptError
	var unsupported *rdb.UnsupportedError
	offset := int64(-1)
	switch {
	case errors.As(s.stopped, &corrupt):
		offset = corrupt.Offset
	case errors.As(s.stopped, &unsupported):
		offset = unsupported.Offset
	case s.stopped != nil:
		fmt.Fprintf(s.out, "Reading ended with an error of the disk: %v\n", s.stopped)
		return salvagedSome
	case s.lost == 0:
		fmt.Fprintln(s.out, "Nothing is lost.")
		return salvagedAll
	}
	if s.lost > 0 {
		fmt.Fprintf(s.out, "%d keys are lost, which are named above.\n", s.lost)
	}
	switch {
	case offset < 0:
	case size-offset > 0:
		fmt.Fprintf(s.out, "Lost: the %d bytes from offset %d to the end, where no key can be told from another.\n", size-offset, offset)
	default:
		fmt.Fprintln(s.out, "All of the file was read, but its content is not what was saved: any value may be wrong.")
	}
	return salvagedSome
}
