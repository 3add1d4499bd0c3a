package durability

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redoubt/test/program"
)

func TestMain(m *testing.M) { program.Main(m) }

const (
	writers = 8
	// rewriteOneIn is how seldom a write is followed by a rewrite of the append-only file.
	rewriteOneIn = 200
)

// kills is how often a server is killed for each policy: REDOUBT_KILLS, or a few times.
func kills(t *testing.T) int { return fromEnvironment(t, "REDOUBT_KILLS", 4) }

// fromEnvironment is the number that a variable holds, or another one when there is no such variable.
func fromEnvironment(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// writer counts up in transactions: its key holds the last number, its list all of them.
type writer struct {
	key   string
	sent  atomic.Int64
	acked atomic.Int64
}

// run writes until the server is gone.
func (w *writer) run(t *testing.T, client *redis.Client) {
	for {
		n := w.sent.Add(1)
		_, err := client.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
			p.Set(t.Context(), w.key, n, 0)
			p.RPush(t.Context(), w.key+":all", n)
			return nil
		})
		if err != nil {
			return
		}
		w.acked.Store(n)
		if rand.IntN(rewriteOneIn) == 0 {
			client.BgRewriteAOF(t.Context()) // one may be under way
		}
	}
}

// check compares what the server has with what was acknowledged, and goes on from there.
func (w *writer) check(t *testing.T, client *redis.Client) {
	t.Helper()
	got, err := client.Get(t.Context(), w.key).Int64()
	acked, sent := w.acked.Load(), w.sent.Load()
	if err != nil && acked > 0 {
		t.Fatalf("%s: %v", w.key, err)
	}
	all := client.LRange(t.Context(), w.key+":all", 0, -1).Val()
	if got < acked || got > sent {
		t.Errorf("%s is %d, %d was acknowledged and %d sent", w.key, got, acked, sent)
	}
	if int64(len(all)) != got || got > 0 && all[got-1] != strconv.FormatInt(got, 10) {
		t.Errorf("%s is %d, its list has %d elements", w.key, got, len(all))
	}
	w.sent.Store(got)
	w.acked.Store(got)
}

// TestKill kills servers under load at random moments, some in the middle of a rewrite. Nothing that was acknowledged is missing
// afterwards, whenever the file is synced: what is written survives the process.
func TestKill(t *testing.T) {
	for _, policy := range []string{"always", "everysec", "no"} {
		for _, transport := range []string{"epoll", "std"} {
			t.Run(policy+"/"+transport, func(t *testing.T) { killAndLook(t, policy, transport) })
		}
	}
}

func killAndLook(t *testing.T, policy, transport string) {
	dir := t.TempDir()
	all := make([]*writer, writers)
	for i := range all {
		all[i] = &writer{key: "writer:" + strconv.Itoa(i)}
	}
	acknowledged := int64(0)
	for range kills(t) + 1 {
		s := program.Start(t, "--dir", dir, "--save", "", "--appendonly", "yes", "--appendfsync", policy, "--transport", transport)
		client := s.Client(t)
		acknowledged = 0
		for _, w := range all {
			acknowledged += w.acked.Load()
			w.check(t, client)
		}
		if t.Failed() {
			return
		}
		var group sync.WaitGroup
		for _, w := range all {
			own := s.Client(t)
			group.Go(func() { w.run(t, own) })
		}
		time.Sleep(time.Duration(20+rand.IntN(200)) * time.Millisecond) // the moment is random
		s.Signal(t, syscall.SIGKILL)
		s.Wait(t)
		group.Wait()
	}
	t.Logf("%d acknowledged transactions, none of them missing", acknowledged)
	if acknowledged == 0 {
		t.Error("nothing was acknowledged")
	}
}
