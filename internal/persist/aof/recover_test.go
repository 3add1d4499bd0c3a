package aof

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"redoubt/internal/persist/journal"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/persist/vfs/faultfs"
)

// recovery is an append-only file that was synced at 5 bytes and got two groups, of which the machine kept what kept says.
type recovery struct {
	disk    *faultfs.Disk
	dir     *Dir
	journal *journal.Journal
}

const (
	incrName  = "appendonly.aof.1.incr.aof"
	wholeFile = "aaaaabbbbbbbccc"
)

func newRecovery(t *testing.T, name, kept string) *recovery {
	t.Helper()
	r := &recovery{disk: newDisk(t, 1)}
	r.dir = logOn(t, r.disk)
	if err := r.dir.Make(); err != nil {
		t.Fatal(err)
	}
	f, _, err := r.dir.OpenLast()
	if err == nil {
		_, err = f.Write([]byte(kept))
	}
	if err == nil {
		r.journal, err = r.dir.CreateJournal(journalSize, journal.Boot{1})
	}
	if err != nil {
		t.Fatal(err)
	}
	r.journal.Restart(name, 5)
	for _, group := range []struct {
		text string
		at   int64
	}{{wholeFile[5:12], 5}, {wholeFile[12:], 12}} {
		r.journal.Add([]byte(group.text), group.at)
		buf, at, ok := r.journal.Record()
		if !ok {
			t.Fatal("no record")
		}
		if _, err := r.journal.File().WriteAt(buf, at); err != nil {
			t.Fatal(err)
		}
	}
	r.disk.Settle()
	return r
}

// file is the content of the increment, and what was kept beside it.
func (r *recovery) file(t *testing.T) (content, kept string) {
	t.Helper()
	whole, err := vfs.ReadFile(r.disk, r.dir.Path(incrName))
	if err != nil {
		t.Fatal(err)
	}
	beside, err := vfs.ReadFile(r.disk, r.dir.Path(incrName+".cut-at-7"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(whole), string(beside)
}

// TestRecover: the machine has stopped. Whatever it kept of the file, all that the journal has is there afterwards, durably; what contradicts it is
// kept; and the journal is gone, so that a second start changes nothing.
func TestRecover(t *testing.T) {
	for name, c := range map[string]struct{ file, whole, kept string }{
		"nothing of it":          {"aaaaa", wholeFile, ""},
		"some of it":             {"aaaaabb", wholeFile, ""},
		"all of it":              {wholeFile, wholeFile, ""},
		"more than all":          {wholeFile + "ddd", wholeFile + "ddd", ""},
		"a hole":                 {"aaaaabb\x00\x00\x00bb", wholeFile, "\x00\x00\x00bb"},
		"a hole, and more":       {"aaaaabb\x00\x00\x00bbcccd", wholeFile + "d", "\x00\x00\x00bbcccd"},
		"an end that is shorter": {"aaaaabb\x00", wholeFile, "\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecovery(t, incrName, c.file)
			for range 2 {
				if err := r.dir.Recover(journal.Boot{2}); err != nil {
					t.Fatal(err)
				}
				r.disk.PowerLoss()
				if whole, kept := r.file(t); whole != c.whole || kept != c.kept {
					t.Errorf("the file is %q, and beside it %q", whole, kept)
				}
			}
			if entries, err := r.disk.ReadDir("/data/appendonlydir"); err != nil || strings.Contains(fmt.Sprint(entries), "journal") {
				t.Errorf("%v, %v", entries, err)
			}
		})
	}
}

// TestRecoverNot: a file that was edited since its server was killed, or that is another, stays as it is.
func TestRecoverNot(t *testing.T) {
	const edited = "aaaaabb"
	for name, c := range map[string]struct {
		file string
		boot journal.Boot
	}{
		"the machine has not stopped": {incrName, journal.Boot{1}},
		"another file":                {"appendonly.aof.2.incr.aof", journal.Boot{2}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecovery(t, c.file, edited)
			if err := r.dir.Recover(c.boot); err != nil {
				t.Fatal(err)
			}
			if whole, _ := r.file(t); whole != edited {
				t.Errorf("the file is %q", whole)
			}
			if _, err := r.disk.Stat(r.dir.journalPath()); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the journal is still there: %v", err)
			}
		})
	}
}

// TestRecoverCondemned: after a sync has failed the journal counts without a stop of the machine.
func TestRecoverCondemned(t *testing.T) {
	r := newRecovery(t, incrName, "aaaaab")
	if err := r.journal.Condemn(false); err != nil {
		t.Fatal(err)
	}
	if err := r.dir.Recover(journal.Boot{1}); err != nil {
		t.Fatal(err)
	}
	if whole, _ := r.file(t); whole != wholeFile {
		t.Errorf("the file is %q", whole)
	}
}

// TestRecoverGap: a file that ends before what was on disk is not the right one. The error says so and what to do, and nothing changes.
func TestRecoverGap(t *testing.T) {
	r := newRecovery(t, incrName, "aaaa")
	err := r.dir.Recover(journal.Boot{2})
	if err == nil || !strings.Contains(err.Error(), incrName+" has 4 bytes, but 5 were on disk") || !strings.Contains(err.Error(), "move the journal away") {
		t.Errorf("the error is %v", err)
	}
	if whole, _ := r.file(t); whole != "aaaa" {
		t.Errorf("the file is %q", whole)
	}
	if _, err := r.disk.Stat(r.dir.journalPath()); err != nil {
		t.Error(err)
	}
}

// TestRecoverCut cuts the power at every operation of a recovery: the next one ends it.
func TestRecoverCut(t *testing.T) {
	for cut := range 12 {
		r := newRecovery(t, incrName, "aaaaabb\x00\x00\x00bb")
		r.disk.CutPower(cut)
		_ = r.dir.Recover(journal.Boot{2}) // the power goes
		r.disk.PowerLoss()
		if err := r.dir.Recover(journal.Boot{3}); err != nil {
			t.Fatal(err)
		}
		if whole, _ := r.file(t); whole != wholeFile {
			t.Errorf("cut at operation %d: the file is %q", cut, whole)
		}
	}
}

// TestJournalName: while the log is no part of the dataset its file has a name that does not stay, so nothing of it is in the journal; from the
// first sync after the change on, all is.
func TestJournalName(t *testing.T) {
	disk := newDisk(t, 1)
	dir := logOn(t, disk)
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	file, err := dir.TempIncr()
	if err != nil {
		t.Fatal(err)
	}
	created := make(chan struct{})
	l := Start(Options{
		File: file, Policy: Always, Aside: &beside{make(chan struct{}, 1)}, Synced: func(int64) {}, Fatal: func(err error) { t.Error(err) },
		Journal: func() (*journal.Journal, error) {
			defer close(created)
			return dir.CreateJournal(journalSize, journal.Boot{1})
		},
	})
	l.SetPolicy(Always) // which has the goroutine look
	<-created
	position := int64(0)
	group := func() journal.Records {
		l.Append([]byte("group"), position+5)
		position += 5
		l.Write()
		waitFor(t, func() bool { return l.Synced() == position })
		r, err := journal.Read(disk, dir.journalPath())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for range 3 {
		if r := group(); len(r.Content) > 0 {
			t.Fatalf("%q of %s is in the journal", r.Content, r.Name)
		}
	}
	l.Renamed(incrName)
	waitFor(t, func() bool { return len(group().Content) > 0 })
	if r := group(); r.Name != incrName || r.Offset+int64(len(r.Content)) != position {
		t.Errorf("%d bytes of %s from %d on", len(r.Content), r.Name, r.Offset)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := disk.Stat(dir.journalPath()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the end of the log: %v", err)
	}
	if f, err := disk.OpenFile(file.Name(), os.O_RDONLY, 0); err != nil {
		t.Error(err)
	} else if info, err := f.Stat(); err != nil || info.Size() != position {
		t.Errorf("the file has %d bytes: %v", info.Size(), err)
	}
}

// TestPolicyEndsJournal: with another policy the file is synced and there is no journal.
func TestPolicyEndsJournal(t *testing.T) {
	disk := newDisk(t, 1)
	dir := logOn(t, disk)
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	file, _, err := dir.OpenLast()
	if err != nil {
		t.Fatal(err)
	}
	l := Start(Options{
		File: file, Policy: Always, Aside: &beside{make(chan struct{}, 1)}, Synced: func(int64) {}, Fatal: func(err error) { t.Error(err) },
		Journal: func() (*journal.Journal, error) { return dir.CreateJournal(journalSize, journal.Boot{1}) },
	})
	there := func() bool { _, err := disk.Stat(dir.journalPath()); return err == nil }
	l.SetPolicy(Always)
	waitFor(t, there)
	l.SetPolicy(EverySecond)
	waitFor(t, func() bool { return !there() })
	l.SetPolicy(Always)
	waitFor(t, there)
	if err := l.Close(); err != nil || there() {
		t.Errorf("closed: %v, the journal is there: %v", err, there())
	}
}
