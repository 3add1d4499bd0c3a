package clients

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redoubt/test/inprocess"
)

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return c
}

func goRedis(t *testing.T, protocol int, args ...string) *redis.Client {
	node := inprocess.Start(t, append([]string{"--requirepass", "p@ss word"}, args...)...)
	c := redis.NewClient(&redis.Options{Addr: node.Addr, Password: "p@ss word", Protocol: protocol, DB: 2, ClientName: "tests"})
	t.Cleanup(func() { c.Close() })
	return c
}

// each runs a test over RESP2 and RESP3.
func each(t *testing.T, f func(t *testing.T, c *redis.Client)) {
	for _, protocol := range []int{2, 3} {
		t.Run(fmt.Sprint("RESP", protocol), func(t *testing.T) { f(t, goRedis(t, protocol)) })
	}
}

// TestGoRedisBasics: values of all types through the library's own decoding.
func TestGoRedisBasics(t *testing.T) {
	each(t, func(t *testing.T, c *redis.Client) {
		ctx := ctx(t)
		if err := c.Set(ctx, "k", "v", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Get(ctx, "k").Result(); got != "v" || err != nil {
			t.Error(got, err)
		}
		if _, err := c.Get(ctx, "missing").Result(); !errors.Is(err, redis.Nil) {
			t.Error(err)
		}
		if ttl, err := c.TTL(ctx, "k").Result(); ttl != time.Minute || err != nil {
			t.Error(ttl, err)
		}
		c.HSet(ctx, "h", "a", 1, "b", 2)
		if got, err := c.HGetAll(ctx, "h").Result(); len(got) != 2 || got["b"] != "2" || err != nil {
			t.Error(got, err)
		}
		c.ZAdd(ctx, "z", redis.Z{Score: 1.5, Member: "m"}, redis.Z{Score: 2, Member: "n"})
		if got, err := c.ZRangeWithScores(ctx, "z", 0, -1).Result(); len(got) != 2 || got[0].Score != 1.5 || err != nil {
			t.Error(got, err)
		}
		c.SAdd(ctx, "s", "x", "y")
		if got, err := c.SMembersMap(ctx, "s").Result(); len(got) != 2 || err != nil {
			t.Error(got, err)
		}
		if err := c.LPush(ctx, "k", 1).Err(); err == nil || err.Error()[:9] != "WRONGTYPE" {
			t.Error(err)
		}
		if name, err := c.ClientGetName(ctx).Result(); name != "tests" || err != nil {
			t.Error(name, err)
		}
		if info, err := c.ClientInfo(ctx).Result(); err != nil || info.DB != 2 {
			t.Error(info, err)
		}
		var keys []string
		for it := c.Scan(ctx, 0, "*", 2).Iterator(); it.Next(ctx); {
			keys = append(keys, it.Val())
		}
		if len(keys) != 4 {
			t.Error(keys)
		}
		commands, err := c.Command(ctx).Result()
		if err != nil || commands["get"] == nil || !commands["get"].ReadOnly {
			t.Error(len(commands), err)
		}
	})
}

// TestGoRedisTransactions: optimistic locking under contention loses no increment.
func TestGoRedisTransactions(t *testing.T) {
	each(t, func(t *testing.T, c *redis.Client) {
		ctx := ctx(t)
		const workers, rounds = 8, 50
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for range rounds {
					for {
						err := c.Watch(ctx, func(tx *redis.Tx) error {
							n, err := tx.Get(ctx, "n").Int()
							if err != nil && !errors.Is(err, redis.Nil) {
								return err
							}
							_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Set(ctx, "n", n+1, 0).Err() })
							return err
						}, "n")
						if err == nil {
							break
						}
						if !errors.Is(err, redis.TxFailedErr) {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		all.Wait()
		if got, err := c.Get(ctx, "n").Int(); got != workers*rounds || err != nil {
			t.Error(got, err)
		}
	})
}

// TestGoRedisQueue: producers and blocking consumers hand every job over once.
func TestGoRedisQueue(t *testing.T) {
	each(t, func(t *testing.T, c *redis.Client) {
		ctx := ctx(t)
		const jobs, consumers = 2000, 8
		seen := make(chan string, jobs)
		var all sync.WaitGroup
		for range consumers {
			all.Go(func() {
				for {
					got, err := c.BRPop(ctx, 10*time.Second, "high", "low").Result()
					if err != nil {
						t.Error(err)
						return
					}
					if got[1] == "end" {
						return
					}
					seen <- got[1]
				}
			})
		}
		pipe := c.Pipeline()
		for i := range jobs {
			pipe.LPush(ctx, []string{"high", "low"}[i%2], i)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for range jobs {
			got[<-seen] = true
		}
		for range consumers {
			c.LPush(ctx, "low", "end")
		}
		all.Wait()
		if len(got) != jobs || len(seen) != 0 {
			t.Errorf("%d jobs arrived, %d more than once", len(got), len(seen))
		}
	})
}

// TestGoRedisPubSub: messages arrive complete and in order, for channels and patterns.
func TestGoRedisPubSub(t *testing.T) {
	each(t, func(t *testing.T, c *redis.Client) {
		ctx := ctx(t)
		const n = 1000
		sub := c.PSubscribe(ctx, "news.*")
		defer sub.Close()
		if _, err := sub.Receive(ctx); err != nil {
			t.Fatal(err)
		}
		if err := sub.Subscribe(ctx, "plain"); err != nil {
			t.Fatal(err)
		}
		if _, err := sub.Receive(ctx); err != nil {
			t.Fatal(err)
		}
		messages := sub.Channel(redis.WithChannelSize(2 * n))
		for i := range n {
			if got, err := c.Publish(ctx, "news.x", i).Result(); got != 1 || err != nil {
				t.Fatal(got, err)
			}
		}
		for i := range n {
			if m := <-messages; m.Payload != fmt.Sprint(i) || m.Channel != "news.x" || m.Pattern != "news.*" {
				t.Fatalf("message %d is %v", i, m)
			}
		}
	})
}
