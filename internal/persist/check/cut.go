package check

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"redoubt/internal/persist/vfs"
)

// shrink cuts off what follows the last whole command, when the user agrees.
func (a *aofCheck) shrink(path, name string, size, good int64) (outcome, error) {
	fmt.Fprintf(a.Stdout, "This will shrink the AOF %s from %d bytes, with %d bytes, to %d bytes\n", shown([]byte(name)), size, size-good, good)
	fmt.Fprint(a.Stdout, "Continue? [y/N]: ")
	answer, _ := a.input.ReadString('\n') // no answer is a no
	if !strings.HasPrefix(strings.ToLower(answer), "y") {
		fmt.Fprintln(a.Stdout, "Aborting...")
		return 0, errReported
	}
	return truncated, a.cut(path, good)
}

// cutToTime cuts off what is later than the timestamp.
func (a *aofCheck) cutToTime(path string, good int64, last bool) (outcome, error) {
	switch {
	case good == 0:
		fmt.Fprintf(a.Stdout, "AOF %s has nothing before timestamp %d, aborting...\n", shown([]byte(path)), a.until)
		return 0, errReported
	case !last:
		fmt.Fprintf(a.Stdout, "Failed to truncate AOF %s to timestamp %d to offset %d because it is not the last file.\n", shown([]byte(path)), a.until, good)
		fmt.Fprintln(a.Stdout, "If you insist, please delete all files after this file according to the manifest file and delete the "+
			"corresponding records in manifest file manually. Then re-run redis-check-aof.")
		return 0, errReported
	}
	return cut, a.cut(path, good)
}

// cut ends a file at an offset. The file as it was stays beside it.
func (a *aofCheck) cut(path string, at int64) error {
	kept, err := keep(path)
	if err != nil {
		return fmt.Errorf("Failed to keep a copy of %s, which is left as it is: %s", shown([]byte(path)), vfs.Strerror(err))
	}
	fmt.Fprintf(a.Stdout, "The file as it was is kept in %s\n", shown([]byte(kept)))
	f, err := vfs.OS.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		if err = f.Truncate(at); err == nil {
			err = f.Sync()
		}
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("Failed to truncate AOF %s: %s", shown([]byte(path)), vfs.Strerror(err))
	}
	return nil
}

// keep copies a file to a name beside it that nothing has: FILE.bak, FILE.bak.2 and so on.
func keep(path string) (name string, err error) {
	from, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return "", err
	}
	name = path + ".bak"
	var to *os.File
	for n := 2; ; n++ {
		to, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		name = fmt.Sprintf("%s.bak.%d", path, n)
	}
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from) // a reflink where the file system can
	if err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return "", errors.Join(err, os.Remove(name)) // an incomplete copy that this made
	}
	return name, vfs.OS.SyncDir(filepath.Dir(path))
}
