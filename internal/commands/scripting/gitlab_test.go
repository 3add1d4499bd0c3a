package scripting_test

import (
	"crypto/sha1"
	"fmt"
	"strings"
	"testing"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// The scripts that GitLab, its gems and its daemons run, written anew from what they do.
var gitlabScripts = map[string]string{
	"lease cancel": `if redis.call("get", KEYS[1]) == ARGV[1] then redis.call("del", KEYS[1]) end`,
	"lease renew":  `if redis.call("get", KEYS[1]) == ARGV[1] then redis.call("expire", KEYS[1], ARGV[2]) return ARGV[1] end`,
	"trace append": `local data, offset = ARGV[1], tonumber(ARGV[2])
		local length, size = data:len(), redis.call("strlen", KEYS[1])
		if offset == 0 then redis.call("set", KEYS[1], data, "ex", 604800) return redis.call("strlen", KEYS[1]) end
		if offset > size then return -1 end
		if offset + length >= size then redis.call("expire", KEYS[1], 604800) return redis.call("setrange", KEYS[1], offset, data) end
		local kept = redis.call("get", KEYS[1]):sub(1, offset)
		redis.call("set", KEYS[1], kept .. data, "ex", 604800)
		return redis.call("strlen", KEYS[1])`,
	"counter flush": `local amount = redis.call("get", KEYS[1]) or 0
		local sum = redis.call("incrby", KEYS[2], amount)
		if sum == 0 then redis.call("del", KEYS[1], KEYS[2]) else redis.call("del", KEYS[1]) end
		return sum`,
	"counter increment": `local counter, refresh, refreshing, tracking, opposite, shards = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
		local amount, offset = tonumber(ARGV[1]), ARGV[2]
		if redis.call("exists", refreshing) == 0 then return redis.call("incrby", counter, amount) end
		if redis.call("getbit", tracking, offset) == 1 then return redis.call("get", refresh) end
		redis.call("setbit", tracking, offset, 1) redis.call("expire", tracking, 1209600)
		redis.call("sadd", shards, tracking) redis.call("expire", shards, 1209600)
		local net = amount
		if amount > 0 and redis.call("getbit", opposite, offset) == 1 then net = 0 end
		if amount < 0 and redis.call("getbit", opposite, offset) == 0 then net = 0 end
		return redis.call("incrby", refresh, net)`,
	"counter refresh":  `redis.call("del", KEYS[1]) redis.call("set", KEYS[2], 1, "ex", 1209600)`,
	"counter finalize": `local n = redis.call("get", KEYS[1]) or 0 redis.call("incrby", KEYS[2], n) redis.call("del", KEYS[1], KEYS[3])`,
	"write if greater": `local old = tonumber(redis.call("get", KEYS[1]))
		if old == nil or old < tonumber(ARGV[1]) then redis.call("set", KEYS[1], ARGV[1]) redis.call("expire", KEYS[1], ARGV[2]) return true end
		return false`,
	"unstick": `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) else return 0 end`,
	"stick": `local function parse(text)
			local high, low = string.match(text, "(%x+)/(%x+)")
			assert(high and low, "ERR not a position: " .. tostring(text))
			return tonumber(high, 16), tonumber(low, 16)
		end
		local function newer(a, b)
			local ah, al = parse(a) local bh, bl = parse(b)
			return ah > bh or ah == bh and al > bl
		end
		local old = redis.call("get", KEYS[1])
		if old and not newer(ARGV[1], old) then redis.call("expire", KEYS[1], ARGV[2]) return 0 end
		if not old then parse(ARGV[1]) end
		redis.call("set", KEYS[1], ARGV[1], "ex", ARGV[2]) return 1`,
	"duplicate job": `local packed = redis.call("get", KEYS[1])
		if not packed then return end
		local cookie = cmsgpack.unpack(packed)
		for i = 1, #ARGV, 3 do
			local name, offset, position = ARGV[i], tonumber(ARGV[i+1]), ARGV[i+2]
			local old = cookie.offsets[name]
			if not offset or not old or old < offset then cookie.offsets[name] = offset cookie.wal_locations[name] = position end
		end
		redis.call("set", KEYS[1], cmsgpack.pack(cookie), "keepttl")`,
	"claim bucket": `local all = redis.call("smembers", KEYS[1])
		local one = redis.call("spop", KEYS[1])
		if one then redis.call("zadd", KEYS[2], ARGV[1], one) end
		return {one, all, redis.call("smembers", KEYS[1]), redis.call("zrange", KEYS[2], 0, -1)}`,
	"track job": `if redis.call("scard", KEYS[1]) < tonumber(ARGV[2]) then redis.call("sadd", KEYS[1], ARGV[1]) return true end return false`,
	"rate limit": `local ttl = redis.call("ttl", KEYS[1])
		local count = redis.call("incrbyfloat", KEYS[1], ARGV[2])
		if ttl < 0 then redis.call("expire", KEYS[1], ARGV[1]) ttl = tonumber(ARGV[1]) end
		return {count, ttl}`,
	"count distinct": `local fresh = redis.call("exists", KEYS[1]) == 0
		redis.call("sadd", KEYS[1], ARGV[2])
		if fresh then redis.call("expire", KEYS[1], ARGV[1]) end
		return {redis.call("scard", KEYS[1]), redis.call("ttl", KEYS[1])}`,
	"ban": `local left = redis.call("ttl", KEYS[2])
		if left > 0 then return {redis.call("get", KEYS[1]), left, 1} end
		local count = redis.call("incrbyfloat", KEYS[1], ARGV[2])
		if redis.call("ttl", KEYS[1]) < 0 then redis.call("expire", KEYS[1], ARGV[1]) end
		if tonumber(count) > tonumber(ARGV[3]) then redis.call("set", KEYS[2], 1, "ex", ARGV[4]) return {count, tonumber(ARGV[4]), 1} end
		return {count, redis.call("ttl", KEYS[1]), 0}`,
	"pop scheduled": `local job = redis.call("zrange", KEYS[1], "-inf", ARGV[1], "byscore", "limit", 0, 1)[1]
		if job then redis.call("zrem", KEYS[1], job) return job end`,
	"redsync delete": `local v = redis.call("get", KEYS[1]) if v == ARGV[1] then return redis.call("del", KEYS[1]) elseif v == false then return -1 else return 0 end`,
	"redsync touch":  `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) else return 0 end`,
	"redsync keep": `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2])
		elseif redis.call("set", KEYS[1], ARGV[1], "px", ARGV[2], "nx") then return 1 else return 0 end`,
	"gcra": `local interval, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
		local tat = math.max(tonumber(redis.call("get", KEYS[1]) or now), now)
		local allowed = tat + interval - burst * interval
		if allowed > now then return {0, tostring(allowed - now)} end
		redis.call("set", KEYS[1], tat + interval, "px", math.ceil((tat + interval - now) * 1000))
		return {1, tostring(tat + interval - now)}`,
	"waiter ttl": `if redis.call("ttl", KEYS[1]) < 0 then redis.call("expire", KEYS[1], 21600) end`,
}

// show writes a reply on one line.
func show(r *resp.Reply) string {
	if len(r.Elems) > 0 {
		var parts []string
		for i := range r.Elems {
			parts = append(parts, show(&r.Elems[i]))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	switch {
	case r.Null:
		return "nil"
	case r.Type == resp.TypeInt:
		return fmt.Sprint(r.Int)
	}
	return string(r.Str)
}

// runScript runs a script by its digest and, when the server does not know it, by its text, as clients do.
func runScript(c *inprocess.Client, name, args string) resp.Reply {
	text := gitlabScripts[name]
	r := c.Do(fmt.Sprintf("EVALSHA %x %s", sha1.Sum([]byte(text)), args))
	if r.IsError() && strings.HasPrefix(string(r.Str), "NOSCRIPT") {
		r = c.Do("EVAL " + quote(text) + " " + args)
	}
	return r
}

// TestGitLabScripts runs what a GitLab runs. A step is a plain request, or "name: keys and arguments" of a script.
func TestGitLabScripts(t *testing.T) {
	node := inprocess.Start(t)
	c := node.Client(t)
	for _, step := range [][2]string{
		{"SET lease u1 EX 60", "OK"}, {"lease renew: 1 lease u2 120", "nil"}, {"lease renew: 1 lease u1 120", "u1"}, {"TTL lease", "120"},
		{"lease cancel: 1 lease u2", "nil"}, {"EXISTS lease", "1"}, {"lease cancel: 1 lease u1", "nil"}, {"EXISTS lease", "0"},
		{`trace append: 1 trace "he\x00lo" 0`, "5"}, {"trace append: 1 trace world 5", "10"}, {"trace append: 1 trace x 20", "-1"},
		{"trace append: 1 trace XY 2", "4"}, {"GET trace", "heXY"}, {"TTL trace", "604800"},
		{"SET c 5", "OK"}, {"counter flush: 2 c f", "5"}, {"EXISTS c f", "1"}, {"SET c -5", "OK"}, {"counter flush: 2 c f", "0"}, {"EXISTS c f", "0"},
		{"counter increment: 6 n r running + - shards -12 7", "-12"}, {"counter refresh: 2 r running", "nil"},
		{"counter increment: 6 n r running + - shards 3 67108863", "3"}, {"counter increment: 6 n r running + - shards 3 67108863", "3"},
		{"counter increment: 6 n r running - + shards -3 67108863", "0"}, {"SMEMBERS shards", "[+ -]"},
		{"TTL +", "1209600"}, {"TTL shards", "1209600"}, {"TTL running", "1209600"},
		{"counter finalize: 3 r n running", "nil"}, {"GET n", "-12"}, {"EXISTS running r", "0"},
		{"write if greater: 1 w 5 100", "1"}, {"write if greater: 1 w 4 100", "nil"}, {"write if greater: 1 w 10 100", "1"}, {"GET w", "10"},
		{"unstick: 1 lsn 0/1", "0"}, {"stick: 1 lsn 0/1A 30", "1"}, {"stick: 1 lsn 0/19 60", "0"}, {"TTL lsn", "60"}, {"stick: 1 lsn 1/0 30", "1"},
		{"stick: 1 lsn bad 30", "like ERR user_script:3: ERR not a position: bad script: "}, {"GET lsn", "1/0"}, {"unstick: 1 lsn 1/0", "1"},
		{"duplicate job: 1 cookie main 5 0/5", "nil"},
		{`SET cookie "\x82\xa7offsets\x80\xadwal_locations\x80" EX 600`, "OK"}, {"duplicate job: 1 cookie main 5 0/5", "nil"}, {"TTL cookie", "600"},
		{"duplicate job: 1 cookie main 4 0/4", "nil"},
		{"EVAL \"local c=cmsgpack.unpack(redis.call('get','cookie')) return {c.offsets.main,c.wal_locations.main}\" 0", "[5 0/5]"},
		{"duplicate job: 1 cookie main \"\" 0/9", "nil"},
		{"EVAL \"local c=cmsgpack.unpack(redis.call('get','cookie')) return {tostring(c.offsets.main),c.wal_locations.main}\" 0", "[nil 0/9]"},
		// What Ruby packed: a long name, a position beyond 2^32, a float, text as binary. An empty map comes back as an empty array.
		{`SET cookie "\x81\xa7offsets\x81\xd9 aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb\xcf\x00\x00\x00\x05\x00\x00\x00\x00"`, "OK"},
		{"EVAL \"for k,v in pairs(cmsgpack.unpack(redis.call('get','cookie')).offsets) do return {k,tostring(v)} end\" 0", "[aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb 21474836480]"},
		{`SET cookie "\x81\xc4\x01a\xcb@(\x80\x00\x00\x00\x00\x00"`, "OK"}, {"duplicate job: 1 cookie", "nil"}, {"GET cookie", "\x81\xa1a\xcaAD\x00\x00"},
		{`SET cookie "\x81\xa7offsets\x80"`, "OK"}, {"duplicate job: 1 cookie", "nil"}, {"GET cookie", "\x81\xa7offsets\x90"},
		{"claim bucket: 2 buckets claimed 1", "[nil   ]"}, {"SADD buckets 7", "1"}, {"claim bucket: 2 buckets claimed 1", "[7 [7]  [7]]"},
		{"track job: 1 jobs a 1", "1"}, {"track job: 1 jobs b 1", "nil"},
		{"rate limit: 1 rl 60 1", "[1 60]"}, {"rate limit: 1 rl 60 1", "[2 60]"}, {"rate limit: 1 rl 60 0.5", "[2.5 60]"},
		{"count distinct: 1 cd 60 a", "[1 60]"}, {"count distinct: 1 cd 60 a", "[1 60]"}, {"count distinct: 1 cd 60 b", "[2 60]"},
		{"ban: 2 b b:ban 60 1 2 30", "[1 60 0]"}, {"ban: 2 b b:ban 60 1 2 30", "[2 60 0]"}, {"ban: 2 b b:ban 60 1 2 30", "[3 30 1]"}, {"ban: 2 b b:ban 60 1 2 30", "[3 30 1]"},
		{"ZADD schedule 1.5 job1 99 job2", "2"}, {"pop scheduled: 1 schedule 1700.25", "job1"}, {"pop scheduled: 1 schedule 50", "nil"},
		{"redsync delete: 1 lock t1", "-1"}, {"redsync touch: 1 lock t1 60000", "0"}, {"redsync keep: 1 lock t1 60000", "1"}, {"redsync keep: 1 lock t2 60000", "0"}, {"redsync touch: 1 lock t2 90000", "0"},
		{"TTL lock", "60"}, {"redsync touch: 1 lock t1 90000", "1"}, {"TTL lock", "90"}, {"redsync keep: 1 lock t1 30000", "1"}, {"TTL lock", "30"},
		{"redsync delete: 1 lock t2", "0"}, {"redsync delete: 1 lock t1", "1"},
		{"gcra: 1 g 0.5 2 1000", "[1 0.5]"}, {"gcra: 1 g 0.5 2 1000", "[1 1]"}, {"gcra: 1 g 0.5 2 1000", "[0 0.5]"},
		{"SET waiter 1", "OK"}, {"waiter ttl: 1 waiter", "nil"}, {"TTL waiter", "21600"},
	} {
		var r resp.Reply
		if name, args, ok := strings.Cut(step[0], ": "); ok && gitlabScripts[name] != "" {
			r = runScript(c, name, args)
		} else {
			r = c.Do(step[0])
		}
		got, want := show(&r), step[1]
		if prefix, like := strings.CutPrefix(want, "like "); got != want && !(like && strings.HasPrefix(got, prefix)) {
			t.Errorf("%s\n got %s\nwant %s", step[0], got, want)
		}
	}
}

// hexQuote writes bytes as a word of a request.
func hexQuote(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return `"` + b.String() + `"`
}

// TestGitLabTrace: the trace of a job grows by appending what comes in chunks of 128 KiB, of any bytes.
func TestGitLabTrace(t *testing.T) {
	c := inprocess.Start(t).Client(t)
	chunk := make([]byte, 128<<10)
	for i := range chunk {
		chunk[i] = byte(i * 7)
	}
	var trace []byte
	add := func(data []byte, offset int, want int64) {
		t.Helper()
		r := c.Do(fmt.Sprintf("EVAL %s 1 trace %s %d", quote(gitlabScripts["trace append"]), hexQuote(data), offset))
		if r.Int != want {
			t.Fatalf("%d bytes at %d: %s, want %d", len(data), offset, show(&r), want)
		}
	}
	add(chunk, 0, 128<<10)
	trace = append(trace, chunk...)
	add(chunk, len(trace), 256<<10)
	trace = append(trace, chunk...)
	add(chunk[:5], 300_000, -1)
	add(chunk[:1000], 100_000, 101_000) // what was behind it is cut off
	trace = append(trace[:100_000], chunk[:1000]...)
	if r := c.Do("GET trace"); string(r.Str) != string(trace) {
		t.Errorf("the trace has %d bytes or others than the %d appended", len(r.Str), len(trace))
	}
}

// TestGitLabPipelinedCounters: increments come by the hundred in one pipeline; one that was seen counts once.
func TestGitLabPipelinedCounters(t *testing.T) {
	c := inprocess.Start(t).Client(t)
	sha := c.Do("SCRIPT LOAD " + quote(gitlabScripts["counter increment"]))
	c.Do("SET running 1")
	const increments = 600
	for i := range increments {
		c.Send(fmt.Sprintf("EVALSHA %s 6 n r running + - shards 2 %d", sha.Str, i/2))
	}
	for i := range increments {
		if r := c.Read(); show(&r) != fmt.Sprint(2*(i/2+1)) {
			t.Fatalf("increment %d: %s, want %d", i, show(&r), 2*(i/2+1))
		}
	}
}
