package replay

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// templates are calls of every command that writes, in the forms that differ in their effects. Words in braces are drawn
// at random; see traffic.word.
// Ranges by name are of sorted sets with one score (y): of others they are not defined, and depend on the encoding.
var templates = []string{
	// strings
	"SET {s} {v}", "SET {s} {v} PX {ms}", "SET {s} {v} EX {sec}", "SET {s} {v} PXAT {at}", "SET {k} {v} KEEPTTL", "SET {s} {v} NX GET",
	"SET {s} {v} XX GET PX {ms}", "SETNX {s} {v}", "SETEX {s} {sec} {v}", "PSETEX {s} {ms} {v}", "GETSET {s} {v}", "GETDEL {s}",
	"GETEX {s} PX {ms}", "GETEX {s} PERSIST", "GETEX {s} PXAT {at}", "APPEND {s} {v}", "SETRANGE {s} {i} {v}", "MSET {s} {v} {s} {v}",
	"MSETNX {s} {v} {s} {v}", "SET {s} {n}", "INCR {s}", "DECR {s}", "INCRBY {s} {n}", "DECRBY {s} {n}", "INCRBYFLOAT {s} {f}", "GET {s}",
	// bitmaps and HyperLogLog
	"SETBIT {b} {i} 1", "SETBIT {b} {i} 0", "BITOP XOR {b} {b} {b}", "BITOP NOT {b} {s}", "BITFIELD {b} SET u8 {i} 77 INCRBY i5 {i} 3",
	"PFADD {p} {m} {m}", "PFADD {p}", "PFMERGE {p} {p} {p}", "PFCOUNT {p}", "PFDEBUG GETREG {p}",
	// lists
	"RPUSH {l} {m} {m} {m}", "LPUSH {l} {m} {v}", "RPUSHX {l} {m}", "LPUSHX {l} {m}", "LPOP {l}", "RPOP {l} 2", "LPOP {l} 3", "LSET {l} {i} {m}",
	"LINSERT {l} BEFORE {m} {v}", "LREM {l} 1 {m}", "LREM {l} -2 {m}", "LTRIM {l} 0 9", "LMOVE {l} {l} LEFT RIGHT", "RPOPLPUSH {l} {l}",
	"LMPOP 2 {l} {l} RIGHT COUNT 2", "BLPOP {l} {l} 0", "BRPOP {l} 0", "BLMOVE {l} {l} RIGHT LEFT 0", "BRPOPLPUSH {l} {l} 0",
	"BLMPOP 0 2 {l} {l} LEFT COUNT 2",
	// hashes
	"HSET {h} {m} {v} {m} {v}", "HMSET {h} {m} {v}", "HSETNX {h} {m} {v}", "HDEL {h} {m} {m}", "HSET {h} n {n}", "HINCRBY {h} n {n}",
	"HINCRBYFLOAT {h} f {f}",
	// sets
	"SADD {t} {m} {m} {m}", "SADD {t} {n} {n}", "SREM {t} {m} {m}", "SPOP {t}", "SPOP {t} 3", "SPOP {t} 100", "SMOVE {t} {t} {m}",
	"SINTERSTORE {t} {t} {t}", "SUNIONSTORE {t} {t} {t}", "SDIFFSTORE {t} {t} {t}",
	// sorted sets
	"ZADD {z} {f} {m} {n} {m}", "ZADD {z} NX {f} {m}", "ZADD {z} XX GT CH {f} {m}", "ZADD {z} INCR {f} {m}", "ZINCRBY {z} {f} {m}", "ZREM {z} {m} {m}",
	"ZREMRANGEBYRANK {z} 0 1", "ZREMRANGEBYSCORE {z} 0 1", "ZADD {y} 0 {m} 0 {m}", "ZREMRANGEBYLEX {y} [a [m1", "ZPOPMIN {z}", "ZPOPMAX {z} 2", "ZMPOP 2 {z} {z} MIN COUNT 2",
	"BZPOPMIN {z} {z} 0", "BZPOPMAX {z} 0", "BZMPOP 0 2 {z} {z} MAX COUNT 2", "ZUNIONSTORE {z} 2 {z} {t} WEIGHTS 2 3", "ZINTERSTORE {z} 2 {z} {z} AGGREGATE MAX",
	"ZDIFFSTORE {z} 2 {z} {z}", "ZRANGESTORE {z} {z} 0 3", "ZRANGESTORE {z} {z} -inf +inf BYSCORE LIMIT 1 3",
	// geo
	"GEOADD {g} {lon} {lat} {m} {lon} {lat} {m}", "GEOADD {g} XX CH {lon} {lat} {m}", "GEOSEARCHSTORE {g} {g} FROMLONLAT 10 40 BYRADIUS 4000 km ASC COUNT 4",
	"GEORADIUS {g} 10 40 4000 km STORE {z}", "GEORADIUSBYMEMBER {g} {m} 4000 km STOREDIST {z}",
	// streams
	"XADD {x} * {m} {v}", "XADD {x} MAXLEN ~ 6 * {m} {v}", "XADD {x} MAXLEN = 8 * {m} {v}", "XADD {x} {i}-* {m} {v}", "XADD {x} NOMKSTREAM * {m} {v}", "XTRIM {x} MAXLEN 5",
	"XTRIM {x} MINID ~ {i}", "XGROUP CREATE {x} {grp} 0 MKSTREAM", "XGROUP CREATE {x} {grp} $", "XGROUP CREATECONSUMER {x} {grp} {con}",
	"XGROUP DELCONSUMER {x} {grp} {con}", "XGROUP DESTROY {x} {grp}", "XGROUP SETID {x} {grp} 0 ENTRIESREAD 1", "XREADGROUP GROUP {grp} {con} COUNT 2 STREAMS {x} >",
	"XREADGROUP GROUP {grp} {con} COUNT 1 NOACK STREAMS {x} >", "XREADGROUP GROUP {grp} {con} STREAMS {x} 0", "XREADGROUP GROUP {grp} {con} BLOCK 0 STREAMS {x} >",
	"XACK {x} {grp} {i}-0 {i}-1", "XCLAIM {x} {grp} {con} 0 {i}-0 {i}-1 FORCE", "XAUTOCLAIM {x} {grp} {con} 0 0 COUNT 3", "XDEL {x} {i}-0 {i}-1",
	"XSETID {x} 9999999999999-0",
	// keys
	"DEL {k} {k}", "UNLINK {k}", "RENAME {k} {k}", "RENAMENX {k} {k}", "COPY {k} {k}", "COPY {k} {k} DB 2 REPLACE", "MOVE {k} 1", "EXPIRE {k} {sec}", "PEXPIRE {k} {ms}",
	"EXPIRE {k} {sec} NX", "PEXPIRE {k} {ms} GT", "EXPIREAT {k} 1", "PEXPIREAT {k} {at}", "PERSIST {k}", "SORT {l} ALPHA STORE {l}", "SORT {t} ALPHA LIMIT 0 3 STORE {l}",
	"SORT {z} BY nosort STORE {l}", "RESTORE {s} {ms} {dump} REPLACE", "RESTORE-ASKING {s} 0 {dump}", "TOUCH {k}", "GET {k}",
	// databases, transactions, scripts, messages
	"SELECT 0", "SELECT 0", "SELECT 1", "SELECT 2", "SWAPDB 0 1", "MULTI", "MULTI", "EXEC", "EXEC", "EXEC", "DISCARD", "WATCH {k}", "UNWATCH", "PUBLISH c {v}", "SPUBLISH c {v}",
	"FUNCTION LOAD REPLACE {lib}", "FUNCTION RESTORE {functions} REPLACE", "FUNCTION DELETE library", "FUNCTION FLUSH", "FCALL push 1 {l}",
	"EVAL redis.call('incr',KEYS[1])redis.call('pexpire',KEYS[1],ARGV[1])return(redis.call('spop',KEYS[2])) 2 {s} {t} {ms}",
	"EVAL redis.call('lpush',KEYS[1],math.random())redis.call('xadd',KEYS[2],'*','a',redis.call('time')[2]) 2 {l} {x}",
}

// rare ones empty databases.
var rare = []string{"FLUSHDB", "FLUSHALL ASYNC", "FLUSHDB ASYNC", "FLUSHALL"}

// traffic draws requests; the same seed gives the same ones.
type traffic struct {
	*rand.Rand
	dump string // a payload for RESTORE
	// functions is one for FUNCTION RESTORE.
	functions string
}

func (r traffic) next() [][]byte {
	template := templates[r.IntN(len(templates))]
	if r.IntN(1500) == 0 {
		template = rare[r.IntN(len(rare))]
	}
	fields := strings.Split(template, " ")
	words := make([][]byte, len(fields))
	for i, f := range fields {
		words[i] = []byte(f)
		if strings.HasPrefix(f, "{") || strings.HasSuffix(f, "}-0") || strings.HasSuffix(f, "}-1") || strings.HasSuffix(f, "}-*") {
			name, tail, _ := strings.Cut(f[1:], "}")
			words[i] = []byte(r.word(name) + tail)
		}
	}
	return words
}

// library is a library of functions.
const library = "#!lua name=library\nredis.register_function('push', function(keys) return redis.call('rpush', keys[1], 'f') end)"

// kinds are the letters that keys begin with; of each kind there are keysOfKind.
const (
	kinds      = "sbplhtzygx"
	keysOfKind = 8
)

// word draws what stands in braces: a key of one kind (its letter) or of any (k), or a value.
func (r traffic) word(name string) string {
	switch name {
	case "lib":
		return library
	case "functions":
		return r.functions
	case "dump":
		return r.dump
	case "k":
		return r.word(string(kinds[r.IntN(len(kinds))]))
	case "v":
		return strings.Repeat(string(rune('a'+r.IntN(26))), 1+r.IntN(1+r.IntN(90)))
	case "m":
		return "m" + strconv.Itoa(r.IntN(12))
	case "i":
		return strconv.Itoa(r.IntN(12))
	case "n":
		return strconv.Itoa(r.IntN(20000) - 10000)
	case "f":
		return strconv.FormatFloat(float64(r.IntN(4000)-2000)/16, 'g', -1, 64)
	case "ms":
		return r.ttl()
	case "sec":
		return strconv.Itoa(1000 + r.IntN(1000))
	case "at":
		ms, _ := strconv.ParseInt(r.ttl(), 10, 64)
		return strconv.FormatInt(time.Now().UnixMilli()+ms-5, 10)
	case "lon":
		return strconv.Itoa(r.IntN(90))
	case "lat":
		return strconv.Itoa(r.IntN(80))
	case "grp", "con":
		return name + strconv.Itoa(r.IntN(3))
	}
	return fmt.Sprintf("%s%d", name, r.IntN(keysOfKind))
}

// ttl is a time in milliseconds that either passes during the run or long after it.
func (r traffic) ttl() string {
	if r.IntN(2) == 0 {
		return strconv.Itoa(1 + r.IntN(15))
	}
	return strconv.Itoa(2_000_000 + r.IntN(1_000_000))
}
