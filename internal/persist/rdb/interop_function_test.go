//go:build interop

package rdb_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
)

// libraryCodes are texts of function libraries: short, and long enough to be compressed.
var libraryCodes = []string{
	"#!lua name=short\nredis.register_function('s', function() return 1 end)",
	"#!lua name=long\n" + strings.Repeat("-- the same line again and again\n", 50) + "redis.register_function('l', function() return 2 end)",
}

func loadLibraries(t *testing.T, c *redis.Client) {
	t.Helper()
	for _, code := range libraryCodes {
		if err := c.FunctionLoad(context.Background(), code).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// librariesOf are the texts that a server lists, by name.
func librariesOf(t *testing.T, c *redis.Client) map[string]string {
	t.Helper()
	list, err := c.FunctionList(context.Background(), redis.FunctionListQuery{WithCode: true}).Result()
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	for _, lib := range list {
		codes[lib.Name] = lib.Code
	}
	return codes
}

var wantLibraries = map[string]string{"short": libraryCodes[0], "long": libraryCodes[1]}

// Libraries in files go both ways.
func TestInteropFunctionFiles(t *testing.T) {
	dir := t.TempDir()
	c := startServer(t, dir)
	loadLibraries(t, c)
	if err := c.Save(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	var codes []string
	stats, err := rdb.LoadFile(vfs.OS, filepath.Join(dir, "dump.rdb"), rdb.LoadOptions{Space: pick(newSpaces(t)), Function: func(code []byte) error {
		codes = append(codes, string(code))
		return nil
	}})
	if err != nil || stats.Functions != 2 {
		t.Fatalf("%+v, %v", stats, err)
	}
	ours := t.TempDir()
	opts := rdb.WriterOptions{Version: rdb.Version10, Compression: true, Checksum: true}
	if _, err := rdb.SaveFile(vfs.OS, ours, "dump.rdb", opts, func(w *rdb.Writer) error {
		for _, code := range codes {
			if err := w.WriteFunction([]byte(code)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantLibraries, librariesOf(t, startServer(t, ours))); diff != "" {
		t.Error(diff)
	}
}

// Payloads of FUNCTION DUMP go both ways, and are equal byte for byte.
func TestInteropFunctionDump(t *testing.T) {
	c := startServer(t, t.TempDir())
	loadLibraries(t, c)
	ctx := context.Background()
	theirs, err := c.FunctionDump(ctx).Result()
	if err != nil {
		t.Fatal(err)
	}
	var payloads rdb.Payloads
	codes, err := payloads.Libraries([]byte(theirs))
	if err != nil {
		t.Fatal(err)
	}
	ours := payloads.AppendLibraries(nil, codes, rdb.Version10, true)
	if string(ours) != theirs {
		t.Errorf("payloads differ: %d and %d bytes", len(ours), len(theirs))
	}
	if err := c.FunctionFlush(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.FunctionRestore(ctx, string(ours)).Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantLibraries, librariesOf(t, c)); diff != "" {
		t.Error(diff)
	}
}
