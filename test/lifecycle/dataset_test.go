package lifecycle

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redoubt/test/program"
)

// encodings names each key of the dataset with the encoding it must have, before and after a reload.
var encodings = map[string]string{
	"int": "int", "short": "embstr", "long": "raw", "compressible": "raw", "binary\x00\r\n\xff": "embstr", "empty": "embstr",
	"list:small": "listpack", "list:large": "quicklist", "list:wide": "quicklist",
	"hash:small": "listpack", "hash:large": "hashtable", "hash:wide": "hashtable",
	"set:numbers": "intset", "set:small": "listpack", "set:large": "hashtable", "set:manynumbers": "hashtable",
	"zset:small": "listpack", "zset:large": "skiplist", "zset:scores": "listpack",
	"hyperloglog": "raw",
}

const manyElements = 3000

// fill makes a dataset with every type in every encoding, with and without a time to live, in two databases.
func fill(t *testing.T, client *redis.Client) {
	t.Helper()
	do := func(args ...any) { t.Helper(); program.Do(t, client, args...) }
	do("SET", "int", "-9223372036854775808")
	do("SET", "short", "hello")
	do("SET", "long", "a value that is longer than forty-four bytes, so it is not embedded")
	do("SET", "compressible", strings.Repeat("abcdefgh", 5000))
	do("SET", "binary\x00\r\n\xff", "\x00\xff\r\n")
	do("SET", "empty", "")
	do("SET", "hyperloglog", "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff"+strings.Repeat("\x00", 40))
	many := func(command, key string, element func(i int) []any) {
		t.Helper()
		args := []any{command, key}
		for i := range manyElements {
			args = append(args, element(i)...)
		}
		do(args...)
	}
	do("RPUSH", "list:small", "a", "", "-1", "1099511627776", strings.Repeat("x", 63))
	many("RPUSH", "list:large", func(i int) []any { return []any{fmt.Sprintf("element %d", i)} })
	do("RPUSH", "list:wide", "small", strings.Repeat("wide", 30000), "small")
	do("HSET", "hash:small", "field", "value", "", "empty field", "number", "7")
	many("HSET", "hash:large", func(i int) []any { return []any{fmt.Sprintf("field %d", i), i} })
	do("HSET", "hash:wide", "field", strings.Repeat("w", 65))
	do("SADD", "set:numbers", "-32768", "7", "2147483648", "9223372036854775807")
	do("SADD", "set:small", "a", "b", "3")
	many("SADD", "set:large", func(i int) []any { return []any{fmt.Sprintf("member %d", i)} })
	many("SADD", "set:manynumbers", func(i int) []any { return []any{i * i} })
	do("ZADD", "zset:small", "1", "one", "2", "two", "2", "deux")
	do("ZADD", "zset:scores", "-inf", "min", "+inf", "max", "0.1", "tenth", "-0", "zero", "1e300", "huge", "5e-324", "tiny", "0.30000000000000004", "sum")
	many("ZADD", "zset:large", func(i int) []any { return []any{float64(i) / 7, fmt.Sprintf("member %d", i)} })
	for i, key := range slices.Sorted(maps.Keys(encodings)) {
		copied := "ttl:" + key
		do("COPY", key, copied)
		do("PEXPIREAT", copied, time.Now().Add(time.Hour).UnixMilli()+int64(i))
	}
	do("COPY", "zset:large", "elsewhere", "DB", "9")
}

// picture is what must be the same before and after: the digest of everything, and of each key its encoding and deadline.
func picture(t *testing.T, client *redis.Client) map[string]string {
	t.Helper()
	all := map[string]string{"digest": fmt.Sprint(program.Do(t, client, "DEBUG", "DIGEST"))}
	for key, encoding := range encodings {
		for _, name := range []string{key, "ttl:" + key} {
			all[name] = fmt.Sprint(program.Do(t, client, "OBJECT", "ENCODING", name), program.Do(t, client, "PEXPIRETIME", name))
			if got := program.Do(t, client, "OBJECT", "ENCODING", name); got != encoding {
				t.Errorf("%q is encoded as %v, want %s", name, got, encoding)
			}
		}
	}
	keyspace := client.Info(t.Context(), "keyspace").Val()
	all["keys"] = regexp.MustCompile(`avg_ttl=\d+`).ReplaceAllString(keyspace, "") // it shrinks as time goes by
	return all
}
