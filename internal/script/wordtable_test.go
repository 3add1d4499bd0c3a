package script

import (
	"testing"
	"time"
)

// TestWordTablesAreAnew: whatever a script does to KEYS and ARGV, the next one finds its own words and nothing else.
func TestWordTablesAreAnew(t *testing.T) {
	c := NewCache("7.2.4")
	const look = `local n = 0 for _ in pairs(ARGV) do n = n + 1 end
		for i = 0, 100 do if i ~= 1 and ARGV[i] ~= nil then return "kept " .. i end end
		if getmetatable(ARGV) then return "a metatable" end
		if ARGV.x or ARGV[-1] or ARGV[true] then return "a field" end
		table.insert(ARGV, "more")
		return {n, #ARGV, ARGV[1], ARGV[2], #KEYS}`
	for _, change := range []string{
		`ARGV[1] = nil`, `ARGV[2] = "b"`, `for i = 2, 90 do ARGV[i] = i end`, `ARGV[5] = "far"`, `ARGV[1000] = "farther"`,
		`ARGV.x = 1`, `ARGV[-1] = 1`, `ARGV[0] = 1`, `ARGV[true] = 1`, `ARGV[1.5] = 1`, `setmetatable(ARGV, {__index = function() return 1 end})`,
		`table.remove(ARGV)`, `table.insert(ARGV, 1, "front")`, `ARGV[1] = ARGV`, `KEYS[1] = ARGV`, `table.sort(ARGV)`,
		`rawset(ARGV, "x", ARGV) ARGV.x = nil`, `error("ended")`, `local a = ARGV coroutine.wrap(function() a[2] = 1 coroutine.yield() end)()`,
	} {
		eval(t, c, change, time.Second, "a", "b", "c")
		eval(t, c, change, time.Second)
		if got, want := eval(t, c, look, time.Second, "a"), "*5\r\n:1\r\n:2\r\n$1\r\na\r\n$4\r\nmore\r\n:0\r\n"; got != want {
			t.Errorf("after %s: %q", change, got)
		}
	}
}

// TestCallByAnotherName: redis.call means what a script says it means.
func TestCallByAnotherName(t *testing.T) {
	for text, want := range map[string]string{
		`local redis = {call = function() return "mine" end} return redis.call("get", "k")`:                                                                "$4\r\nmine\r\n",
		`local redis = {pcall = function() return "mine" end} return (function() return redis.pcall("x") end)()`:                                           "$4\r\nmine\r\n",
		`return redis["call"] == redis.call and _G.redis.call == redis.call and redis.pcall ~= redis.call`:                                                 ":1\r\n",
		`return pcall(function() redis.call = nil end) == false and redis.call ~= nil`:                                                                     ":1\r\n",
		`pcall(function() function redis.call() end end) pcall(function() local a a, redis.pcall = 1, 2 end) return type(redis.call) == type(redis.pcall)`: ":1\r\n",
		`local n = 0 for k in pairs(redis) do if k == "call" then n = n + 1 end end return n`:                                                              ":1\r\n",
		`local n = 0 for k in pairs(_G) do if string.find(k, "call") and k ~= "pcall" and k ~= "xpcall" then n = n + 1 end end return n`:                   ":0\r\n",
	} {
		if got := eval(t, NewCache("7.2.4"), text, time.Second); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}
