package check_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/internal/persist/check"
	"redoubt/internal/persist/crc64"
)

func command(words ...string) string {
	out := fmt.Sprintf("*%d\r\n", len(words))
	for _, w := range words {
		out += fmt.Sprintf("$%d\r\n%s\r\n", len(w), w)
	}
	return out
}

// increment is a file of commands, a transaction among them, with timestamps.
var increment = "#TS:1000\r\n" + command("SELECT", "0") + command("SET", "k", "v") + "#TS:2000\r\n" + command("MULTI") + command("SET", "a", "1") +
	command("DEL", "b") + command("EXEC") + "#TS:3000\r\n" + command("SET", "last", "\r\n*9\r\n")

// summed is a file of commands in two parts with checksums.
var summed = withChecksum(increment) + withChecksum(command("SET", "k", "another value"))

func withChecksum(text string) string {
	return fmt.Sprintf("%s#CRC:%016x\r\n", text, crc64.Checksum([]byte(text)))
}

// files makes a manifest with a base in RDB form and increments, and returns the manifest's path.
func files(t *testing.T, increments ...string) (dir, manifest string) {
	t.Helper()
	dir = t.TempDir()
	must(t, os.Rename(dump(t, dir), filepath.Join(dir, "a.aof.1.base.rdb")))
	text := "file a.aof.1.base.rdb seq 1 type b\n"
	for i, content := range increments {
		name := fmt.Sprintf("a.aof.%d.incr.aof", i+1)
		write(t, filepath.Join(dir, name), []byte(content))
		text += fmt.Sprintf("file %s seq %d type i\n", name, i+1)
	}
	manifest = filepath.Join(dir, "a.aof.manifest")
	write(t, manifest, []byte(text))
	return dir, manifest
}

func TestSoundFiles(t *testing.T) {
	_, manifest := files(t, increment, increment, "")
	out, code := run(check.AOF, "", manifest)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	contains(t, out, "Start checking Multi Part AOF\n", "Start to check BASE AOF (RDB format).\n", "[offset 0] Checking RDB file a.aof.1.base.rdb\n",
		"RDB preamble is OK, proceeding with AOF tail...\n", "BASE AOF a.aof.1.base.rdb is valid\n", "Start to check INCR files.\n",
		fmt.Sprintf("AOF analyzed: filename=a.aof.1.incr.aof, size=%d, ok_up_to=%[1]d, ok_up_to_line=38, diff=0\n", len(increment)),
		"INCR AOF a.aof.1.incr.aof is valid\n", "INCR AOF a.aof.2.incr.aof is valid\n", "INCR AOF a.aof.3.incr.aof is empty\n",
		"All AOF files and manifest are valid\n")
}

func TestOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "appendonly.aof")
	write(t, path, append(read(t, dump(t, dir)), increment...))
	out, code := run(check.AOF, "", path)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	contains(t, out, "Start checking Old-Style AOF\n", "RDB preamble is OK", "diff=0\n", "AOF "+path+" is valid\n")
	write(t, path, nil)
	if out, code = run(check.AOF, "", path); code != 0 || !strings.HasSuffix(out, "AOF "+path+" is empty\n") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

// TestFixAtEveryCut cuts an increment at every byte: --fix leaves the whole commands and transactions before it, keeps the file
// as it was, and after it the files are valid.
func TestFixAtEveryCut(t *testing.T) {
	whole := 0
	for at := range len(increment) {
		dir, manifest := files(t, increment[:at])
		path := filepath.Join(dir, "a.aof.1.incr.aof")
		out, code := run(check.AOF, "", manifest)
		if code == 0 {
			whole++
			continue
		}
		contains(t, out, "AOF a.aof.1.incr.aof is not valid. Use the --fix option to try fixing it.\n")
		out, code = run(check.AOF, "n\n", "--fix", manifest)
		if code != 1 || !strings.HasSuffix(out, "Continue? [y/N]: Aborting...\n") || string(read(t, path)) != increment[:at] {
			t.Fatalf("cut at %d, answered with no: exit code %d, %s", at, code, out)
		}
		out, code = run(check.AOF, "y\n", "--fix", manifest)
		if code != 0 {
			t.Fatalf("cut at %d: exit code %d, %s", at, code, out)
		}
		contains(t, out, "Continue? [y/N]: ", "is kept in "+path+".bak\n", "Successfully truncated AOF a.aof.1.incr.aof\n", "All AOF files and manifest are valid\n")
		fixed := string(read(t, path))
		if !strings.HasPrefix(increment, fixed) || strings.Count(fixed, "MULTI") != strings.Count(fixed, "EXEC") {
			t.Fatalf("cut at %d: fixed to %q", at, fixed)
		}
		if string(read(t, path+".bak")) != increment[:at] {
			t.Fatalf("cut at %d: the copy is not what was there", at)
		}
		if out, code = run(check.AOF, "", manifest); code != 0 {
			t.Fatalf("cut at %d: still not valid: %s", at, out)
		}
	}
	if whole == 0 || whole > 20 {
		t.Errorf("%d cuts are valid files", whole)
	}
}

func TestDamagedFiles(t *testing.T) {
	for name, c := range map[string]struct {
		increments []string
		stdin      string
		args       []string
		lines      []string
	}{
		"zeros": {[]string{increment + "\x00\x00\x00\x00"}, "", nil,
			[]string{fmt.Sprintf("0x%16x: format error", len(increment)), fmt.Sprintf("ok_up_to=%d, ok_up_to_line=38, diff=4\n", len(increment)), "is not valid"}},
		"EXEC without MULTI":  {[]string{command("EXEC")}, "", nil, []string{"Unexpected EXEC in AOF a.aof.1.incr.aof\n", "ok_up_to=0"}},
		"MULTI in MULTI":      {[]string{command("MULTI") + command("MULTI")}, "", nil, []string{"Unexpected MULTI in AOF", "ok_up_to=0"}},
		"MULTI without EXEC":  {[]string{command("MULTI") + command("DEL", "k")}, "", nil, []string{"Reached EOF before reading EXEC for MULTI in AOF", "ok_up_to=0"}},
		"not the last":        {[]string{increment + "*3\r\n", increment}, "", nil, []string{"AOF a.aof.1.incr.aof is not valid"}},
		"not the last, fixed": {[]string{increment + "*3\r\n", increment}, "y\n", []string{"--fix"}, []string{"Failed to truncate AOF a.aof.1.incr.aof because it is not the last file\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, manifest := files(t, c.increments...)
			before := read(t, filepath.Join(dir, "a.aof.1.incr.aof"))
			out, code := run(check.AOF, c.stdin, append(c.args, manifest)...)
			if code != 1 {
				t.Errorf("exit code %d", code)
			}
			contains(t, out, c.lines...)
			if !bytes.Equal(before, read(t, filepath.Join(dir, "a.aof.1.incr.aof"))) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestDamagedBase(t *testing.T) {
	dir, manifest := files(t, increment)
	base := filepath.Join(dir, "a.aof.1.base.rdb")
	content := read(t, base)
	write(t, base, content[:len(content)-3])
	out, code := run(check.AOF, "y\n", "--fix", manifest)
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	contains(t, out, "--- RDB ERROR DETECTED ---\n", "RDB preamble of AOF file is not sane, aborting.\n", "redoubt check-rdb --salvage NEWFILE "+base)
	must(t, os.Remove(base))
	out, code = run(check.AOF, "", manifest)
	if code != 1 || !strings.HasSuffix(out, "Cannot open file "+base+": No such file or directory, aborting...\n") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

func TestTruncateToTimestamp(t *testing.T) {
	second, third := strings.Index(increment, "#TS:2000"), strings.Index(increment, "#TS:3000")
	for until, want := range map[string]int{"1000": second, "1999": second, "2000": third, "2999": third, "3000": len(increment), "99999": len(increment)} {
		dir, manifest := files(t, increment)
		path := filepath.Join(dir, "a.aof.1.incr.aof")
		out, code := run(check.AOF, "", "--truncate-to-timestamp", until, manifest)
		if code != 0 {
			t.Errorf("%s: exit code %d, %s", until, code, out)
		}
		if got := string(read(t, path)); got != increment[:want] {
			t.Errorf("%s: %q is left", until, got)
		}
		if want == len(increment) {
			contains(t, out, "Truncate nothing in AOF a.aof.1.incr.aof to timestamp "+until+"\n", "INCR AOF a.aof.1.incr.aof is valid\n")
			continue
		}
		contains(t, out, "Truncate nothing in AOF a.aof.1.base.rdb", "is kept in "+path+".bak\n", "Successfully truncated AOF a.aof.1.incr.aof to timestamp "+until+"\n", "All AOF files and manifest are valid\n")
		if string(read(t, path+".bak")) != increment {
			t.Errorf("%s: the copy is not what was there", until)
		}
		// Once more, further back: the first copy stays.
		if until == "2000" {
			if out, code = run(check.AOF, "", "--truncate-to-timestamp", "1000", manifest); code != 0 {
				t.Errorf("again: exit code %d, %s", code, out)
			}
			if string(read(t, path+".bak")) != increment || string(read(t, path+".bak.2")) != increment[:third] {
				t.Error("again: the copies are not what was there")
			}
		}
	}
}

func TestTruncateToTimestampRefused(t *testing.T) {
	dir, manifest := files(t, increment, increment)
	for until, line := range map[string]string{
		"999":  "AOF " + filepath.Join(dir, "a.aof.1.incr.aof") + " has nothing before timestamp 999, aborting...\n",
		"1000": fmt.Sprintf("to timestamp 1000 to offset %d because it is not the last file.\n", strings.Index(increment, "#TS:2000")),
		"0":    "Invalid timestamp, aborting...\n",
		"soon": "Invalid timestamp, aborting...\n",
	} {
		out, code := run(check.AOF, "", "--truncate-to-timestamp", until, manifest)
		if code != 1 || !strings.Contains(out, line) {
			t.Errorf("%s: exit code %d, %s", until, code, out)
		}
	}
	if got := names(t, dir); len(got) != 4 {
		t.Errorf("files: %v", got)
	}
}

// TestJournal: files with a journal beside them are checked, and not changed.
func TestJournal(t *testing.T) {
	dir, manifest := files(t, increment)
	write(t, filepath.Join(dir, "a.aof.journal"), nil)
	out, code := run(check.AOF, "", manifest)
	if code != 0 {
		t.Errorf("exit code %d, %s", code, out)
	}
	contains(t, out, "There is a journal, "+filepath.Join(dir, "a.aof.journal"), "All AOF files and manifest are valid\n")
	incr := filepath.Join(dir, "a.aof.1.incr.aof")
	for _, change := range [][]string{{"--fix", manifest}, {"--truncate-to-timestamp", "2000", manifest}, {"--fix", incr}} {
		out, code := run(check.AOF, "y\n", change...)
		if code != 1 || !strings.Contains(out, "Nothing is changed. Start the server once") {
			t.Errorf("%v: exit code %d, %s", change, code, out)
		}
	}
	if got := string(read(t, incr)); got != increment {
		t.Errorf("%q is left", got)
	}
}

func TestManifests(t *testing.T) {
	for text, line := range map[string]string{
		"file x\n":                                     "line 1: 'file x'",
		"# comment\nfile x seq 1 type q\n":             "Unknown AOF file type (line 2",
		"file ../x seq 1 type b\n":                     "can't be a path",
		"file a.aof.9.incr.aof seq 9 type i\n":         "No such file or directory",
		"file x seq 1 type b\nfile y seq 1 type b\n":   "duplicate base",
		"file x seq 2 type i\nfile y seq 1 type i\n":   "non-monotonic",
		"file " + strings.Repeat("x", 2000) + " seq 1": "too long line",
	} {
		path := filepath.Join(t.TempDir(), "m.manifest")
		write(t, path, []byte(text))
		if out, code := run(check.AOF, "", path); code != 1 || !strings.Contains(out, line) {
			t.Errorf("%q: exit code %d, %s", text, code, out)
		}
	}
}

func TestUsageOfAOF(t *testing.T) {
	const usage = "Usage: redis-check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n"
	for _, c := range []struct {
		args []string
		code int
		out  string
	}{
		{nil, 1, usage},
		{[]string{"--bogus", "file"}, 1, usage},
		{[]string{"--truncate-to-timestamp", "1", "--fix", "file"}, 1, usage},
		{[]string{"--help"}, 0, usage},
		{[]string{"--version"}, 0, "redis-check-aof 7.2.4\n"},
		{[]string{"/nonexistent"}, 1, "Cannot open file /nonexistent: No such file or directory\n"},
	} {
		if out, code := run(check.AOF, "", c.args...); code != c.code || out != c.out {
			t.Errorf("%v: exit code %d, %q", c.args, code, out)
		}
	}
}

// TestChecksums: damage that only a checksum shows is reported where what the checksum covers begins, and fixed there.
func TestChecksums(t *testing.T) {
	_, manifest := files(t, summed)
	if out, code := run(check.AOF, "", manifest); code != 0 {
		t.Errorf("exit code %d, %s", code, out)
	}
	good := len(withChecksum(increment))
	damaged := strings.Replace(summed, "another", "Another", 1)
	dir, manifest := files(t, damaged)
	out, code := run(check.AOF, "y\n", "--fix", manifest)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	contains(t, out, fmt.Sprintf("0x%16x: checksum error: the bytes up to ", good),
		fmt.Sprintf("ok_up_to=%d, ok_up_to_line=38, diff=%d\n", good, len(summed)-good), "Successfully truncated AOF")
	path := filepath.Join(dir, "a.aof.1.incr.aof")
	if string(read(t, path)) != withChecksum(increment) || string(read(t, path+".bak")) != damaged {
		t.Error("not cut behind the first checksum, or not kept")
	}
}
