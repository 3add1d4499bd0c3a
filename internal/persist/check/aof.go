package check

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"redoubt/internal/persist/aof"
	"redoubt/internal/persist/vfs"
)

const aofUsage = "Usage: redis-check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n"

// errReported ends a check whose failure has been told.
var errReported = errors.New("reported")

// AOF is `redoubt check-aof`; it returns the exit code. version is that of Redis whose behaviour it has.
func AOF(args []string, c Console, version string) int {
	a := &aofCheck{Console: c, input: bufio.NewReader(c.Stdin)}
	path := ""
	switch {
	case len(args) == 1 && (args[0] == "-v" || args[0] == "--version"):
		fmt.Fprintf(c.Stdout, "redis-check-aof %s\n", version)
		return 0
	case len(args) == 1 && (args[0] == "-h" || args[0] == "--help"):
		fmt.Fprint(c.Stdout, aofUsage)
		return 0
	case len(args) == 1:
		path = args[0]
	case len(args) == 2 && args[0] == "--fix":
		path, a.fix = args[1], true
	case len(args) == 3 && args[0] == "--truncate-to-timestamp":
		path = args[2]
		var err error
		if a.until, err = strconv.ParseInt(args[1], 10, 64); err != nil || a.until <= 0 {
			fmt.Fprintln(c.Stdout, "Invalid timestamp, aborting...")
			return 1
		}
	default:
		fmt.Fprint(c.Stdout, aofUsage)
		return 1
	}
	if err := a.run(path); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(c.Stdout, err)
		}
		return 1
	}
	return 0
}

// aofCheck is one run of the tool.
type aofCheck struct {
	Console
	input *bufio.Reader
	fix   bool
	until int64 // seconds since 1970; 0: no --truncate-to-timestamp
}

// run checks the files of a manifest, or one file.
func (a *aofCheck) run(path string) error {
	f, size, err := openFile(path)
	if err != nil {
		return a.cannotOpen(path, err, "")
	}
	manifest, err := looksLikeManifest(f)
	f.Close()
	if err == nil {
		err = a.noteJournal(path)
	}
	if err != nil {
		return err
	}
	if manifest {
		return a.checkParts(path, size)
	}
	fmt.Fprintln(a.Stdout, "Start checking Old-Style AOF")
	result, err := a.checkFile(path, path, true)
	if err != nil {
		return err
	}
	return a.conclude("AOF "+shown([]byte(path)), path, result)
}

// noteJournal tells of a journal beside a file. What it has belongs to the end of the last increment, which must not be changed before.
func (a *aofCheck) noteJournal(path string) error {
	name, err := aof.JournalBeside(path)
	changes := a.fix || a.until != 0
	if err != nil && changes {
		return fmt.Errorf("Nothing is changed: whether there is a journal cannot be seen: %w", err)
	}
	if name == "" {
		return nil
	}
	fmt.Fprintf(a.Stdout, "There is a journal, %s: the server has not ended by itself. If the machine had stopped, the next start of the server "+
		"adds to the last file what the machine has lost of it.\n", shown([]byte(name)))
	if !changes {
		return nil
	}
	return errors.New("Nothing is changed. Start the server once, though it may refuse the files, and try again; or move the journal away")
}

func (a *aofCheck) cannotOpen(path string, err error, what string) error {
	fmt.Fprintf(a.Stdout, "Cannot open file %s: %s%s\n", shown([]byte(path)), vfs.Strerror(err), what)
	return errReported
}

// looksLikeManifest tells by the first line that is no comment.
func looksLikeManifest(f io.Reader) (bool, error) {
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case bytes.HasPrefix(line, []byte("#")):
		case len(line) > 0:
			return bytes.HasPrefix(line, []byte("file")), nil
		}
		if err == io.EOF || errors.Is(err, bufio.ErrBufferFull) { // no manifest has lines that long
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// maxManifest bounds what is read as a manifest.
const maxManifest = 16 << 20

// checkParts checks a manifest and all files it names.
func (a *aofCheck) checkParts(path string, size int64) error {
	fmt.Fprintln(a.Stdout, "Start checking Multi Part AOF")
	if size > maxManifest {
		return fmt.Errorf("%s is too large for a manifest", shown([]byte(path)))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return a.cannotOpen(path, err, "")
	}
	m, err := aof.ParseManifest(text)
	if err != nil {
		return fmt.Errorf("*** FATAL AOF MANIFEST FILE ERROR ***\n%s: %w", shown([]byte(path)), err)
	}
	for i, p := range m.Parts() {
		file, last := filepath.Join(filepath.Dir(path), p.Name), i == len(m.Parts())-1
		kind := "INCR"
		if m.Base != nil && i == 0 {
			kind = "BASE"
			fmt.Fprintf(a.Stdout, "Start to check BASE AOF (%s format).\n", formatOf(file))
		}
		if i == 0 && kind == "INCR" || i == 1 && m.Base != nil {
			fmt.Fprintln(a.Stdout, "Start to check INCR files.")
		}
		result, err := a.checkFile(file, p.Name, last)
		if err != nil {
			return err
		}
		if err := a.conclude(kind+" AOF "+shown([]byte(p.Name)), p.Name, result); err != nil {
			return err
		}
	}
	fmt.Fprintln(a.Stdout, "All AOF files and manifest are valid")
	return nil
}

// formatOf names the form of a base. A file that cannot be read is reported later.
func formatOf(path string) string {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		if hasRDB(f) {
			return "RDB"
		}
	}
	return "RESP"
}

// hasRDB tells whether a file begins with an RDB.
func hasRDB(f io.ReaderAt) bool {
	begin := make([]byte, len("VALKEY"))
	n, _ := f.ReadAt(begin, 0) // what cannot be read is noticed by whoever reads on
	return bytes.HasPrefix(begin[:n], []byte("REDIS")) || string(begin[:n]) == "VALKEY"
}

// outcome is what a check of one file ended with.
type outcome int

const (
	valid outcome = iota
	empty
	damaged
	truncated
	untouched // --truncate-to-timestamp had nothing to do
	cut       // by it
)

// conclude tells the outcome; what names the file with its kind.
func (a *aofCheck) conclude(what, name string, o outcome) error {
	name = shown([]byte(name))
	switch o {
	case valid:
		fmt.Fprintf(a.Stdout, "%s is valid\n", what)
	case empty:
		fmt.Fprintf(a.Stdout, "%s is empty\n", what)
	case damaged:
		fmt.Fprintf(a.Stdout, "AOF %s is not valid. Use the --fix option to try fixing it.\n", name)
		return errReported
	case truncated:
		fmt.Fprintf(a.Stdout, "Successfully truncated AOF %s\n", name)
	case untouched:
		fmt.Fprintf(a.Stdout, "Truncate nothing in AOF %s to timestamp %d\n%s is valid\n", name, a.until, what)
	case cut:
		fmt.Fprintf(a.Stdout, "Successfully truncated AOF %s to timestamp %d\n", name, a.until)
	}
	return nil
}

// checkFile checks one file and, when told to, cuts it. name is what it is called in messages. Only the last file may be cut.
func (a *aofCheck) checkFile(path, name string, last bool) (outcome, error) {
	f, size, err := openFile(path)
	if err != nil {
		return 0, a.cannotOpen(path, err, ", aborting...")
	}
	defer f.Close()
	if size == 0 {
		return empty, nil
	}
	in, start := io.Reader(f), int64(0)
	if hasRDB(f) {
		r := &rdbReader{out: a.Stdout, name: name, now: time.Now().UnixMilli()}
		rd, err := r.read(f, size, false)
		if err != nil {
			fmt.Fprintln(a.Stdout, "RDB preamble of AOF file is not sane, aborting.")
			salvageHint(a.Stdout, path)
			return 0, errReported
		}
		fmt.Fprintln(a.Stdout, "RDB preamble is OK, proceeding with AOF tail...")
		in, start = rd.Rest(), rd.Offset()
	}
	t := newTrail(in, start, size, a.until)
	t.run()
	switch {
	case t.err != nil:
		return 0, fmt.Errorf("Cannot read file %s: %s", shown([]byte(path)), vfs.Strerror(t.err))
	case t.late:
		return a.cutToTime(path, t.good, last)
	case a.until > 0 && t.problem == "":
		return untouched, nil
	}
	if t.problem != "" {
		fmt.Fprintf(a.Stdout, "0x%16x: %s in AOF %s\n", t.offset, t.problem, shown([]byte(name)))
	}
	fmt.Fprintf(a.Stdout, "AOF analyzed: filename=%s, size=%d, ok_up_to=%d, ok_up_to_line=%d, diff=%d\n",
		shown([]byte(name)), size, t.good, t.line, size-t.good)
	switch {
	case t.good == size:
		return valid, nil
	case !a.fix:
		return damaged, nil
	case !last:
		fmt.Fprintf(a.Stdout, "Failed to truncate AOF %s because it is not the last file\n", shown([]byte(name)))
		return 0, errReported
	}
	return a.shrink(path, name, size, t.good)
}

// trail follows the commands of a file.
type trail struct {
	scanner *aof.Scanner
	until   int64

	good int64 // where the last whole command or transaction ends
	line int64 // the line that is at good, from 1; annotations do not count
	// checked is where the bytes begin that no checksum has covered yet, and the line there.
	checked, checkedLine int64

	late    bool // what follows good is later than until
	problem string
	offset  int64 // of the problem
	err     error // of the disk
}

func newTrail(in io.Reader, start, size, until int64) *trail {
	return &trail{scanner: aof.NewScanner(in, start, size), until: until, good: start, line: 1, checked: start, checkedLine: 1}
}

func (t *trail) run() {
	line, inMulti := t.line, false
	for {
		before := t.scanner.Offset()
		words, err := t.scanner.Next()
		if t.until > 0 && t.scanner.Timestamp() > t.until && !inMulti {
			t.late = true
			return
		}
		if err != nil && !inMulti {
			t.good = t.scanner.Begin()
		}
		var format *aof.FormatError
		switch {
		case errors.Is(err, io.EOF):
			if inMulti {
				t.fail(before, "Reached EOF before reading EXEC for MULTI")
			}
			return
		case errors.Is(err, aof.ErrTruncated):
			t.fail(before, "Unexpected end of file inside a command")
			return
		case errors.As(err, &format) && format.Checksum:
			t.good, t.line = t.checked, t.checkedLine
			t.fail(format.Offset, "checksum error: "+format.Reason)
			return
		case errors.As(err, &format):
			t.fail(format.Offset, "format error: "+format.Reason)
			return
		case err != nil:
			t.err = err
			return
		}
		if at := t.scanner.Checked(); at != t.checked {
			t.checked, t.checkedLine = at, line
		}
		line += 1 + 2*int64(len(words))
		switch {
		case bytes.EqualFold(words[0], []byte("multi")) && inMulti:
			t.fail(before, "Unexpected MULTI")
			return
		case bytes.EqualFold(words[0], []byte("exec")) && !inMulti:
			t.fail(before, "Unexpected EXEC")
			return
		case bytes.EqualFold(words[0], []byte("multi")):
			inMulti, t.good = true, t.scanner.Begin()
		case bytes.EqualFold(words[0], []byte("exec")):
			inMulti = false
		}
		if !inMulti {
			t.good, t.line = t.scanner.Offset(), line
		}
	}
}

func (t *trail) fail(offset int64, what string) {
	t.problem, t.offset = what, offset
}
