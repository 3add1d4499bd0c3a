package ctl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/node/paths"
)

// keptRuns is how many logs of reconfigure stay, as of a service's rotated logs.
const keptRuns = 30

// runLogName matches the log of one run: the time in seconds since 1970, and a number when that was taken.
var runLogName = regexp.MustCompile(`^(\d{9,11})(-\d+)?\.log$`)

// runLog keeps what one reconfigure says, below /var/log/gitlab/reconfigure. A run that is refused before it changed anything
// makes no directory on a machine that has none: it is only written once the node has been configured.
type runLog struct {
	directory string
	began     time.Time
	held      bytes.Buffer // until the file is open
	file      *os.File
}

// logRun has everything that a run prints written to its log too. The caller must call end with the exit code.
func (i *invocation) logRun() (end func(code int)) {
	log := &runLog{directory: runLogDirectory(i.layout), began: time.Now()}
	stdout, stderr := i.stdout, i.stderr
	fmt.Fprintf(log, "# gitlab-ctl reconfigure began at %s, pid %d\n", log.began.UTC().Format(time.RFC3339), os.Getpid())
	i.stdout, i.stderr = io.MultiWriter(stdout, log), io.MultiWriter(stderr, log)
	i.runLog = log
	return func(code int) {
		i.stdout, i.stderr, i.runLog = stdout, stderr, nil
		fmt.Fprintf(log, "# ended after %.1f s with exit code %d\n", time.Since(log.began).Seconds(), code)
		if err := log.close(i.layout); err != nil {
			fmt.Fprintf(stderr, "The log of this run is not complete: %v\n", err)
		}
	}
}

func runLogDirectory(layout paths.Layout) string {
	return filepath.Join(layout.LogDirectory(), "reconfigure")
}

// Write implements io.Writer. A log that cannot be written must not stop a run, so its errors come up at the end.
func (l *runLog) Write(text []byte) (int, error) {
	if l.file == nil {
		return l.held.Write(text)
	}
	if _, err := l.file.Write(text); err != nil {
		l.held.Write(text)
	}
	return len(text), nil
}

// open makes the file, from when on everything goes there at once: a run that is killed has left its log.
func (l *runLog) open() error {
	if l.file != nil {
		return nil
	}
	if err := os.MkdirAll(l.directory, 0o700); err != nil {
		return err
	}
	name := strconv.FormatInt(l.began.Unix(), 10)
	for n := 1; ; n++ {
		path := filepath.Join(l.directory, name+".log")
		if n > 1 {
			path = filepath.Join(l.directory, fmt.Sprintf("%s-%d.log", name, n))
		}
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|unix.O_CLOEXEC, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		l.file = file
		_, err = l.held.WriteTo(file)
		return err
	}
}

// close ends the log and removes the oldest ones.
func (l *runLog) close(layout paths.Layout) error {
	if _, err := os.Stat(layout.LogDirectory()); l.file == nil && err != nil {
		return nil // nothing was changed on this machine, and that stays so
	}
	if err := l.open(); err != nil {
		return err
	}
	if l.held.Len() > 0 {
		return errors.Join(errors.New("the file could not be written to"), l.file.Close())
	}
	return errors.Join(l.file.Close(), removeOldRuns(l.directory))
}

// removeOldRuns leaves the logs of the newest runs. Other files are none of ours.
func removeOldRuns(directory string) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	var logs []string
	for _, entry := range entries {
		if entry.Type().IsRegular() && runLogName.MatchString(entry.Name()) {
			logs = append(logs, entry.Name())
		}
	}
	slices.SortFunc(logs, olderRun)
	for len(logs) > keptRuns {
		if err := os.Remove(filepath.Join(directory, logs[0])); err != nil {
			return err
		}
		logs = logs[1:]
	}
	return nil
}

func olderRun(a, b string) int {
	number := func(name string) (seconds, count int) {
		match := runLogName.FindStringSubmatch(name)
		seconds, _ = strconv.Atoi(match[1]) // the pattern lets digits through only
		if len(match[2]) > 0 {
			count, _ = strconv.Atoi(match[2][1:])
		}
		return seconds, count
	}
	secondsA, countA := number(a)
	secondsB, countB := number(b)
	if secondsA != secondsB {
		return secondsA - secondsB
	}
	return countA - countB
}
