//go:build cgroup

package lifecycle

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/test/program"
)

// groupLimit is the memory of the group in bytes.
const groupLimit = 256 << 20

// A server in a control group that fills up says so while it still answers, and what there is to be done.
func TestControlGroup(t *testing.T) {
	group, limit := newGroup(t)
	server := program.Start(t)
	write(t, filepath.Join(group, "cgroup.procs"), fmt.Sprint(server.PID()))
	server.AwaitLog(t, "maxmemory is not set, and ")
	client := server.Client(t)
	value := strings.Repeat("x", 1<<20)
	for i := 0; !strings.Contains(server.Log(), "Memory is short (near)"); i++ {
		if i > groupLimit>>20 {
			t.Fatal("the group is full and the log says nothing")
		}
		program.Do(t, client, "SET", fmt.Sprintf("key:%d", i), value)
		if i > groupLimit>>20*8/10 { // from here on the limits are read before the next value comes
			program.Do(t, client, "BLPOP", "none", "1.1")
		}
	}
	if report, _ := program.Do(t, client, "MEMORY", "DOCTOR").(string); !strings.Contains(report, limit) {
		t.Errorf("MEMORY DOCTOR does not name %s:\n%s", limit, report)
	}
	info, _ := program.Do(t, client, "INFO", "memory").(string)
	for _, want := range []string{fmt.Sprintf("\nmemory_limit:%d\r", groupLimit), "\nmemory_limit_source:" + limit + "\r"} {
		if !strings.Contains(info, want) {
			t.Errorf("%q is missing in:\n%s", want[1:], info)
		}
	}
	if err := client.FlushAll(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	program.Poll(t, 10*time.Second, "memory_limit_status:ok", func() bool {
		info, _ := program.Do(t, client, "INFO", "memory").(string)
		return strings.Contains(info, "\nmemory_limit_status:ok\r")
	})
}

// newGroup makes a control group with groupLimit, of version 1 or 2, and returns its directory and the file with the limit.
// It is removed when the test, and its server, have ended.
func newGroup(t *testing.T) (group, limit string) {
	t.Helper()
	parent, name := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat(parent); err != nil {
		parent, name = "/sys/fs/cgroup", "memory.max"
		write(t, filepath.Join(parent, "cgroup.subtree_control"), "+memory")
	}
	group, err := os.MkdirTemp(parent, "redoubt-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(group); err != nil {
			t.Error(err)
		}
	})
	limit = filepath.Join(group, name)
	write(t, limit, fmt.Sprint(groupLimit))
	return group, limit
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0); err != nil {
		t.Fatal(err)
	}
}
