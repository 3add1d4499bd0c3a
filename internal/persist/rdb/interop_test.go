//go:build interop

package rdb_test

// Exchange with a real server in both directions. REDIS_SERVER names the binary (default: redis-server from PATH);
// when there is none the tests fail, as they are only built on request:
//
//	go test -tags interop ./internal/persist/rdb
//
// With -record the files under testdata are made anew from that server.

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/vfs"
)

var record = flag.Bool("record", false, "make testdata anew")

// startServer runs a server on dir and returns a client; it is stopped when the test ends.
func startServer(t *testing.T, dir string, args ...string) *redis.Client {
	t.Helper()
	binary := os.Getenv("REDIS_SERVER")
	if binary == "" {
		binary = "redis-server"
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	args = append([]string{"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", dir, "--save", "",
		"--enable-debug-command", "local"}, args...)
	server := exec.Command(binary, args...)
	var log strings.Builder
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatalf("start %s: %v", binary, err)
	}
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", port), Protocol: 2, DisableIdentity: true})
	t.Cleanup(func() {
		client.Close()
		server.Process.Kill()
		server.Wait()
		if t.Failed() {
			t.Logf("server log:\n%s", log.String())
		}
	})
	deadline := time.Now().Add(10 * time.Second)
	for client.Ping(context.Background()).Err() != nil {
		if time.Now().After(deadline) {
			t.Fatalf("server does not answer:\n%s", log.String())
		}
		time.Sleep(10 * time.Millisecond) // polling a process, bounded by the deadline
	}
	return client
}

// contents asks the server for everything in the selected database, in the form contentsOf gives it for ours.
func contents(t *testing.T, c *redis.Client) map[string]content {
	t.Helper()
	ctx := context.Background()
	out := map[string]content{}
	keys, err := c.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		kind := c.Type(ctx, key).Val()
		v := content{Kind: kind, Encoding: c.ObjectEncoding(ctx, key).Val(), ExpireAt: int64(c.Do(ctx, "PEXPIRETIME", key).Val().(int64))}
		switch kind {
		case "string":
			v.Elements = []string{c.Get(ctx, key).Val()}
		case "list":
			v.Elements = c.LRange(ctx, key, 0, -1).Val()
		case "set":
			v.Elements = c.SMembers(ctx, key).Val()
			sort.Strings(v.Elements)
		case "hash":
			v.Elements = pairsOf(c.HGetAll(ctx, key).Val())
		case "zset":
			for _, z := range c.ZRangeWithScores(ctx, key, 0, -1).Val() {
				v.Elements = append(v.Elements, z.Member.(string), strconv.FormatFloat(z.Score, 'g', -1, 64))
			}
		case "stream":
			v.Elements = streamOf(t, c, key)
		default:
			t.Fatalf("key %q is a %s", key, kind)
		}
		out[quote(key)] = v.quoted()
	}
	return out
}

// streamOf is streamElements of a server's stream.
func streamOf(t *testing.T, c *redis.Client, key string) (out []string) {
	t.Helper()
	s, err := c.XInfoStreamFull(context.Background(), key, 1<<30).Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Do(context.Background(), "XRANGE", key, "-", "+").Val().([]any) {
		entry := e.([]any)
		out = append(out, entry[0].(string))
		for _, word := range entry[1].([]any) {
			out = append(out, word.(string))
		}
	}
	out = append(out, fmt.Sprintf("last %s first %s deleted %s added %d", s.LastGeneratedID, s.RecordedFirstEntryID, s.MaxDeletedEntryID,
		s.EntriesAdded))
	for _, g := range s.Groups {
		out = append(out, fmt.Sprintf("group %s last %s read %d", g.Name, g.LastDeliveredID, g.EntriesRead))
		for _, n := range g.Pending {
			out = append(out, fmt.Sprintf("pending %s for %s since %d, %d times", n.ID, n.Consumer, n.DeliveryTime.UnixMilli(), n.DeliveryCount))
		}
		for _, k := range g.Consumers {
			out = append(out, fmt.Sprintf("consumer %s seen %d, %d pending", k.Name, k.SeenTime.UnixMilli(), k.PelCount))
		}
	}
	return out
}

// fillStreams makes streams of one and many nodes, with deleted and trimmed entries, groups and what is pending in them.
func fillStreams(do func(args ...any)) {
	for i := range 250 {
		do("XADD", "stream:large", fmt.Sprintf("%d-%d", 1000+i/3, i), "sensor", i, "text", noise(uint64(i), i%40))
		do("XADD", "stream:fields", fmt.Sprintf("5-%d", i+1), fmt.Sprint("field", i%3), "x")
	}
	do("XTRIM", "stream:large", "MAXLEN", "222")
	do("XDEL", "stream:large", "1050-150", "1082-248", "1083-249")
	do("XADD", "stream:empty", "7-7", "f", "v")
	do("XTRIM", "stream:empty", "MAXLEN", "0")
	do("XGROUP", "CREATE", "stream:new", "g", "$", "MKSTREAM")
	do("XGROUP", "CREATE", "stream:large", "unread", "0")
	do("XGROUP", "CREATE", "stream:large", "reading", "1020-0", "ENTRIESREAD", "20")
	do("XREADGROUP", "GROUP", "reading", "alice", "COUNT", "40", "STREAMS", "stream:large", ">")
	do("XREADGROUP", "GROUP", "reading", "bob", "COUNT", "9", "STREAMS", "stream:large", ">")
	do("XGROUP", "CREATECONSUMER", "stream:large", "reading", "idle")
	do("XACK", "stream:large", "reading", "1020-60", "1021-63")
	do("XCLAIM", "stream:large", "reading", "carol", "0", "1022-66", "1022-67")
}

// fill puts at least one value of every type and encoding into the server.
func fill(t *testing.T, c *redis.Client) {
	t.Helper()
	ctx := context.Background()
	do := func(args ...any) {
		t.Helper()
		if err := c.Do(ctx, args...).Err(); err != nil {
			t.Fatalf("%v: %v", args[0], err)
		}
	}
	for _, n := range []string{"0", "-1", "127", "-128", "128", "32767", "-32768", "32768", "2147483647", "-2147483648",
		"2147483648", "9223372036854775807", "-9223372036854775808"} {
		do("SET", "int:"+n, n)
	}
	do("SET", "embstr", "hello")
	do("SET", "empty", "")
	do("SET", "raw", strings.Repeat("compressible ", 50))
	do("SET", "noise", noise(1, 300))
	do("SET", "binary\x00\xff\r\n", "\x00\x01\x02\xfe\xff")
	do("SET", "12345", "key that is a number")
	do("SET", "ttl", "x", "PXAT", "4102444800123")
	do("SET", "long", noise(2, 3000))
	for i, v := range []string{"a", "1", "-5", "300", "70000", "5000000000", strings.Repeat("z", 100), ""} {
		do("RPUSH", "list:small", v)
		do("HSET", "hash:small", "f"+v, v)
		do("ZADD", "zset:small", strconv.Itoa(i-3), "m"+v)
		do("SADD", "set:mixed", v)
	}
	do("ZADD", "zset:scores", "1.5", "a", "0.1", "b", "-inf", "c", "+inf", "d", "1e300", "e", "-0", "f", "3", "g")
	do("SADD", "set:int16", "1", "-2", "300")
	do("SADD", "set:int32", "1", "-2", "70000")
	do("SADD", "set:int64", "1", "-2", "5000000000")
	for i := range 530 {
		do("RPUSH", "list:large", fmt.Sprintf("element %d %s", i, noise(uint64(i), i%8)))
		do("HSET", "hash:large", fmt.Sprintf("field %d", i), strconv.Itoa(i*i))
		do("ZADD", "zset:large", strconv.FormatFloat(float64(i)/7, 'g', -1, 64), fmt.Sprintf("member %d", i))
		do("SADD", "set:large", fmt.Sprintf("member %d", i))
		do("SADD", "set:manyints", strconv.Itoa(i*3))
	}
	do("RPUSH", "list:plain", "before", strings.Repeat("p", 9000), "after", strings.Repeat("0123456789", 900))
	do("HSET", "hash:longvalue", "f", strings.Repeat("v", 200))
	do("PEXPIREAT", "hash:small", "4102444800000")
	fillStreams(do)
}

func noise(seed uint64, n int) string {
	rng := rand.New(rand.NewPCG(seed, 77))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}

// Files of the real server, with and without compression, load with the contents the server itself reports.
func TestInteropTheirFile(t *testing.T) {
	for _, compression := range []string{"yes", "no"} {
		t.Run("rdbcompression "+compression, func(t *testing.T) {
			dir := t.TempDir()
			c := startServer(t, dir, "--rdbcompression", compression)
			fill(t, c)
			want := contents(t, c)
			if err := c.Save(context.Background()).Err(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "dump.rdb")
			db, stats := load(t, path)
			if !stats.Checksum || stats.Version != 10 {
				t.Errorf("stats %+v", stats)
			}
			compareWithServer(t, want, contentsOf(db[0]))
			if *record && compression == "yes" {
				recordFile(t, path, want)
			}
		})
	}
}

// recordFile keeps a dump and its contents as testdata for TestRecordedFiles.
func recordFile(t *testing.T, path string, want map[string]content) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"redis-7.0.15.rdb": data, "redis-7.0.15.json": append(text, '\n')} {
		if err := os.WriteFile(filepath.Join("testdata", name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Our files for version 10 load in the real server, and it finds in them what we had.
func TestInteropOurFile(t *testing.T) {
	first := t.TempDir()
	source := startServer(t, first)
	fill(t, source)
	want := contents(t, source)
	if err := source.Save(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	db, _ := load(t, filepath.Join(first, "dump.rdb"))
	for _, compression := range []bool{true, false} {
		dir := t.TempDir()
		opts := rdb.WriterOptions{Version: rdb.Version10, Compression: compression, Checksum: true,
			Aux: rdb.StandardAux(1700000000, 1<<20, false)}
		if _, err := rdb.SaveFile(vfs.OS, dir, "dump.rdb", opts, func(w *rdb.Writer) error { return w.WriteSpace(0, db[0]) }); err != nil {
			t.Fatal(err)
		}
		c := startServer(t, dir)
		if diff := cmp.Diff(want, contents(t, c)); diff != "" {
			t.Errorf("compression %v: the server has (+) what the first server did not (-):\n%s", compression, diff)
		}
	}
}

// DUMP payloads are exchanged in both directions, and equal byte for byte where an encoding has only one order.
func TestInteropDump(t *testing.T) {
	c := startServer(t, t.TempDir(), "--sanitize-dump-payload", "yes")
	fill(t, c)
	ctx := context.Background()
	want := contents(t, c)
	db := newSpaces(t)
	var payloads rdb.Payloads
	for _, key := range c.Keys(ctx, "*").Val() {
		theirs := c.Dump(ctx, key).Val()
		e, err := payloads.Restore(db[0], []byte(key), []byte(theirs))
		if err != nil {
			t.Errorf("restore %q: %v", key, err)
			continue
		}
		ours, err := payloads.AppendDump(nil, e, rdb.Version10, true)
		if err != nil {
			t.Fatal(err)
		}
		if e.Encoding() != keyspace.EncHashtable && e.Encoding() != keyspace.EncSkiplist && string(ours) != theirs &&
			c.Type(ctx, key).Val() != "set" {
			t.Errorf("payload of %q differs: ours %d bytes, theirs %d", key, len(ours), len(theirs))
		}
		if err := c.Del(ctx, key).Err(); err != nil {
			t.Fatal(err)
		}
		if err := c.Restore(ctx, key, 0, string(ours)).Err(); err != nil {
			t.Errorf("the server refuses our payload of %q: %v", key, err)
		}
		if at := want[quote(key)].ExpireAt; at > 0 {
			c.Do(ctx, "PEXPIREAT", key, at)
		}
	}
	if diff := cmp.Diff(want, contents(t, c)); diff != "" {
		t.Errorf("after dump and restore (- before, + after):\n%s", diff)
	}
}
