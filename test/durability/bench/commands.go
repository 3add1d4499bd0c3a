package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// How long an append-only file takes to load: one that is commands throughout, and one whose first half is a base in RDB form.

var withFile = []string{"--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"}

var commandsLoaded = regexp.MustCompile(`DB loaded from append only file: ([0-9.]+) seconds`)

// commands measures the load of both files.
func (b *bench) commands(ctx context.Context) error {
	for _, half := range []bool{false, true} {
		what := "AOF load, commands"
		if half {
			what = "AOF load, half of it RDB"
		}
		dir, err := b.commandsFile(ctx, half)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		for range b.rounds {
			for _, s := range []*subject{b.ours, b.theirs} {
				if err := s.load(ctx, dir, what); err != nil {
					return fmt.Errorf("%s: %s: %w", what, s.name, err)
				}
			}
		}
		if b.rounds == 0 {
			continue
		}
		size, err := sizeOf(filepath.Join(dir, "appendonlydir"))
		if err != nil {
			return err
		}
		fmt.Printf("%s, %d keys\n", what, b.keys)
		b.report(what, 2, size)
	}
	return nil
}

// load notes how long a start takes to load the file in dir.
func (s *subject) load(ctx context.Context, dir, what string) error {
	p, err := s.start(ctx, dir, withFile...)
	if err != nil {
		return err
	}
	defer p.stop()
	seconds, err := p.logged(commandsLoaded)
	s.note(what, seconds)
	return err
}

// commandsFile returns a directory with an append-only file of the mixed keys, which redis-server has written; with half, it has
// rewritten the first half.
func (b *bench) commandsFile(ctx context.Context, half bool) (dir string, err error) {
	dir = filepath.Join(b.dir, fmt.Sprintf("commands-%d-%t", b.keys, half))
	complete := filepath.Join(dir, "complete")
	if _, err := os.Stat(complete); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	p, err := b.theirs.start(ctx, dir, withFile...)
	if err != nil {
		return "", err
	}
	defer p.stop()
	if err := p.fill(ctx, add, 0, b.keys/2); err != nil {
		return "", err
	}
	if half {
		if err := p.rewrite(ctx); err != nil {
			return "", err
		}
	}
	if err := p.fill(ctx, add, b.keys/2, b.keys); err != nil {
		return "", err
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return "", err
	}
	<-p.done
	return dir, os.WriteFile(complete, nil, 0o644)
}

// rewrite returns when the file has been rewritten.
func (p *process) rewrite(ctx context.Context) error {
	if err := p.client.BgRewriteAOF(ctx).Err(); err != nil {
		return err
	}
	return p.await(ctx, "aof_rewrite_in_progress", "0")
}

// fill gives items from up to to their values.
func (p *process) fill(ctx context.Context, add func(context.Context, redis.Pipeliner, int), from, to int) error {
	for ; from < to; from += batch {
		pipe := p.client.Pipeline()
		for i := from; i < min(from+batch, to); i++ {
			add(ctx, pipe, i)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sizeOf is the size of the files of a directory that are data, in bytes.
func sizeOf(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(d.Name(), ".manifest") {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}
