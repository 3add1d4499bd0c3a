package aof

import (
	"bufio"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"strconv"
	"time"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/resp"
)

const (
	// itemsPerCommand is how many elements of a value one command of a base holds at most.
	itemsPerCommand = 64
	// checksumEveryOfBase is how many bytes of a base have a checksum, about.
	checksumEveryOfBase = 64 << 10
	// scratchSize bounds the largest value of a base; it is address space, not memory.
	scratchSize = 64 << 30
)

// CommandOptions say how a base of commands is written.
type CommandOptions struct {
	// Version is the format of the dumps of streams.
	Version int
	// Stamp begins with the time (aof-timestamp-enabled).
	Stamp bool
	// Checksums are written now and then and at the end (aof-checksum).
	Checksums bool
}

// WriteCommands writes the dataset of an RDB as commands that build it (aof-use-rdb-preamble no). It holds one key at a time.
// A stream, whose groups no few commands describe, is a RESTORE of its dump.
func WriteCommands(in io.Reader, out io.Writer, o CommandOptions) error {
	memory, err := arena.New(scratchSize)
	if err != nil {
		return err
	}
	defer func() { _ = memory.Close() }() // nothing of it is needed any more
	store := keyspace.NewStore(memory, maphash.MakeSeed(), rand.New(rand.NewPCG(1, 2)))
	space := store.NewSpace()
	w := commandWriter{out: bufio.NewWriterSize(out, 256<<10), version: o.Version, summed: o.Checksums, db: -1}
	if o.Stamp {
		w.write(appendStamp(nil, time.Now().Unix()))
	}
	r := rdb.NewReader(in, rdb.LoadOptions{
		Space: func(db int) (*keyspace.Space, error) {
			w.next = db
			return space, nil
		},
		Function: func(code []byte) error {
			w.put([]byte("FUNCTION"), []byte("LOAD"), code)
			return w.err
		},
		Visit: func(_ int, e keyspace.Entry) error {
			w.entry(e)
			return w.err
		},
		Distinct: true,
	})
	if _, err := r.Load(); err != nil {
		return err
	}
	if w.addChecksum(); w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// commandWriter writes commands; the first error stays.
type commandWriter struct {
	out      *bufio.Writer
	version  int
	payloads rdb.Payloads
	summed   bool
	sum      Checksum
	db, next int // selected, and that of the keys to come
	err      error
	buf      []byte
	words    [][]byte
	items    int
}

func (w *commandWriter) put(words ...[]byte) {
	w.buf = resp.AppendCommand(w.buf[:0], words...)
	w.write(w.buf)
	if w.sum.length >= checksumEveryOfBase {
		w.addChecksum()
	}
}

func (w *commandWriter) write(text []byte) {
	w.sum.add(text)
	if w.err == nil {
		_, w.err = w.out.Write(text)
	}
}

func (w *commandWriter) addChecksum() {
	if w.summed && w.sum.length > 0 && w.err == nil {
		_, w.err = w.out.Write(w.sum.appendTo(nil))
	}
}

// begin starts a command for many elements.
func (w *commandWriter) begin(name string, key []byte) {
	w.words, w.items = append(w.words[:0], []byte(name), key), 0
}

// element adds the words of one element to the command, and writes it when it is long enough.
func (w *commandWriter) element(words ...[]byte) {
	w.words = append(w.words, words...)
	if w.items++; w.items == itemsPerCommand {
		w.end()
	}
}

func (w *commandWriter) end() {
	if w.items > 0 {
		w.put(w.words...)
		w.words, w.items = w.words[:2], 0
	}
}

func text(v listpack.Value) []byte { return v.Append(nil) }

// entry writes the commands that create a key.
func (w *commandWriter) entry(e keyspace.Entry) {
	if w.db != w.next {
		w.db = w.next
		w.put([]byte("SELECT"), strconv.AppendInt(nil, int64(w.db), 10))
	}
	key := e.Key()
	at, expires := e.ExpireAt()
	switch e.Kind() {
	case keyspace.KindString:
		var scratch [20]byte
		w.put([]byte("SET"), key, e.StringView(&scratch))
	case keyspace.KindList:
		w.begin("RPUSH", key)
		e.List().Ascend(0, func(_ int, v listpack.Value) bool { w.element(text(v)); return w.err == nil })
		w.end()
	case keyspace.KindHash:
		w.begin("HMSET", key)
		e.Hash().Each(func(field, value listpack.Value) bool { w.element(text(field), text(value)); return w.err == nil })
		w.end()
	case keyspace.KindSet:
		w.begin("SADD", key)
		e.Set().Each(func(m listpack.Value) bool { w.element(text(m)); return w.err == nil })
		w.end()
	case keyspace.KindZSet:
		w.begin("ZADD", key)
		z := e.ZSet()
		z.Each(0, z.Len(), false, func(m listpack.Value, score float64) bool {
			w.element(strconv.AppendFloat(nil, score, 'g', 17, 64), text(m))
			return w.err == nil
		})
		w.end()
	default:
		payload, err := w.payloads.AppendDump(nil, e, w.version, false)
		if err != nil {
			w.err = err
			return
		}
		w.put([]byte("RESTORE"), key, []byte("0"), payload)
	}
	if expires {
		w.put([]byte("PEXPIREAT"), key, strconv.AppendInt(nil, at, 10))
	}
}
