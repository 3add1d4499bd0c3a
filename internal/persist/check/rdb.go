package check

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
)

const rdbUsage = `Usage: redis-check-rdb <rdb-file-name>
       redis-check-rdb --salvage <new-file-name> <rdb-file-name>

The first form reads the file and says whether it is sound: exit code 0 if so, 1 if not. The second writes all keys that can
be read into a new file and says what is lost: exit code 0 if nothing is, 2 if something is, 1 if there is no new file. The
damaged file is left as it is.
`

// RDB is `redoubt check-rdb`; it returns the exit code. version is that of Redis whose behaviour it has.
func RDB(args []string, c Console, version string) int {
	switch {
	case len(args) == 1 && (args[0] == "-v" || args[0] == "--version"):
		fmt.Fprintf(c.Stdout, "redis-check-rdb %s\n", version)
		return 0
	case len(args) == 1 && (args[0] == "-h" || args[0] == "--help"):
		fmt.Fprint(c.Stdout, rdbUsage)
		return 0
	case len(args) == 3 && args[0] == "--salvage":
		return salvage(args[1], args[2], c)
	case len(args) == 1:
		return checkDump(args[0], c)
	}
	fmt.Fprint(c.Stderr, rdbUsage)
	return 1
}

// checkDump reads a dump, which must end where the file ends.
func checkDump(path string, c Console) int {
	f, size, err := openFile(path)
	if err != nil {
		fmt.Fprintf(c.Stderr, "Cannot open file %s: %s\n", shown([]byte(path)), vfs.Strerror(err))
		return 1
	}
	defer f.Close()
	r := &rdbReader{out: c.Stdout, name: path, now: time.Now().UnixMilli()}
	if _, err := r.read(f, size, true); err != nil {
		salvageHint(c.Stdout, path)
		return 1
	}
	return 0
}

// salvageHint says what can be done with a damaged file.
func salvageHint(out io.Writer, path string) {
	fmt.Fprintf(out, "The file was left as it is. To write what can be read of it into a new one:\n"+
		"redoubt check-rdb --salvage NEWFILE %s\n", shown([]byte(path)))
}

// openFile opens a regular file to read.
func openFile(path string) (f *os.File, size int64, err error) {
	if f, err = os.Open(path); err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// rdbReader reads an RDB and reports as redis-check-rdb does.
type rdbReader struct {
	out  io.Writer
	name string
	now  int64 // ms since 1970
	// adjust changes how the file is read; may be nil.
	adjust func(*rdb.LoadOptions)

	keys, expires, expired int64
}

// read reads the RDB that in begins with; size is that of the whole file. whole says that nothing may follow it. rest is what
// follows. The error has been reported when it returns.
func (r *rdbReader) read(in io.Reader, size int64, whole bool) (rest *rdb.Reader, err error) {
	fmt.Fprintf(r.out, "[offset 0] Checking RDB file %s\n", shown([]byte(r.name)))
	scratch, err := newScratch()
	if err != nil {
		fmt.Fprintf(r.out, "Cannot reserve memory: %v\n", err)
		return nil, err
	}
	defer scratch.Arena().Close()
	space := scratch.NewSpace()
	var rd *rdb.Reader
	o := rdb.LoadOptions{
		Path: r.name, Size: size,
		Space: func(db int) (*keyspace.Space, error) {
			r.line(rd, "Selecting DB ID %d", db)
			return space, nil
		},
		Aux:      func(name, value []byte) { r.line(rd, "AUX FIELD %s = '%s'", shown(name), shown(value)) },
		Function: func([]byte) error { return nil },
		Visit:    func(_ int, e keyspace.Entry) error { return r.visit(e) },
	}
	if r.adjust != nil {
		r.adjust(&o)
	}
	rd = rdb.NewReader(in, o)
	if size == 0 {
		err = &rdb.CorruptError{DB: -1, Reason: endOfInput}
	}
	var stats rdb.Stats
	if err == nil {
		stats, err = rd.Load()
	}
	if err == nil && whole && rd.Offset() < size {
		err = &rdb.CorruptError{Offset: rd.Offset(), DB: -1, Reason: fmt.Sprintf("%d bytes after the end mark", size-rd.Offset())}
	}
	if err != nil {
		r.failure(rd, err)
	} else {
		r.success(rd, stats)
	}
	fmt.Fprintf(r.out, "[info] %d keys read\n[info] %d expires\n[info] %d already expired\n", r.keys, r.expires, r.expired)
	return rd, err
}

func (r *rdbReader) line(rd *rdb.Reader, format string, args ...any) {
	fmt.Fprintf(r.out, "[offset %d] %s\n", rd.Offset(), fmt.Sprintf(format, args...))
}

func (r *rdbReader) visit(e keyspace.Entry) error {
	r.keys++
	if at, ok := e.ExpireAt(); ok {
		r.expires++
		if at < r.now {
			r.expired++
		}
	}
	return nil
}

func (r *rdbReader) success(rd *rdb.Reader, stats rdb.Stats) {
	if stats.Checksum {
		r.line(rd, "Checksum OK")
	} else {
		r.line(rd, "RDB file was saved with checksum disabled: no check performed.")
	}
	r.line(rd, `\o/ RDB looks OK! \o/`)
	if stats.Functions > 0 {
		fmt.Fprintf(r.out, "[info] %d function libraries\n", stats.Functions)
	}
}

// The beginnings, and one end, of reasons that have words of their own in redis-check-rdb.
const (
	endOfInput  = "unexpected end of input"
	beyondEnd   = " bytes left"
	crcError    = "CRC error"
	noRDB       = "not an RDB file"
	unknownType = "unknown value type "
)

// failure reports an error of reading.
func (r *rdbReader) failure(rd *rdb.Reader, err error) {
	offset, doing, key := rd.Offset(), "read-type", []byte(nil)
	reason, more := err.Error(), ""
	var corrupt *rdb.CorruptError
	var unsupported *rdb.UnsupportedError
	switch {
	case errors.As(err, &corrupt):
		offset, key, reason = corrupt.Offset, corrupt.Key, corrupt.Reason
	case errors.As(err, &unsupported):
		offset, key, reason = unsupported.Offset, unsupported.Key, "not supported: "+unsupported.What
	}
	switch {
	case reason == endOfInput:
		reason = "Unexpected EOF reading RDB file"
	case strings.HasSuffix(reason, beyondEnd):
		reason, more = "Unexpected EOF reading RDB file", reason
	case strings.HasPrefix(reason, crcError):
		reason, more, doing = "RDB CRC error", reason, "check-sum"
	case strings.HasPrefix(reason, noRDB):
		reason, more = "Wrong signature trying to load DB from file", reason
	case strings.HasPrefix(reason, unknownType):
		reason = "Invalid object type: " + strings.TrimPrefix(reason, unknownType)
	}
	switch {
	case key != nil:
		doing = "read-object-value"
	case offset <= 9:
		doing = "start"
	}
	fmt.Fprintf(r.out, "--- RDB ERROR DETECTED ---\n[offset %d] %s\n[additional info] While doing: %s\n", offset, reason, doing)
	if key != nil {
		fmt.Fprintf(r.out, "[additional info] Reading key '%s'\n", shown(key))
	}
	if more != "" {
		fmt.Fprintf(r.out, "[additional info] %s\n", more)
	}
}

// reservation is the address space for one value at a time. It costs nothing until it is used.
const reservation = 1 << 40

func newScratch() (*keyspace.Store, error) {
	memory, err := arena.New(reservation)
	if err != nil {
		return nil, err
	}
	return keyspace.NewStore(memory, maphash.MakeSeed(), rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))), nil
}
