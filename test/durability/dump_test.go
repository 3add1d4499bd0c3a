package durability

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"redoubt/internal/persist/vfs"
	"redoubt/internal/persist/vfs/faultfs"
	"redoubt/test/inprocess"
	"redoubt/test/program"
)

// soon bounds waits for what takes seconds at most; machines that run tests are busy.
const soon = time.Minute

// log collects the lines of a server.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *log) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// start runs a node whose data is on a disk of its own, with a save point that is never reached.
func start(t *testing.T, d *faultfs.Disk, out io.Writer, args ...string) *inprocess.Node {
	t.Helper()
	n, err := inprocess.TryStartWith(t, inprocess.Options{Files: d, Log: out}, append([]string{"--dir", "/data", "--save", "3600 1000000"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func newDisk(t *testing.T, seed uint64) *faultfs.Disk {
	t.Helper()
	d := faultfs.New(seed)
	if err := d.MkdirAll("/data", 0o755); err != nil {
		t.Fatal(err)
	}
	d.Settle()
	return d
}

// say sends a request and returns the reply's text.
func say(c *inprocess.Client, request string) string {
	r := c.Do(request)
	return string(r.Str)
}

// expect compares the beginning of a reply.
func expect(t *testing.T, c *inprocess.Client, request, want string) {
	t.Helper()
	if got := say(c, request); !strings.HasPrefix(got, want) {
		t.Errorf("%s: %q, want %q", request, got, want)
	}
}

func content(t *testing.T, files vfs.FS, name string) []byte {
	t.Helper()
	text, err := vfs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestFullDisk: a save that fails is told to clients that write, with the reason; reading goes on; and when there is space the
// server notices by itself.
func TestFullDisk(t *testing.T) {
	d, out := newDisk(t, 1), &log{}
	node := start(t, d, out)
	client := node.Client(t)
	expect(t, client, "SET k saved", "OK")
	expect(t, client, "SAVE", "OK")
	before := content(t, d, "/data/dump.rdb")
	d.SetSpace(10)
	expect(t, client, "SET k later", "OK")
	expect(t, client, "BGSAVE", "Background saving started")
	program.Poll(t, soon, "writes are refused", func() bool { return strings.HasPrefix(say(client, "SET other refused"), "MISCONF ") })
	expect(t, client, "GET k", "later")
	if text := say(client, "DEL k"); !strings.HasSuffix(text, "The reason: No space left on device") {
		t.Errorf("the reply does not tell the reason: %s", text)
	}
	if !strings.Contains(out.String(), "/data/dump.rdb") || !strings.Contains(out.String(), "no space left on device") {
		t.Errorf("the log does not tell file and reason:\n%s", out)
	}
	if !strings.Contains(say(client, "INFO persistence"), "rdb_last_bgsave_status:err") {
		t.Error("INFO does not tell that the save failed")
	}
	if !bytes.Equal(before, content(t, d, "/data/dump.rdb")) {
		t.Error("the old dump was touched")
	}
	d.SetSpace(-1)
	program.Poll(t, soon, "writes are taken again", func() bool { return say(client, "SET k recovered") == "OK" })
	node.Stop(t)
	again := start(t, d, io.Discard)
	expect(t, again.Client(t), "GET k", "recovered")
	again.Stop(t)
}

// TestFailedSync: a dump whose content may not have reached the disk does not take the place of one that has.
func TestFailedSync(t *testing.T) {
	d := newDisk(t, 1)
	node := start(t, d, io.Discard)
	client := node.Client(t)
	expect(t, client, "SET k saved", "OK")
	expect(t, client, "SAVE", "OK")
	expect(t, client, "SET k later", "OK")
	d.SetFault(func(op faultfs.Op) error {
		if op.Kind == faultfs.Sync {
			return syscall.EIO
		}
		return nil
	})
	expect(t, client, "SAVE", "ERR")
	d.PowerLoss()
	d.SetFault(nil)
	again := start(t, d, io.Discard)
	expect(t, again.Client(t), "GET k", "saved")
	again.Stop(t)
	expect(t, client, "SAVE", "OK")
	node.Stop(t)
}

// TestUnreadableDumpIsKept: a dump that DEBUG RELOAD could not read is not replaced by what was left of it, neither by a save
// nor at the end.
func TestUnreadableDumpIsKept(t *testing.T) {
	d, out := newDisk(t, 1), &log{}
	node := start(t, d, out)
	client := node.Client(t)
	for i := range 100 {
		expect(t, client, fmt.Sprintf("SET key:%d value", i), "OK")
	}
	expect(t, client, "SAVE", "OK")
	damaged := content(t, d, "/data/dump.rdb")
	damaged[len(damaged)-12] ^= 0x10
	f, err := d.OpenFile("/data/dump.rdb", os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(damaged); err != nil {
		t.Fatal(err)
	}
	expect(t, client, "DEBUG RELOAD NOSAVE", "ERR")
	if !strings.Contains(out.String(), "rdb /data/dump.rdb: damaged at offset") {
		t.Errorf("the log does not tell file and offset:\n%s", out)
	}
	expect(t, client, "SAVE", "ERR")
	expect(t, client, "SHUTDOWN SAVE", "ERR Errors trying to SHUTDOWN")
	expect(t, client, "FLUSHALL", "OK")
	if !bytes.Equal(damaged, content(t, d, "/data/dump.rdb")) {
		t.Error("the damaged dump was overwritten")
	}
	if err := d.Rename("/data/dump.rdb", "/data/damaged.rdb"); err != nil {
		t.Fatal(err)
	}
	expect(t, client, "SAVE", "OK")
	node.Stop(t)
}

// TestUsersSurvivePowerLoss: whenever the power goes during ACL SAVE, the file has the old users or the new ones, and the new
// ones once it was answered with OK.
func TestUsersSurvivePowerLoss(t *testing.T) {
	const old = "user default on nopass ~* &* +@all\nuser alice off\n"
	seen := map[string]int{}
	for seed := range uint64(60) {
		d := newDisk(t, seed)
		f, err := d.OpenFile("/data/users.acl", os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(old)); err != nil {
			t.Fatal(err)
		}
		d.Settle()
		node := start(t, d, io.Discard, "--aclfile", "/data/users.acl", "--save", "")
		client := node.Client(t)
		expect(t, client, "ACL SETUSER bob on >secret +get ~*", "OK")
		d.CutPower(int(seed) % 6)
		reply := say(client, "ACL SAVE")
		d.PowerLoss()
		text := string(content(t, d, "/data/users.acl"))
		switch {
		case strings.Contains(text, "user bob on ") && strings.HasSuffix(text, "\n"):
			seen["new"]++
		case text == old && reply != "OK":
			seen["old"]++
		default:
			t.Fatalf("seed %d: ACL SAVE: %s; the file has %q", seed, reply, text)
		}
		node.Stop(t)
	}
	if seen["old"] == 0 || seen["new"] == 0 {
		t.Errorf("outcomes: %v", seen)
	}
}
