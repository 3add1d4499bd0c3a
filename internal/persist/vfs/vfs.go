// Package vfs is the file system as persistence sees it: few operations, each with a stated promise about what survives a
// power cut. [OS] is the machine's; package faultfs has one in memory that breaks every promise it may.
//
// What survives is what POSIX promises and no more:
//
//   - written bytes survive when Sync or SyncData has returned nil;
//   - a created, renamed or removed name survives when SyncDir of its directory has returned nil;
//   - Rename is atomic: after a crash the new name shows the old file or the new one, whole as far as that was synced;
//   - after Sync or SyncData has failed, what was not synced is gone, though reading may still show it: trying again
//     proves nothing.
package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// FS is a file system. Errors are *fs.PathError or *os.LinkError around a system error, as package os returns them.
type FS interface {
	// OpenFile opens a file; flag and perm are those of os.OpenFile.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	// OpenDirect opens a file to overwrite blocks of it, creating it if it does not exist. WriteAt goes to the device and not to the page
	// cache, and wants offsets, lengths and addresses that are multiples of 4096. Where it would wait for more than the device the error is
	// errors.ErrUnsupported.
	OpenDirect(name string, perm fs.FileMode) (File, error)
	// CreateTemp creates a new file with mode 0600, whose name is pattern with its last "*" (or its end) replaced.
	CreateTemp(dir, pattern string) (File, error)
	// Rename replaces newName, if that is a file.
	Rename(oldName, newName string) error
	// EvalSymlinks returns the name without symbolic links; it must exist.
	EvalSymlinks(name string) (string, error)
	// Remove removes a file or an empty directory.
	Remove(name string) error
	// ReadDir lists a directory by name.
	ReadDir(name string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)
	MkdirAll(name string, perm fs.FileMode) error
	// SyncDir makes durable which names a directory has.
	SyncDir(name string) error
}

// File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.WriterAt
	io.Closer
	Name() string
	Stat() (fs.FileInfo, error)
	// Sync makes content and metadata durable.
	Sync() error
	// SyncData makes the content durable, and of the metadata what reading it back takes (fdatasync).
	SyncData() error
	// WriteOut has the kernel begin to write bytes from..to, and waits for those before from. It makes nothing durable, and
	// its error is one of writing that Sync does not report again.
	WriteOut(from, to int64) error
	Truncate(size int64) error
	Chmod(mode fs.FileMode) error
	Chown(uid, gid int) error
}

// OS is the machine's file system.
var OS FS = system{}

type system struct{}

type systemFile struct{ *os.File }

func (system) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	return opened(os.OpenFile(name, flag, perm))
}

// OpenDirect takes the file systems of whose direct writes it is known that they overwrite blocks in place.
func (s system) OpenDirect(name string, perm fs.FileMode) (File, error) {
	f, err := s.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_DIRECT, perm)
	if err != nil {
		return nil, err
	}
	var st unix.Statfs_t
	if err = unix.Fstatfs(int(f.(systemFile).Fd()), &st); err != nil {
		err = &fs.PathError{Op: "fstatfs", Path: name, Err: err}
	} else if st.Type != unix.EXT4_SUPER_MAGIC && st.Type != unix.XFS_SUPER_MAGIC {
		err = errors.ErrUnsupported
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (system) CreateTemp(dir, pattern string) (File, error) {
	return opened(os.CreateTemp(dir, pattern))
}

func opened(f *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return systemFile{f}, nil
}

func (system) Rename(oldName, newName string) error         { return os.Rename(oldName, newName) }
func (system) Remove(name string) error                     { return os.Remove(name) }
func (system) EvalSymlinks(name string) (string, error)     { return filepath.EvalSymlinks(name) }
func (system) ReadDir(name string) ([]fs.DirEntry, error)   { return os.ReadDir(name) }
func (system) Stat(name string) (fs.FileInfo, error)        { return os.Stat(name) }
func (system) MkdirAll(name string, perm fs.FileMode) error { return os.MkdirAll(name, perm) }

func (system) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (f systemFile) SyncData() error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return &fs.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
		}
		return nil
	}
}

func (f systemFile) WriteOut(from, to int64) error {
	err := unix.SyncFileRange(int(f.Fd()), from, to-from, unix.SYNC_FILE_RANGE_WRITE)
	if err == nil && from > 0 {
		err = unix.SyncFileRange(int(f.Fd()), 0, from,
			unix.SYNC_FILE_RANGE_WAIT_BEFORE|unix.SYNC_FILE_RANGE_WRITE|unix.SYNC_FILE_RANGE_WAIT_AFTER)
	}
	switch err {
	case nil, unix.ENOSYS, unix.EOPNOTSUPP, unix.ESPIPE, unix.EINVAL: // the file system cannot: it is a matter of pace only
		return nil
	}
	return &fs.PathError{Op: "sync_file_range", Path: f.Name(), Err: err}
}

// Strerror is the system's text for an error, as C programs write it: "No space left on device". An error that is not the
// system's has its own text.
func Strerror(err error) string {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return err.Error()
	}
	text := number.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

// ReadFile returns the content of a file.
func ReadFile(fsys FS, name string) ([]byte, error) {
	f, err := fsys.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
