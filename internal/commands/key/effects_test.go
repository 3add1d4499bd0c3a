package key_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get instead of commands whose result depends on the time, on an order that
// servers need not share, or on nothing having happened.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	const (
		payload = "\x00\xc0{\x0a\x00H\xe2S\xe1\x00zg\xb9" // DUMP of the number 123
		quoted  = `"\x00\xc0{\x0a\x00H\xe2S\xe1\x00zg\xb9"`
	)
	node.ExpectEffects(t, [][]string{
		{"SET a 1", "SET a 1"},
		{"EXPIRE a 100", "PEXPIREAT a NOW+100"},
		{"PEXPIRE a 200000 GT", "PEXPIREAT a NOW+200"},
		{"EXPIREAT a 33177117420 XX", "PEXPIREAT a 33177117420000"},
		{"PEXPIREAT a 33177117420001", "PEXPIREAT a 33177117420001"},
		{"EXPIRE a 100 NX"},
		{"PERSIST a", "PERSIST a"},
		{"PERSIST a"},
		{"COPY a b", "COPY a b"},
		{"COPY a b"},
		{"RENAME b c", "RENAME b c"},
		{"RENAMENX c a"},
		{"MOVE c 1", "MOVE c 1"},
		{"EXPIRE a -1", "DEL a"},
		{"DEL a"},
		{"RPUSH l 3 1 2", "RPUSH l 3 1 2"},
		{"SORT l"},
		{"SORT l STORE m", "RPUSH m 1 2 3"},
		{"SORT l DESC LIMIT 0 2 STORE m", "MULTI", "DEL m", "RPUSH m 3 2", "EXEC"},
		{"SORT l LIMIT 0 0 STORE m", "DEL m"},
		{"SORT l LIMIT 0 0 STORE m"},
		{"RESTORE r 0 " + quoted, "RESTORE r 0 " + payload},
		{"RESTORE r 100000 " + quoted + " REPLACE", "RESTORE r NOW+100 " + payload + " REPLACE ABSTTL"},
		{"RESTORE r 33177117420000 " + quoted + " REPLACE ABSTTL",
			"RESTORE r 33177117420000 " + payload + " REPLACE ABSTTL"},
		{"RESTORE r 1 " + quoted + " REPLACE ABSTTL", "DEL r"},
		{"RESTORE r 1 " + quoted + " REPLACE ABSTTL"},
		{"SET x 1 PX 5000", "SET x 1 PXAT NOW+5"},
	})
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
