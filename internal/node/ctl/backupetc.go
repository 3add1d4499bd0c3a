package ctl

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const (
	backupPathOption    = "--backup-path="
	deleteOldOption     = "--delete-old-backups"
	keepOldOption       = "--no-delete-old-backups"
	backupDirectoryName = "config_backup"
)

// configBackup matches the names of the archives that backup-etc writes; the group is the time in seconds since 1970.
var configBackup = regexp.MustCompile(`^gitlab_config_(\d{9,11})_\d{4}_\d{2}_\d{2}\.tar$`)

// backupEtc writes /etc/gitlab into an archive, as GitLab's package does: names are absolute, links are followed.
func backupEtc(i *invocation) int {
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	keep, err := i.backupKeepTime()
	if err != nil {
		return i.fail(err)
	}
	directory := filepath.Join(i.layout.ConfigDirectory(), backupDirectoryName)
	for _, option := range []string{backupPathOption, "-p="} {
		if path, given := i.values[option[:len(option)-1]]; given {
			directory = i.layout.At(path)
		}
	}
	now := time.Now()
	i.printf("Running configuration backup\n")
	path, err := i.writeConfigBackup(directory, now)
	if err != nil {
		return i.fail(fmt.Errorf("back up %s: %w", i.layout.ConfigDirectory(), err))
	}
	i.printf("Configuration backup archive complete: %s\n", path)
	if i.has(keepOldOption) || keep <= 0 {
		i.printf("Keeping all older configuration backups\n")
		return exitOK
	}
	if err := i.deleteOldBackups(directory, now.Add(-keep)); err != nil {
		return i.fail(err)
	}
	return exitOK
}

// backupKeepTime is gitlab_rails['backup_keep_time']: 0 keeps every archive.
func (i *invocation) backupKeepTime() (time.Duration, error) {
	if i.has(keepOldOption) && i.has(deleteOldOption) {
		return 0, fmt.Errorf("%s and %s exclude each other", deleteOldOption, keepOldOption)
	}
	config, err := evaluate(i.layout)
	if err != nil {
		if i.has(deleteOldOption) {
			return 0, err
		}
		i.printf("gitlab.rb is not as it should be, so no older archive is deleted: %v\n", err)
		return 0, nil // a broken configuration is worth a backup too
	}
	value, ok := config.Get("gitlab_rails", "backup_keep_time")
	if !ok || value.IsNil() {
		return 0, nil
	}
	seconds, err := value.AsInt()
	if err == nil && (seconds < 0 || seconds > int64(maxKeep/time.Second)) {
		err = fmt.Errorf("%d is not between 0 and %d", seconds, int64(maxKeep/time.Second))
	}
	if err != nil {
		return 0, fmt.Errorf("%s: gitlab_rails['backup_keep_time']: %w", value.Pos(), err)
	}
	return time.Duration(seconds) * time.Second, nil
}

// maxKeep bounds the time that archives are kept.
const maxKeep = 100 * 365 * 24 * time.Hour

// writeConfigBackup writes the archive beside its name first, so that a name always stands for a whole archive.
func (i *invocation) writeConfigBackup(directory string, now time.Time) (path string, err error) {
	source := i.layout.ConfigDirectory()
	if _, err := os.Stat(source); err != nil {
		return "", err
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", err
	}
	name := fmt.Sprintf("gitlab_config_%d_%s.tar", now.Unix(), now.Format("2006_01_02"))
	i.printf("Creating configuration backup archive: %s\n", name)
	path = filepath.Join(directory, name)
	if _, err := os.Lstat(path); err == nil {
		return "", fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path+".new"))
		}
	}()
	excluded, err := filepath.EvalSymlinks(directory)
	if err != nil {
		return "", errors.Join(err, file.Close())
	}
	archive := &configArchive{tar: tar.NewWriter(file), excluded: excluded, say: i.printf}
	err = errors.Join(file.Chmod(0o600), archive.add(source, nil))
	if err = errors.Join(err, archive.tar.Close(), file.Sync(), file.Close()); err != nil {
		return "", err
	}
	return path, os.Rename(path+".new", path)
}

// configArchive adds files to an archive.
type configArchive struct {
	tar      *tar.Writer
	excluded string // the directory that archives go to
	say      func(format string, args ...any)
}

// add adds what a path leads to. parents are the directories it is in: a link back to one of them would never end.
func (a *configArchive) add(path string, parents []fs.FileInfo) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		a.say("left out, a link to nothing: %s\n", path)
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		a.say("left out, not a file: %s\n", path)
		return nil
	}
	header, err := tar.FileInfoHeader(info, "")
	if err != nil {
		return err
	}
	header.Name = path // absolute, as GitLab's package has them; tar takes the leading slash away when it unpacks
	if !info.IsDir() {
		return a.addFile(path, header)
	}
	for _, parent := range parents {
		if os.SameFile(parent, info) {
			a.say("left out, a link to a directory it is in: %s\n", path)
			return nil
		}
	}
	if real, err := filepath.EvalSymlinks(path); err != nil || real == a.excluded {
		return err
	}
	header.Name += "/"
	if err := a.tar.WriteHeader(header); err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := a.add(filepath.Join(path, entry.Name()), append(parents[:len(parents):len(parents)], info)); err != nil {
			return err
		}
	}
	return nil
}

func (a *configArchive) addFile(path string, header *tar.Header) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // it was only read
	if err := a.tar.WriteHeader(header); err != nil {
		return err
	}
	// A file that grows meanwhile is cut off where it ended; one that shrinks is an error of the archive.
	_, err = io.CopyN(a.tar, file, header.Size)
	return err
}

// deleteOldBackups removes the archives of before a point in time, and nothing else.
func (i *invocation) deleteOldBackups(directory string, before time.Time) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		match := configBackup.FindStringSubmatch(entry.Name())
		if match == nil || !entry.Type().IsRegular() {
			continue
		}
		seconds, err := strconv.ParseInt(match[1], 10, 64)
		if err != nil || !time.Unix(seconds, 0).Before(before) {
			continue
		}
		path := filepath.Join(directory, entry.Name())
		if err := os.Remove(path); err != nil {
			return err
		}
		i.printf("Removed the older configuration backup %s\n", path)
	}
	return nil
}
