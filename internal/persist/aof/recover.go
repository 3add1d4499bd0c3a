package aof

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"redoubt/internal/persist/journal"
	"redoubt/internal/persist/vfs"
)

const journalSuffix = ".journal"

// JournalBeside is the path of the journal whose records a file of an append-only file may need, its manifest or a part; "" when there is none.
func JournalBeside(path string) (string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		prefix, is := strings.CutSuffix(e.Name(), journalSuffix)
		if is && strings.HasPrefix(filepath.Base(path), prefix+".") {
			return filepath.Join(filepath.Dir(path), e.Name()), nil
		}
	}
	return "", nil
}

func (d *Dir) journalPath() string { return d.Path(d.prefix + journalSuffix) }

// CreateJournal creates the journal of a log.
func (d *Dir) CreateJournal(size int64, boot journal.Boot) (*journal.Journal, error) {
	return journal.Create(d.fs, d.journalPath(), size, boot)
}

// Recover adds to the last increment what the journal has of it and the file has not, since the machine has stopped. It comes before
// [Dir.Load]. Then the file is on disk, and the journal is gone. Bytes that the journal contradicts are kept beside the file. The error says
// what to do; nothing is changed then.
func (d *Dir) Recover(boot journal.Boot) error {
	r, err := journal.Read(d.fs, d.journalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	m := d.Manifest()
	if n := len(m.Incr); n > 0 {
		path := d.Path(m.Incr[n-1].Name)
		f, err := d.fs.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		// The dataset has gone on in another file only after all of this one was on disk.
		if m.Incr[n-1].Name == r.Name && (r.Boot != boot || r.Condemned) {
			err = d.complete(f, path, r)
		}
		if err == nil {
			err = f.Sync()
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	if err := d.fs.Remove(d.journalPath()); err != nil {
		return err
	}
	return d.fs.SyncDir(d.path)
}

// complete makes a file what the journal says of it.
func (d *Dir) complete(f vfs.File, path string, r journal.Records) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size < r.Offset {
		return fmt.Errorf("The append-only file %s has %d bytes, but %d were on disk before the machine stopped, and the journal %s has what follows "+
			"them. Put the right file back. To go without what is missing, move the journal away", filepath.Base(path), size, r.Offset,
			filepath.Base(d.journalPath()))
	}
	there := make([]byte, min(size-r.Offset, int64(len(r.Content))))
	if _, err := f.ReadAt(there, r.Offset); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	same := 0
	for same < len(there) && there[same] == r.Content[same] {
		same++
	}
	if same == len(r.Content) {
		return nil
	}
	from := r.Offset + int64(same)
	if same < len(there) {
		kept, err := d.keep(f, path, from)
		if err != nil {
			return err
		}
		d.Log("AOF %s is not what the journal says from offset %d on; what was there is kept in %s", filepath.Base(path), from, filepath.Base(kept))
	}
	if _, err := f.WriteAt(r.Content[same:], from); err != nil {
		return err
	}
	d.Log("%d bytes that the machine lost of AOF %s were taken from the journal, from offset %d on", len(r.Content)-same, filepath.Base(path), from)
	return nil
}
