package clients

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestGoRedisConsumers: a producer and the consumers of a group, which wait for entries, acknowledge most and leave some to
// be claimed. Every entry is dealt with exactly once.
func TestGoRedisConsumers(t *testing.T) {
	each(t, func(t *testing.T, c *redis.Client) {
		ctx := ctx(t)
		const entries, consumers = 300, 4
		if err := c.XGroupCreateMkStream(ctx, "s", "g", "$").Err(); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		done := map[string]int{}
		var wg sync.WaitGroup
		for i := range consumers {
			wg.Go(func() {
				name := fmt.Sprint("consumer ", i)
				for {
					got, err := c.XReadGroup(ctx, &redis.XReadGroupArgs{
						Group: "g", Consumer: name, Streams: []string{"s", ">"}, Count: 7, Block: time.Minute,
					}).Result()
					if err != nil {
						t.Errorf("%s: %v", name, err)
						return
					}
					for _, m := range got[0].Messages {
						switch m.Values["work"] {
						case "stop":
							c.XAck(ctx, "s", "g", m.ID)
							return
						case "fail": // left pending
						default:
							mu.Lock()
							done[m.ID]++
							mu.Unlock()
							c.XAck(ctx, "s", "g", m.ID)
						}
					}
				}
			})
		}
		failing := 0
		for i := range entries {
			work := "do"
			if i%10 == 3 {
				work, failing = "fail", failing+1
			}
			if err := c.XAdd(ctx, &redis.XAddArgs{Stream: "s", Values: []any{"work", work, "number", i}}).Err(); err != nil {
				t.Fatal(err)
			}
		}
		finished := make(chan struct{})
		go func() { wg.Wait(); close(finished) }()
		for waiting := true; waiting; {
			select {
			case <-finished:
				waiting = false
			case <-time.After(time.Millisecond): // a consumer may get several stops at once, so there is no right number
				c.XAdd(ctx, &redis.XAddArgs{Stream: "s", Values: []any{"work", "stop"}})
			}
		}
		if len(done) != entries-failing {
			t.Errorf("%d entries dealt with, want %d", len(done), entries-failing)
		}
		for id, n := range done {
			if n != 1 {
				t.Errorf("%s dealt with %d times", id, n)
			}
		}
		claimed, cursor, err := c.XAutoClaim(ctx, &redis.XAutoClaimArgs{Stream: "s", Group: "g", Consumer: "heir", Start: "0", Count: 1000}).Result()
		fails := 0
		for _, m := range claimed {
			if m.Values["work"] == "fail" {
				fails++
			}
		}
		if err != nil || cursor != "0-0" || fails != failing {
			t.Errorf("claimed %d, %d of them failed, want %d; cursor %s, %v", len(claimed), fails, failing, cursor, err)
		}
		info, err := c.XInfoStreamFull(ctx, "s", 5).Result()
		if err != nil || len(info.Entries) != 5 || len(info.Groups) != 1 || len(info.Groups[0].Consumers) != consumers+1 || info.Groups[0].Lag < 0 {
			t.Errorf("%+v, %v", info, err)
		}
		if n, err := c.XTrimMaxLen(ctx, "s", 10).Result(); err != nil || n < entries-10 {
			t.Errorf("%d entries trimmed, %v", n, err)
		}
	})
}
