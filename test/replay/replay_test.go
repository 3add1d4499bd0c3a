package replay

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/internal/command"
	"redoubt/internal/commands/all"
	"redoubt/internal/engine"
	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

const (
	steps = 60_000
	// clients are enough for some to wait for keys while others go on.
	clients = 8
	// evictEvery steps some keys are evicted.
	evictEvery = 500
)

// stream collects the effects.
type stream struct{ bytes.Buffer }

func (s *stream) Append(effects []byte) { s.Write(effects) }

// TestReplay compares the digest of a node that ran random traffic with that of one that executed its effects.
func TestReplay(t *testing.T) {
	executed := map[string]bool{}
	const seeds = 4
	empty := 0 // the traffic may end soon after a FLUSHALL
	for seed := range uint64(seeds) {
		node := inprocess.Start(t)
		var effects stream
		run(node.Server.Engine(), traffic{Rand: rand.New(rand.NewPCG(seed, 0))}, &effects, executed)
		want := digest(node.Server.Engine())
		elsewhere := inprocess.Start(t)
		replay(t, elsewhere.Server.Engine(), effects.Bytes())
		if got := digest(elsewhere.Server.Engine()); got != want {
			t.Errorf("seed %d: the digest is %q, after the replay of %d bytes %q", seed, want, effects.Len(), got)
			reportKeys(t, node.Server.Engine(), elsewhere.Server.Engine())
			return
		}
		if strings.Contains(want, strings.Repeat("0", 40)) {
			empty++
		}
	}
	if empty == seeds {
		t.Error("every dataset is empty")
	}
	for _, name := range writing() {
		if !executed[name] {
			t.Errorf("%s never succeeded", name)
		}
	}
}

// unplayed are commands that write and need another server.
var unplayed = []string{"migrate"}

// writing are the full names of the commands that write.
func writing() (names []string) {
	add := func(s *command.Spec) {
		if s.Flags&command.Write != 0 && !slices.Contains(unplayed, s.FullName()) {
			names = append(names, s.FullName())
		}
	}
	for _, c := range engine.NewRegistry(all.Families()...).All() {
		if len(c.Sub) == 0 {
			add(&c.Spec)
		}
		for _, sub := range c.Sub {
			add(&sub.Spec)
		}
	}
	return names
}

// noConn is the connection of a client that may wait for keys: one without never waits.
type noConn struct{}

func (noConn) Wake()                                    {}
func (noConn) Kill()                                    {}
func (noConn) LongRunning()                             {}
func (noConn) QueryBuffer() (used, free, arguments int) { return 0, 0, 0 }
func (noConn) Unsent() int64                            { return 0 }

// unblockOneIn is how seldom a client that waits for a key is told to wait no longer.
const unblockOneIn = 4

// run plays the traffic and adds the full names of the commands that succeeded to executed. At its end no key has a deadline
// that could pass before the comparison.
func run(e *engine.Engine, requests traffic, effects *stream, executed map[string]bool) {
	e.Lock()
	e.Stream.Attach(effects)
	var players []*engine.Client
	for range clients {
		players = append(players, e.NewClient(noConn{}))
	}
	operator := e.NewClient(nil)
	e.Unlock()
	payload := func(words ...string) string {
		_, text, _ := strings.Cut(do(e, operator, words...), "\r\n")
		return strings.TrimSuffix(text, "\r\n")
	}
	do(e, operator, "SET", "source", "value")
	requests.dump = payload("DUMP", "source")
	do(e, operator, "FUNCTION", "LOAD", library)
	requests.functions = payload("FUNCTION", "DUMP")
	for step := range steps {
		c := players[requests.IntN(clients)]
		if requests.IntN(unblockOneIn) == 0 {
			do(e, operator, "CLIENT", "UNBLOCK", strconv.FormatUint(c.ID, 10))
		}
		e.Lock()
		if !c.Blocked() {
			words := requests.next()
			e.Run(c, &engine.Batch{Words: words, Ends: []int{len(words)}})
			if out := c.TakeOutput(); c.LastCommand != nil && !bytes.HasPrefix(out, []byte("-")) {
				executed[c.LastCommand.Spec.FullName()] = true
			}
		}
		if step%evictEvery == 0 {
			e.Settings.MaxMemory, e.Settings.MaxMemoryPolicy = e.UsedMemory()-200, engine.AllKeysRandom
		} else {
			e.Settings.MaxMemory = 0
		}
		e.Unlock()
	}
	for _, c := range players {
		do(e, c, "EXEC")
	}
	awaitDeadlines(e)
}

func do(e *engine.Engine, c *engine.Client, words ...string) string {
	e.Lock()
	defer e.Unlock()
	batch := engine.Batch{Ends: []int{len(words)}}
	for _, w := range words {
		batch.Words = append(batch.Words, []byte(w))
	}
	e.Run(c, &batch)
	return string(c.TakeOutput())
}

// awaitDeadlines waits until the keys that live for some milliseconds are gone.
func awaitDeadlines(e *engine.Engine) {
	near := func() bool {
		e.Lock()
		defer e.Unlock()
		for id := range e.Databases() {
			if _, at, ok := e.DB(id).Space.FirstExpire(); ok && at < e.NowMs()+time.Minute.Milliseconds() {
				return true
			}
		}
		return false
	}
	for near() {
		time.Sleep(time.Millisecond)
	}
}

func digest(e *engine.Engine) string {
	e.Lock()
	c := e.NewClient(nil)
	e.Unlock()
	return do(e, c, "DEBUG", "DIGEST")
}

// reportKeys names the keys that differ.
func reportKeys(t *testing.T, e, replayed *engine.Engine) {
	t.Helper()
	for db := range e.Databases() {
		for i := range len(kinds) * keysOfKind {
			key := fmt.Sprintf("%c%d", kinds[i/keysOfKind], i%keysOfKind)
			var have [2]string
			for i, e := range []*engine.Engine{e, replayed} {
				e.Lock()
				c := e.NewClient(nil)
				e.Unlock()
				do(e, c, "SELECT", strconv.Itoa(db))
				have[i] = do(e, c, "DEBUG", "DIGEST-VALUE", key) + do(e, c, "PEXPIRETIME", key) + do(e, c, "TYPE", key)
			}
			if have[0] != have[1] {
				t.Errorf("database %d, key %s: %q, after the replay %q", db, key, have[0], have[1])
			}
		}
	}
}

// replay executes a stream as the reader of an append-only file does.
func replay(t *testing.T, e *engine.Engine, effects []byte) {
	t.Helper()
	e.Lock()
	defer e.Unlock()
	e.SetLoading(true)
	c := e.NewClient(nil)
	var parser resp.Parser
	var words [][]byte
	for at := 0; at < len(effects); {
		args, n, err := parser.Next(effects[at:], words, resp.DefaultLimits())
		if err != nil || n == 0 {
			t.Fatalf("offset %d: %v", at, err)
		}
		if err := e.Replay(c, args); err != nil {
			t.Fatalf("offset %d: %q: %v", at, args, err)
		}
		at, words = at+n, args
	}
	e.SetLoading(false)
}
