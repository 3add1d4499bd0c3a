package snapshot

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/test/inprocess"
)

const (
	accounts = 200
	tellers  = 3
	// balance is what every account has at the beginning.
	balance = 1000
	// eventsKept is how many events the list and the hash hold.
	eventsKept = 300
)

// TestInvariants takes snapshots at random moments of a bank that moves money between its accounts, in transactions and scripts,
// and keeps books in a list and a hash that belong together. Loaded elsewhere, no snapshot has lost or made money, or has one book
// without the other.
func TestInvariants(t *testing.T) {
	node, elsewhere := inprocess.Start(t, smallLimits...), inprocess.Start(t, smallLimits...)
	c := node.Client(t)
	for i := range accounts {
		c.Do(fmt.Sprintf("SET account:%d %d", i, balance))
		c.Do(fmt.Sprintf("HSET accounts %d %d", i, balance))
		c.Do(fmt.Sprintf("ZADD ranking %d %d", balance, i))
	}
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for seed := range uint64(tellers) {
		writers.Go(func() { transfer(node.Client(t), rand.New(rand.NewPCG(seed, 8)), seed, stop) })
	}
	moments, changed := rand.New(rand.NewPCG(9, 9)), map[string]bool{}
	for range snapshots(t) {
		time.Sleep(time.Duration(moments.IntN(2000)) * time.Microsecond) // the moment is random
		file, err := snap(node, time.Duration(moments.IntN(30))*time.Microsecond, nil)
		if err != nil {
			t.Error(err)
			break
		}
		changed[digestOf(t, elsewhere, file)] = true
		if audit(t, elsewhere.Client(t)); t.Failed() {
			break
		}
	}
	close(stop)
	writers.Wait()
	if len(changed) < 2 {
		t.Error("every snapshot was the same")
	}
}

// transfer moves money and books it until it is told to stop. The books of a teller have the numbers n+1 .. m, the latest last.
func transfer(c *inprocess.Client, rng *rand.Rand, teller uint64, stop chan struct{}) {
	const script = `local from, to, sum = ARGV[1], ARGV[2], ARGV[3]
		redis.call('DECRBY', 'account:' .. from, sum) redis.call('INCRBY', 'account:' .. to, sum)
		redis.call('HINCRBY', 'accounts', from, -sum) redis.call('HINCRBY', 'accounts', to, sum)
		redis.call('ZINCRBY', 'ranking', -sum, from) redis.call('ZINCRBY', 'ranking', sum, to)`
	for n := 1; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		from, to, sum := rng.IntN(accounts), rng.IntN(accounts), rng.IntN(50)
		c.Do(fmt.Sprintf("EVAL %q 0 %d %d %d", strings.ReplaceAll(script, "\n", " "), from, to, sum))
		for _, request := range []string{
			"MULTI",
			fmt.Sprintf("DECRBY account:%d %d", from, sum), fmt.Sprintf("INCRBY account:%d %d", to, sum),
			fmt.Sprintf("HINCRBY accounts %d %d", from, -sum), fmt.Sprintf("HINCRBY accounts %d %d", to, sum),
			fmt.Sprintf("ZINCRBY ranking %d %d", -sum, from), fmt.Sprintf("ZINCRBY ranking %d %d", sum, to),
			fmt.Sprintf("RPUSH list:%d %d", teller, n), fmt.Sprintf("HSET hash:%d %d book", teller, n),
			fmt.Sprintf("LTRIM list:%d -%d -1", teller, eventsKept), fmt.Sprintf("HDEL hash:%d %d", teller, n-eventsKept),
			"EXEC",
		} {
			c.Do(request)
		}
	}
}

// audit checks what must hold at every moment.
func audit(t *testing.T, c *inprocess.Client) {
	t.Helper()
	var names, keys strings.Builder
	for i := range accounts {
		fmt.Fprintf(&names, " %d", i)
		fmt.Fprintf(&keys, " account:%d", i)
	}
	has := words(c, "MGET"+keys.String())
	if booked := words(c, "HMGET accounts"+names.String()); !slices.Equal(booked, has) {
		t.Errorf("the accounts have\n%v, the hash says\n%v", has, booked)
	}
	if ranked := words(c, "ZMSCORE ranking"+names.String()); !slices.Equal(ranked, has) {
		t.Errorf("the accounts have\n%v, the ranking says\n%v", has, ranked)
	}
	total := 0
	for _, text := range has {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Error(err)
		}
		total += n
	}
	if total != accounts*balance {
		t.Errorf("there is %d in all, it was %d", total, accounts*balance)
	}
	for teller := range tellers {
		listed := words(c, fmt.Sprintf("LRANGE list:%d 0 -1", teller))
		hashed := words(c, fmt.Sprintf("HKEYS hash:%d", teller))
		slices.Sort(listed)
		slices.Sort(hashed)
		if !slices.Equal(listed, hashed) {
			t.Errorf("the list has the books\n%v, the hash\n%v", listed, hashed)
		}
	}
}

// words is a reply of several texts.
func words(c *inprocess.Client, request string) (texts []string) {
	for _, r := range c.Do(request).Elems {
		texts = append(texts, string(r.Str))
	}
	return texts
}
