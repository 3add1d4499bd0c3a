//go:build interop

package replay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redoubt/internal/persist/aof"
	"redoubt/test/inprocess"
	"redoubt/test/program"
)

// soon bounds waits for what takes a second at most; machines that run tests are busy.
const soon = time.Minute

// appendOnly are the arguments of a server, ours or theirs, with an append-only file that the other one can read.
func appendOnly(dir, preamble string) []string {
	return []string{"--dir", dir, "--save", "", "--appendonly", "yes", "--aof-use-rdb-preamble", preamble, "--aof-timestamp-enabled", "yes",
		"--auto-aof-rewrite-percentage", "0", "--enable-debug-command", "yes"}
}

// ours starts a node on a directory, whose files redis-server 7.0 can read.
func ours(t *testing.T, dir, preamble string) *inprocess.Node {
	t.Helper()
	node, err := inprocess.TryStart(t, append(appendOnly(dir, preamble), "--rdb-version", "10")...)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// theirs starts a redis-server on a directory and returns a client of it when it has loaded.
func theirs(t *testing.T, dir, preamble string) (*program.Server, *redis.Client) {
	t.Helper()
	s := program.LaunchProgram(t, os.Getenv("REDIS_SERVER"), nil, appendOnly(dir, preamble)...)
	s.AwaitReady(t)
	return s, program.Client(t, &redis.Options{Addr: s.Addr, Protocol: 2})
}

// state is what has to be equal on both sides: the digest of all databases, and the libraries.
func state(t *testing.T, client *redis.Client) string {
	t.Helper()
	return fmt.Sprint(program.Do(t, client, "DEBUG", "DIGEST"), program.Do(t, client, "FUNCTION", "LIST", "WITHCODE"))
}

func clientOf(t *testing.T, node *inprocess.Node) *redis.Client {
	t.Helper()
	return program.Client(t, &redis.Options{Addr: node.Addr, Protocol: 2})
}

// large are values of every kind in the encodings that the traffic is too small for.
func large(t *testing.T, client *redis.Client) {
	t.Helper()
	pipe := client.Pipeline()
	ctx := context.Background()
	for i := range 1200 {
		n := strconv.Itoa(i * 37)
		pipe.RPush(ctx, "large:list", n, strings.Repeat("element ", i%9))
		pipe.HSet(ctx, "large:hash", "field "+n, n)
		pipe.SAdd(ctx, "large:set", "member "+n)
		pipe.SAdd(ctx, "large:intset", i)
		pipe.ZAdd(ctx, "large:zset", redis.Z{Score: float64(i) / 7, Member: n})
		pipe.XAdd(ctx, &redis.XAddArgs{Stream: "large:stream", Values: []string{"field", n}})
		pipe.PFAdd(ctx, "large:hll", n)
		pipe.SetBit(ctx, "large:bits", int64(i*i), 1)
	}
	pipe.Set(ctx, "large:string", strings.Repeat("text that compresses ", 5000), 0)
	pipe.Set(ctx, "binary\x00\r\n*1\r\n", "\x00\xff\r\n$5\r\n", 0)
	pipe.RPush(ctx, "large:element", strings.Repeat("x", 20_000))
	pipe.Expire(ctx, "large:hash", time.Hour)
	pipe.XGroupCreate(ctx, "large:stream", "group", "0")
	pipe.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "group", Consumer: "consumer", Streams: []string{"large:stream", ">"}, Count: 300})
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}
}

// drive sends random requests to a server, but none that waits for a key: what comes of it is the same as of one that does not.
func drive(t *testing.T, client *redis.Client, seed uint64) {
	t.Helper()
	const requests, perBatch = 12_000, 500
	random := traffic{Rand: rand.New(rand.NewPCG(seed, 3))}
	program.Do(t, client, "SET", "source", "value")
	random.dump, _ = program.Do(t, client, "DUMP", "source").(string)
	conn := client.Conn() // databases and transactions belong to a connection
	defer conn.Close()
	ctx := context.Background()
	for range requests / perBatch {
		pipe := conn.Pipeline()
		for range perBatch {
			var args []any
			for _, word := range random.next() {
				args = append(args, word)
			}
			if name := string(args[0].([]byte)); name[0] == 'B' && !strings.HasPrefix(name, "BIT") || slices.ContainsFunc(args, isBlock) {
				continue
			}
			pipe.Do(ctx, args...)
		}
		var refused redis.Error
		if _, err := pipe.Exec(ctx); err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
	}
	_ = conn.Do(ctx, "EXEC").Err() // there may be no transaction
	program.Poll(t, soon, "short-lived keys are gone", func() bool { return !anyExpires(t, client) })
}

func isBlock(word any) bool { return string(word.([]byte)) == "BLOCK" }

// anyExpires tells whether a key of the databases that the traffic uses will be gone within a minute. A key that KEYS leaves out
// has expired but is still there.
func anyExpires(t *testing.T, client *redis.Client) bool {
	t.Helper()
	const script = `for db = 0, 2 do redis.call('select', db)
		local keys = redis.call('keys', '*')
		if #keys ~= redis.call('dbsize') then return 1 end
		for _, k in ipairs(keys) do local ttl = redis.call('pttl', k) if ttl >= 0 and ttl < 60000 then return 1 end end
	end return 0`
	return program.Do(t, client, "EVAL", script, 0) != int64(0)
}

// rewrite rewrites the append-only file and returns when that is done.
func rewrite(t *testing.T, client *redis.Client, meanwhile func()) {
	t.Helper()
	program.Do(t, client, "BGREWRITEAOF")
	meanwhile()
	program.Poll(t, soon, "the rewrite ends", func() bool {
		info, _ := program.Do(t, client, "INFO", "persistence").(string)
		return strings.Contains(info, "aof_rewrite_in_progress:0\r") && strings.Contains(info, "aof_rewrite_scheduled:0\r")
	})
	info, _ := program.Do(t, client, "INFO", "persistence").(string)
	if !strings.Contains(info, "aof_last_bgrewrite_status:ok\r") {
		t.Fatalf("the rewrite failed:\n%s", info)
	}
}

func manifestOf(t *testing.T, dir string) (path string, m *aof.Manifest) {
	t.Helper()
	path = filepath.Join(dir, "appendonlydir", "appendonly.aof.manifest")
	m, err := aof.ParseManifest(program.ReadFile(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return path, m
}

// checked has redis-check-aof read the files.
func checked(t *testing.T, path string) {
	t.Helper()
	tool := filepath.Join(filepath.Dir(os.Getenv("REDIS_SERVER")), "redis-check-aof")
	if out, err := exec.Command(tool, path).CombinedOutput(); err != nil {
		t.Errorf("redis-check-aof: %v\n%s", err, out)
	}
}

// bothBases runs a test for bases in both forms.
func bothBases(t *testing.T, test func(t *testing.T, preamble string, seed uint64)) {
	for i, preamble := range []string{"yes", "no"} {
		t.Run("aof-use-rdb-preamble "+preamble, func(t *testing.T) { test(t, preamble, uint64(i)) })
	}
}

// TestTheyLoadOurs: redis-server loads the base and the increments that this server leaves behind, goes on with them, and
// this server loads what it left in turn.
func TestTheyLoadOurs(t *testing.T) {
	bothBases(t, func(t *testing.T, preamble string, seed uint64) {
		dir := t.TempDir()
		node := ours(t, dir, preamble)
		client := clientOf(t, node)
		engine, random := node.Server.Engine(), rand.New(rand.NewPCG(seed, 2))
		large(t, client)
		run(engine, traffic{Rand: random}, &stream{}, map[string]bool{})
		large(t, client) // the traffic empties databases now and then
		rewrite(t, client, func() { run(engine, traffic{Rand: random}, &stream{}, map[string]bool{}) })
		want := state(t, client)
		node.Stop(t)
		path, m := manifestOf(t, dir)
		if m.Base == nil || len(m.Incr) != 1 {
			t.Errorf("manifest:\n%s", m.Text())
		}
		checked(t, path)

		server, client := theirs(t, dir, preamble)
		if got := state(t, client); got != want {
			t.Errorf("redis-server has %s, we had %s", got, want)
		}
		info, _ := program.Do(t, client, "INFO", "stats").(string)
		if !strings.Contains(info, "unexpected_error_replies:0\r") {
			t.Errorf("redis-server refused commands of the file:\n%s", info)
		}
		drive(t, client, seed)
		want = state(t, client)
		server.Stop(t)

		node = ours(t, dir, preamble)
		if got := state(t, clientOf(t, node)); got != want {
			t.Errorf("back from redis-server we have %s, it had %s", got, want)
		}
		node.Stop(t)
	})
}

// TestWeLoadTheirs: this server loads the files that redis-server leaves behind, both as it writes them and joined to the one
// file of versions before 7, which is taken over; and redis-server loads that again.
func TestWeLoadTheirs(t *testing.T) {
	bothBases(t, func(t *testing.T, preamble string, seed uint64) {
		dir := t.TempDir()
		server, client := theirs(t, dir, preamble)
		large(t, client)
		drive(t, client, seed+10)
		large(t, client)
		rewrite(t, client, func() { drive(t, client, seed+20) })
		want := state(t, client)
		server.Stop(t)
		_, m := manifestOf(t, dir)
		var single bytes.Buffer // an old file is a base and what was appended to it
		for _, part := range m.Parts() {
			single.Write(program.ReadFile(t, filepath.Join(dir, "appendonlydir", part.Name)))
		}
		node := ours(t, dir, preamble)
		if got := state(t, clientOf(t, node)); got != want {
			t.Errorf("we have %s, redis-server had %s", got, want)
		}
		node.Stop(t)

		dir = t.TempDir()
		program.WriteFile(t, filepath.Join(dir, "appendonly.aof"), single.Bytes())
		node = ours(t, dir, preamble)
		client = clientOf(t, node)
		if got := state(t, client); got != want {
			t.Errorf("of the single file we have %s, redis-server had %s", got, want)
		}
		program.Do(t, client, "SET", "after", "the upgrade")
		want = state(t, client)
		node.Stop(t)
		path, m := manifestOf(t, dir)
		if m.Base == nil || m.Base.Name != "appendonly.aof" {
			t.Errorf("manifest:\n%s", m.Text())
		}
		checked(t, path)
		_, client = theirs(t, dir, preamble)
		if got := state(t, client); got != want {
			t.Errorf("redis-server has of our upgrade %s, we had %s", got, want)
		}
	})
}
