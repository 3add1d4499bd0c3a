package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"

	"redoubt/internal/persist/vfs"
)

// ReplaceFile gives the file at path a new content in one step that survives a crash: whoever opens it finds the old
// content or the new. Mode and, as far as permitted, owner stay; a new file is readable by its owner only, because it may
// hold passwords. A symbolic link stays one.
func ReplaceFile(files vfs.FS, path, content string) (err error) {
	target, err := files.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		target = path
	} else if err != nil {
		return err
	}
	file, err := files.CreateTemp(filepath.Dir(target), filepath.Base(target)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = files.Remove(file.Name())
		}
	}()
	if err := writeLike(files, file, target, content); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := files.Rename(file.Name(), target); err != nil {
		return err
	}
	return files.SyncDir(filepath.Dir(target))
}

// writeLike fills file and gives it the mode and owner of the file at path, if there is one.
func writeLike(files vfs.FS, file vfs.File, path, content string) error {
	if _, err := file.Write([]byte(content)); err != nil {
		return err
	}
	old, err := files.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if owner, ok := old.Sys().(*syscall.Stat_t); ok {
			// Only root may give a file away; anybody else keeps it, which is no reason to fail.
			if err := file.Chown(int(owner.Uid), int(owner.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
				return err
			}
		}
		if err := file.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	return file.Sync()
}
