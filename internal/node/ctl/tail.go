package ctl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	tailLines = 10
	tailBytes = 64 << 10 // read back at most to find them
	tailEvery = 200 * time.Millisecond
)

// notFollowed matches the names in a log directory that are no live logs.
var notFollowed = regexp.MustCompile(`(^|/)(config|lock|@.*|.*\.(gz|bz2|xz|lz4|zst|s|u|t))$`)

// tail follows logs until it is interrupted.
func tail(i *invocation) int {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	directory := i.layout.LogDirectory()
	if len(i.args) > 1 {
		return i.fail(errors.New("gitlab-ctl tail takes one service or path"))
	}
	if len(i.args) == 1 {
		directory = filepath.Join(directory, filepath.Clean("/"+i.args[0]))
	}
	if err := follow(ctx, directory, runLogDirectory(i.layout), i.stdout); err != nil {
		return i.fail(err)
	}
	return exitOK
}

// follow prints the end of every log below directory and then what is added to them, with a header whenever the file
// changes. Files are looked up by name again and again, so rotation and new files are followed. A directory of ended logs below
// directory is left out.
func follow(ctx context.Context, directory, ended string, out io.Writer) error {
	f := &follower{out: out, files: map[string]*followed{}}
	ticker := time.NewTicker(tailEvery)
	defer ticker.Stop()
	for first := true; ; first = false {
		names, err := logFiles(directory, ended)
		if err != nil {
			return err
		}
		if first && len(names) == 0 {
			return fmt.Errorf("there are no logs below %s", directory)
		}
		for _, name := range names {
			if err := f.read(name, first); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func logFiles(root, ended string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && path != root {
				return nil // rotated away while we looked
			}
			return err
		}
		if entry.IsDir() && path == ended && path != root {
			return filepath.SkipDir
		}
		if entry.Type().IsRegular() && !notFollowed.MatchString(path) {
			names = append(names, path)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

type follower struct {
	out   io.Writer
	files map[string]*followed
	last  string // the file whose header was printed last
}

type followed struct {
	info   fs.FileInfo
	offset int64
}

func (f *follower) read(name string, first bool) error {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close() // only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	known := f.files[name]
	switch {
	case known == nil && first:
		known = &followed{info: info, offset: lastLinesOffset(file, info.Size())}
	case known == nil || !os.SameFile(known.info, info) || info.Size() < known.offset:
		known = &followed{info: info}
	}
	f.files[name] = known
	if info.Size() == known.offset && !first {
		return nil
	}
	if f.last != name {
		separator := "\n"
		if f.last == "" {
			separator = ""
		}
		if _, err := fmt.Fprintf(f.out, "%s==> %s <==\n", separator, name); err != nil {
			return err
		}
		f.last = name
	}
	copied, err := io.Copy(f.out, io.NewSectionReader(file, known.offset, info.Size()-known.offset))
	known.offset += copied
	return err
}

// lastLinesOffset finds where the last lines of a file begin.
func lastLinesOffset(file io.ReaderAt, size int64) int64 {
	start := max(0, size-tailBytes)
	end := make([]byte, size-start)
	read, err := file.ReadAt(end, start)
	if err != nil && !errors.Is(err, io.EOF) {
		return size
	}
	end = end[:read]
	position := len(strings.TrimSuffix(string(end), "\n"))
	for range tailLines {
		position = bytes.LastIndexByte(end[:position], '\n')
		if position < 0 {
			return start
		}
	}
	return start + int64(position) + 1
}
