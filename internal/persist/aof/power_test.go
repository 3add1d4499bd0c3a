package aof

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"redoubt/internal/persist/journal"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/persist/vfs/faultfs"
)

// pushed is the command that appends a number.
func pushed(n int) []byte {
	text := strconv.Itoa(n) + strings.Repeat("x", n*37%700)
	return fmt.Appendf(nil, "*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$%d\r\n%s\r\n", len(text), text)
}

// beside syncs in goroutines, which let others go first a random number of times.
type beside struct{ ended chan struct{} }

// Start implements Aside.
func (b *beside) Start(file vfs.File, done func(error, bool)) error {
	return b.begin(file.SyncData, done)
}

// Write implements Aside.
func (b *beside) Write(file vfs.File, p []byte, offset int64, done func(error, bool)) error {
	return b.begin(func() error {
		if _, err := file.WriteAt(p, offset); err != nil {
			return err
		}
		return file.SyncData()
	}, done)
}

func (b *beside) begin(f func() error, done func(error, bool)) error {
	go func() {
		for range rand.IntN(100) {
			runtime.Gosched()
		}
		done(f(), false)
		select {
		case b.ended <- struct{}{}:
		default:
		}
	}()
	return nil
}

// Reap implements Aside.
func (b *beside) Reap(wait time.Duration) {
	select {
	case <-b.ended:
	case <-time.After(wait):
	}
}

// logOn opens the append-only file on a disk.
func logOn(t *testing.T, d *faultfs.Disk) *Dir {
	t.Helper()
	dir, err := OpenDir(d, "/data", "appendonlydir", "appendonly.aof")
	if err != nil {
		t.Fatal(err)
	}
	dir.Log = func(string, ...any) {}
	return dir
}

// journalSize is small, so that journals become full.
const journalSize = 10 * 4096

// run appends numbers with appendfsync always until the disk fails, or all are on disk, and returns how many were
// acknowledged. Now and then it turns to another file.
func run(t *testing.T, d *faultfs.Disk, random *rand.Rand, trouble func()) (acknowledged int) {
	t.Helper()
	dir := logOn(t, d)
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	file, size, err := dir.OpenLast()
	if err != nil {
		t.Fatal(err)
	}
	trouble()
	var failed atomic.Bool
	var synced atomic.Int64
	var syncs Aside
	if random.IntN(3) > 0 {
		syncs = &beside{make(chan struct{}, 1)}
	}
	var create func() (*journal.Journal, error)
	if random.IntN(3) > 0 {
		create = func() (*journal.Journal, error) { return dir.CreateJournal(journalSize, journal.Boot{1}) }
	}
	log := Start(Options{
		File: file, Size: size, Policy: Always, Aside: syncs, Journal: create,
		Synced:  func(position int64) { synced.Store(position) },
		Drained: func() {},
		Failed:  func(err error) { failed.Store(err != nil) },
		Fatal:   func(error) { failed.Store(true) },
	})
	ends, turnedTo := []int64{0}, ""
	for n := 0; n < 100 && !failed.Load(); n++ {
		ends = append(ends, ends[n]+int64(len(pushed(n))))
		log.Append(pushed(n), ends[n+1])
		log.Write()
		if random.IntN(3) == 0 {
			for synced.Load() < ends[n+1] && !failed.Load() {
				time.Sleep(10 * time.Microsecond)
			}
		}
		if random.IntN(20) == 0 {
			next, commit, err := dir.NewIncr()
			if err != nil {
				break
			}
			if next.Name() == turnedTo { // the last turn waits for the disk
				_ = next.Close()
				continue
			}
			log.Turn(next, commit)
			turnedTo = next.Name()
		}
	}
	for synced.Load() < ends[len(ends)-1] && !failed.Load() {
		time.Sleep(10 * time.Microsecond)
	}
	position := synced.Load() // what comes after the power has gone reaches no client
	_ = log.Close()           // it may have failed
	for acknowledged < len(ends)-1 && ends[acknowledged+1] <= position {
		acknowledged++
	}
	return acknowledged
}

// errTorn ends a load at a command that was never written so.
var errTorn = errors.New("a torn command")

// TestPowerLossAlways: with appendfsync always no acknowledged write is lost, whenever the power goes, and what is there begins
// with them, in order. Behind them a file can be torn in a way that no cut mends, and is refused; and as commands have no checksum, a
// torn value that nobody was told of can be taken for a whole one.
func TestPowerLossAlways(t *testing.T) {
	crash(t, 500, journal.Boot{2}, func(d *faultfs.Disk, random *rand.Rand) func() {
		return func() { d.CutPower(random.IntN(200)) }
	})
}

// TestFailedSyncAlways: an fsync that fails acknowledges nothing, nor does one after it, although it succeeds. What the journal has counts
// then, although the machine has not stopped.
func TestFailedSyncAlways(t *testing.T) {
	crash(t, 200, journal.Boot{1}, func(d *faultfs.Disk, random *rand.Rand) func() {
		return func() {
			left := random.IntN(100)
			d.SetFault(func(op faultfs.Op) error {
				if op.Kind == faultfs.Sync {
					if left--; left == 0 {
						return syscall.EIO
					}
				}
				return nil
			})
		}
	})
}

// crash runs a log for each seed until what trouble orders, in boot 1, loses what is not on disk, and loads the rest in another.
func crash(t *testing.T, seeds int, boot journal.Boot, trouble func(*faultfs.Disk, *rand.Rand) func()) {
	t.Helper()
	refused, complete, torn, recovered := 0, 0, 0, 0
	for seed := range uint64(seeds) {
		d := faultfs.New(seed)
		if err := d.MkdirAll("/data", 0o755); err != nil {
			t.Fatal(err)
		}
		d.Settle()
		random := rand.New(rand.NewPCG(seed, 5))
		acknowledged := run(t, d, random, trouble(d, random))
		d.SetFault(nil)
		d.PowerLoss()
		dir := logOn(t, d)
		dir.Log = func(format string, _ ...any) {
			if strings.Contains(format, "taken from the journal") {
				recovered++
			}
		}
		if err := dir.Recover(boot); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		loaded := 0
		_, err := dir.Load(LoadOptions{
			Truncated: true, Warn: func(string, ...any) {},
			Command: func(words [][]byte) error {
				if want := fmt.Sprintf("*3\r\n$5\r\n%s\r\n$1\r\nk\r\n$%d\r\n%s\r\n", words[0], len(words[2]), words[2]); want != string(pushed(loaded)) {
					return errTorn
				}
				loaded++
				return nil
			},
		})
		switch {
		case loaded < acknowledged:
			t.Fatalf("seed %d: %d acknowledged, %d loaded: %v", seed, acknowledged, loaded, err)
		case err != nil && strings.Contains(err.Error(), "Bad file format"):
			refused++
		case errors.Is(err, errTorn):
			torn++
		case err != nil:
			t.Fatalf("seed %d: %v", seed, err)
		}
		if acknowledged == 100 {
			complete++
		}
	}
	t.Logf("%d runs to the end, %d files completed, %d refused and %d torn behind what was acknowledged", complete, recovered, refused, torn)
	if complete == 0 || recovered == 0 || refused+torn == 0 || refused+torn > seeds*2/3 {
		t.Error("the power went at moments that show little")
	}
}
