package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"redoubt/internal/memory/keyspace"
)

// LoadOptions say where the content of a file goes. Callbacks must not keep the slices they are given.
type LoadOptions struct {
	// Path names the input in errors.
	Path string
	// Size is the length of the input in bytes, 0 when unknown. With it a damaged length is refused at once;
	// without, memory grows only with the bytes that really arrive.
	Size int64
	// Space returns the database with that number; its error (for instance: more databases than configured) ends
	// the load.
	Space func(db int) (*keyspace.Space, error)
	// Now, in milliseconds since 1970: keys whose deadline has passed are checked, counted and dropped. 0 keeps
	// them, as a replica must.
	Now int64
	// Access turns what the file stores about a key's use into an access word: idle seconds or an LFU counter, -1
	// where the file has none. Nil leaves the word as the keyspace made it.
	Access func(idle int64, frequency int) uint32
	// Function takes a function library. Nil refuses files that contain one, as dropping it would lose it.
	Function func(payload []byte) error
	// Aux takes the fields of the file's head. May be nil.
	Aux func(name, value []byte)
	// EmptyKey is told about each key that is skipped because its value has no elements. May be nil.
	EmptyKey func(db int, key []byte)
	// Progress is called about once per 256 KB read; an error from it ends the load. May be nil.
	Progress func(Stats) error
	// Replace lets a key of the file take the place of one that exists; without it such a key is an error.
	Replace bool
	// Visit takes every key instead of the database, which is empty again after it: for reading a file of any size without
	// holding it. Its error ends the load. Nil keeps the keys.
	Visit func(db int, e keyspace.Entry) error
	// Distinct says, for Visit, that the input holds each key once, so that none need be remembered.
	Distinct bool
	// Damaged is told about a key whose value is damaged but ends at a known place, so that reading can go on behind it. Nil
	// ends the load at the first damage.
	Damaged func(*CorruptError)
	// SkipChecksum reads the file's checksum without comparing it (rdbchecksum no).
	SkipChecksum bool
}

// Stats count what a load did.
type Stats struct {
	Version   int   // format version in the header
	Valkey    bool  // the header is Valkey's
	Keys      int64 // loaded
	Expired   int64 // dropped because their deadline had passed
	Empty     int64 // skipped because their value had no elements
	Functions int64 // libraries handed to LoadOptions.Function
	ModuleAux int64 // global data of modules, which is skipped
	Bytes     int64 // of input consumed
	Checksum  bool  // the file had a checksum and it was right
}

// Reader loads one RDB file from a stream.
type Reader struct {
	decoder
	opts  LoadOptions
	stats Stats
	space *keyspace.Space
	attrs attributes
	seen  map[keyHash]struct{} // keys that Visit took
	seeds [2]maphash.Seed
}

// keyHash stands for a key and its database: two hashes, so that no two keys share one.
type keyHash [2]uint64

// attributes are what precedes a key.
type attributes struct {
	expireAt  int64
	hasExpire bool
	idle      int64
	frequency int
}

var noAttributes = attributes{idle: -1, frequency: -1}

// NewReader returns a reader for the file that r begins with.
func NewReader(r io.Reader, opts LoadOptions) *Reader {
	rd := &Reader{decoder: newDecoder(opts.Path), opts: opts, attrs: noAttributes}
	size := opts.Size
	if size <= 0 {
		size = -1
	}
	window := windowSize
	if size > 0 && size < windowSize {
		window = max(int(size), minWindow)
	}
	rd.src = source{in: r, buf: make([]byte, window), size: size, noSum: opts.SkipChecksum}
	if opts.Progress != nil {
		rd.src.refills = func(offset int64) error {
			rd.stats.Bytes = offset
			return opts.Progress(rd.stats)
		}
	}
	return rd
}

// Offset is how many bytes of the input have been read; callbacks may ask, too.
func (rd *Reader) Offset() int64 { return rd.src.offset() }

// Rest returns what follows the file in the stream, after Load has returned without error.
func (rd *Reader) Rest() io.Reader {
	return io.MultiReader(bytes.NewReader(rd.src.buf[rd.src.pos:rd.src.end]), rd.src.in)
}

// Load reads the file up to and including its checksum. The error is a *CorruptError, an *UnsupportedError, an
// error of a callback or a read error. What was loaded before an error stays in the databases: the caller drops
// them, since half a file is not a dataset. Load never changes the input.
func (rd *Reader) Load() (Stats, error) {
	err := rd.load()
	rd.leaveDB()
	rd.stats.Bytes = rd.src.offset()
	return rd.stats, err
}

func (rd *Reader) load() error {
	if err := rd.header(); err != nil {
		return err
	}
	if rd.worthAhead() {
		if err := rd.loadAhead(); err != nil {
			return err
		}
		return rd.footer()
	}
	for {
		offset := rd.src.offset()
		op, err := rd.byte()
		if err != nil {
			return err
		}
		switch {
		case op == opEOF:
			return rd.footer()
		case op >= firstKnownOpcode:
			err = rd.special(op, offset)
		default:
			err = rd.entry(op, offset)
		}
		if err != nil {
			return err
		}
	}
}

// header reads "REDIS0011" or "VALKEY080".
func (rd *Reader) header() error {
	p, err := rd.fixed(headerSize)
	if err != nil {
		return err
	}
	digits := p[len(magicRedis):]
	switch {
	case string(p[:len(magicRedis)]) == magicRedis:
	case string(p[:len(magicValkey)]) == magicValkey:
		rd.valkey, digits = true, p[len(magicValkey):]
	default:
		return rd.corrupt("not an RDB file: it begins with %q", p)
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return rd.corrupt("format version %q is not a number", digits)
		}
		rd.version = rd.version*10 + int(c-'0')
	}
	if rd.version == 0 {
		return rd.corrupt("there is no format version 0")
	}
	rd.stats.Version, rd.stats.Valkey = rd.version, rd.valkey
	return nil
}

// special handles records that are not keys.
func (rd *Reader) special(op byte, offset int64) error {
	switch op {
	case opSelectDB:
		return rd.selectDB()
	case opExpireSeconds:
		p, err := rd.fixed(4)
		if err != nil {
			return err
		}
		rd.attrs.expireAt, rd.attrs.hasExpire = int64(int32(binary.LittleEndian.Uint32(p)))*1000, true
		return nil
	case opExpireMillis:
		p, err := rd.fixed(8)
		if err != nil {
			return err
		}
		rd.attrs.expireAt, rd.attrs.hasExpire = int64(binary.LittleEndian.Uint64(p)), true
		return nil
	case opFrequency:
		b, err := rd.byte()
		rd.attrs.frequency = int(b)
		return err
	case opIdle:
		n, err := rd.length()
		rd.attrs.idle = int64(min(n, 1<<62))
		return err
	case opResizeDB:
		return rd.resizeDB()
	case opSlotInfo:
		return rd.skipLengths(3)
	case opAux:
		return rd.aux()
	case opFunction:
		return rd.function(offset)
	case opModuleAux:
		return rd.moduleAux()
	case opFunctionPreGA:
		return rd.unsupported(offset, "a function of a release candidate of Redis 7.0")
	}
	return rd.corrupt("unknown opcode %#02x", op)
}

func (rd *Reader) skipLengths(n int) error {
	for range n {
		if _, err := rd.length(); err != nil {
			return err
		}
	}
	return nil
}

// leastKey is the fewest bytes that a key takes in a file: type, length and a character of its name, a value.
const leastKey = 4

// resizeDB prepares the database for its keys. The numbers are hints: what the rest of the file cannot hold is not believed.
func (rd *Reader) resizeDB() error {
	keys, err := rd.length()
	if err != nil {
		return err
	}
	deadlines, err := rd.length()
	if err != nil {
		return err
	}
	if rd.space != nil && rd.opts.Visit == nil && rd.src.size >= 0 {
		most := rd.src.remaining() / leastKey
		rd.space.Reserve(int(min(keys, most)), int(min(deadlines, most)))
	}
	return nil
}

func (rd *Reader) selectDB() error {
	n, err := rd.length()
	if err != nil {
		return err
	}
	if n > 1<<31-1 {
		return rd.corrupt("database number %d", n)
	}
	return rd.useDB(int(n))
}

func (rd *Reader) useDB(db int) error {
	space, err := rd.opts.Space(db)
	if err != nil {
		return rd.fail(fmt.Errorf("at offset %d: %w", rd.src.offset(), err))
	}
	rd.leaveDB()
	rd.db, rd.space = db, space
	return nil
}

// leaveDB ends what is stored in the present database.
func (rd *Reader) leaveDB() {
	if rd.space != nil {
		rd.space.OrderDeadlines()
	}
}

func (rd *Reader) aux() (err error) {
	if rd.field, err = rd.str(rd.field[:0]); err != nil {
		return err
	}
	if rd.value, err = rd.str(rd.value[:0]); err != nil {
		return err
	}
	if rd.opts.Aux != nil {
		rd.opts.Aux(rd.field, rd.value)
	}
	return nil
}

func (rd *Reader) function(offset int64) (err error) {
	if rd.value, err = rd.str(rd.value[:0]); err != nil {
		return err
	}
	if rd.opts.Function == nil {
		return rd.unsupported(offset, "function libraries")
	}
	if err := rd.opts.Function(rd.value); err != nil {
		return rd.fail(err)
	}
	rd.stats.Functions++
	return nil
}

// moduleAux skips the global data of a module; its keys, if there are any, are refused by entry.
func (rd *Reader) moduleAux() error {
	if _, err := rd.length(); err != nil {
		return err
	}
	marker, err := rd.length()
	if err != nil {
		return err
	}
	if marker != modulePartUint {
		return rd.corrupt("module data begins with part %d", marker)
	}
	if _, err := rd.length(); err != nil {
		return err
	}
	rd.stats.ModuleAux++
	return rd.skipModuleValue()
}

// entry loads a key. Its value is built in place, under its own name, and taken away again when it turns out to be
// damaged or too late.
func (rd *Reader) entry(kind byte, offset int64) error {
	if rd.space == nil {
		if err := rd.useDB(0); err != nil {
			return err
		}
	}
	if err := rd.entryHead(kind, offset); err != nil {
		return err
	}
	return rd.entryBody(kind)
}

// entryHead reads what stands before the value.
func (rd *Reader) entryHead(kind byte, offset int64) (err error) {
	if kind > lastKnownType && rd.version <= latest {
		return rd.corrupt("unknown value type %d", kind)
	}
	if rd.keyBuf, err = rd.str(rd.keyBuf[:0]); err != nil {
		return err
	}
	rd.key = rd.keyBuf
	return rd.checkKind(kind, offset)
}

// entryBody reads the value and stores the key.
func (rd *Reader) entryBody(kind byte) error {
	defer func() { rd.attrs, rd.key = noAttributes, nil }()
	if rd.opts.Replace {
		rd.makeRoom(rd.key)
	}
	if err := rd.unseen(); err != nil {
		return err
	}
	rd.whole = false
	e, ok, err := rd.loadValue(kind, rd.space, rd.key)
	if err != nil {
		return rd.pass(kind, err)
	}
	if !ok {
		rd.countEmpty(rd.key)
		return nil
	}
	return rd.settle(e, rd.attrs)
}

// makeRoom takes away the key that one of the file replaces.
func (rd *Reader) makeRoom(key []byte) {
	if old, found := rd.space.Find(key); found {
		rd.space.Delete(old)
	}
}

// countEmpty passes over a key without elements.
func (rd *Reader) countEmpty(key []byte) {
	rd.stats.Empty++
	if rd.opts.EmptyKey != nil {
		rd.opts.EmptyKey(rd.db, key)
	}
}

// settle gives a key that has been stored what else the file says of it.
func (rd *Reader) settle(e keyspace.Entry, attrs attributes) error {
	if attrs.hasExpire {
		if rd.opts.Now != 0 && attrs.expireAt < rd.opts.Now {
			rd.space.Delete(e)
			rd.stats.Expired++
			return nil
		}
		if rd.opts.Visit == nil && !rd.opts.Replace { // it stays
			e = rd.space.LoadExpire(e, attrs.expireAt)
		} else {
			e = rd.space.SetExpire(e, attrs.expireAt)
		}
	}
	if rd.opts.Access != nil {
		e.SetAccess(rd.opts.Access(attrs.idle, attrs.frequency))
	}
	rd.stats.Keys++
	if rd.opts.Visit == nil {
		return nil
	}
	err := rd.opts.Visit(rd.db, e)
	rd.space.Delete(e)
	return err
}

// unseen notes a key that will not stay in the database, and refuses one that was there before, as the database would.
func (rd *Reader) unseen() error {
	if rd.opts.Visit == nil || rd.opts.Distinct {
		return nil
	}
	if rd.seen == nil {
		rd.seen = map[keyHash]struct{}{}
		rd.seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	}
	h := keyHash{maphash.Bytes(rd.seeds[0], rd.key) + uint64(rd.db), maphash.Bytes(rd.seeds[1], rd.key)}
	if _, twice := rd.seen[h]; twice {
		return rd.corrupt(takenKey)
	}
	rd.seen[h] = struct{}{}
	return nil
}

// pass goes on behind a damaged value when somebody is told of it and it is known where it ends: it is a single string, all
// of which has been read.
func (rd *Reader) pass(kind byte, err error) error {
	var corrupt *CorruptError
	if rd.opts.Damaged == nil || !rd.whole || !singleString(kind) || !errors.As(err, &corrupt) {
		return err
	}
	rd.opts.Damaged(corrupt)
	return nil
}

// footer reads the checksum. Files without one (before version 5) must end here: a version digit damaged into a
// smaller one would otherwise switch the check off.
func (rd *Reader) footer() error {
	if rd.version < checksumVersion {
		if rd.src.need(1) == nil {
			return rd.corrupt("bytes after the end of a file of version %d", rd.version)
		}
		return nil
	}
	want := rd.src.checksum()
	rd.src.noSum = true // the field does not cover itself
	p, err := rd.fixed(8)
	if err != nil {
		return err
	}
	stored := binary.LittleEndian.Uint64(p)
	if stored == 0 || rd.opts.SkipChecksum {
		return nil
	}
	if stored != want {
		return rd.corrupt("CRC error: the checksum is %016x, the content has %016x", stored, want)
	}
	rd.stats.Checksum = true
	return nil
}
