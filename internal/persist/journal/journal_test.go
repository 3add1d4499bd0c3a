package journal

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"redoubt/internal/persist/vfs"
	"redoubt/internal/persist/vfs/faultfs"
)

const (
	path = "/data/journal"
	size = 16 * block
)

var boot = Boot{1, 2, 3}

// create returns a journal on a disk, beginning where a file "incr" of 100 bytes ends.
func create(t testing.TB) (*Journal, *faultfs.Disk) {
	t.Helper()
	d := faultfs.New(1)
	if err := d.MkdirAll("/data", 0o755); err != nil {
		t.Fatal(err)
	}
	j, err := Create(d, path, size, boot)
	if err != nil {
		t.Fatal(err)
	}
	j.Restart("incr", 100)
	return j, d
}

// write makes a group durable as the next record.
func write(t testing.TB, j *Journal, group []byte, offset int64) (ok bool) {
	t.Helper()
	j.Add(group, offset)
	buf, at, ok := j.Record()
	if !ok {
		return false
	}
	if len(buf)%block != 0 || at%block != 0 {
		t.Errorf("%d bytes at %d are not whole blocks", len(buf), at)
	}
	if _, err := j.File().WriteAt(buf, at); err != nil {
		t.Fatal(err)
	}
	return true
}

func read(t testing.TB, d vfs.FS) Records {
	t.Helper()
	r, err := Read(d, path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// groups are of all sizes that matter to blocks, in the order of a seed.
func groups(seed uint64) [][]byte {
	r := rand.New(rand.NewPCG(seed, 1))
	sizes := []int{1, 100, block - headerSize - 4 - 1, block - headerSize - 4, block - headerSize - 4 + 1, block, 3 * block}
	var all [][]byte
	for _, i := range r.Perm(len(sizes)) {
		all = append(all, bytes.Repeat([]byte{byte('a' + i)}, sizes[i]))
	}
	return all
}

// TestRecords: what was written is read, in order; that of an older cycle is not, nor what stood in the file before.
func TestRecords(t *testing.T) {
	for seed := range uint64(20) {
		j, d := create(t)
		for cycle := range 3 {
			start := int64(100 + 1000*cycle)
			j.Restart("incr", start)
			offset, want := start, []byte(nil)
			for _, g := range groups(seed)[:7-2*cycle] {
				if !write(t, j, g, offset) {
					t.Fatal("no room")
				}
				offset += int64(len(g))
				want = append(want, g...)
				if r := read(t, d); r.Name != "incr" || r.Offset != start || !bytes.Equal(r.Content, want) || r.Boot != boot || r.Condemned {
					t.Fatalf("seed %d, cycle %d: %d bytes of %s at %d, written were %d at %d", seed, cycle, len(r.Content), r.Name, r.Offset, len(want), start)
				}
			}
		}
	}
}

// TestNoUse: a group that does not continue the records, or is too large, asks for a sync of the file, and so does a full journal;
// after it there is room.
func TestNoUse(t *testing.T) {
	j, d := create(t)
	if write(t, j, []byte("behind a gap"), 101) {
		t.Error("a gap is a record")
	}
	if write(t, j, []byte("after it"), 100) {
		t.Error("what follows a gap is a record")
	}
	j.Restart("incr", 100)
	if write(t, j, make([]byte, maxRecord), 100) {
		t.Error("a large group is a record")
	}
	j.Restart(strings.Repeat("x", maxName+1), 0)
	if write(t, j, []byte("name"), 0) {
		t.Error("a name without room is in a record")
	}
	j.Restart("incr", 0)
	records := int64(0)
	for write(t, j, []byte("x"), records) {
		records++
	}
	if records != size/block-1 { // one is for Condemn
		t.Errorf("%d records of a block each", records)
	}
	if got := int64(len(read(t, d).Content)); got != records {
		t.Errorf("%d of %d are read", got, records)
	}
	j.Restart("incr", records)
	if !write(t, j, []byte("again"), records) {
		t.Error("no record after a restart")
	}
}

// TestNextWhileWriting: what is added while a record is being written does not change it.
func TestNextWhileWriting(t *testing.T) {
	j, _ := create(t)
	j.Add([]byte("first"), 100)
	buf, _, _ := j.Record()
	before := bytes.Clone(buf)
	j.Add([]byte("second"), 105)
	if !bytes.Equal(buf, before) {
		t.Error("it has changed")
	}
	if next, at, ok := j.Record(); !ok || at != block || !bytes.Contains(next, []byte("second")) {
		t.Error("the next is missing")
	}
}

// TestEveryBit: a flipped bit ends the records before the one it is in; nothing is read that was not written.
func TestEveryBit(t *testing.T) {
	j, d := create(t)
	var want []byte
	ends := []int{0}
	for _, g := range [][]byte{[]byte("x"), bytes.Repeat([]byte("y"), 100), bytes.Repeat([]byte("z"), block)} {
		write(t, j, g, 100+int64(len(want)))
		want = append(want, g...)
		ends = append(ends, len(want))
	}
	whole, err := vfs.ReadFile(d, path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i := range 4 * block {
		whole[i] ^= 1 << (i % 8)
		put(t, d, whole)
		whole[i] ^= 1 << (i % 8)
		r := read(t, d)
		if !bytes.HasPrefix(want, r.Content) || len(r.Content) != len(want) && !slices.Contains(ends, len(r.Content)) {
			t.Fatalf("byte %d: %d bytes are read", i, len(r.Content))
		}
		if len(r.Content) < len(want) {
			found++
		}
	}
	if least := len(want) + 3*headerSize; found < least {
		t.Errorf("%d flips were noticed, records have %d bytes", found, least)
	}
}

func put(t *testing.T, d vfs.FS, content []byte) {
	t.Helper()
	f, err := d.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestCondemn: records count in the same boot, too, whether or not a new cycle has begun; without any there is nothing to count.
func TestCondemn(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		j, d := create(t)
		if err := j.Condemn(false); err != nil || read(t, d).Condemned {
			t.Errorf("without records: %v", err)
		}
		write(t, j, []byte("one"), 100)
		write(t, j, []byte("two"), 103)
		if restarted {
			j.Restart("incr", 106)
		}
		if err := j.Condemn(false); err != nil {
			t.Error(err)
		}
		if r := read(t, d); !r.Condemned || string(r.Content) != "onetwo" {
			t.Errorf("restarted %v: condemned %v, content %q", restarted, r.Condemned, r.Content)
		}
	}
}

// TestCondemnLost: a record that could not be written does not hide that those before it count.
func TestCondemnLost(t *testing.T) {
	j, d := create(t)
	write(t, j, []byte("one"), 100)
	j.Add([]byte("lost"), 103)
	if _, _, ok := j.Record(); !ok {
		t.Fatal("no record")
	}
	if err := j.Condemn(true); err != nil {
		t.Error(err)
	}
	if r := read(t, d); !r.Condemned || string(r.Content) != "one" {
		t.Errorf("condemned %v, content %q", r.Condemned, r.Content)
	}
}

// TestEnd: a journal that is removed is gone for good, one that is left can be read.
func TestEnd(t *testing.T) {
	j, d := create(t)
	write(t, j, []byte("one"), 100)
	if err := j.Leave(); err != nil {
		t.Error(err)
	}
	if r := read(t, d); string(r.Content) != "one" {
		t.Errorf("%q is left", r.Content)
	}
	j, d = create(t)
	if err := j.Remove(); err != nil {
		t.Error(err)
	}
	d.PowerLoss()
	if _, err := Read(d, path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after its removal: %v", err)
	}
}

// TestFullDisk: a journal for which there is no room leaves none taken.
func TestFullDisk(t *testing.T) {
	d := faultfs.New(1)
	if err := d.MkdirAll("/data", 0o755); err != nil {
		t.Fatal(err)
	}
	d.SetSpace(size / 2)
	if _, err := Create(d, path, size, boot); vfs.Strerror(err) == "" || err == nil {
		t.Error("there is room")
	}
	if _, err := d.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is left: %v", err)
	}
}

func TestThisBoot(t *testing.T) {
	a, err := ThisBoot()
	b, again := ThisBoot()
	if err != nil || again != nil || a != b || a == (Boot{}) {
		t.Errorf("%x, %v; %x, %v", a, err, b, again)
	}
}

func TestParseBoot(t *testing.T) {
	if b, err := parseBoot("00010203-0405-0607-0809-0a0b0c0d0e0f\n"); err != nil || b != (Boot{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}) {
		t.Errorf("%x, %v", b, err)
	}
	for _, text := range []string{"", "\n", "0001", "00010203-0405-0607-0809-0a0b0c0d0e0f00", "x0010203-0405-0607-0809-0a0b0c0d0e0f"} {
		if b, err := parseBoot(text); err == nil {
			t.Errorf("%q is %x", text, b)
		}
	}
}

// FuzzParse: any bytes are a record as a whole or none, and are read within their bounds.
func FuzzParse(f *testing.F) {
	j, d := create(f)
	write(f, j, []byte("a group"), 100)
	whole, err := vfs.ReadFile(d, path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole[:block])
	f.Add(whole[:headerSize])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, ok := parse(b); ok && (p.size%block != 0 || len(p.group)+len(p.name)+headerSize > len(b)) {
			t.Errorf("%d bytes of group, %d in all, of %d", len(p.group), p.size, len(b))
		}
	})
}
