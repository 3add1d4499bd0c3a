package session_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"redoubt/internal/resp"
)

// TestPipelineOnLargeCollections: requests of a pipeline, whose keys and members are asked for ahead where there are many, get the
// replies that they get one by one.
func TestPipelineOnLargeCollections(t *testing.T) {
	const many = 150_000
	filled := func() *wire {
		w := connect(newEngine(t))
		for i := range many {
			w.feed(resp.AppendCommandStrings(nil, "HSET", "hash", fmt.Sprint("m", i), "1"))
			w.feed(resp.AppendCommandStrings(nil, "SADD", "set", fmt.Sprint("m", i)))
			w.feed(resp.AppendCommandStrings(nil, "ZADD", "zset", fmt.Sprint(i), fmt.Sprint("m", i)))
			w.feed(resp.AppendCommandStrings(nil, "SET", fmt.Sprint("m", i), "1"))
		}
		w.out.Reset()
		return w
	}
	forms := strings.Split("HGET K M|HGET K|HSET K M 7|HSET K M 7 M 8|HSET K M|HMGET K M M M|HDEL K M M|HEXISTS K M|HSTRLEN K M|"+
		"HINCRBY K M 3|HINCRBYFLOAT K M 0.5|HSETNX K M 9|HMSET K M 1 M 2|SADD K M M M|SREM K M M|SISMEMBER K M|SMISMEMBER K M M|"+
		"ZADD K 5 M 6 M|ZADD K NX CH 5 M|ZADD K x M|ZINCRBY K 2 M|ZSCORE K M|ZMSCORE K M M|ZREM K M M|ZRANK K M|ZREVRANK K M|"+
		"GET M|SET M 2|MGET M M|DEL M|NOSUCH K M", "|")
	keys := []string{"hash", "set", "zset", "hash", "set", "zset", "m5", "missing", "small"}
	random := rand.New(rand.NewPCG(3, 4))
	alone, together := filled(), filled()
	key := keys[0]
	for range 200 {
		var batch []byte
		for range 1 + random.IntN(80) {
			form := forms[random.IntN(len(forms))]
			words := strings.Fields(form)
			if random.IntN(8) == 0 { // many commands for one key are common
				key = keys[random.IntN(len(keys))]
			}
			for i, word := range words {
				switch word {
				case "K":
					words[i] = key
				case "M":
					words[i] = fmt.Sprint("m", random.IntN(many*11/10))
				}
			}
			request := resp.AppendCommandStrings(nil, words...)
			alone.feed(request)
			batch = append(batch, request...)
		}
		together.feed(batch)
		if one, all := alone.out.String(), together.out.String(); one != all {
			t.Fatalf("replies to %q:\n%q one by one\n%q together", batch, one, all)
		}
		alone.out.Reset()
		together.out.Reset()
	}
}
