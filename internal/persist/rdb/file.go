package rdb

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"redoubt/internal/persist/vfs"
)

// fileMode keeps a dump from other users of the machine: it contains the whole dataset.
const fileMode = 0o640

// writeOutEvery is how much is written before the kernel is told to store it. Otherwise it may keep gigabytes until the end,
// and whoever else syncs a file on that disk waits for them.
const writeOutEvery = 4 << 20

// File is a dump that is being written beside its final name. Commit puts it in place, Abort takes it away; one of
// them must be called.
type File struct {
	files vfs.FS
	file  vfs.File
	dir   string
	name  string
	// writeOut: have the kernel store the file while it grows. written is its size, stored how much the kernel was told of.
	writeOut        bool
	written, stored int64
}

// CreateFile opens dir/temp-<pid>.rdb for a dump that shall become dir/name. A leftover of an earlier process with
// the same pid is overwritten; two files at the same time in one process and directory are not possible. With writeOut the
// file is stored while it grows (rdb-save-incremental-fsync).
func CreateFile(files vfs.FS, dir, name string, writeOut bool) (*File, error) {
	if name != filepath.Base(name) || name == "." || name == ".." {
		return nil, fmt.Errorf("dump file name %q must not contain a directory", name)
	}
	path := filepath.Join(dir, fmt.Sprintf("temp-%d.rdb", os.Getpid()))
	f, err := files.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return nil, fmt.Errorf("create dump: %w", err)
	}
	return &File{files: files, file: f, dir: dir, name: name, writeOut: writeOut}, nil
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	f.written += int64(n)
	if err == nil && f.writeOut && f.written-f.stored >= writeOutEvery {
		err = f.file.WriteOut(f.stored, f.written)
		f.stored = f.written
	}
	return n, err
}

// Path returns the final path.
func (f *File) Path() string { return filepath.Join(f.dir, f.name) }

// Commit makes the content durable and puts it in place of the previous dump: fsync of the file, rename, fsync of
// the directory. Before the rename an error leaves the previous dump untouched and removes the new file.
func (f *File) Commit() error {
	err := f.file.Sync()
	if closeErr := f.file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = f.files.Rename(f.file.Name(), f.Path())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("finish dump: %w", err), f.remove())
	}
	if err := f.files.SyncDir(f.dir); err != nil {
		return fmt.Errorf("sync directory of dump: %w", err)
	}
	return nil
}

// Abort closes and removes the file; the previous dump stays.
func (f *File) Abort() error {
	f.file.Close() // nothing of it is kept, so nothing about it matters
	return f.remove()
}

func (f *File) remove() error {
	if err := f.files.Remove(f.file.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove unfinished dump: %w", err)
	}
	return nil
}

// SaveFile writes dir/name: fill gets a Writer for it and writes the databases, everything around them is done
// here. It returns the size in bytes. On an error the previous file is untouched, nothing is left behind, and the
// error names the path.
func SaveFile(files vfs.FS, dir, name string, opts WriterOptions, fill func(*Writer) error) (int64, error) {
	f, err := CreateFile(files, dir, name, false)
	if err != nil {
		return 0, err
	}
	size, err := writeAll(f, opts, fill)
	if err != nil {
		return 0, errors.Join(fmt.Errorf("save %s: %w", f.Path(), err), f.Abort())
	}
	if err := f.Commit(); err != nil {
		return 0, fmt.Errorf("save %s: %w", f.Path(), err)
	}
	return size, nil
}

func writeAll(w io.Writer, opts WriterOptions, fill func(*Writer) error) (int64, error) {
	wr, err := NewWriter(w, opts)
	if err != nil {
		return 0, err
	}
	if err := fill(wr); err != nil {
		return 0, err
	}
	err = wr.Close()
	return wr.Size(), err
}

// LoadFile loads the file at path, which must end where the RDB content ends. Path and Size of opts are set from
// the file. Errors are those of Reader.Load; a missing file satisfies errors.Is(err, os.ErrNotExist).
func LoadFile(files vfs.FS, path string, opts LoadOptions) (Stats, error) {
	f, err := files.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return Stats{}, fmt.Errorf("load dump: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Stats{}, fmt.Errorf("load dump: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Stats{}, fmt.Errorf("load dump: %s is not a regular file", path)
	}
	if info.Size() == 0 {
		return Stats{}, &CorruptError{Path: path, DB: -1, Reason: "the file is empty"}
	}
	opts.Path, opts.Size = path, info.Size()
	rd := NewReader(f, opts)
	stats, err := rd.Load()
	if err == nil && rd.src.remaining() > 0 {
		err = rd.corrupt("%d bytes after the end mark", rd.src.remaining())
	}
	return stats, err
}
