package durability

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"redoubt/internal/engine"
	"redoubt/internal/persist/vfs/faultfs"
	"redoubt/test/inprocess"
)

const (
	logDir    = "/data/appendonlydir/"
	manifest  = logDir + "appendonly.aof.manifest"
	increment = logDir + "appendonly.aof.2.incr.aof"
)

// steps are what the history of a file is made of: {k} is one of a few keys, {n} a number, {v} a longer text.
var steps = []string{
	"SET s{k} {v}", "SET n{k} {n} EX 100000", "INCRBY n{k} 7", "APPEND s{k} {n}", "MSET s{k} {n} s1 {v}", "SETBIT b{k} {n} 1", "RPUSH l{k} {v} {n}",
	"LPUSH l{k} a b", "RPOP l{k}", "LMOVE l{k} l1 LEFT RIGHT", "HSET h{k} f{n} {v}", "HDEL h{k} f1", "SADD t{k} {n} x{n}", "SPOP t{k}", "ZADD z{k} {n} m{n}",
	"ZPOPMIN z{k}", "XADD x{k} * f {v}", "XTRIM x{k} MAXLEN 3", "XGROUP CREATE x{k} g{n} 0 MKSTREAM", "PFADD p{k} {n}", "DEL l{k} h{k}", "RENAME s{k} s1",
	"SELECT 0", "SELECT 3", "MULTI;SET s{k} {v};RPUSH l{k} {n};EXEC", "MULTI;INCR n{k};SELECT 3;DEL s{k};EXEC", "FLUSHDB",
	"EVAL \"redis.call('set',KEYS[1],ARGV[1]) redis.call('rpush',KEYS[2],ARGV[1])\" 2 s{k} l{k} {n}",
}

// moment is the dataset after an acknowledged step, and how long the increment was then.
type moment struct {
	size   int
	digest string
}

// history is the files of a server that was stopped, and what was acknowledged to its client.
type history struct {
	base, incr, manifest []byte
	moments              []moment // ascending; the first is the base alone
}

// record writes a base of some keys and an increment of at least size bytes.
func record(t *testing.T, size int, args ...string) history {
	t.Helper()
	d := newDisk(t, 1)
	node := start(t, d, io.Discard, append([]string{"--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"}, args...)...)
	client, random := node.Client(t), rand.New(rand.NewPCG(1, 1))
	for range 20 {
		step(client, random)
	}
	expect(t, client, "SELECT 0", "OK")
	expect(t, client, "SET base value", "OK")
	expect(t, client, "BGREWRITEAOF", "Background append only file rewriting started")
	awaitRewrite(t, client)
	var h history
	for len(h.moments) == 0 || h.moments[len(h.moments)-1].size < size {
		if len(h.moments) > 0 {
			step(client, random)
		}
		m := moment{len(checksumAtEnd.ReplaceAll(content(t, d, increment), nil)), say(client, "DEBUG DIGEST")}
		if n := len(h.moments); n == 0 || h.moments[n-1].size < m.size {
			h.moments = append(h.moments, m)
		}
	}
	node.Stop(t)
	h.base, h.incr, h.manifest = content(t, d, logDir+"appendonly.aof.2.base.rdb"), content(t, d, increment), content(t, d, manifest)
	return h
}

var checksumAtEnd = regexp.MustCompile(`#CRC:[0-9a-f]{16}\r\n$`)

// step sends a random step and waits for its acknowledgement.
func step(c *inprocess.Client, random *rand.Rand) {
	text := steps[random.IntN(len(steps))]
	if strings.HasPrefix(text, "FLUSHDB") && random.IntN(20) > 0 {
		return
	}
	text = strings.NewReplacer("{k}", strconv.Itoa(random.IntN(4)), "{n}", strconv.Itoa(random.IntN(40)),
		"{v}", strings.Repeat("v", 20+random.IntN(800))).Replace(text)
	for request := range strings.SplitSeq(text, ";") {
		c.Do(request) // an error is an answer, too
	}
}

func awaitRewrite(t *testing.T, c *inprocess.Client) {
	t.Helper()
	for !strings.Contains(say(c, "INFO persistence"), "aof_rewrite_in_progress:0\r") {
	}
}

// at is how many steps are whole in the first size bytes of the increment.
func (h *history) at(size int) moment {
	n, _ := slices.BinarySearchFunc(h.moments, size+1, func(m moment, size int) int { return m.size - size })
	return h.moments[n-1]
}

// has tells whether a dataset is one that the history went through.
func (h *history) has(digest string) bool {
	return slices.ContainsFunc(h.moments, func(m moment) bool { return m.digest == digest })
}

// reader is a node that loads one append-only file after the other.
type reader struct {
	t      *testing.T
	disk   *faultfs.Disk
	log    log
	node   *inprocess.Node
	client *engine.Client
}

func newReader(t *testing.T, args ...string) *reader {
	t.Helper()
	r := &reader{t: t, disk: newDisk(t, 1)}
	if err := r.disk.MkdirAll(logDir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.node = start(t, r.disk, &r.log, args...)
	t.Cleanup(func() { r.node.Stop(t) })
	e := r.node.Server.Engine()
	e.Lock()
	defer e.Unlock()
	r.client = e.NewClient(nil)
	return r
}

// do executes a request without a connection.
func (r *reader) do(words ...string) string {
	e := r.node.Server.Engine()
	e.Lock()
	defer e.Unlock()
	batch := engine.Batch{Ends: []int{len(words)}}
	for _, w := range words {
		batch.Words = append(batch.Words, []byte(w))
	}
	e.Run(r.client, &batch)
	return string(r.client.TakeOutput())
}

func (r *reader) put(name string, text []byte) {
	r.t.Helper()
	f, err := r.disk.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// load reads the files and returns the digest of the dataset, or the lines of the log that say why not.
func (r *reader) load() (digest, refused string) {
	r.t.Helper()
	r.log.reset()
	if reply := r.do("DEBUG", "LOADAOF"); strings.HasPrefix(reply, "-") {
		return "", r.log.String()
	}
	return strings.TrimSpace(strings.TrimPrefix(r.do("DEBUG", "DIGEST"), "+")), ""
}

// setUp writes the files of a history.
func (r *reader) setUp(h *history) {
	r.t.Helper()
	r.put(logDir+"appendonly.aof.2.base.rdb", h.base)
	r.put(increment, h.incr)
	r.put(manifest, h.manifest)
}

var offsetNamed = regexp.MustCompile(`offset (\d+)`)

// cuts is how many bytes of the end of a file are cut, one after the other: REDOUBT_CUTS, or some.
func cuts(t *testing.T) int { return fromEnvironment(t, "REDOUBT_CUTS", 8<<10) }

// TestCutAtEveryByte cuts the end of an increment at every byte. What a server loads is what had been acknowledged when the
// file was that long, and what follows is kept; without aof-load-truncated it names the offset and touches nothing.
func TestCutAtEveryByte(t *testing.T) {
	t.Parallel()
	last := cuts(t)
	h := record(t, last+2000, "--aof-timestamp-enabled", "yes")
	lenient, strict := newReader(t), newReader(t, "--aof-load-truncated", "no")
	lenient.setUp(&h)
	strict.setUp(&h)
	var both sync.WaitGroup
	defer both.Wait()
	for _, check := range []func(size int) bool{lenient.cut(&h), strict.cutRefused(&h)} {
		both.Go(func() {
			for size := len(h.incr) - last; size <= len(h.incr) && check(size); size++ {
			}
		})
	}
}

// cut returns the check of one length of the increment; false ends the test.
func (r *reader) cut(h *history) func(size int) bool {
	return func(size int) bool {
		r.put(increment, h.incr[:size])
		want := h.at(size)
		digest, refused := r.load()
		if digest != want.digest {
			r.t.Errorf("cut at %d: the dataset is %q, was %q: %s", size, digest, want.digest, refused)
			return false
		}
		left := content(r.t, r.disk, increment)
		if len(left) == size {
			return true
		}
		kept := fmt.Sprintf("%s.cut-at-%d", increment, len(left))
		if len(left) < want.size || !bytes.Equal(slices.Concat(left, content(r.t, r.disk, kept)), h.incr[:size]) {
			r.t.Errorf("cut at %d: of %d bytes %d are left, and not all others kept", size, want.size, len(left))
			return false
		}
		return r.disk.Remove(kept) == nil
	}
}

// cutRefused is cut for a server that loads whole files only.
func (r *reader) cutRefused(h *history) func(size int) bool {
	return func(size int) bool {
		r.put(increment, h.incr[:size])
		want := h.at(size)
		digest, refused := r.load()
		named := offsetNamed.FindStringSubmatch(refused)
		switch {
		case refused == "" && digest == want.digest:
			return true
		case refused == "" || named == nil:
			r.t.Errorf("cut at %d: the dataset is %q, was %q: %s", size, digest, want.digest, refused)
			return false
		}
		offset, err := strconv.Atoi(named[1])
		if err != nil || offset < want.size || offset > size || len(content(r.t, r.disk, increment)) != size {
			r.t.Errorf("cut at %d: the last whole step ends at %d: %s", size, want.size, refused)
			return false
		}
		return true
	}
}

// TestCutOldFile cuts a single file of versions before Redis 7 at every byte: within the RDB that it begins with, which has a
// checksum, it is refused with the offset, behind it as an increment.
func TestCutOldFile(t *testing.T) {
	t.Parallel()
	h := record(t, 2000)
	r := newReader(t)
	r.put(manifest, []byte("file appendonly.aof seq 1 type b\n"))
	old := slices.Concat(h.base, h.incr)
	for size := range len(old) + 1 {
		r.put(logDir+"appendonly.aof", old[:size])
		digest, refused := r.load()
		switch behind := size - len(h.base); {
		case size == 0 && digest == strings.Repeat("0", 40):
		case behind >= 0 && digest == h.at(behind).digest:
		case behind < 0 && offsetNamed.MatchString(refused) && bytes.Equal(content(t, r.disk, logDir+"appendonly.aof"), old[:size]):
		default:
			t.Fatalf("cut at %d of %d: the dataset is %q: %s", size, len(old), digest, refused)
		}
	}
}

// TestStartAtCuts starts whole servers on files that are cut: each goes on behind what it found.
func TestStartAtCuts(t *testing.T) {
	t.Parallel()
	h := record(t, 4000)
	for n := range 40 {
		size := len(h.incr) * n / 40
		r := newReader(t) // for its disk
		r.setUp(&h)
		r.put(increment, h.incr[:size])
		for _, more := range []string{"first", "second"} {
			node := start(t, r.disk, io.Discard, "--appendonly", "yes", "--appendfsync", "always")
			client := node.Client(t)
			if got := say(client, "DEBUG DIGEST"); more == "first" && got != h.at(size).digest {
				t.Errorf("cut at %d: the dataset is %s, was %s", size, got, h.at(size).digest)
			}
			expect(t, client, "SELECT 5", "OK")
			expect(t, client, "GET after", map[string]string{"first": "", "second": "first"}[more])
			expect(t, client, "SET after "+more, "OK")
			node.Stop(t)
		}
	}
}

// TestFlipEveryByte changes every bit of small files, each written and closed by a server. The base and the commands have
// checksums, so that every change in them is refused with the offset of what it damages; what is left are lines with checksums
// themselves and with the time, whose loss does no harm. A manifest that has changed is refused, or names less.
func TestFlipEveryByte(t *testing.T) {
	t.Parallel()
	h := record(t, 1500, "--aof-timestamp-enabled", "yes")
	last := h.moments[len(h.moments)-1].digest
	annotations := regexp.MustCompile(`#(CRC|TS):[0-9a-f]+\r\n`).FindAllIndex(h.incr, -1)
	for _, c := range []struct {
		name, path string
		content    []byte
		may        func(at int, digest, refused string) bool
	}{
		{"base", logDir + "appendonly.aof.2.base.rdb", h.base, func(_ int, _, refused string) bool { return offsetNamed.MatchString(refused) }},
		{"increment", increment, h.incr, func(at int, digest, refused string) bool {
			annotation := slices.ContainsFunc(annotations, func(span []int) bool { return span[0] <= at && at < span[1] })
			return offsetNamed.MatchString(refused) || annotation && digest == last
		}},
		{"manifest", manifest, h.manifest, func(_ int, digest, refused string) bool { return refused != "" || h.has(digest) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReader(t)
			r.setUp(&h)
			refusals := 0
			for at := range c.content {
				for bit := range 8 {
					damaged := bytes.Clone(c.content)
					damaged[at] ^= 1 << bit
					r.put(c.path, damaged)
					digest, refused := r.load()
					if !c.may(at, digest, refused) {
						t.Errorf("byte %d of %d, bit %d: the dataset is %q: %s", at, len(c.content), bit, digest, refused)
					}
					if refused != "" {
						refusals++
					}
					if now := content(t, r.disk, c.path); refused != "" && !bytes.Equal(now, damaged) {
						t.Errorf("byte %d, bit %d: the file was refused and changed", at, bit)
					}
				}
			}
			t.Logf("%d of %d changes refused", refusals, 8*len(c.content))
		})
	}
}
