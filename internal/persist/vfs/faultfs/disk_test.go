package faultfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"redoubt/internal/persist/vfs"
	"redoubt/internal/persist/vfs/faultfs"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put writes a file; sync says whether its content is made durable.
func put(t *testing.T, d vfs.FS, name string, data []byte, sync bool) {
	t.Helper()
	f, err := d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	must(t, err)
	_, err = f.Write(data)
	must(t, err)
	if sync {
		must(t, f.Sync())
	}
	must(t, f.Close())
}

// disk has a directory /data with a durable file "old".
func disk(t *testing.T, seed uint64) *faultfs.Disk {
	t.Helper()
	d := faultfs.New(seed)
	must(t, d.MkdirAll("/data", 0o755))
	put(t, d, "/data/old", []byte("old"), false)
	d.Settle()
	return d
}

// TestAgainstTheMachine plays the same random operations on the machine's file system and on a disk: without faults they
// are the same.
func TestAgainstTheMachine(t *testing.T) {
	for seed := range uint64(30) {
		d := disk(t, seed)
		must(t, d.Remove("/data/old"))
		random := rand.New(rand.NewPCG(seed, 1))
		machine, fake := player{fsys: vfs.OS, dir: t.TempDir()}, player{fsys: d, dir: "/data"}
		for step := range 400 {
			choice := random.Uint64()
			if want, got := machine.step(choice), fake.step(choice); want != got {
				t.Fatalf("seed %d, step %d: the machine says %s, the disk %s", seed, step, want, got)
			}
		}
	}
}

// player plays operations on names in one directory and a directory below it.
type player struct {
	fsys vfs.FS
	dir  string
	open []vfs.File
}

// step plays the operation that choice stands for and tells everything that can be seen of it.
func (p *player) step(choice uint64) string {
	r := rand.New(rand.NewPCG(choice, 2))
	name := func() string {
		return filepath.Join(p.dir, []string{"a", "b", "c", "sub/a", "sub/b", "a/x"}[r.IntN(6)])
	}
	switch r.IntN(9) {
	case 0, 1, 2:
		return p.openFile(name(), r)
	case 3:
		return "rename: " + cause(p.fsys.Rename(name(), name()))
	case 4:
		return "remove: " + cause(p.fsys.Remove(name()))
	case 5:
		return "mkdir: " + cause(p.fsys.MkdirAll(filepath.Join(p.dir, []string{"sub", "a"}[r.IntN(2)]), 0o700))
	case 6:
		entries, err := p.fsys.ReadDir(p.dir)
		text := "list: " + cause(err)
		for _, e := range entries {
			text += fmt.Sprint(" ", e.Name(), e.IsDir())
		}
		return text + cause(p.fsys.SyncDir(p.dir))
	case 7:
		content, err := vfs.ReadFile(p.fsys, name())
		return fmt.Sprintf("content: %x %s", content, cause(err))
	}
	if len(p.open) == 0 {
		return "nothing open"
	}
	return p.useFile(p.open[r.IntN(len(p.open))], r)
}

func (p *player) openFile(name string, r *rand.Rand) string {
	flags := []int{os.O_RDONLY, os.O_RDWR | os.O_CREATE, os.O_WRONLY | os.O_CREATE | os.O_TRUNC, os.O_RDWR | os.O_CREATE | os.O_EXCL, os.O_WRONLY | os.O_APPEND}
	f, err := p.fsys.OpenFile(name, flags[r.IntN(len(flags))], 0o600)
	if err == nil {
		p.open = append(p.open, f)
	}
	return "open: " + cause(err)
}

func (p *player) useFile(f vfs.File, r *rand.Rand) string {
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return fmt.Sprint("stat: ", info != nil, cause(err))
	}
	text := fmt.Sprint("size ", info.Size(), " mode ", info.Mode(), " ")
	buffer := make([]byte, r.IntN(2000))
	switch r.IntN(7) {
	case 6:
		n, err := f.WriteAt(buffer, int64(r.IntN(3000)))
		return text + fmt.Sprintf("write at %d %s", n, cause(err))
	case 0:
		n, err := f.Read(buffer)
		return text + fmt.Sprintf("read %x %s", buffer[:n], cause(err))
	case 1:
		n, err := f.ReadAt(buffer, int64(r.IntN(3000)))
		return text + fmt.Sprintf("read at %x %s", buffer[:n], cause(err))
	case 2, 3:
		for i := range buffer {
			buffer[i] = byte(r.Uint32())
		}
		n, err := f.Write(buffer)
		return text + fmt.Sprintf("write %d %s", n, cause(err))
	case 4:
		return text + "truncate " + cause(f.Truncate(int64(r.IntN(3000))))
	}
	return text + "sync " + cause(f.Sync()) + cause(f.SyncData())
}

// cause is an error without what names the file.
func cause(err error) string {
	var number syscall.Errno
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &number):
		return number.Error()
	case strings.Contains(err.Error(), "O_APPEND"):
		return "opened to append"
	}
	return err.Error()
}

// TestSyncedSurvives: what was synced is there after a power loss, whatever else happened.
func TestSyncedSurvives(t *testing.T) {
	for seed := range uint64(500) {
		d := disk(t, seed)
		random := rand.New(rand.NewPCG(seed, 3))
		f, err := d.OpenFile("/data/log", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		must(t, err)
		must(t, d.SyncDir("/data"))
		var written []byte
		durable := 0
		for range random.IntN(30) {
			piece := bytes.Repeat([]byte{byte(1 + random.IntN(255))}, random.IntN(700))
			_, err := f.Write(piece)
			must(t, err)
			written = append(written, piece...)
			if random.IntN(4) == 0 {
				must(t, f.SyncData())
				durable = len(written)
			}
		}
		d.PowerLoss()
		got, err := vfs.ReadFile(d, "/data/log")
		must(t, err)
		if len(got) < durable || !bytes.Equal(got[:durable], written[:durable]) {
			t.Fatalf("seed %d: %d bytes were synced, %d are there", seed, durable, len(got))
		}
		if len(got) > len(written) {
			t.Fatalf("seed %d: %d bytes written, %d are there", seed, len(written), len(got))
		}
		if old, err := vfs.ReadFile(d, "/data/old"); err != nil || string(old) != "old" {
			t.Fatalf("seed %d: old: %q, %v", seed, old, err)
		}
		if _, err := f.Write([]byte("x")); !errors.Is(err, faultfs.ErrPower) {
			t.Fatalf("a file from before the power loss: %v", err)
		}
	}
}

// TestEveryHazardHappens: each way to lose what was not synced is met, so that a test on this disk finds who relies on luck.
func TestEveryHazardHappens(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 256) // eight sectors
	seen := map[string]int{}
	for seed := range uint64(300) {
		d := disk(t, seed)
		put(t, d, "/data/synced", content, true)
		put(t, d, "/data/new", content, false)
		must(t, d.Rename("/data/new", "/data/old"))
		put(t, d, "/data/second", content, true)
		must(t, d.Remove("/data/second"))
		d.PowerLoss()

		if _, err := vfs.ReadFile(d, "/data/synced"); errors.Is(err, fs.ErrNotExist) {
			seen["a synced file without a name"]++
		} else if err == nil {
			seen["a name that was not synced"]++
		}
		if _, err := d.Stat("/data/second"); err == nil {
			seen["a removal undone"]++
		}
		_, err := d.Stat("/data/new")
		got, _ := vfs.ReadFile(d, "/data/old")
		switch {
		case string(got) == "old" && err == nil:
			seen["a creation without its rename"]++
		case string(got) == "old":
			seen["neither"]++
		case err == nil:
			t.Fatalf("seed %d: half a rename", seed)
		case bytes.Equal(got, content):
			seen["everything by luck"]++
		case len(got) == 0:
			seen["an empty file under the new name"]++
		case len(got) < len(content):
			seen["a short file under the new name"]++
		default:
			seen["a torn file under the new name"]++
		}
	}
	for _, hazard := range []string{"a synced file without a name", "a name that was not synced", "a removal undone",
		"a creation without its rename", "neither", "a short file under the new name", "a torn file under the new name"} {
		if seen[hazard] == 0 {
			t.Errorf("%s: never, in %v", hazard, seen)
		}
	}
}

// A torn write keeps whole sectors, and what was there before between them.
func TestTornSectors(t *testing.T) {
	before, after := bytes.Repeat([]byte("o"), 10*512), bytes.Repeat([]byte("n"), 10*512)
	patterns := map[string]bool{}
	for seed := range uint64(200) {
		d := faultfs.New(seed)
		put(t, d, "/f", before, false)
		d.Settle()
		f, err := d.OpenFile("/f", os.O_RDWR, 0)
		must(t, err)
		_, err = f.Write(after)
		must(t, err)
		d.PowerLoss()
		got, err := vfs.ReadFile(d, "/f")
		must(t, err)
		pattern := ""
		for at := 0; at < len(got); at += 512 {
			s := got[at : at+512]
			if !bytes.Equal(s, before[:512]) && !bytes.Equal(s, after[:512]) {
				t.Fatalf("seed %d: the sector at %d is neither old nor new", seed, at)
			}
			pattern += string(s[:1])
		}
		if len(pattern) != 10 {
			t.Fatalf("seed %d: %d sectors", seed, len(pattern))
		}
		patterns[pattern] = true
	}
	if len(patterns) < 100 {
		t.Errorf("only %d different outcomes", len(patterns))
	}
}

func TestSameSeedSameLoss(t *testing.T) {
	run := func(seed uint64) string {
		d := disk(t, seed)
		for i := range 20 {
			put(t, d, fmt.Sprintf("/data/%d", i), bytes.Repeat([]byte{byte(i + 1)}, 3000), i%2 == 0)
		}
		d.PowerLoss()
		entries, err := d.ReadDir("/data")
		must(t, err)
		text := ""
		for _, e := range entries {
			content, err := vfs.ReadFile(d, "/data/"+e.Name())
			must(t, err)
			text += fmt.Sprintf("%s %x\n", e.Name(), content)
		}
		return text
	}
	if first, again := run(7), run(7); first != again {
		t.Error("the same seed, another loss")
	}
	if run(7) == run(8) {
		t.Error("another seed, the same loss")
	}
}

func TestFullDisk(t *testing.T) {
	d := disk(t, 1)
	f, err := d.OpenFile("/data/f", os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	d.SetSpace(1000)
	n, err := f.Write(make([]byte, 600))
	if n != 600 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err = f.Write(make([]byte, 600)); n != 400 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a write that does not fit: %d, %v", n, err)
	}
	var path *fs.PathError
	if !errors.As(err, &path) || path.Path != "/data/f" {
		t.Errorf("the error does not name the file: %v", err)
	}
	if n, err = f.Write([]byte("x")); n != 0 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk: %d, %v", n, err)
	}
	must(t, d.Remove("/data/old")) // its three bytes are free now
	if n, err = f.Write([]byte("xxxx")); n != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("after a removal: %d, %v", n, err)
	}
	d.SetSpace(-1)
	if n, err = f.Write(make([]byte, 5000)); n != 5000 || err != nil {
		t.Errorf("with space again: %d, %v", n, err)
	}
}

// A failed fsync has lost what was dirty: the next one succeeds and proves nothing.
func TestFailedSync(t *testing.T) {
	lost := 0
	for seed := range uint64(100) {
		d := disk(t, seed)
		f, err := d.OpenFile("/data/old", os.O_RDWR, 0)
		must(t, err)
		_, err = f.Write([]byte("new"))
		must(t, err)
		d.SetFault(func(op faultfs.Op) error {
			if op.Kind == faultfs.Sync {
				return syscall.EIO
			}
			return nil
		})
		if err := f.Sync(); !errors.Is(err, syscall.EIO) {
			t.Fatal(err)
		}
		d.SetFault(nil)
		shown, err := vfs.ReadFile(d, "/data/old")
		must(t, err)
		if string(shown) != "new" {
			t.Fatalf("the page cache shows %q", shown)
		}
		must(t, f.Sync())
		d.PowerLoss()
		got, err := vfs.ReadFile(d, "/data/old")
		must(t, err)
		if string(got) == "old" {
			lost++
		} else if string(got) != "new" {
			t.Fatalf("seed %d: %q", seed, got)
		}
	}
	if lost == 0 || lost == 100 {
		t.Errorf("lost %d times of 100", lost)
	}
}

func TestFaults(t *testing.T) {
	d := disk(t, 1)
	d.SetFault(func(op faultfs.Op) error {
		if op.Kind == faultfs.Write {
			return faultfs.Short{N: 3, Err: syscall.EIO}
		}
		if op.Kind == faultfs.Rename {
			return syscall.EACCES
		}
		return nil
	})
	f, err := d.OpenFile("/data/f", os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	if n, err := f.Write([]byte("abcdef")); n != 3 || !errors.Is(err, syscall.EIO) {
		t.Errorf("short write: %d, %v", n, err)
	}
	content, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
	if string(content) != "abc" || err != nil {
		t.Errorf("%q, %v", content, err)
	}
	if err := d.Rename("/data/f", "/data/g"); !errors.Is(err, syscall.EACCES) {
		t.Error(err)
	}
	if _, err := d.Stat("/data/g"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// CutPower stops everything from that operation on; a write may be half done.
func TestCutPower(t *testing.T) {
	lengths := map[int]bool{}
	for seed := range uint64(50) {
		d := disk(t, seed)
		d.CutPower(1)
		f, err := d.OpenFile("/data/f", os.O_RDWR|os.O_CREATE, 0o600)
		must(t, err)
		n, err := f.Write(make([]byte, 1000))
		if !errors.Is(err, faultfs.ErrPower) {
			t.Fatal(err)
		}
		lengths[n] = true
		for what, err := range map[string]error{"sync": f.Sync(), "syncdir": d.SyncDir("/data"), "rename": d.Rename("/data/f", "/data/g")} {
			if !errors.Is(err, faultfs.ErrPower) {
				t.Fatalf("%s: %v", what, err)
			}
		}
		d.PowerLoss()
		must(t, d.SyncDir("/data"))
	}
	if len(lengths) < 20 {
		t.Errorf("only %d different lengths of the write that was cut", len(lengths))
	}
}

// Syncing a directory stores its changes, and those elsewhere that they depend on.
func TestSyncDirOfARename(t *testing.T) {
	for seed := range uint64(50) {
		d := disk(t, seed)
		must(t, d.MkdirAll("/data/sub", 0o700))
		must(t, d.SyncDir("/data"))
		put(t, d, "/data/f", []byte("f"), true)
		must(t, d.Rename("/data/f", "/data/sub/f"))
		must(t, d.SyncDir("/data/sub"))
		d.PowerLoss()
		if got, err := vfs.ReadFile(d, "/data/sub/f"); string(got) != "f" || err != nil {
			t.Fatalf("seed %d: %q, %v", seed, got, err)
		}
		if _, err := d.Stat("/data/f"); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("seed %d: it is at both places", seed)
		}
	}
}
