package supervise

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func newLog(t *testing.T, settings LogSettings) (*logFile, *clock) {
	t.Helper()
	settings.Directory = t.TempDir()
	ticking := &clock{now: time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.UTC)}
	log, err := openLog(settings, ticking.read)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.close() }) // nothing depends on it
	return log, ticking
}

func (l *logFile) rotatedFiles(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(l.settings.Directory, "@*.s"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLinesAreStamped(t *testing.T) {
	log, _ := newLog(t, LogSettings{Prefix: "host redis: "})
	copyLines(strings.NewReader("one\ntwo\n"), log.writeLine)
	content, err := os.ReadFile(filepath.Join(log.settings.Directory, "current"))
	want := "2026-03-04_05:06:07.12345 host redis: one\n2026-03-04_05:06:07.12345 host redis: two\n"
	if err != nil || string(content) != want {
		t.Errorf("got %q (%v), want %q", content, err, want)
	}
}

func TestVeryLongLinesAreCutNotLost(t *testing.T) {
	var lines []string
	long := strings.Repeat("x", maxLogLine+10)
	copyLines(strings.NewReader(long+"\nnext\n"), func(line []byte) error { lines = append(lines, string(line)); return nil })
	if len(lines) != 3 || lines[0]+lines[1] != long || lines[2] != "next" {
		t.Errorf("%d lines", len(lines))
	}
}

func TestRotationBySizeKeepsCountAndCompresses(t *testing.T) {
	log, ticking := newLog(t, LogSettings{Size: 100, Keep: 2, Compress: true})
	for _, line := range []string{"first", "second", "third", "fourth"} {
		if err := log.writeLine([]byte(line + strings.Repeat(".", 70))); err != nil {
			t.Fatal(err)
		}
		ticking.now = ticking.now.Add(time.Second)
	}
	rotated := log.rotatedFiles(t)
	if len(rotated) != 2 {
		t.Fatalf("rotated files: %v", rotated)
	}
	if !regexp.MustCompile(`^@4[0-9a-f]{23}\.s$`).MatchString(filepath.Base(rotated[0])) {
		t.Errorf("name %s", rotated[0])
	}
	file, err := os.Open(rotated[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(unpacked)
	if err != nil || !strings.Contains(string(content), "second") {
		t.Errorf("oldest kept file holds %q, error %v", content, err)
	}
}

func TestRotationByAge(t *testing.T) {
	log, ticking := newLog(t, LogSettings{MaxAgeSeconds: 60})
	for range 2 {
		if err := log.writeLine([]byte("line")); err != nil {
			t.Fatal(err)
		}
		ticking.now = ticking.now.Add(61 * time.Second)
	}
	if rotated := log.rotatedFiles(t); len(rotated) != 1 {
		t.Errorf("rotated files: %v", rotated)
	}
}

func TestChangeOfDirectory(t *testing.T) {
	log, _ := newLog(t, LogSettings{})
	elsewhere := t.TempDir()
	if err := log.change(LogSettings{Directory: elsewhere}); err != nil {
		t.Fatal(err)
	}
	if err := log.writeLine([]byte("moved")); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(filepath.Join(elsewhere, "current")); err != nil || !strings.Contains(string(content), "moved") {
		t.Errorf("got %q, error %v", content, err)
	}
	if err := log.change(LogSettings{Directory: "/nonexistent"}); err == nil {
		t.Error("an impossible directory was accepted")
	}
	if err := log.writeLine([]byte("still here")); err != nil {
		t.Errorf("the log was lost: %v", err)
	}
}
