package key_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// recorder is a reader of the effect stream, as a replica would be.
type recorder struct{ bytes.Buffer }

func (r *recorder) Append(effects []byte) { r.Write(effects) }

// commands returns what has been recorded, a line a command, without SELECT. Times close to now are shown as NOW+seconds.
func (r *recorder) commands(t *testing.T) []string {
	t.Helper()
	var out []string
	in := bufio.NewReader(&r.Buffer)
	for {
		reply, err := resp.ReadReply(in, resp.DefaultReplyLimits())
		if err != nil {
			return out
		}
		words := make([]string, len(reply.Elems))
		for i, w := range reply.Elems {
			words[i] = relative(string(w.Str))
		}
		if words[0] != "SELECT" {
			out = append(out, strings.Join(words, " "))
		}
	}
}

func relative(word string) string {
	ms, err := strconv.ParseInt(word, 10, 64)
	if d := time.Until(time.UnixMilli(ms)); err == nil && d.Abs() < time.Hour {
		return fmt.Sprintf("NOW+%.0f", d.Seconds())
	}
	return word
}

// TestEffects says what replicas and the log get instead of commands whose result depends on the time, on an order that
// servers need not share, or on nothing having happened.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	client := redis.NewClient(&redis.Options{Addr: node.Addr, Protocol: 2, DisableIdentity: true})
	defer client.Close()
	ctx := context.Background()
	var sink recorder
	e := node.Server.Engine()
	e.Lock()
	e.Stream.Attach(&sink)
	e.Unlock()

	payload := "\x00\xc0{\x0a\x00H\xe2S\xe1\x00zg\xb9" // DUMP of the number 123
	tests := []struct {
		request string
		want    []string
	}{
		{"SET a 1", []string{"SET a 1"}},
		{"EXPIRE a 100", []string{"PEXPIREAT a NOW+100"}},
		{"PEXPIRE a 200000 GT", []string{"PEXPIREAT a NOW+200"}},
		{"EXPIREAT a 33177117420 XX", []string{"PEXPIREAT a 33177117420000"}},
		{"PEXPIREAT a 33177117420001", []string{"PEXPIREAT a 33177117420001"}},
		{"EXPIRE a 100 NX", nil},
		{"PERSIST a", []string{"PERSIST a"}},
		{"PERSIST a", nil},
		{"COPY a b", []string{"COPY a b"}},
		{"COPY a b", nil},
		{"RENAME b c", []string{"RENAME b c"}},
		{"RENAMENX c a", nil},
		{"MOVE c 1", []string{"MOVE c 1"}},
		{"EXPIRE a -1", []string{"DEL a"}},
		{"DEL a", nil},
		{"RPUSH l 3 1 2", []string{"RPUSH l 3 1 2"}},
		{"SORT l", nil},
		{"SORT l STORE m", []string{"RPUSH m 1 2 3"}},
		{"SORT l DESC LIMIT 0 2 STORE m", []string{"MULTI", "DEL m", "RPUSH m 3 2", "EXEC"}},
		{"SORT l LIMIT 0 0 STORE m", []string{"DEL m"}},
		{"SORT l LIMIT 0 0 STORE m", nil},
		{"RESTORE r 0 " + payload, []string{"RESTORE r 0 " + payload}},
		{"RESTORE r 100000 " + payload + " REPLACE", []string{"RESTORE r NOW+100 " + payload + " REPLACE ABSTTL"}},
		{"RESTORE r 33177117420000 " + payload + " REPLACE ABSTTL",
			[]string{"RESTORE r 33177117420000 " + payload + " REPLACE ABSTTL"}},
		{"RESTORE r 1 " + payload + " REPLACE ABSTTL", []string{"DEL r"}},
		{"RESTORE r 1 " + payload + " REPLACE ABSTTL", nil},
		{"SET x 1 PX 1", []string{"SET x 1 PXAT NOW+0"}},
	}
	for _, test := range tests {
		words := strings.Split(test.request, " ")
		args := make([]any, len(words))
		for i, w := range words {
			args[i] = w
		}
		if err := client.Do(ctx, args...).Err(); err != nil {
			t.Fatalf("%q: %v", test.request, err)
		}
		e.Lock()
		got := sink.commands(t)
		e.Unlock()
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: effects (-want +got)\n%s", test.request, diff)
		}
	}
}

// TestScanWhileGrowing: a key that is there from the first call to the last is reported, whatever else comes and goes.
func TestScanWhileGrowing(t *testing.T) {
	node := inprocess.Start(t)
	client := redis.NewClient(&redis.Options{Addr: node.Addr, Protocol: 2, DisableIdentity: true})
	defer client.Close()
	ctx := context.Background()
	const stay, growing = 500, 50 // growing: calls during which new keys come
	for i := range stay {
		client.Set(ctx, fmt.Sprintf("stay:%d", i), i, 0)
		client.Set(ctx, fmt.Sprintf("go:%d", i), i, 0)
	}
	seen := map[string]bool{}
	cursor, calls := uint64(0), 0
	for {
		keys, next, err := client.Scan(ctx, cursor, "stay:*", 10).Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			seen[k] = true
		}
		client.Del(ctx, fmt.Sprintf("go:%d", calls))
		if calls < growing {
			pipe := client.Pipeline()
			for i := range 100 {
				pipe.Set(ctx, fmt.Sprintf("new:%d:%d", calls, i), i, 0)
			}
			if _, err := pipe.Exec(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if cursor = next; cursor == 0 {
			break
		}
		if calls++; calls > 100*growing {
			t.Fatal("the walk does not end")
		}
	}
	if len(seen) != stay {
		t.Errorf("saw %d of %d keys that were there all the time", len(seen), stay)
	}
}
