package journal

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"redoubt/internal/persist/crc64"
	"redoubt/internal/persist/vfs"
)

const (
	// DefaultSize of the file in bytes: a second of groups of a block each.
	DefaultSize = 16 << 20
	// block is what records begin at a multiple of, and what the direct writes of all file systems may be.
	block = 4096
	// maxRecord bounds a record in bytes, a multiple of block: larger groups are rare, and cost the same by a sync of the file.
	maxRecord = 256 << 10
)

// Journal is where records are written. Any goroutine may call its methods.
type Journal struct {
	fs   vfs.FS
	path string
	size int64
	file vfs.File
	boot Boot

	mu sync.Mutex
	cycle
	before cycle // what cycle was before the last record
	last   cycle // the one before this
	// record is the one that is being made: room for the header, and the group. spare is for the next.
	record, spare []byte
	pages         []byte // both, at addresses that direct writes may have
	// unusable: the group does not continue the records, or is too large.
	unusable bool
}

// cycle is the records since a sync of the append-only file.
type cycle struct {
	name   string // of the append-only file
	number uint64
	index  uint32 // of the next record
	at     int64  // where it goes
	end    int64  // of the append-only file, as far as records or a sync have it
}

// Boot identifies the time from one start of the machine to the next.
type Boot [16]byte

// Create creates the journal at path, of size bytes, a multiple of 4096; that takes some 100 ms. It is usable from [Journal.Restart] on. The error
// is errors.ErrUnsupported where direct writes are not what they should be, see [vfs.FS].
func Create(fsys vfs.FS, path string, size int64, boot Boot) (*Journal, error) {
	f, err := fsys.OpenDirect(path, fileMode)
	if err != nil {
		return nil, err
	}
	j := &Journal{fs: fsys, path: path, size: size, file: f, boot: boot, unusable: true}
	if j.pages, err = unix.Mmap(-1, 0, 2*maxRecord, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON); err != nil {
		return nil, errors.Join(os.NewSyscallError("mmap", err), f.Close())
	}
	j.record, j.spare = j.pages[:0:maxRecord], j.pages[maxRecord:maxRecord]
	if err := j.fill(); err != nil {
		return nil, errors.Join(err, j.Remove())
	}
	return j, nil
}

const fileMode = 0o640

// ThisBoot is the one that runs.
func ThisBoot() (Boot, error) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Boot{}, err
	}
	return parseBoot(string(text))
}

// parseBoot reads 32 hexadecimal digits, which may have hyphens between them.
func parseBoot(text string) (b Boot, err error) {
	id, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), "-", ""))
	if err == nil && len(id) != len(b) {
		err = errors.New("it has another length")
	}
	if err != nil {
		return b, fmt.Errorf("boot_id %q: %w", text, err)
	}
	return Boot(id), nil
}

// fill writes all blocks, so that later writes find them.
func (j *Journal) fill() error {
	zeros := j.pages[:maxRecord]
	for at := int64(0); at < j.size; at += maxRecord {
		if _, err := j.file.WriteAt(zeros[:min(maxRecord, j.size-at)], at); err != nil {
			return err
		}
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	return j.fs.SyncDir(filepath.Dir(j.path))
}

// File is what [Journal.Record] is to be written to.
func (j *Journal) File() vfs.File { return j.file }

// Restart begins a new cycle: the append-only file of this name is about to be on disk, all of its size bytes. No record may be written before
// it is.
func (j *Journal) Restart(name string, size int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last = j.cycle
	j.cycle = cycle{name: name, end: size, number: rand.Uint64()}
	j.unusable = len(name) > maxName
	j.discard()
}

// discard begins a record.
func (j *Journal) discard() { j.record = j.record[:headerSize+len(j.name)] }

// Add adds bytes that were written to the append-only file at an offset to the record.
func (j *Journal) Add(p []byte, offset int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.unusable || offset != j.end+int64(j.group()) || len(p) > maxRecord-len(j.record) {
		j.unusable = true
		return
	}
	j.record = append(j.record, p...)
}

// group is how many bytes of the append-only file the record has.
func (j *Journal) group() int { return len(j.record) - headerSize - len(j.name) }

// Record completes the record: buf is to be written at an offset of [Journal.File], and not to be changed until it is durable; what
// is added then belongs to the next. When ok is false the append-only file must be synced instead, and Restart called.
func (j *Journal) Record() (buf []byte, at int64, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	size := (len(j.record) + block - 1) &^ (block - 1)
	if j.unusable || j.at+int64(size) > j.size-block { // the last block is for Condemn
		return nil, 0, false
	}
	buf, at = j.complete(0)[:size], j.at
	clear(buf[len(j.record):])
	j.before = j.cycle
	j.at += int64(size)
	j.end += int64(j.group())
	j.index++
	j.record, j.spare = j.spare, j.record
	j.discard()
	return buf, at, true
}

// Condemn makes the records count although the machine has not stopped, as syncing the append-only file has failed and nobody knows
// what of it is on disk; or writing the last record has, with lost. It waits for the disk, which may fail as well.
func (j *Journal) Condemn(lost bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if lost {
		j.cycle = j.before
	}
	if j.index == 0 && j.last.index > 0 {
		j.cycle = j.last // it was the sync at the beginning of this cycle that failed
	}
	if j.index == 0 {
		return nil
	}
	j.discard()
	buf := j.complete(flagCondemned)[:block]
	clear(buf[len(j.record):])
	_, err := j.file.WriteAt(buf, j.at)
	return errors.Join(err, j.file.SyncData())
}

// Remove ends the journal for good: the append-only file is on disk.
func (j *Journal) Remove() error {
	return errors.Join(j.Leave(), j.fs.Remove(j.path), j.fs.SyncDir(filepath.Dir(j.path)))
}

// Leave closes the file and leaves the records: the append-only file may not be on disk.
func (j *Journal) Leave() error {
	return errors.Join(j.file.Close(), unix.Munmap(j.pages))
}

// The header of a record, little endian; docs/formats/journal.md has it as a table.
const (
	magic      = "RDTJRNL1"
	sumAt      = 8
	cycleAt    = 16
	indexAt    = 24
	lengthAt   = 28
	offsetAt   = 32
	flagsAt    = 40
	nameAt     = 42
	bootAt     = 44
	headerSize = 64
	// maxName is the longest name of an append-only file, as of any file.
	maxName = 255

	flagCondemned = 1
)

// complete writes the header.
func (j *Journal) complete(flags uint16) []byte {
	r, le := j.record, binary.LittleEndian
	copy(r, magic)
	le.PutUint64(r[cycleAt:], j.number)
	le.PutUint32(r[indexAt:], j.index)
	le.PutUint32(r[lengthAt:], uint32(j.group()))
	le.PutUint64(r[offsetAt:], uint64(j.end))
	le.PutUint16(r[flagsAt:], flags)
	le.PutUint16(r[nameAt:], uint16(len(j.name)))
	clear(r[copy(r[bootAt:], j.boot[:])+bootAt : headerSize])
	copy(r[headerSize:], j.name)
	le.PutUint64(r[sumAt:], crc64.Update(0, r[cycleAt:]))
	return r
}

// Records are the last cycle of a journal.
type Records struct {
	// Name is that of the append-only file, Offset where the records begin in it.
	Name   string
	Offset int64
	// Content is the groups, one behind the other.
	Content []byte
	// Boot is the one that wrote them; Condemned: they count in this one, too.
	Boot      Boot
	Condemned bool
}

// Read returns the records of the journal at path; none is no error. The error is one of the file system, fs.ErrNotExist among them.
func Read(fsys vfs.FS, path string) (r Records, err error) {
	f, err := fsys.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return r, err
	}
	defer f.Close()
	var cycle uint64
	buf := make([]byte, maxRecord)
	for at, index := int64(0), uint32(0); ; index++ {
		n, err := f.ReadAt(buf[:block], at)
		if end := length(buf[:n]); end > block && (err == nil || errors.Is(err, io.EOF)) {
			n, err = f.ReadAt(buf[:min(end, maxRecord)], at)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return r, fmt.Errorf("read the journal: %w", err)
		}
		p, ok := parse(buf[:n])
		if !ok || p.index != index || index > 0 && (p.cycle != cycle || p.name != r.Name || p.offset != r.Offset+int64(len(r.Content))) {
			return r, nil
		}
		if index == 0 {
			r, cycle = Records{Name: p.name, Offset: p.offset, Boot: p.boot}, p.cycle
		}
		r.Content = append(r.Content, p.group...)
		r.Condemned = r.Condemned || p.condemned
		at += int64(p.size)
	}
}

// parsed is a record as it is read.
type parsed struct {
	cycle     uint64
	index     uint32
	offset    int64
	name      string
	boot      Boot
	condemned bool
	group     []byte
	size      int // with what fills its last block
}

// length is how long the record is that b begins with, as its header says; 0 when there is none.
func length(b []byte) int64 {
	if len(b) < headerSize || string(b[:len(magic)]) != magic {
		return 0
	}
	return headerSize + int64(binary.LittleEndian.Uint16(b[nameAt:])) + int64(binary.LittleEndian.Uint32(b[lengthAt:]))
}

// parse takes the record apart that b begins with; ok is false when there is none, or not all of it.
func parse(b []byte) (p parsed, ok bool) {
	le := binary.LittleEndian
	end := length(b)
	if end == 0 || end > int64(len(b)) || crc64.Update(0, b[cycleAt:end]) != le.Uint64(b[sumAt:]) {
		return p, false
	}
	name := int(le.Uint16(b[nameAt:]))
	p = parsed{
		cycle: le.Uint64(b[cycleAt:]), index: le.Uint32(b[indexAt:]), offset: int64(le.Uint64(b[offsetAt:])),
		name: string(b[headerSize : headerSize+name]), condemned: le.Uint16(b[flagsAt:])&flagCondemned != 0,
		group: b[headerSize+name : end], size: int(end+block-1) &^ (block - 1),
	}
	copy(p.boot[:], b[bootAt:])
	return p, true
}
