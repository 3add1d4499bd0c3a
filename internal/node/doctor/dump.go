package doctor

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"redoubt/internal/node/plan"
)

// dump finds a dump.rdb that the installed server cannot load.
func dump() Check {
	return Check{
		Name:    "dump",
		Detects: "a dump.rdb of a newer version than the server reads (after a downgrade), one that is cut off, empty, or no RDB file at all",
		Why:     "the next start fails with \"Can't handle RDB format version\", or begins empty; whoever then deletes the file has deleted the data",
		Cure:    "do not delete it: start the server that wrote it and hand the data over (redis['backend']), or move the file aside and restore a backup",
		needs:   redis,
		run:     lookAtDump,
	}
}

func lookAtDump(n *Node, f *findings) {
	path := n.dumpFile()
	version, err := plan.DumpVersion(path)
	backend := n.State.Redis.Backend
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.ok("there is no %s yet", path)
		return
	case err != nil:
		f.fail("", "%v", err)
		return
	case version == 0:
		f.warn("", "%s is empty: the next start begins without data", path)
		return
	case version > backend.ReadableRDB():
		f.fail("", "%s is an RDB file of version %d, and %s reads up to %d", path, version, backend, backend.ReadableRDB())
		return
	}
	if whole, err := endsProperly(path, version); err != nil {
		f.unknown("%v", err)
	} else if !whole {
		f.fail("", "%s is cut off: its end is missing", path)
	}
	aside, err := filepath.Glob(path + ".*")
	if err != nil {
		aside = nil // the pattern has signs of its own: they are only counted
	}
	f.otherwise("%s is an RDB file of version %d; copies beside it: %d", filepath.Base(path), version, len(aside))
}

// endsProperly says whether a file has the sign of its end, which from version 5 on a checksum of 8 bytes follows.
func endsProperly(path string, version int) (bool, error) {
	const endOfFile, checksummed, checksum = 0xff, 5, 8
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close() // it was only read
	offset := int64(-1)
	if version >= checksummed {
		offset -= checksum
	}
	if _, err := file.Seek(offset, io.SeekEnd); err != nil {
		return false, fmt.Errorf("read the end of %s: %w", path, err)
	}
	last, err := bufio.NewReaderSize(file, 16).ReadByte()
	return last == endOfFile, err
}

// largestAside is the largest copy beside dump.rdb that holds an RDB file with some data, or "".
func (n *Node) largestAside() string {
	const withoutKeys = 300 // bytes: what servers write about themselves
	all, err := filepath.Glob(n.dumpFile() + ".*")
	if err != nil {
		return ""
	}
	largest, size := "", int64(withoutKeys)
	for _, path := range all {
		info, err := os.Stat(path)
		if err != nil || info.Size() <= size {
			continue
		}
		if version, err := plan.DumpVersion(path); err == nil && version > 0 {
			largest, size = path, info.Size()
		}
	}
	return largest
}
