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

// connectRueidis connects without client-side caching, which the server does not offer yet.
func connectRueidis(t *testing.T) rueidis.Client {
	node := inprocess.Start(t, "--requirepass", "secret")
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{node.Addr}, Password: "secret", DisableCache: true, SelectDB: 1})
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
