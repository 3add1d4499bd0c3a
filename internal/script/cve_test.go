package script

import (
	"strings"
	"testing"
	"time"
)

// TestPublishedAttacks writes the published attacks on Redis' interpreter anew from their descriptions. Each must leave a
// process that goes on: the next script works, and finds nothing changed.
func TestPublishedAttacks(t *testing.T) {
	for _, a := range []struct{ name, text, want string }{
		{"CVE-2021-32626: deep calls grow the stack past its check", `local function f(n) return n == 0 and 0 or 1 + f(n-1) end return f(1e6)`, "stack overflow"},
		{"CVE-2021-32626: many arguments to a library function", `local t={} for i=1,7999 do t[i]=i end return #string.char(unpack(t,1,255)) + select("#",unpack(t))`, ":8254"},
		{"CVE-2022-0543: package reaches the system", `return package.loadlib("liblua5.1.so.0","luaopen_io")`, "nonexistent global variable 'package'"},
		{"CVE-2022-0543: require", `return require("io").popen("id")`, "nonexistent global variable 'require'"},
		{"CVE-2022-0543: io, debug, dofile", `for _,n in ipairs{"io","debug","dofile","loadfile","require","package","module","newproxy","setfenv","getfenv","print"} do
			if rawget(_G,n)~=nil then return n end end return "none"`, "none"},
		{"CVE-2022-24735: a script replaces what others call", `rawset(_G,"tostring",function() return "owned" end)`, "readonly"},
		{"CVE-2022-24735: through the metatable of the globals", `getmetatable(_G).__index=function() return "owned" end`, "readonly"},
		{"CVE-2022-24736: a text that the loader mistakes", `return loadstring("\27Lua\81\0\1\4\8\4\8\0")==nil and "refused"`, "refused"},
		{"CVE-2022-24736: dumping and loading code", `return loadstring(string.dump(function() end))`, "unable to dump"},
		{"CVE-2022-24834: cjson of strings whose escapes overflow a length", `return #cjson.encode(string.rep("\1",2^24))`, ""},
		{"CVE-2022-24834: cmsgpack of a long string", `return #cmsgpack.pack(string.rep("x",2^24))`, ":16777221"},
		{"CVE-2024-31449: tohex with the least integer", `return bit.tohex(0x65,-2147483648)`, "00000065"},
		{"CVE-2024-46981: collecting while values are made", `local t=setmetatable({},{__gc=function() error("x") end}) for i=1,1e4 do t={} collectgarbage() end return "lives"`, "lives"},
		{"CVE-2024-46981: weak tables", `local w=setmetatable({},{__mode="kv"}) for i=1,1e5 do w[{}]={} end collectgarbage() return "lives"`, "lives"},
		{"CVE-2025-49844: the chunk's name is collected while parsing", `for i=1,100 do local f=loadstring("return "..string.rep("{",i).."nil"..string.rep("}",i),string.rep("n",i*100)) collectgarbage() if not f then return "none" end end return "lives"`, "lives"},
		{"CVE-2025-49844: a syntax error in a text with a long name", `local f,e=loadstring("x=",string.rep("n",1e5)) return f==nil and #e<300 and "lives"`, "lives"},
		{"CVE-2025-46817: unpack over the whole range of integers", `return unpack({1,2,3},-2147483648,2147483647)`, "too many results"},
		{"CVE-2025-46817: unpack whose count wraps around", `return select("#", unpack({1},1,2^63))`, ":0\r\n"},
		{"CVE-2025-46818: the metatable of strings", `getmetatable("").__index=function() return function() return "owned" end end`, "readonly"},
		{"CVE-2025-46818: metatables of other basic types", `for _,v in ipairs{1,true,print==nil,function() end} do local m=getmetatable(v) if m then m.__index=_G end end return "none"`, "none"},
		{"CVE-2025-46819: a long bracket without end", `return loadstring("x=[="..string.rep("=",1e5))==nil and "refused"`, "refused"},
		{"CVE-2025-46819: a long comment without end", `return loadstring("--[[ "..string.rep("x",1e5))==nil and "refused"`, "refused"},
		{"CVE-2024-31228 class: a pattern that takes forever", `return string.find(string.rep("a",1e5),string.rep("a*",30).."b")`, killed},
		{"CVE-2026-23631 class: an object outlives the script that made it", `local co=coroutine.wrap(function() while true do coroutine.yield(KEYS) end end) co() error("end")`, "user_script:1: end"},
	} {
		t.Run(a.name, func(t *testing.T) {
			c := NewCache("7.2.4")
			begin := time.Now()
			if got := eval(t, c, a.text, patience(a.want)); !strings.Contains(got, a.want) {
				t.Errorf("got %.200q, want %q in it", got, a.want)
			}
			if took := time.Since(begin); took > patience(a.want)+8*time.Second {
				t.Errorf("took %v", took)
			}
			const check = `return {tostring(1), ("x"):rep(2), #KEYS, type(nosuch) }`
			if next := eval(t, c, check, time.Second); !strings.Contains(next, "nonexistent global variable 'nosuch'") {
				t.Errorf("unknown globals are no error any more: %q", next)
			}
			if next := eval(t, c, `return {tostring(1), ("x"):rep(2), #KEYS}`, time.Second); next != "*3\r\n$1\r\n1\r\n$2\r\nxx\r\n:0\r\n" {
				t.Errorf("the next script replied %q", next)
			}
		})
	}
}
