// Package snapshot shows that a snapshot is the dataset of one moment, whatever clients do meanwhile.
package snapshot

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/snapshot"
	"redoubt/test/inprocess"
)

// snapshots is how many each test takes: REDOUBT_SNAPSHOTS, or some.
func snapshots(t *testing.T) int {
	t.Helper()
	text := os.Getenv("REDOUBT_SNAPSHOTS")
	if text == "" {
		return 60
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("REDOUBT_SNAPSHOTS: %v", err)
	}
	return n
}

// TestPointInTime takes snapshots, up to two at a time, of a server that is being written to, loads each into another
// server, and compares the digest with that of the moment at which it began.
func TestPointInTime(t *testing.T) {
	node := inprocess.Start(t, smallLimits...)
	stop := make(chan struct{})
	var writers, takers sync.WaitGroup
	for seed := range uint64(3) {
		writers.Go(func() { write(t, node, seed, stop) })
	}
	rounds := (snapshots(t) + 1) / 2
	for range 2 {
		elsewhere := inprocess.Start(t, smallLimits...)
		takers.Go(func() {
			for round := 0; round < rounds && !t.Failed(); round++ {
				take(t, node, elsewhere, time.Duration(round%4)*10*time.Microsecond)
			}
		})
	}
	takers.Wait()
	close(stop)
	writers.Wait()
}

// smallLimits make values large early, so that snapshots record them in parts.
var smallLimits = []string{
	"--hash-max-listpack-entries", "8", "--set-max-listpack-entries", "8", "--zset-max-listpack-entries", "8",
	"--set-max-intset-entries", "8", "--list-max-listpack-size", "4", "--stream-node-max-entries", "4",
}

// digest is DEBUG DIGEST; the engine's lock is held.
func digest(e *engine.Engine) string {
	c := e.NewClient(nil)
	e.Run(c, &engine.Batch{Words: [][]byte{[]byte("DEBUG"), []byte("DIGEST")}, Ends: []int{2}})
	return string(c.TakeOutput())
}

func spacesOf(e *engine.Engine) []*keyspace.Space {
	spaces := make([]*keyspace.Space, e.Databases())
	for id := range spaces {
		spaces[id] = e.DB(id).Space
	}
	return spaces
}

// take takes a snapshot of node, loads it elsewhere and compares.
func take(t *testing.T, node, elsewhere *inprocess.Node, keyDelay time.Duration) {
	want := ""
	file, err := snap(node, keyDelay, func(e *engine.Engine) { want = digest(e) })
	if err != nil {
		t.Error(err)
		return
	}
	if got := digestOf(t, elsewhere, file); got != want {
		t.Errorf("the snapshot has the digest %s, its moment had %s", got, want)
	}
}

// snap takes a snapshot and returns the file. moment, unless nil, is called at the moment it is of.
func snap(node *inprocess.Node, keyDelay time.Duration, moment func(*engine.Engine)) ([]byte, error) {
	e := node.Server.Engine()
	options := rdb.WriterOptions{Compression: true, Checksum: true}
	var file bytes.Buffer
	w, err := rdb.NewWriter(&file, options)
	if err != nil {
		return nil, err
	}
	e.Lock()
	if moment != nil {
		moment(e)
	}
	job, err := snapshot.Begin(e.Store(), spacesOf(e), options)
	e.Unlock()
	if err != nil {
		return nil, err
	}
	err = job.Run(w, snapshot.Hooks{
		Lock: e, Drained: func() {}, Limits: func() snapshot.Limits { return snapshot.Limits{KeyDelay: keyDelay} },
	})
	if err != nil {
		return nil, err
	}
	err = w.Close()
	return file.Bytes(), err
}

// digestOf loads a file into an emptied node and returns its digest.
func digestOf(t *testing.T, n *inprocess.Node, file []byte) string {
	e := n.Server.Engine()
	e.Lock()
	defer e.Unlock()
	e.EmptyAll()
	spaces := spacesOf(e)
	_, err := rdb.NewReader(bytes.NewReader(file), rdb.LoadOptions{
		Size: int64(len(file)), Space: func(db int) (*keyspace.Space, error) { return spaces[db], nil },
	}).Load()
	if err != nil {
		t.Errorf("the snapshot cannot be loaded: %v", err)
	}
	return digest(e)
}

// write sends random commands until it is told to stop.
func write(t *testing.T, n *inprocess.Node, seed uint64, stop chan struct{}) {
	rng := rand.New(rand.NewPCG(seed, 5))
	c := n.Client(t)
	for {
		select {
		case <-stop:
			return
		default:
		}
		c.Do(command(rng))
	}
}

// command is a random command on few keys, so that values grow, change, move and go all the time.
func command(rng *rand.Rand) string {
	key := func(kind string) string { return fmt.Sprintf("%s:%d", kind, rng.IntN(12)) }
	word := func() string { return fmt.Sprintf("w%d", rng.IntN(60)) }
	kinds := []string{"string", "list", "hash", "set", "zset", "stream"}
	any := func() string { return key(kinds[rng.IntN(len(kinds))]) }
	several := func(n int, f func() string) string {
		words := make([]string, 1+rng.IntN(n))
		for i := range words {
			words[i] = f()
		}
		return strings.Join(words, " ")
	}
	pair := func() string { return word() + " " + word() }
	score := func() string { return fmt.Sprintf("%d %s", rng.IntN(40), word()) }
	commands := []func() string{
		func() string { return "SET " + key("string") + " " + strings.Repeat(word(), 1+rng.IntN(9000)) },
		func() string { return fmt.Sprintf("SETRANGE %s %d %s", key("string"), rng.IntN(30000), word()) },
		func() string { return "APPEND " + key("string") + " " + word() },
		func() string { return fmt.Sprintf("SETBIT %s %d 1", key("string"), rng.IntN(200000)) },
		func() string { return "RPUSH " + key("list") + " " + several(8, word) },
		func() string { return "LPUSH " + key("list") + " " + several(8, word) },
		func() string { return "LMOVE " + key("list") + " " + key("list") + " LEFT RIGHT" },
		func() string { return "RPOP " + key("list") + " 2" },
		func() string { return "LREM " + key("list") + " 0 " + word() },
		func() string { return "LINSERT " + key("list") + " BEFORE " + word() + " " + word() },
		func() string { return fmt.Sprintf("LTRIM %s %d 200", key("list"), rng.IntN(3)) },
		func() string { return "HSET " + key("hash") + " " + several(8, pair) },
		func() string { return "HDEL " + key("hash") + " " + several(4, word) },
		func() string { return "HINCRBY " + key("hash") + " number 1" },
		func() string { return "SADD " + key("set") + " " + several(8, word) },
		func() string { return "SREM " + key("set") + " " + several(4, word) },
		func() string { return "SPOP " + key("set") + " 3" },
		func() string { return "SUNIONSTORE " + key("set") + " " + key("set") + " " + key("set") },
		func() string { return "ZADD " + key("zset") + " " + several(8, score) },
		func() string { return "ZINCRBY " + key("zset") + " 1 " + word() },
		func() string { return "ZREM " + key("zset") + " " + several(4, word) },
		func() string { return "ZPOPMIN " + key("zset") + " 2" },
		func() string { return fmt.Sprintf("ZREMRANGEBYSCORE %s %d 20", key("zset"), rng.IntN(30)) },
		func() string { return "XADD " + key("stream") + " * " + pair() },
		func() string { return "XTRIM " + key("stream") + " MAXLEN 30" },
		func() string { return "XGROUP CREATE " + key("stream") + " g 0 MKSTREAM" },
		func() string { return "XREADGROUP GROUP g c COUNT 3 STREAMS " + key("stream") + " >" },
		func() string { return "XGROUP DELCONSUMER " + key("stream") + " g c" },
		func() string { return fmt.Sprintf("EXPIRE %s %d", any(), 1000+rng.IntN(1000)) },
		func() string { return "PERSIST " + any() },
	}
	switch n := rng.IntN(400); {
	case n == 0:
		return []string{"FLUSHALL", "FLUSHDB ASYNC", "SWAPDB 0 1", "SELECT 1", "SELECT 0"}[rng.IntN(5)]
	case n < 8:
		return "UNLINK " + any()
	case n < 16:
		k := kinds[rng.IntN(len(kinds))]
		return []string{"RENAME ", "COPY "}[rng.IntN(2)] + key(k) + " " + key(k)
	}
	return commands[rng.IntN(len(commands))]()
}
