package cli

import (
	"fmt"
	"strings"
	"testing"
)

// fakeKey is a key of a fake dataset.
type fakeKey struct {
	kind                string
	elements, bytes, hz int
}

// dataset answers what surveys ask. It is scanned in two steps.
func dataset(keys map[string]fakeKey, pages ...[]string) func(args []string) (string, bool) {
	number := func(n int) (string, bool) { return fmt.Sprintf(":%d\r\n", n), false }
	return func(args []string) (string, bool) {
		switch strings.ToUpper(args[0]) {
		case "DBSIZE":
			return number(len(keys))
		case "SCAN":
			at := atoi(args[1])
			next := (at + 1) % len(pages)
			reply := fmt.Sprintf("*2\r\n%s*%d\r\n", bulk(fmt.Sprint(next)), len(pages[at]))
			for _, key := range pages[at] {
				reply += bulk(key)
			}
			return reply, false
		case "TYPE":
			return "+" + keys[args[1]].kind + "\r\n", false
		case "STRLEN", "LLEN", "XLEN":
			if keys[args[1]].elements < 0 {
				return "-WRONGTYPE it was deleted and made anew\r\n", false
			}
			return number(keys[args[1]].elements)
		case "MEMORY":
			return number(keys[args[2]].bytes)
		case "OBJECT":
			if keys[args[2]].hz < 0 {
				return "-ERR An LFU maxmemory policy is not selected\r\n", false
			}
			return number(keys[args[2]].hz)
		}
		return "", false
	}
}

const scanHead = `
# Scanning the entire keyspace to find %s keys as well as
# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec
# per 100 SCAN commands (not usually needed).

`

func TestReports(t *testing.T) {
	keys := map[string]fakeKey{
		"a": {"string", 3, 40, 1}, "b": {"string", 9, 50, 7}, "a list": {"list", 2, 1000, 7}, "s": {"stream", 0, 500, 0},
		"gone": {"none", 0, 0, 0}, "other": {"list", -1, 1, 9}, "m": {"module", 0, 77, 0}, "l\n": {"list", 1, 100, 2},
	}
	pages := [][]string{{"a", "b", "a list", "gone"}, {"s", "other", "m", "l\n"}}
	tests := []struct {
		args []string
		want result
	}{
		{[]string{"--bigkeys"}, result{out: fmt.Sprintf(scanHead, "biggest") + `[00.00%] Biggest string found so far '"a"' with 3 bytes
[00.00%] Biggest string found so far '"b"' with 9 bytes
[00.00%] Biggest list   found so far '"a list"' with 2 items

-------- summary -------

Sampled 8 keys in the keyspace!
Total key length in bytes is 21 (avg len 2.62)

Biggest string found '"b"' has 9 bytes
Biggest   list found '"a list"' has 2 items

2 strings with 12 bytes (25.00% of keys, avg size 6.00)
2 lists with 3 items (25.00% of keys, avg size 1.50)
0 sets with 0 members (00.00% of keys, avg size 0.00)
0 zsets with 0 members (00.00% of keys, avg size 0.00)
0 hashs with 0 fields (00.00% of keys, avg size 0.00)
1 streams with 0 entries (12.50% of keys, avg size 0.00)
0 modules with 0 ? (00.00% of keys, avg size 0.00)
`, err: "Warning:  LLEN on '\"other\"' failed (may have changed type)\n"}},
		{[]string{"--memkeys-samples", "7"}, result{out: fmt.Sprintf(scanHead, "biggest") + `[00.00%] Biggest string found so far '"a"' with 40 bytes
[00.00%] Biggest string found so far '"b"' with 50 bytes
[00.00%] Biggest list   found so far '"a list"' with 1000 bytes
[50.00%] Biggest stream found so far '"s"' with 500 bytes
[50.00%] Biggest module found so far '"m"' with 77 bytes

-------- summary -------

Sampled 8 keys in the keyspace!
Total key length in bytes is 21 (avg len 2.62)

Biggest string found '"b"' has 50 bytes
Biggest   list found '"a list"' has 1000 bytes
Biggest stream found '"s"' has 500 bytes
Biggest module found '"m"' has 77 bytes

2 strings with 90 bytes (25.00% of keys, avg size 45.00)
3 lists with 1101 bytes (37.50% of keys, avg size 367.00)
0 sets with 0 bytes (00.00% of keys, avg size 0.00)
0 zsets with 0 bytes (00.00% of keys, avg size 0.00)
0 hashs with 0 bytes (00.00% of keys, avg size 0.00)
1 streams with 500 bytes (12.50% of keys, avg size 500.00)
1 modules with 77 bytes (12.50% of keys, avg size 77.00)
`}},
		{[]string{"--hotkeys"}, result{out: fmt.Sprintf(scanHead, "hot") + `[00.00%] Hot key '"a"' found so far with counter 1
[00.00%] Hot key '"b"' found so far with counter 7
[00.00%] Hot key '"a list"' found so far with counter 7
[50.00%] Hot key '"other"' found so far with counter 9
[50.00%] Hot key '"l\n"' found so far with counter 2

-------- summary -------

Sampled 8 keys in the keyspace!
hot key found with counter: 9	keyname: "other"
hot key found with counter: 7	keyname: "b"
hot key found with counter: 7	keyname: "a list"
hot key found with counter: 2	keyname: "l\n"
hot key found with counter: 1	keyname: "a"
`}},
	}
	server := startFake(t, dataset(keys, pages...))
	for _, test := range tests {
		if got := runCLI(server, "", test.args...); got != test.want {
			t.Errorf("%q:\n got %s\n%s\nwant %s\n%s", test.args, got.out, got.err, test.want.out, test.want.err)
		}
	}
	if seen := strings.Join(server.seen(), "\n"); !strings.Contains(seen, "MEMORY USAGE a SAMPLES 7") {
		t.Errorf("--memkeys-samples is not passed on:\n%s", seen)
	}
}

// TestHottest: only so many keys are shown, and of equal ones the first that were found.
func TestHottest(t *testing.T) {
	keys := map[string]fakeKey{}
	var page []string
	for i := range 3 * hotKeysShown {
		key := fmt.Sprintf("k%d", i)
		keys[key] = fakeKey{"string", 1, 1, 1 + i/2}
		page = append(page, key)
	}
	got := runCLI(startFake(t, dataset(keys, page)), "", "--hotkeys")
	_, summary, _ := strings.Cut(got.out, "keyspace!\n")
	want := ""
	for i := range hotKeysShown {
		n := 3*hotKeysShown - 2 - i/2*2 + i%2
		want += fmt.Sprintf("hot key found with counter: %d\tkeyname: \"k%d\"\n", 1+n/2, n)
	}
	if summary != want {
		t.Errorf("got\n%swant\n%s", summary, want)
	}
}

func TestReportsThatFail(t *testing.T) {
	keys := map[string]fakeKey{"a": {"string", 1, 1, -1}}
	for _, test := range []struct {
		flag, request, answer, want string
	}{
		{"--hotkeys", "none", "", "Error: ERR An LFU maxmemory policy is not selected\n"},
		{"--bigkeys", "DBSIZE", "-NOAUTH no\r\n", "DBSIZE error: NOAUTH no\n"},
		{"--bigkeys", "SCAN", "-NOPERM no\r\n", "SCAN error: NOPERM no\n"},
		{"--bigkeys", "SCAN", "+no\r\n", "SCAN error: unexpected reply\n"},
		{"--memkeys", "TYPE", "-NOPERM no\r\n", "TYPE returned an error: NOPERM no\n"},
		{"--stat", "INFO", "-NOPERM no\r\n", "INFO error: NOPERM no\n"},
	} {
		answer := dataset(keys, []string{"a"})
		server := startFake(t, func(args []string) (string, bool) {
			if args[0] == test.request {
				return test.answer, false
			}
			return answer(args)
		})
		if got := runCLI(server, "", test.flag); got.err != test.want || got.code != 1 {
			t.Errorf("%s, %s: %d %q, want %q", test.flag, test.request, got.code, got.err, test.want)
		}
	}
}

func TestStat(t *testing.T) {
	infos := []string{
		"# Server\r\nused_memory:1415578\r\nconnected_clients:3\r\nblocked_clients:1\r\ntotal_commands_processed:287\r\n" +
			"total_connections_received:80\r\ndb0:keys=12,expires=0,avg_ttl=0\r\ndb3:keys=30,expires=0\r\n",
		"used_memory:900\r\ntotal_commands_processed:300\r\nrdb_bgsave_in_progress:1\r\naof_rewrite_in_progress:1\r\n",
		"total_commands_processed:301\r\nrdb_bgsave_in_progress:1\r\ncurrent_fork_perc:42.50\r\n" +
			"current_save_bytes_per_second:157286400\r\ncurrent_save_eta_seconds:83\r\n",
		"total_commands_processed:301\r\naof_rewrite_in_progress:1\r\ncurrent_fork_perc:99.00\r\n" +
			"current_save_bytes_per_second:1048576\r\ncurrent_save_eta_seconds:0\r\n",
		"total_commands_processed:301\r\nloading:1\r\nloading_loaded_perc:7.25\r\nloading_eta_seconds:5\r\n",
	}
	at := -1
	server := startFake(t, func([]string) (string, bool) {
		if at++; at == len(infos) {
			return "", true
		}
		return bulk(infos[at]), false
	})
	got := runCLI(server, "", "--stat", "-i", "0.001")
	want := result{code: 1, err: "Error: Server closed the connection\n", out: `------- data ------ --------------------- load -------------------- - child -
keys       mem      clients blocked requests            connections          
42         1.35M    3       1       287 (+0)            80          
0          900B     0       0       300 (+13)           0           SAVE+AOF
0          0B       0       0       301 (+1)            0           SAVE 42.50% 150.00M/s 1:23 left
0          0B       0       0       301 (+0)            0           AOF 99.00% 1.00M/s 0:00 left
0          0B       0       0       301 (+0)            0           LOAD 7.25% 0:05 left
`}
	if got != want {
		t.Errorf("got %s%s\nwant %s%s", got.out, got.err, want.out, want.err)
	}
}
