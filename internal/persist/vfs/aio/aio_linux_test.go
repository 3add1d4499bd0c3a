package aio

import (
	"errors"
	"os"
	"path/filepath"
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
		if err := s.Start(f, func(err error) {
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
	if err := s.Start(f, func(error) { ended = true }); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); !ended; s.Reap(time.Second) {
		if time.Since(begin) > 30*time.Second {
			t.Fatal("the sync does not end")
		}
	}
}

// TestRefusals: what cannot be synced, or is too much, is refused at once and never called back.
func TestRefusals(t *testing.T) {
	s, f := open(t)
	called := 0
	for range maxPending {
		if err := s.Start(f, func(error) { called++ }); err != nil {
			t.Fatal(err)
		}
	}
	never := func(error) { t.Error("called") }
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
