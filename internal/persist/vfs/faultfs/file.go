package faultfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"redoubt/internal/persist/vfs"
)

// OpenFile implements vfs.FS.
func (d *Disk) OpenFile(name string, flag int, perm fs.FileMode) (vfs.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := d.open(name, flag, perm)
	if err != nil {
		return nil, wrong("open", name, err)
	}
	return f, nil
}

func (d *Disk) open(name string, flag int, perm fs.FileMode) (*file, error) {
	at, n, err := d.find(name)
	if err != nil {
		return nil, err
	}
	kind := Open
	switch {
	case n == nil && flag&os.O_CREATE == 0:
		return nil, syscall.ENOENT
	case n == nil:
		kind = Create
	case flag&os.O_EXCL != 0:
		return nil, syscall.EEXIST
	case n.mode.IsDir() && flag&(os.O_WRONLY|os.O_RDWR) != 0:
		return nil, syscall.EISDIR
	case flag&os.O_TRUNC != 0:
		kind = Truncate
	}
	if err := d.begin(kind, name, 0); err != nil {
		return nil, err
	}
	switch kind {
	case Create:
		n = newFile(perm)
		d.do(edit{at, n})
	case Truncate:
		n.resize(0)
	}
	return &file{disk: d, node: n, name: name, flag: flag, epoch: d.epoch}, nil
}

// OpenDirect implements vfs.FS. Blocks need not be aligned.
func (d *Disk) OpenDirect(name string, perm fs.FileMode) (vfs.File, error) {
	return d.OpenFile(name, os.O_RDWR|os.O_CREATE, perm)
}

// CreateTemp implements vfs.FS.
func (d *Disk) CreateTemp(dir, pattern string) (vfs.File, error) {
	before, after := pattern, ""
	if i := strings.LastIndexByte(pattern, '*'); i >= 0 {
		before, after = pattern[:i], pattern[i+1:]
	}
	for {
		d.mu.Lock()
		d.temps++
		name := path.Join(dir, fmt.Sprintf("%s%d%s", before, d.temps, after))
		d.mu.Unlock()
		f, err := d.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// Rename implements vfs.FS.
func (d *Disk) Rename(oldName, newName string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.rename(oldName, newName); err != nil {
		return &os.LinkError{Op: "rename", Old: oldName, New: newName, Err: err}
	}
	return nil
}

func (d *Disk) rename(oldName, newName string) error {
	from, n, err := d.find(oldName)
	if err != nil {
		return err
	}
	to, replaced, err := d.find(newName)
	switch {
	case err != nil:
		return err
	case n == nil:
		return syscall.ENOENT
	case replaced != nil && replaced.mode.IsDir():
		return syscall.EEXIST
	case strings.HasPrefix(path.Clean("/"+newName), path.Clean("/"+oldName)+"/"):
		return syscall.EINVAL
	case replaced != nil && n.mode.IsDir():
		return syscall.ENOTDIR
	}
	if err := d.begin(Rename, oldName, 0); err != nil {
		return err
	}
	if from != to {
		d.do(edit{from, nil}, edit{to, n})
	}
	return nil
}

// EvalSymlinks implements vfs.FS. There are no links.
func (d *Disk) EvalSymlinks(name string) (string, error) {
	_, err := d.Stat(name)
	return path.Clean(name), err
}

// Remove implements vfs.FS.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, n, err := d.find(name)
	switch {
	case err != nil:
	case n == nil:
		err = syscall.ENOENT
	case len(n.entries) > 0 || n == d.root:
		err = syscall.ENOTEMPTY
	default:
		if err = d.begin(Remove, name, 0); err == nil {
			d.do(edit{at, nil})
		}
	}
	return wrong("remove", name, err)
}

// ReadDir implements vfs.FS.
func (d *Disk) ReadDir(name string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.existing(Read, name)
	if err == nil && !n.mode.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, wrong("open", name, err)
	}
	var out []fs.DirEntry
	for _, name := range sorted(n.entries) {
		out = append(out, fs.FileInfoToDirEntry(n.entries[name].info(name)))
	}
	return out, nil
}

// Stat implements vfs.FS.
func (d *Disk) Stat(name string) (fs.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.existing(Read, name)
	if err != nil {
		return nil, wrong("stat", name, err)
	}
	return n.info(path.Base(name)), nil
}

func (d *Disk) existing(kind Kind, name string) (*node, error) {
	_, n, err := d.find(name)
	if err == nil && n == nil {
		err = syscall.ENOENT
	}
	if err == nil {
		err = d.begin(kind, name, 0)
	}
	return n, err
}

// MkdirAll implements vfs.FS.
func (d *Disk) MkdirAll(name string, perm fs.FileMode) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	words := strings.Split(strings.Trim(path.Clean("/"+name), "/"), "/")
	for i := range words {
		made := "/" + path.Join(words[:i+1]...)
		at, n, err := d.find(made)
		if err == nil && n == nil {
			if err = d.begin(Create, made, 0); err == nil {
				d.do(edit{at, newDir(perm)})
			}
		} else if err == nil && !n.mode.IsDir() {
			err = syscall.ENOTDIR
		}
		if err != nil {
			return wrong("mkdir", made, err)
		}
	}
	return nil
}

// SyncDir implements vfs.FS.
func (d *Disk) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.existing(SyncDir, name)
	if err == nil && !n.mode.IsDir() {
		err = syscall.ENOTDIR
	}
	if err == nil {
		d.syncDir(n)
	}
	return wrong("sync", name, err)
}

// file is an open file.
type file struct {
	disk   *Disk
	node   *node
	name   string
	flag   int
	epoch  int
	at     int
	closed bool
}

func (f *file) readOnly() bool { return f.flag&(os.O_WRONLY|os.O_RDWR) == 0 }

// begin locks the disk and asks whether an operation may happen; the lock is held after it, whatever it returns.
func (f *file) begin(kind Kind, bytes int) error {
	f.disk.mu.Lock()
	switch {
	case f.closed:
		return os.ErrClosed
	case f.epoch != f.disk.epoch:
		return ErrPower
	case kind == Write && f.readOnly():
		return syscall.EBADF
	case kind == Truncate && f.readOnly():
		return syscall.EINVAL
	}
	return f.disk.begin(kind, f.name, bytes)
}

// Name implements vfs.File.
func (f *file) Name() string { return f.name }

// Stat implements vfs.File.
func (f *file) Stat() (fs.FileInfo, error) {
	defer f.disk.mu.Unlock()
	if err := f.begin(Read, 0); err != nil {
		return nil, wrong("stat", f.name, err)
	}
	return f.node.info(path.Base(f.name)), nil
}

// Read implements vfs.File.
func (f *file) Read(p []byte) (int, error) {
	n, err := f.ReadAt(p, int64(f.at))
	f.at += n
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// ReadAt implements vfs.File.
func (f *file) ReadAt(p []byte, offset int64) (int, error) {
	defer f.disk.mu.Unlock()
	if err := f.begin(Read, len(p)); err != nil {
		return 0, wrong("read", f.name, err)
	}
	switch {
	case f.node.mode.IsDir():
		return 0, wrong("read", f.name, syscall.EISDIR)
	case f.flag&os.O_WRONLY != 0:
		return 0, wrong("read", f.name, syscall.EBADF)
	case len(p) == 0:
		return 0, nil
	case offset > int64(len(f.node.data)):
		return 0, io.EOF
	}
	n := copy(p, f.node.data[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Write implements vfs.File.
func (f *file) Write(p []byte) (int, error) {
	defer f.disk.mu.Unlock()
	err := f.begin(Write, len(p))
	if f.flag&os.O_APPEND != 0 {
		f.at = len(f.node.data)
	}
	n, err := f.put(p, f.at, err)
	f.at += n
	return n, err
}

// WriteAt implements vfs.File.
func (f *file) WriteAt(p []byte, offset int64) (int, error) {
	if f.flag&os.O_APPEND != 0 {
		return 0, errors.New("invalid use of WriteAt on a file opened with O_APPEND") // as package os says
	}
	defer f.disk.mu.Unlock()
	return f.put(p, int(offset), f.begin(Write, len(p)))
}

// put writes what the error of the operation and the space leave of p.
func (f *file) put(p []byte, at int, err error) (int, error) {
	n := len(p)
	if err != nil {
		var short Short
		if !errors.As(err, &short) {
			return 0, wrong("write", f.name, err)
		}
		n, err = min(short.N, n), short.Err
	}
	if d := f.disk; d.space >= 0 {
		if left := max(d.space-d.root.bytes(), 0); int64(at+n-len(f.node.data)) > left {
			n, err = max(len(f.node.data)+int(left)-at, 0), syscall.ENOSPC
		}
	}
	f.node.write(p[:n], at)
	return n, wrong("write", f.name, err)
}

// Sync implements vfs.File.
func (f *file) Sync() error { return f.sync("sync") }

// SyncData implements vfs.File.
func (f *file) SyncData() error { return f.sync("fdatasync") }

// WriteOut implements vfs.File. Sectors reach the medium when the coin says so, in any case.
func (f *file) WriteOut(int64, int64) error {
	defer f.disk.mu.Unlock()
	return wrong("sync_file_range", f.name, f.begin(Read, 0))
}

func (f *file) sync(call string) error {
	defer f.disk.mu.Unlock()
	err := f.begin(Sync, 0)
	switch {
	case err == nil:
		f.node.persist()
	case !f.disk.off && !f.closed && f.epoch == f.disk.epoch:
		f.node.lose(f.disk)
	}
	return wrong(call, f.name, err)
}

// Truncate implements vfs.File.
func (f *file) Truncate(size int64) error {
	defer f.disk.mu.Unlock()
	err := f.begin(Truncate, 0)
	if err == nil {
		f.node.resize(int(size))
	}
	return wrong("truncate", f.name, err)
}

// Chmod implements vfs.File. The mode is durable at once, as no test depends on when it is.
func (f *file) Chmod(mode fs.FileMode) error {
	defer f.disk.mu.Unlock()
	err := f.begin(Read, 0)
	if err == nil {
		f.node.mode = mode.Perm()
	}
	return wrong("chmod", f.name, err)
}

// Chown implements vfs.File. There is only one owner.
func (f *file) Chown(int, int) error { return nil }

// Close implements vfs.File. It makes nothing durable.
func (f *file) Close() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.closed {
		return wrong("close", f.name, os.ErrClosed)
	}
	f.closed = true
	return nil
}

func sorted(entries map[string]*node) []string { return slices.Sorted(maps.Keys(entries)) }
