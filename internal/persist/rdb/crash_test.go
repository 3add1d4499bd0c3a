package rdb_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"syscall"
	"testing"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/persist/vfs/faultfs"
)

// dataset returns databases whose one string says which dataset it is, and that fill several writes of a file.
func dataset(t *testing.T, store *keyspace.Store, name string) *keyspace.Space {
	t.Helper()
	sp := store.NewSpace()
	sp.SetString([]byte("name"), []byte(name), false)
	noise := rand.New(rand.NewPCG(7, uint64(len(name))))
	value := make([]byte, 20000)
	for i := range 20 {
		for j := range value {
			value[j] = byte(noise.Uint32())
		}
		sp.SetString(fmt.Appendf(nil, "filler:%d", i), value, false)
	}
	return sp
}

// saveOn saves a dataset.
func saveOn(files vfs.FS, sp *keyspace.Space) error {
	_, err := rdb.SaveFile(files, "/data", "dump.rdb", rdb.WriterOptions{Checksum: true}, func(w *rdb.Writer) error { return w.WriteSpace(0, sp) })
	return err
}

// nameOn returns which dataset the dump on the disk has; "none" when there is no file.
func nameOn(t *testing.T, files vfs.FS, store *keyspace.Store) string {
	t.Helper()
	sp := store.NewSpace()
	defer sp.Close()
	_, err := rdb.LoadFile(files, "/data/dump.rdb", rdb.LoadOptions{Space: func(int) (*keyspace.Space, error) { return sp, nil }})
	if errors.Is(err, fs.ErrNotExist) {
		return "none"
	}
	if err != nil {
		t.Fatalf("the dump cannot be read: %v", err)
	}
	if sp.Len() != 21 {
		t.Fatalf("the dump has %d keys", sp.Len())
	}
	e, _ := sp.Find([]byte("name"))
	name := string(e.AppendString(nil))
	return name
}

func newDisk(t *testing.T, seed uint64) *faultfs.Disk {
	t.Helper()
	d := faultfs.New(seed)
	if err := d.MkdirAll("/data", 0o755); err != nil {
		t.Fatal(err)
	}
	d.Settle()
	return d
}

// TestPowerLoss cuts the power in the middle of a save, at any operation: the dump is the old one or the new one, whole, and
// the new one once the save has been reported as done.
func TestPowerLoss(t *testing.T) {
	store := newStore(t, 1)
	t.Cleanup(func() { store.Arena().Close() })
	before, after := dataset(t, store, "old"), dataset(t, store, "new")
	reference := newDisk(t, 0)
	if err := saveOn(reference, before); err != nil {
		t.Fatal(err)
	}
	operations := reference.Ops() - 1 // less the directory's
	seen := map[string]int{}
	for seed := range uint64(500) {
		d := newDisk(t, seed)
		if err := saveOn(d, before); err != nil {
			t.Fatal(err)
		}
		d.CutPower(int(seed) % (operations + 1)) // the last: after the save
		err := saveOn(d, after)
		d.PowerLoss()
		name := nameOn(t, d, store)
		if err == nil && name != "new" || name != "old" && name != "new" {
			t.Fatalf("seed %d: the save returned %v, the dump is %s", seed, err, name)
		}
		seen[fmt.Sprint(name, " ", err == nil)]++
		// The machine saves again after what the crash left behind.
		if err := saveOn(d, after); err != nil {
			t.Fatalf("seed %d: after the restart: %v", seed, err)
		}
	}
	for _, outcome := range []string{"old false", "new false", "new true"} {
		if seen[outcome] == 0 {
			t.Errorf("no seed ended with %q: %v", outcome, seen)
		}
	}
}

// TestFaultAtEveryOperation lets every operation of a save fail in turn: the old dump stays, nothing is left behind, and the
// next save is good.
func TestFaultAtEveryOperation(t *testing.T) {
	store := newStore(t, 1)
	t.Cleanup(func() { store.Arena().Close() })
	before, after := dataset(t, store, "old"), dataset(t, store, "new")
	for _, failure := range []error{syscall.EIO, syscall.ENOSPC, faultfs.Short{N: 1000, Err: syscall.ENOSPC}} {
		for at := 0; ; at++ {
			d := newDisk(t, 1)
			if err := saveOn(d, before); err != nil {
				t.Fatal(err)
			}
			first, failed := d.Ops(), faultfs.Kind("")
			d.SetFault(func(op faultfs.Op) error {
				if op.Number == first+at && op.Kind != faultfs.Read && failed == "" {
					failed = op.Kind
					return failure
				}
				return nil
			})
			err := saveOn(d, after)
			if failed == "" {
				if err != nil || at < 5 {
					t.Fatalf("a save has %d operations, %v", at, err)
				}
				break
			}
			if !errors.Is(err, failure) && !errors.Is(err, errors.Unwrap(failure)) {
				t.Errorf("%v at %s: the save returned %v", failure, failed, err)
			}
			name := nameOn(t, d, store)
			if failed == faultfs.SyncDir && name != "new" || failed != faultfs.SyncDir && name != "old" {
				t.Errorf("%v at %s: the dump is %s", failure, failed, name)
			}
			if entries, err := d.ReadDir("/data"); len(entries) != 1 || err != nil {
				t.Errorf("%v at %s: %d files are there, %v", failure, failed, len(entries), err)
			}
			if err := saveOn(d, after); err != nil || nameOn(t, d, store) != "new" {
				t.Errorf("%v at %s: the next save: %v", failure, failed, err)
			}
		}
	}
}

// TestFullDisk: the save fails with the system's reason and works as soon as there is space.
func TestFullDisk(t *testing.T) {
	store := newStore(t, 1)
	t.Cleanup(func() { store.Arena().Close() })
	before, after := dataset(t, store, "old"), dataset(t, store, "new")
	d := newDisk(t, 1)
	if err := saveOn(d, before); err != nil {
		t.Fatal(err)
	}
	for _, space := range []int64{0, 1, 100000, 400000} {
		d.SetSpace(space)
		if err := saveOn(d, after); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%d bytes free: %v", space, err)
		}
		if name := nameOn(t, d, store); name != "old" {
			t.Errorf("%d bytes free: the dump is %s", space, name)
		}
	}
	d.SetSpace(1 << 20)
	if err := saveOn(d, after); err != nil || nameOn(t, d, store) != "new" {
		t.Error(err)
	}
}
