package limits

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"redoubt/internal/resp"
)

// TestPublishedAttacks sends what made Redis crash, hang or tell too much, written anew from the descriptions; those on the
// interpreter are in internal/script. Each is answered, and the server goes on, with little memory taken.
func TestPublishedAttacks(t *testing.T) {
	const far, half = "9223372036854775807", "4294967296"
	sparse := "HYLL\x01" + strings.Repeat("\x00", 10) + "\x80" + strings.Repeat("\x7f\xff", 1000)                        // no count is cached; runs beyond the last register
	many := slices.Clip(append([]string{"SORT", "list", "ALPHA"}, slices.Repeat([]string{"GET", "#"}, maxBulk/24/3)...)) // for 3 elements
	for _, a := range []struct {
		name  string
		want  string // the last reply begins with it
		calls [][]string
	}{
		{"CVE-2021-29477: a string too long to compare", "*4", [][]string{{"SET", "b", strings.Repeat("x", 1<<16)}, {"LCS", "string", "b", "IDX"}}},
		{"CVE-2021-32625: the length of LCS", ":", [][]string{{"LCS", "string", "string", "LEN"}}},
		{"CVE-2021-32627: a huge stream entry", "-", [][]string{{"XADD", "stream", "MAXLEN", far, "*", "a"}}},
		{"CVE-2021-32687: a set that outgrows its intset", ":", [][]string{{"CONFIG", "SET", "set-max-intset-entries", far}, {"SADD", "s", "1", far}}},
		{"CVE-2021-32761: BITFIELD far behind the end", "-", [][]string{{"BITFIELD", "string", "SET", "u32", half, "1"}}},
		{"CVE-2021-32761: GETBIT far behind the end", "-", [][]string{{"GETBIT", "string", far}}},
		{"CVE-2022-31144: XAUTOCLAIM of deleted entries", "*3", [][]string{{"XDEL", "stream", "1-1"}, {"XAUTOCLAIM", "stream", "g", "d", "0", "0", "COUNT", "1"}}},
		{"CVE-2022-35951: XAUTOCLAIM with a huge COUNT", "-", [][]string{{"XAUTOCLAIM", "stream", "g", "d", "0", "0", "COUNT", far}}},
		{"CVE-2022-35977: SETRANGE at the end of the numbers", "-", [][]string{{"SETRANGE", "string", far, "x"}}},
		{"CVE-2022-35977: SORT with a wide LIMIT", "*0", [][]string{{"SORT", "set", "BY", "nosort", "LIMIT", far, far}}},
		{"many values of many elements: SORT with as many GETs as there may be", fmt.Sprint("*", maxBulk/24/3*3), [][]string{many}},
		{"many values of many elements: SORT with one GET more", "-ERR reply exceeds", [][]string{append(many, "GET", "#")}},
		{"many values of many elements: SORT that stores them", "-ERR reply exceeds", [][]string{append(many, "GET", "x", "STORE", "d")}},
		{"CVE-2023-22458: HRANDFIELD of the least number", "-", [][]string{{"HRANDFIELD", "hash", "-9223372036854775808", "WITHVALUES"}}},
		{"CVE-2023-22458: ZRANDMEMBER of the least number", "-", [][]string{{"ZRANDMEMBER", "zset", "-9223372036854775808", "WITHSCORES"}}},
		{"CVE-2023-25155: SRANDMEMBER of the least number", "-", [][]string{{"SRANDMEMBER", "set", "-9223372036854775808"}}},
		{"CVE-2023-28425: MSETNX with a key twice", ":1", [][]string{{"MSETNX", "new", "1", "new", "2"}}},
		{"CVE-2023-28856: HINCRBYFLOAT to what is no number", "-", [][]string{{"HSET", "hash", "n", "inf"}, {"HINCRBYFLOAT", "hash", "n", "-inf"}}},
		{"CVE-2023-36824: keys that are not there", "*0", [][]string{{"COMMAND", "GETKEYS", "EVAL", "x", far, "k"}}},
		{"CVE-2023-36824: keys and flags that are not there", "-", [][]string{{"COMMAND", "GETKEYSANDFLAGS", "ZUNIONSTORE", "d", "2147483647", "k"}}},
		{"CVE-2023-41053: SORT_RO reads keys beside its own", "-ERR ", [][]string{
			{"ACL", "SETUSER", "reader", "on", "nopass", "+sort_ro", "+get", "~list"}, {"AUTH", "reader", "x"}, {"SORT_RO", "list", "BY", "nosort", "GET", "string"},
		}},
		{"CVE-2023-41056: a query buffer that just fits", "+OK", [][]string{{"SET", "k", strings.Repeat("x", maxBulk)}}},
		{"CVE-2024-31227: a selector without an end", "-ERR", [][]string{{"ACL", "SETUSER", "u", "(+get"}}},
		{"CVE-2024-51741: a malformed selector", "-ERR", [][]string{{"ACL", "SETUSER", "u", "(%"}}},
		{"CVE-2022-36021, CVE-2024-31228: a pattern of stars", "*0", [][]string{{"KEYS", strings.Repeat("s*", 32<<10) + "b"}}},
		{"CVE-2025-32023: runs of a HyperLogLog beyond its registers", "-", [][]string{{"SET", "hll", sparse}, {"PFCOUNT", "hll"}}},
		{"CVE-2025-32023: merged into another", "-", [][]string{{"SET", "hll", sparse}, {"PFMERGE", "other", "hll"}}},
	} {
		t.Run(strings.ReplaceAll(a.name, " ", "_"), func(t *testing.T) {
			w := newWorld(t)
			var requests []byte
			for _, line := range setUp["fitting"] {
				requests = resp.AppendCommandStrings(requests, strings.Fields(line)...)
			}
			if got := w.raw(requests); len(got) != len(setUp["fitting"]) {
				t.Fatalf("%d replies to the set-up", len(got))
			}
			arena, heap := w.memory()
			last := ""
			for _, words := range a.calls {
				// The one that reads as another user may not ECHO: its reply is read alone.
				if _, err := w.conn.Write(resp.AppendCommandStrings(nil, words...)); err != nil {
					t.Fatal(err)
				}
				reply, err := resp.ReadReply(w.r, resp.DefaultReplyLimits())
				if err != nil {
					t.Fatalf("%.80q: %v", words, err)
				}
				last = fmt.Sprintf("%c%.100s", reply.Type, reply.Str)
				switch reply.Type {
				case resp.TypeInt:
					last = fmt.Sprint(":", reply.Int)
				case resp.TypeArray:
					last = fmt.Sprint("*", len(reply.Elems))
				}
			}
			if !strings.HasPrefix(last, a.want) {
				t.Errorf("the reply is %q, want %q", last, a.want)
			}
			arenaAfter, heapAfter := w.memory()
			if took := max(arenaAfter-arena, heapAfter-heap); took > mayTake {
				t.Errorf("it takes %d MB", took>>20)
			}
			w.connect() // the server serves others
		})
	}
}
