package aof

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"redoubt/internal/persist/journal"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/persist/vfs/faultfs"
	"redoubt/internal/resp"
)

// counter is a server whose dataset is one number: command n makes it n. A base is the command UPTO n.
type counter struct {
	t    testing.TB
	disk *faultfs.Disk
	dir  *Dir
	log  *Log

	n         int   // the dataset
	positions []int // positions[i] is where command i+1 ends in the stream
	synced    atomic.Int64
	died      atomic.Pointer[error]
	failures  atomic.Int64
}

// openCounter starts it in a boot of the machine; with 0 there is no journal.
func openCounter(t testing.TB, disk *faultfs.Disk, number byte) (*counter, error) {
	boot := journal.Boot{number}
	c := &counter{t: t, disk: disk}
	dir, err := OpenDir(disk, "/data", "appendonlydir", "appendonly.aof")
	if err != nil {
		return nil, err
	}
	c.dir = dir
	if err := dir.Recover(boot); err != nil {
		return nil, err
	}
	if dir.Manifest().Empty() {
		if err := errors.Join(dir.Make(), c.base(0)); err != nil {
			return nil, err
		}
	} else if c.n, err = c.load(); err != nil {
		return c, err
	}
	f, size, err := dir.OpenLast()
	if err != nil {
		return nil, err
	}
	var create func() (*journal.Journal, error)
	if number > 0 {
		create = func() (*journal.Journal, error) { return dir.CreateJournal(journalSize, boot) }
	}
	c.log = Start(Options{
		File: f, Size: size, Policy: Always, Aside: &beside{make(chan struct{}, 1)}, Journal: create,
		Synced: func(p int64) { c.synced.Store(p) },
		Failed: func(err error) {
			if err != nil {
				c.failures.Add(1)
			}
		},
		Drained: func() {},
		Fatal:   func(err error) { c.died.Store(&err) },
	})
	return c, nil
}

// load returns the number that the files hold.
func (c *counter) load() (n int, err error) {
	_, err = c.dir.Load(LoadOptions{
		Truncated: true,
		Warn:      func(string, ...any) {},
		Command: func(words [][]byte) error {
			value, err := strconv.Atoi(string(words[1]))
			if err != nil || string(words[0]) == "SET" && value != n+1 {
				c.t.Errorf("%s after %d", bytes.Join(words, []byte(" ")), n)
			}
			n = value
			return err
		},
	})
	return n, err
}

// base makes a base of the first n commands.
func (c *counter) base(keep int) error {
	temp, err := c.dir.CreateTemp()
	if err != nil {
		return err
	}
	_, err = temp.Write(resp.AppendCommandStrings(nil, "UPTO", strconv.Itoa(c.n)))
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = c.dir.SetBase(temp, false, keep, false)
	}
	return err
}

// append executes some commands, each in one piece, some as transactions.
func (c *counter) append(r *rand.Rand, many int) {
	position := 0
	if len(c.positions) > 0 {
		position = c.positions[len(c.positions)-1]
	}
	for range many {
		c.n++
		text := resp.AppendCommandStrings(nil, "SET", strconv.Itoa(c.n), string(bytes.Repeat([]byte("x"), r.IntN(900))))
		if r.IntN(3) == 0 {
			text = append(resp.AppendCommandStrings(nil, "MULTI"), text...)
			text = resp.AppendCommandStrings(text, "EXEC")
		}
		position += len(text)
		c.positions = append(c.positions, position)
		c.log.Append(text, int64(position))
		c.log.Write()
	}
}

// rewrite makes a new base while commands are appended.
func (c *counter) rewrite(r *rand.Rand) error {
	f, commit, err := c.dir.NewIncr()
	if err != nil {
		return err
	}
	turn := c.log.Turn(f, commit)
	n := c.n
	c.append(r, r.IntN(4))
	after := c.n
	c.n = n
	turned := make(chan bool, 1)
	go func() { turned <- turn.Wait() }()
	if c.await(turned) {
		err = c.base(1)
	} else {
		err = errClosing
	}
	c.n = after
	if err != nil {
		return err
	}
	return c.dir.DeleteHistory()
}

// await is whether the log turned; it gives up once the disk fails.
func (c *counter) await(turned <-chan bool) bool {
	for {
		select {
		case ok := <-turned:
			return ok
		case <-time.After(time.Millisecond):
			if c.failures.Load() > 0 || c.died.Load() != nil {
				return false
			}
		}
	}
}

// acknowledged is how many commands are known to be on disk.
func (c *counter) acknowledged(before int) int {
	n := before
	for _, p := range c.positions {
		if int64(p) <= c.synced.Load() {
			n++
		}
	}
	return n
}

func newDisk(t testing.TB, seed uint64) *faultfs.Disk {
	t.Helper()
	d := faultfs.New(seed)
	if err := d.MkdirAll("/data", 0o755); err != nil {
		t.Fatal(err)
	}
	d.Settle()
	return d
}

// seeds is how many power cuts TestPowerLoss makes.
const seeds = 500

// TestPowerLoss cuts the power at any operation, in the middle of starts, appends and rewrites, twice in a row: the dataset is
// a prefix of what was executed and holds everything that was said to be on disk. A file whose unsynced end has lost sectors may
// be refused, with the offset; what stands before that is such a prefix.
func TestPowerLoss(t *testing.T) {
	var group sync.WaitGroup
	work := make(chan uint64)
	for range 16 { // a log that waits for its turn costs time and no processor
		group.Go(func() {
			for seed := range work {
				cutTwice(t, seed)
			}
		})
	}
	for seed := range uint64(seeds) {
		work <- seed
	}
	close(work)
	group.Wait()
}

func cutTwice(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	disk := newDisk(t, seed)
	least, most := 0, 0
	boot := byte(1)
	for range 2 {
		disk.CutPower(r.IntN(90))
		c, err := openCounter(t, disk, boot)
		boot++
		if err == nil {
			before := c.n
			for range 1 + r.IntN(6) {
				c.append(r, 1+r.IntN(5))
				if r.IntN(3) == 0 && c.rewrite(r) != nil {
					break
				}
				time.Sleep(time.Duration(r.IntN(200)) * time.Microsecond) // not to decide anything: cuts come at more places
			}
			_ = c.log.Close() // the power is off, or all is written
			least, most = c.acknowledged(before), before+len(c.positions)
		} else if !strings.Contains(err.Error(), faultfs.ErrPower.Error()) {
			refused(t, seed, c, err, least, most)
			return
		}
		disk.PowerLoss()
	}
	c, err := openCounter(t, disk, boot)
	if err != nil {
		refused(t, seed, c, err, least, most)
		return
	}
	if c.n < least || c.n > most {
		t.Errorf("seed %d: %d commands, %d of %d were acknowledged", seed, c.n, least, most)
	}
	_ = c.log.Close()
}

// refused checks a file that is not loaded because sectors of its end were lost: what stands before them, which check-aof --fix
// keeps, has everything that was acknowledged.
func refused(t *testing.T, seed uint64, c *counter, err error, least, most int) {
	t.Helper()
	if !strings.Contains(err.Error(), "Bad file format") || !strings.Contains(err.Error(), "at offset") || c.n < least || c.n > most {
		t.Errorf("seed %d: %d commands, %d of %d were acknowledged: %v", seed, c.n, least, most, err)
	}
}

// TestFullDisk: writing fails with the system's reason, nothing is lost, and it goes on by itself when there is space.
func TestFullDisk(t *testing.T) {
	disk := newDisk(t, 1)
	c, err := openCounter(t, disk, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	disk.SetSpace(1500)
	c.append(r, 20)
	waitFor(t, func() bool { return c.failures.Load() > 0 })
	if err := c.log.Failure(); !errors.Is(err, syscall.ENOSPC) || vfs.Strerror(err) != "No space left on device" {
		t.Errorf("failure: %v", err)
	}
	if size := c.log.Stats().Size; size > 1500 {
		t.Errorf("the file has %d bytes", size)
	}
	disk.SetSpace(-1)
	waitFor(t, func() bool { return c.acknowledged(0) == 20 })
	if err := c.log.Failure(); err != nil {
		t.Errorf("still: %v", err)
	}
	if err := c.log.Close(); err != nil {
		t.Error(err)
	}
	if n, err := c.load(); n != 20 || err != nil {
		t.Errorf("%d commands, %v", n, err)
	}
}

// TestFailedSync: after one fsync has failed nothing is acknowledged any more, also if others succeed.
func TestFailedSync(t *testing.T) {
	disk := newDisk(t, 1)
	c, err := openCounter(t, disk, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	c.append(r, 3)
	waitFor(t, func() bool { return c.acknowledged(0) == 3 })
	failed := false
	disk.SetFault(func(op faultfs.Op) error {
		if op.Kind == faultfs.Sync && !failed {
			failed = true
			return syscall.EIO
		}
		return nil
	})
	c.append(r, 1)
	waitFor(t, func() bool { return c.died.Load() != nil })
	c.append(r, 3)
	_ = c.log.Close()
	if n := c.acknowledged(0); n != 3 {
		t.Errorf("%d commands are acknowledged after the failure, 3 before", n)
	}
	if err := *c.died.Load(); !errors.Is(err, syscall.EIO) {
		t.Errorf("died of %v", err)
	}
}

func waitFor(t *testing.T, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !met(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing happens")
		}
	}
}

// slowFile is a disk whose fsync takes as long as the test wants.
type slowFile struct {
	*bytes.Buffer
	syncs   chan struct{} // one for each fsync that may end
	started chan int      // bytes in the file when one begins
}

func (f *slowFile) SyncData() error {
	f.started <- f.Len()
	<-f.syncs
	return nil
}

func (f *slowFile) Sync() error                        { return f.SyncData() }
func (f *slowFile) Close() error                       { return nil }
func (f *slowFile) Name() string                       { return "slow" }
func (f *slowFile) ReadAt([]byte, int64) (int, error)  { return 0, fs.ErrInvalid }
func (f *slowFile) Stat() (fs.FileInfo, error)         { return nil, fs.ErrInvalid }
func (f *slowFile) WriteAt([]byte, int64) (int, error) { return 0, fs.ErrInvalid }
func (f *slowFile) Truncate(int64) error               { return fs.ErrInvalid }
func (f *slowFile) Chmod(fs.FileMode) error            { return fs.ErrInvalid }
func (f *slowFile) Chown(int, int) error               { return fs.ErrInvalid }
func (f *slowFile) WriteOut(int64, int64) error        { return fs.ErrInvalid }

// TestGroupCommit: whatever is appended during one fsync is made durable by the next, however much it is, and appending waits
// for none of them.
func TestGroupCommit(t *testing.T) {
	f := &slowFile{&bytes.Buffer{}, make(chan struct{}), make(chan int)}
	synced := make(chan int64, 10)
	l := Start(Options{File: f, Policy: Always, Synced: func(p int64) { synced <- p }, Fatal: func(err error) { t.Error(err) }})
	l.Append([]byte("first"), 5)
	l.Write()
	if n := <-f.started; n != 5 {
		t.Fatalf("%d bytes at the first fsync", n)
	}
	for i := range 1000 {
		l.Append([]byte("x"), int64(6+i))
	}
	l.Write()
	f.syncs <- struct{}{}
	if p := <-synced; p != 5 {
		t.Errorf("%d is on disk after the first fsync", p)
	}
	if n := <-f.started; n != 1005 {
		t.Errorf("%d bytes at the second fsync", n)
	}
	f.syncs <- struct{}{}
	if p := <-synced; p != 1005 {
		t.Errorf("%d is on disk after the second", p)
	}
	l.Append(nil, 1100) // nothing to write, so nothing to wait for
	l.Write()
	if p := <-synced; p != 1100 {
		t.Errorf("%d is on disk", p)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
