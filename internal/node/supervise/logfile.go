package supervise

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxLogLine bounds one line; a longer one is cut into several.
const maxLogLine = 64 << 10

// logFile is a service's log directory in svlogd's layout: current, and rotated files named by the moment of rotation
// (@<tai64n>.s, gzip content when compressed). Writes are whole lines with a -tt style UTC time stamp.
type logFile struct {
	settings LogSettings
	now      func() time.Time

	mu      sync.Mutex
	current *os.File
	size    int64
	opened  time.Time // when the oldest line in current was written, for rotation by age
	udp     net.Conn
}

func openLog(settings LogSettings, now func() time.Time) (*logFile, error) {
	log := &logFile{settings: settings, now: now}
	if err := log.open(); err != nil {
		return nil, err
	}
	return log, nil
}

// change goes over to other settings, perhaps another directory. On an error the log stays as it is.
func (l *logFile) change(settings LogSettings) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := &logFile{settings: settings, now: l.now}
	if err := next.open(); err != nil {
		return err
	}
	err := l.closeFiles()
	l.settings, l.current, l.size, l.opened, l.udp = next.settings, next.current, next.size, next.opened, next.udp
	return err
}

func (l *logFile) open() error {
	path := filepath.Join(l.settings.Directory, "current")
	mode := fs.FileMode(0o600)
	if l.settings.GroupRead {
		mode = 0o640
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	info, err := file.Stat()
	if err == nil {
		err = file.Chmod(mode)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("open log: %w", err), file.Close())
	}
	l.current, l.size, l.opened = file, info.Size(), l.now()
	if l.settings.UDPAddress != "" && l.udp == nil {
		// UDP: connecting sends nothing, so a collector that is down costs nothing; an unresolvable one costs the copy only.
		if conn, err := net.Dial("udp", l.settings.UDPAddress); err == nil {
			l.udp = conn
		}
	}
	return nil
}

// writeLine stamps and appends one line (without its line end), rotating before when it is due.
func (l *logFile) writeLine(line []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	stamped := now.UTC().Format("2006-01-02_15:04:05.00000 ") + l.settings.Prefix + string(line) + "\n"
	tooLarge := l.settings.Size > 0 && l.size > 0 && l.size+int64(len(stamped)) > l.settings.Size
	tooOld := l.settings.MaxAgeSeconds > 0 && l.size > 0 && now.Sub(l.opened) > time.Duration(l.settings.MaxAgeSeconds)*time.Second
	if tooLarge || tooOld {
		if err := l.rotate(now); err != nil {
			return err
		}
	}
	written, err := io.WriteString(l.current, stamped)
	l.size += int64(written)
	if l.udp != nil {
		io.WriteString(l.udp, stamped) //nolint:errcheck // best effort by nature
	}
	return err
}

func (l *logFile) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closeFiles()
}

func (l *logFile) closeFiles() error {
	if l.udp != nil {
		return errors.Join(l.current.Close(), l.udp.Close())
	}
	return l.current.Close()
}

// rotate moves current aside under the moment's name, starts a new one, compresses and prunes.
func (l *logFile) rotate(now time.Time) error {
	if err := l.current.Close(); err != nil {
		return err
	}
	current := filepath.Join(l.settings.Directory, "current")
	rotated := filepath.Join(l.settings.Directory, taiName(now)+".s")
	if err := os.Rename(current, rotated); err != nil {
		return errors.Join(err, l.open())
	}
	if err := l.open(); err != nil {
		return err
	}
	if l.settings.Compress {
		if err := compressInPlace(rotated); err != nil {
			return fmt.Errorf("compress rotated log: %w", err)
		}
	}
	return l.prune()
}

// prune removes the oldest rotated files beyond Keep. TAI names sort by time.
func (l *logFile) prune() error {
	if l.settings.Keep == 0 {
		return nil
	}
	entries, err := os.ReadDir(l.settings.Directory)
	if err != nil {
		return err
	}
	var rotated []string
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, "@") && (strings.HasSuffix(name, ".s") || strings.HasSuffix(name, ".u")) {
			rotated = append(rotated, name)
		}
	}
	slices.Sort(rotated)
	for ; len(rotated) > l.settings.Keep; rotated = rotated[1:] {
		if err := os.Remove(filepath.Join(l.settings.Directory, rotated[0])); err != nil {
			return err
		}
	}
	return nil
}

// compressInPlace replaces path by its gzip form under the same name, as svlogd's processor does.
func compressInPlace(path string) error {
	source, err := os.Open(path)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	temporary := path + ".t"
	target, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	packer := gzip.NewWriter(target)
	_, err = io.Copy(packer, source)
	if err = errors.Join(err, packer.Close(), target.Sync(), target.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// taiName renders a moment as a TAI64N label, the form svlogd names its files by.
func taiName(moment time.Time) string {
	const label, leapSeconds = 1 << 62, 10
	return fmt.Sprintf("@%016x%08x", uint64(moment.Unix())+label+leapSeconds, moment.Nanosecond())
}

// copyLines reads the named pipe until it is closed and passes each line on; text longer than maxLogLine is cut. Failing
// to write a line (full disk) loses the line, not the service: the pipe must be emptied whatever happens.
func copyLines(pipe io.Reader, write func([]byte) error) {
	buffer := make([]byte, 0, maxLogLine)
	for {
		read, err := pipe.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+read]
		rest := buffer
		for {
			line, after, found := bytes.Cut(rest, []byte{'\n'})
			if !found {
				break
			}
			write(line) //nolint:errcheck // see above
			rest = after
		}
		if len(rest) == cap(buffer) {
			write(rest) //nolint:errcheck // see above
			rest = nil
		}
		buffer = buffer[:copy(buffer[:cap(buffer)], rest)]
		if err != nil {
			return
		}
	}
}
