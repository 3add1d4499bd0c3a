package lifecycle

import (
	"strings"
	"testing"

	"redoubt/test/program"
)

// A maxmemory that the machine cannot hold is told before the first client, and again when it is changed to another such one.
func TestMemoryLimit(t *testing.T) {
	server := program.Launch(t, "--maxmemory", "1000000gb")
	server.AwaitLog(t, "maxmemory is 976.56T, but ")
	server.AwaitReady(t)
	client := server.Client(t)
	program.Do(t, client, "CONFIG", "SET", "maxmemory", "2000000gb")
	server.AwaitLog(t, "maxmemory is 1.91P, but ")
	info, _ := program.Do(t, client, "INFO", "memory").(string)
	for _, field := range []string{"\nmemory_limit:", "\nmemory_limit_source:", "\nmemory_limit_left:", "\nmemory_limit_status:"} {
		if !strings.Contains(info, field) {
			t.Errorf("%q is missing in:\n%s", field[1:], info)
		}
	}
}
