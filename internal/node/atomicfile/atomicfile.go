// Package atomicfile replaces files so that a reader, a crash or a full disk never shows half of one: the new content
// goes to a temporary file in the same directory, is synced, and is renamed over the old name.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Owner says who a file belongs to. A nil *Owner leaves the file to the calling user.
type Owner struct {
	UID, GID int
}

// Write replaces path by content with exactly mode (the umask does not apply) and owner. The temporary file is created
// exclusively, and mode and owner are set on the open file before it gets its name: a path inside a directory that a
// service account may write to cannot be redirected through a link, and no other user can open a secret in between. The
// temporary file has one name for each path, so that what a killed writer left is replaced. A path has one writer at a time.
func Write(path string, content []byte, mode fs.FileMode, owner *Owner) (err error) {
	directory := filepath.Dir(path)
	name := filepath.Join(directory, "."+filepath.Base(path)+".new")
	if err := removeIfThere(name); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	temporary, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), removeIfThere(name))
		}
	}()
	if err := fill(temporary, content, mode, owner); err != nil {
		return errors.Join(err, temporary.Close())
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		return err
	}
	return syncDirectory(directory)
}

func fill(file *os.File, content []byte, mode fs.FileMode, owner *Owner) error {
	if owner != nil {
		if err := file.Chown(owner.UID, owner.GID); err != nil {
			return err
		}
	}
	if err := file.Chmod(mode); err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Sync()
}

// syncDirectory makes the rename itself survive a power cut.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
