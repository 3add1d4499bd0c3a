package aof

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"redoubt/internal/persist/vfs"
)

// fileMode and dirMode keep the dataset from other users of the machine.
const (
	fileMode = 0o640
	dirMode  = 0o755
)

// Dir is the directory of an append-only file. Any goroutine may call its methods.
type Dir struct {
	fs     vfs.FS
	data   string // data directory
	path   string
	prefix string // appendfilename
	// Log gets a line for the server's log. May be nil.
	Log func(format string, args ...any)

	mu       sync.Mutex
	manifest *Manifest
}

// OpenDir reads the manifest of the append-only file in directory name of a data directory, whose files begin with prefix.
// One that does not exist is empty. The error is a *ManifestError or one of the file system.
func OpenDir(fsys vfs.FS, data, name, prefix string) (*Dir, error) {
	d := &Dir{fs: fsys, data: data, path: filepath.Join(data, name), prefix: prefix, manifest: &Manifest{}, Log: func(string, ...any) {}}
	text, err := vfs.ReadFile(fsys, d.Path(prefix+manifestSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return nil, err
	}
	d.manifest, err = ParseManifest(text)
	return d, err
}

// Path is that of one of the files.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, name) }

// Manifest is the list of files as it is on disk.
func (d *Dir) Manifest() *Manifest {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.manifest
}

// persist makes m the manifest, or changes nothing. What m names is durable under its name before m is; d.mu is held.
func (d *Dir) persist(m *Manifest) error {
	if err := d.fs.SyncDir(d.path); err != nil {
		return err
	}
	temp := d.Path(tempPrefix + d.prefix + manifestSuffix)
	err := d.writeFile(temp, m.Text())
	if err == nil {
		err = d.fs.Rename(temp, d.Path(d.prefix+manifestSuffix))
	}
	if err != nil {
		return fmt.Errorf("write the manifest of the append-only file: %w", err)
	}
	d.manifest = m
	return d.fs.SyncDir(d.path)
}

func (d *Dir) writeFile(path string, content []byte) error {
	f, err := d.fs.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Upgrade takes over the single file of versions before Redis 7: it becomes the base. It goes on where an upgrade was
// interrupted, and does nothing when there is no such file or the directory holds a dataset already.
func (d *Dir) Upgrade() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := filepath.Join(d.data, d.prefix)
	if info, err := d.fs.Stat(old); err != nil || !info.Mode().IsRegular() {
		return ignoreMissing(err)
	}
	m := d.manifest
	if !m.Empty() {
		_, err := d.fs.Stat(d.Path(d.prefix))
		interrupted := m.Base != nil && m.Base.Name == d.prefix && len(m.Incr) == 0 && errors.Is(err, fs.ErrNotExist)
		if !interrupted {
			return nil
		}
	}
	if err := d.fs.MkdirAll(d.path, dirMode); err != nil {
		return err
	}
	next := m.clone()
	next.Base, next.lastBase = &Part{Name: d.prefix, Seq: 1}, 1
	if err := d.persist(next); err != nil {
		return err
	}
	if err := d.fs.Rename(old, d.Path(d.prefix)); err != nil {
		return err
	}
	d.Log("Successfully migrated an old-style AOF file (%s) into the AOF directory (%s).", d.prefix, filepath.Base(d.path))
	return errors.Join(d.fs.SyncDir(d.path), d.fs.SyncDir(d.data))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Make creates the directory unless it exists.
func (d *Dir) Make() error {
	if err := d.fs.MkdirAll(d.path, dirMode); err != nil {
		return err
	}
	return d.fs.SyncDir(d.data)
}

// OpenLast opens the file to append to at the start: the last increment, or a new one.
func (d *Dir) OpenLast() (f vfs.File, size int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := d.manifest
	how := "Opening"
	if len(next.Incr) == 0 {
		how, next = "Creating", next.clone()
		next.addIncr(d.free(next.nextIncr(d.prefix), func(seq int64) Part { return incrPart(d.prefix, seq) }))
	}
	name := next.Incr[len(next.Incr)-1].Name
	f, err = d.fs.OpenFile(d.Path(name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, fileMode)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && next != d.manifest {
		err = d.persist(next)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	d.Log("%s AOF incr file %s on server start", how, name)
	return f, info.Size(), nil
}

// free is the first part from p on whose name no file has that holds anything: nobody's file is overwritten.
func (d *Dir) free(p Part, with func(seq int64) Part) Part {
	for {
		if info, err := d.fs.Stat(d.Path(p.Name)); err != nil || info.Size() == 0 {
			return p
		}
		p = with(p.Seq + 1)
	}
}

// NewIncr creates the next increment. It belongs to the dataset after commit has returned nil.
func (d *Dir) NewIncr() (f vfs.File, commit func() error, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	part := d.free(d.manifest.nextIncr(d.prefix), func(seq int64) Part { return incrPart(d.prefix, seq) })
	f, err = d.fs.OpenFile(d.Path(part.Name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, fileMode)
	if err != nil {
		return nil, nil, err
	}
	d.Log("Creating AOF incr file %s on background rewrite", part.Name)
	return f, func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		next := d.manifest.clone()
		if next.lastIncr != part.Seq { // it may be there although the last attempt failed
			next.addIncr(part)
		}
		return d.persist(next)
	}, nil
}

func (d *Dir) tempIncr() string { return tempPrefix + d.prefix + incrSuffix }

// TempIncr creates an increment that is no part of the dataset before there is a base: [Dir.SetBase] takes it.
func (d *Dir) TempIncr() (vfs.File, error) {
	d.Log("Creating AOF incr file %s on background rewrite", d.tempIncr())
	return d.fs.OpenFile(d.Path(d.tempIncr()), os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_TRUNC, fileMode)
}

// DropTempIncr removes it when there will be no base.
func (d *Dir) DropTempIncr() {
	d.Log("Removing the temp incr aof file %s in the background", d.tempIncr())
	_ = ignoreMissing(d.fs.Remove(d.Path(d.tempIncr()))) // the next one begins with an empty file in any case
}

// CreateTemp creates the file that a new base is written to, in the data directory.
func (d *Dir) CreateTemp() (vfs.File, error) {
	name := fmt.Sprintf("temp-rewriteaof-bg-%d.aof", os.Getpid())
	return d.fs.OpenFile(filepath.Join(d.data, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
}

// RemoveTemp removes a file of CreateTemp that will be no base.
func (d *Dir) RemoveTemp(f vfs.File) { _ = ignoreMissing(d.fs.Remove(f.Name())) }

// SetBase makes a file of CreateTemp, which is durable, the base. All increments but the last keep ones become history; with
// tempIncr the file of TempIncr becomes an increment first.
func (d *Dir) SetBase(temp vfs.File, rdb bool, keep int, tempIncr bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := d.manifest.clone()
	base := d.free(next.nextBase(d.prefix, rdb), func(seq int64) Part { return basePart(d.prefix, seq, rdb) })
	if err := d.fs.Rename(temp.Name(), d.Path(base.Name)); err != nil {
		return fmt.Errorf("Error trying to rename the temporary AOF base file: %w", err)
	}
	d.Log("Successfully renamed the temporary AOF base file %s into %s", filepath.Base(temp.Name()), base.Name)
	if tempIncr {
		incr := d.free(next.nextIncr(d.prefix), func(seq int64) Part { return incrPart(d.prefix, seq) })
		if err := d.fs.Rename(d.Path(d.tempIncr()), d.Path(incr.Name)); err != nil {
			return errors.Join(fmt.Errorf("Error trying to rename the temporary AOF incr file: %w", err), d.fs.Remove(d.Path(base.Name)))
		}
		d.Log("Successfully renamed the temporary AOF incr file %s into %s", d.tempIncr(), incr.Name)
		next.addIncr(incr)
	}
	next.setBase(base, keep)
	err := d.persist(next)
	if err != nil && d.manifest != next { // nothing names the new files
		err = errors.Join(err, ignoreMissing(d.fs.Remove(d.Path(base.Name))))
		if tempIncr {
			err = errors.Join(err, ignoreMissing(d.fs.Remove(d.Path(next.Incr[len(next.Incr)-1].Name))))
		}
	}
	return err
}

// DeleteHistory removes the files that the base contains.
func (d *Dir) DeleteHistory() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.manifest.History) == 0 {
		return nil
	}
	next := d.manifest.clone()
	for _, p := range next.History {
		d.Log("Removing the history file %s in the background", p.Name)
		if err := ignoreMissing(d.fs.Remove(d.Path(p.Name))); err != nil {
			return err
		}
	}
	next.History = nil
	return d.persist(next)
}

// BaseSize is the size of the base in bytes, 0 without.
func (d *Dir) BaseSize() int64 {
	m := d.Manifest()
	if m.Base == nil {
		return 0
	}
	return d.sizeOf(*m.Base)
}

// IncrSize is the size of the increments but the last in bytes.
func (d *Dir) IncrSize() (size int64) {
	m := d.Manifest()
	for _, p := range m.Incr[:max(len(m.Incr)-1, 0)] {
		size += d.sizeOf(p)
	}
	return size
}

func (d *Dir) sizeOf(p Part) int64 {
	info, err := d.fs.Stat(d.Path(p.Name))
	if err != nil {
		return 0
	}
	return info.Size()
}
