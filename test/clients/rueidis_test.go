package clients

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redoubt/test/inprocess"
)

// connectRueidis connects to a server of its own; options of rueidis' client-side caching come with tracking.
func connectRueidis(t *testing.T, tracking ...string) rueidis.Client {
	node := inprocess.Start(t, "--requirepass", "secret")
	c, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{node.Addr}, Password: "secret", SelectDB: 1, ClientTrackingOptions: tracking,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestRueidisPipelining: many goroutines share one pipelined connection and each gets its own reply.
func TestRueidisPipelining(t *testing.T) {
	c := connectRueidis(t)
	ctx := ctx(t)
	const workers, rounds = 64, 200
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			key := fmt.Sprint("key:", i)
			for n := 1; n <= rounds; n++ {
				value := strconv.Itoa(i*rounds + n)
				if err := c.Do(ctx, c.B().Set().Key(key).Value(value).Build()).Error(); err != nil {
					t.Error(err)
					return
				}
				if got, err := c.Do(ctx, c.B().Get().Key(key).Build()).ToString(); got != value || err != nil {
					t.Errorf("%s is %q, %v; want %s", key, got, err, value)
					return
				}
			}
		})
	}
	all.Wait()
	if n, err := c.Do(ctx, c.B().Dbsize().Build()).AsInt64(); n != workers || err != nil {
		t.Error(n, err)
	}
}

// TestRueidisBlockingAndPubSub: blocking commands, subscriptions and dedicated transactions beside each other.
func TestRueidisBlockingAndPubSub(t *testing.T) {
	c := connectRueidis(t)
	ctx := ctx(t)
	const n = 500
	got := make(chan string, n)
	subscribed := make(chan struct{})
	receiving, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		_ = c.Receive(rueidis.WithOnSubscriptionHook(receiving, func(s rueidis.PubSubSubscription) {
			if s.Kind == "subscribe" {
				close(subscribed)
			}
		}), c.B().Subscribe().Channel("ch").Build(), func(m rueidis.PubSubMessage) { got <- m.Message })
	})
	select {
	case <-subscribed:
	case <-time.After(10 * time.Second):
		t.Fatal("no subscription")
	}
	all.Go(func() {
		for i := range n {
			r, err := c.Do(ctx, c.B().Blpop().Key("queue").Timeout(10).Build()).AsStrSlice()
			if err != nil || r[1] != fmt.Sprint(i) {
				t.Errorf("job %d: %v, %v", i, r, err)
				return
			}
		}
	})
	for i := range n {
		for _, r := range c.DoMulti(ctx, c.B().Rpush().Key("queue").Element(fmt.Sprint(i)).Build(), c.B().Publish().Channel("ch").Message(fmt.Sprint(i)).Build()) {
			if err := r.Error(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range n {
		if m := <-got; m != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i, m)
		}
	}
	stop()
	all.Wait()

	err := c.Dedicated(func(d rueidis.DedicatedClient) error {
		for _, r := range d.DoMulti(ctx, d.B().Watch().Key("k").Build(), d.B().Multi().Build(), d.B().Incr().Key("k").Build(), d.B().Exec().Build()) {
			if err := r.Error(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRueidisCaching: what rueidis answers from its cache is never older than what has been acknowledged to a writer and
// told to the cache, in all modes.
func TestRueidisCaching(t *testing.T) {
	for name, tracking := range map[string][]string{
		"opt-in": nil, "broadcasting": {"BCAST", "PREFIX", "user:"}, "all reads": {"NOLOOP"},
	} {
		t.Run(name, func(t *testing.T) { testCaching(t, connectRueidis(t, tracking...)) })
	}
}

func testCaching(t *testing.T, c rueidis.Client) {
	ctx := ctx(t)
	// A writer on a connection of its own, so that nothing is the cache's own change.
	write := func(cmd func(d rueidis.DedicatedClient) rueidis.Completed) {
		t.Helper()
		if err := c.Dedicated(func(d rueidis.DedicatedClient) error { return d.Do(ctx, cmd(d)).Error() }); err != nil {
			t.Fatal(err)
		}
	}
	read := func() rueidis.RedisResult { return c.DoCache(ctx, c.B().Get().Key("user:1").Cache(), time.Minute) }
	// becomes waits until the value is the wanted one and comes from the cache: the read that finds a key expired, and so
	// removes it, is told of that behind its reply.
	becomes := func(want string) {
		t.Helper()
		for until := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			r := read()
			got, err := r.ToString()
			if err != nil && !rueidis.IsRedisNil(err) {
				t.Fatal(err)
			}
			if got == want && r.IsCacheHit() {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("want %q from the cache, got %q, from the cache: %t", want, got, r.IsCacheHit())
			}
		}
	}
	becomes("")
	for i := range 50 {
		write(func(d rueidis.DedicatedClient) rueidis.Completed {
			return d.B().Set().Key("user:1").Value(fmt.Sprint(i)).Build()
		})
		becomes(fmt.Sprint(i))
	}
	write(func(d rueidis.DedicatedClient) rueidis.Completed {
		return d.B().Eval().Script("return redis.call('append', KEYS[1], '!')").Numkeys(1).Key("user:1").Build()
	})
	becomes("49!")
	write(func(d rueidis.DedicatedClient) rueidis.Completed {
		return d.B().Pexpire().Key("user:1").Milliseconds(1).Build()
	})
	becomes("")
	write(func(d rueidis.DedicatedClient) rueidis.Completed { return d.B().Set().Key("user:1").Value("x").Build() })
	becomes("x")
	write(func(d rueidis.DedicatedClient) rueidis.Completed { return d.B().Flushall().Build() })
	becomes("")
}
