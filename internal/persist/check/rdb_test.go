package check_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"redoubt/internal/persist/check"
)

func TestSoundDump(t *testing.T) {
	path := dump(t, t.TempDir())
	out, code := run(check.RDB, "", path)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	size := strconv.Itoa(len(read(t, path)))
	contains(t, out, "[offset 0] Checking RDB file "+path+"\n", "[offset 26] AUX FIELD redis-ver = '7.2.4'\n", "Selecting DB ID 0\n",
		"Selecting DB ID 3\n", "[offset "+size+"] Checksum OK\n", "[offset "+size+`] \o/ RDB looks OK! \o/`+"\n", "[info] 11 keys read\n[info] 1 expires\n[info] 1 already expired\n")
}

func TestDamagedDumps(t *testing.T) {
	dir := t.TempDir()
	path := dump(t, dir)
	good := read(t, path)
	changed := func(change func(b []byte) []byte) []byte { return change(bytes.Clone(good)) }
	for name, c := range map[string]struct {
		content []byte
		lines   []string
	}{
		"empty":    {nil, []string{"[offset 0] Unexpected EOF reading RDB file\n", "While doing: start\n", "[info] 0 keys read"}},
		"no dump":  {[]byte("hello world, this is no dump\n"), []string{"Wrong signature trying to load DB from file\n", `it begins with "hello wor"`}},
		"cut":      {good[:len(good)-20], []string{"--- RDB ERROR DETECTED ---\n", "Unexpected EOF reading RDB file\n"}},
		"checksum": {changed(func(b []byte) []byte { b[len(b)-3] ^= 1; return b }), []string{"RDB CRC error\n", "While doing: check-sum\n", "[info] 11 keys read"}},
		"type":     {changed(func(b []byte) []byte { b[bytes.Index(b, []byte("\x08string:0"))-1] = 99; return b }), []string{"Invalid object type: 99\n", "While doing: read-type\n"}},
		"value": {changed(func(b []byte) []byte {
			b[bytes.Index(b, []byte("\x0asmall hash"))+len("\x0asmall hash")+1] ^= 0x40
			return b
		}),
			[]string{"Hash listpack integrity check failed", "While doing: read-object-value\n", "Reading key 'small hash'\n"}},
		"more":  {append(bytes.Clone(good), "more"...), []string{"4 bytes after the end mark\n"}},
		"twice": {changed(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("string:5"), []byte("string:6")) }), []string{"there is already a key of this name\n", "Reading key 'string:6'\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			damaged := filepath.Join(dir, "damaged.rdb")
			write(t, damaged, c.content)
			out, code := run(check.RDB, "", damaged)
			if code != 1 {
				t.Errorf("exit code %d", code)
			}
			contains(t, out, append(c.lines, "redoubt check-rdb --salvage NEWFILE "+damaged)...)
			if !bytes.Equal(c.content, read(t, damaged)) {
				t.Error("the file was changed")
			}
		})
	}
}

// TestTerminalIsSafe: what a file holds is shown, not obeyed by the terminal.
func TestTerminalIsSafe(t *testing.T) {
	dir := t.TempDir()
	content := read(t, dump(t, dir))
	path := filepath.Join(dir, "evil.rdb")
	write(t, path, bytes.Replace(content, []byte("7.2.4"), []byte("\x1b[2J\a"), 1))
	out, _ := run(check.RDB, "", path)
	if strings.ContainsAny(out, "\x1b\a") {
		t.Errorf("control characters: %q", out)
	}
}

func TestUsageOfRDB(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		line string
	}{
		{nil, 1, "Usage: redis-check-rdb <rdb-file-name>"},
		{[]string{"a", "b", "c"}, 1, "Usage: "},
		{[]string{"--help"}, 0, "Usage: "},
		{[]string{"--version"}, 0, "redis-check-rdb 7.2.4\n"},
		{[]string{filepath.Join(t.TempDir(), "absent")}, 1, "No such file or directory"},
		{[]string{t.TempDir()}, 1, "it is not a regular file"},
	} {
		out, code := run(check.RDB, "", c.args...)
		if code != c.code || !strings.Contains(out, c.line) {
			t.Errorf("%v: exit code %d, %s", c.args, code, out)
		}
	}
}

func TestSalvage(t *testing.T) {
	dir := t.TempDir()
	path := dump(t, dir)
	good := read(t, path)
	small := bytes.Index(good, []byte("\x0asmall hash")) + len("\x0asmall hash") + 1
	for name, c := range map[string]struct {
		damage func(b []byte) []byte
		keys   int // at least
		code   int
		lines  []string
	}{
		"nothing": {func(b []byte) []byte { return b }, 11, 0, []string{"Salvaged 11 keys into ", "Nothing is lost."}},
		"one value": {func(b []byte) []byte { b[small] ^= 0x40; return b }, 10, 2,
			[]string{"Lost: key 'small hash' of database 0: Hash listpack integrity check failed", "RDB CRC error", "Salvaged 10 keys", "1 keys are lost"}},
		"the end":      {func(b []byte) []byte { return b[:len(b)-30] }, 9, 2, []string{"Unexpected EOF", "Salvaged ", "Lost: the ", "to the end"}},
		"the checksum": {func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, 11, 2, []string{"Salvaged 11 keys", "any value may be wrong"}},
		"everything":   {func(b []byte) []byte { return b[5:] }, 0, 2, []string{"Salvaged 0 keys", "Lost: the "}},
	} {
		t.Run(name, func(t *testing.T) {
			damaged, to := filepath.Join(dir, "damaged.rdb"), filepath.Join(t.TempDir(), "new.rdb")
			content := c.damage(bytes.Clone(good))
			write(t, damaged, content)
			out, code := run(check.RDB, "", "--salvage", to, damaged)
			if code != c.code {
				t.Errorf("exit code %d", code)
			}
			contains(t, out, c.lines...)
			if keys := keysOf(t, to); keys < c.keys || !strings.Contains(out, "Salvaged "+strconv.Itoa(keys)+" keys") {
				t.Errorf("the new file has %d keys", keys)
			}
			if !bytes.Equal(content, read(t, damaged)) {
				t.Error("the damaged file was changed")
			}
		})
	}
}

func TestSalvageOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	path := dump(t, dir)
	before := read(t, path)
	for _, to := range []string{path, filepath.Join(dir, "absent", "new.rdb")} {
		if out, code := run(check.RDB, "", "--salvage", to, path); code != 1 {
			t.Errorf("%s: exit code %d, %s", to, code, out)
		}
	}
	link := filepath.Join(dir, "link")
	must(t, os.Symlink("nowhere", link))
	if out, code := run(check.RDB, "", "--salvage", link, path); code != 1 || !strings.Contains(out, "exists") {
		t.Errorf("a link: exit code %d, %s", code, out)
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("the dump was overwritten")
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("left behind: %v", got)
	}
}
