package aio

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/persist/vfs"
)

// open returns a queue and a file of a disk.
func open(t *testing.T) (*Syncer, vfs.File) {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	f, err := vfs.OS.OpenFile(filepath.Join(t.TempDir(), "f"), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return s, f
}

// TestBell: the end of a sync makes the bell readable, and whoever hears it has done called, once.
func TestBell(t *testing.T) {
	s, f := open(t)
	defer s.Close()
	calls := 0
	for range 20 {
		if _, err := f.Write(make([]byte, 5000)); err != nil {
			t.Fatal(err)
		}
		before := calls
		if err := s.Start(f, func(err error, soon bool) {
			if !soon {
				t.Error("whoever hears the bell does what follows")
			}
			if calls++; err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); calls == before; {
			fds := []unix.PollFd{{Fd: int32(s.Bell()), Events: unix.POLLIN}}
			if n, err := unix.Poll(fds, 1000); n == 1 {
				s.Heard()
			} else if time.Now().After(deadline) {
				t.Fatal("no bell: ", err)
			}
		}
		if fds := []unix.PollFd{{Fd: int32(s.Bell()), Events: unix.POLLIN}}; calls != before+1 {
			t.Fatalf("%d calls", calls-before)
		} else if n, _ := unix.Poll(fds, 0); n != 0 {
			t.Fatal("the bell still rings")
		}
	}
}

// TestReapWaits: whoever does not hear the bell can wait for the end of a sync.
func TestReapWaits(t *testing.T) {
	s, f := open(t)
	defer s.Close()
	ended := false
	if err := s.Start(f, func(_ error, soon bool) { ended = !soon }); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); !ended; s.Reap(time.Second) {
		if time.Since(begin) > 30*time.Second {
			t.Fatal("the sync does not end")
		}
	}
}

// TestWrite: blocks that a file has are overwritten, beside others that are synced.
func TestWrite(t *testing.T) {
	s, other := open(t)
	defer s.Close()
	path := filepath.Join(t.TempDir(), "direct")
	f, err := vfs.OS.OpenDirect(path, 0o600)
	if errors.Is(err, errors.ErrUnsupported) {
		f, err = vfs.OS.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // here, too, what is written is to be there
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const block = 4096
	pages, err := unix.Mmap(-1, 0, 4*block, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(pages, 0); err != nil {
		t.Fatal(err)
	}
	left := 0
	done := func(err error, _ bool) {
		if left--; err != nil {
			t.Error(err)
		}
	}
	for i := range 4 {
		p := pages[i*block:][:block]
		for k := range p {
			p[k] = byte('a' + i)
		}
		left += 2
		if err := errors.Join(s.Write(f, p, int64(3-i)*block, done), s.Start(other, done)); err != nil {
			t.Fatal(err)
		}
	}
	for begin := time.Now(); left > 0; s.Reap(time.Second) {
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("%d operations do not end", left)
		}
	}
	content, err := os.ReadFile(path)
	if want := strings.Repeat("d", block) + strings.Repeat("c", block) + strings.Repeat("b", block) + strings.Repeat("a", block); err != nil || string(content) != want {
		t.Errorf("%d bytes, %v", len(content), err)
	}
}

// TestWriteFails: an error of the device reaches whoever asked.
func TestWriteFails(t *testing.T) {
	s, _ := open(t)
	defer s.Close()
	f, err := vfs.OS.OpenFile(filepath.Join(t.TempDir(), "read-only"), os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var failure error
	err = s.Write(f, make([]byte, 1), 0, func(err error, _ bool) { failure = err })
	if err == nil {
		s.Reap(time.Second)
		err = failure
	}
	if !errors.Is(err, unix.EBADF) {
		t.Errorf("writing to a file that is open to be read: %v", err)
	}
}

// TestRefusals: what cannot be synced, or is too much, is refused at once and never called back.
func TestRefusals(t *testing.T) {
	s, f := open(t)
	called := 0
	for range maxPending {
		if err := s.Start(f, func(error, bool) { called++ }); err != nil {
			t.Fatal(err)
		}
	}
	never := func(error, bool) { t.Error("called") }
	if err := s.Start(f, never); err == nil {
		t.Error("one more than there is room for is taken")
	}
	s.Close()
	if called != maxPending {
		t.Errorf("closed with %d of %d ended", called, maxPending)
	}
	if err := s.Start(f, never); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after the close: %v", err)
	}
	other, _ := open(t)
	defer other.Close()
	device, err := vfs.OS.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(device, never); err == nil {
		t.Error("a device without fsync is taken")
	}
	if err := device.Close(); err != nil {
		t.Fatal(err)
	}
	if err := other.Start(device, never); err == nil {
		t.Error("a closed file is taken")
	}
	if err := other.Start(struct{ vfs.File }{}, never); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a file without a descriptor: %v", err)
	}
}
