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
	// everySecond is how old acknowledged work may be that appendfsync everysec loses.
	everySecond = time.Second
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
	key  string
	sent atomic.Int64
	mu   sync.Mutex
	// acked[i] is when number first+i was acknowledged.
	first int64
	acked []time.Time
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
		w.mu.Lock()
		w.acked = append(w.acked, time.Now())
		w.mu.Unlock()
		if rand.IntN(rewriteOneIn) == 0 {
			client.BgRewriteAOF(t.Context()) // one may be under way
		}
	}
}

// due is the last number that was acknowledged before a moment.
func (w *writer) due(before time.Time) int64 {
	n := w.first - 1
	for _, at := range w.acked {
		if at.Before(before) {
			n++
		}
	}
	return n
}

// check compares what the server has with what was acknowledged, and goes on from there. It returns how many acknowledged
// transactions are missing, and how long before the kill the first of them was acknowledged.
func (w *writer) check(t *testing.T, client *redis.Client, killed time.Time, may time.Duration) (missing int, age time.Duration) {
	t.Helper()
	got, err := client.Get(t.Context(), w.key).Int64()
	before := killed.Add(-may)
	if err != nil && w.due(before) > 0 {
		t.Fatalf("%s: %v", w.key, err)
	}
	all := client.LRange(t.Context(), w.key+":all", 0, -1).Val()
	if due, sent := w.due(before), w.sent.Load(); got < due || got > sent {
		t.Errorf("%s is %d, %d was acknowledged and %d sent", w.key, got, due, sent)
	}
	if int64(len(all)) != got || got > 0 && all[got-1] != strconv.FormatInt(got, 10) {
		t.Errorf("%s is %d, its list has %d elements", w.key, got, len(all))
	}
	if lost := w.acked[min(max(got+1-w.first, 0), int64(len(w.acked))):]; len(lost) > 0 {
		missing, age = len(lost), killed.Sub(lost[0])
	}
	w.sent.Store(got)
	w.first, w.acked = got+1, nil
	return missing, age
}

// TestKill kills servers under load at random moments, some in the middle of a rewrite. With appendfsync always nothing that
// was acknowledged is missing afterwards, with everysec nothing older than a second.
func TestKill(t *testing.T) {
	for policy, may := range map[string]time.Duration{"always": 0, "everysec": everySecond} {
		t.Run(policy, func(t *testing.T) {
			dir := t.TempDir()
			all := make([]*writer, writers)
			for i := range all {
				all[i] = &writer{key: "writer:" + strconv.Itoa(i), first: 1}
			}
			killed, acknowledged, missing, oldest := time.Time{}, 0, 0, time.Duration(0)
			for range kills(t) + 1 {
				s := program.Start(t, "--dir", dir, "--save", "", "--appendonly", "yes", "--appendfsync", policy)
				client := s.Client(t)
				for _, w := range all {
					acknowledged += len(w.acked)
					lost, age := w.check(t, client, killed, may)
					missing, oldest = missing+lost, max(oldest, age)
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
				killed = time.Now()
				s.Signal(t, syscall.SIGKILL)
				s.Wait(t)
				group.Wait()
			}
			t.Logf("%d acknowledged transactions, %d of them missing, the oldest acknowledged %v before its kill", acknowledged, missing, oldest)
			if acknowledged == 0 {
				t.Error("nothing was acknowledged")
			}
		})
	}
}
