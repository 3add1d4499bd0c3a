package script

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"redoubt/internal/resp"
)

// fakeHost runs scripts without a server: every command replies its words, and after the deadline the script is killed.
type fakeHost struct {
	out      []byte
	deadline time.Time
	calls    int
	aside    int
}

func (h *fakeHost) Call(argv [][]byte) ([]byte, string) {
	h.calls++
	h.out = resp.AppendCommand(h.out[:0], argv...)
	return h.out, ""
}
func (h *fakeHost) SetProtocol(int)                               {}
func (h *fakeHost) Mute(bool)                                     {}
func (h *fakeHost) CommandAllowed([][]byte) (known, allowed bool) { return true, true }
func (h *fakeHost) Log(string)                                    {}
func (h *fakeHost) Aside(work func())                             { h.aside++; work() }
func (h *fakeHost) Tick() bool                                    { return !h.deadline.IsZero() && time.Now().After(h.deadline) }

// eval runs a script for at most limit and returns its reply in RESP.
func eval(t testing.TB, c *Cache, text string, limit time.Duration, args ...string) string {
	t.Helper()
	p, err := c.Eval([]byte(text), nil)
	if err != nil {
		return "-" + err.Error()
	}
	host := &fakeHost{deadline: time.Now().Add(limit)}
	var argv [][]byte
	for _, a := range args {
		argv = append(argv, []byte(a))
	}
	w := resp.Writer{Proto: 2}
	if f := c.Run(p, host, nil, argv, &w); f != nil {
		return "-" + f.Text
	}
	return string(w.Buf)
}

// TestSurvival runs what has killed or frozen servers: each script ends in time, in bounded memory, and the next script
// works. want is a part of the reply.
func TestSurvival(t *testing.T) {
	const memory = "not enough memory"
	for _, s := range []struct{ name, text, want string }{
		{"endless loop", `while true do end`, killed},
		{"endless loop that catches errors", `while true do pcall(function() while true do end end) end`, killed},
		{"endless loop in a handler", `xpcall(function() error("x") end, function() while true do end end)`, killed},
		{"endless loop in a coroutine", `coroutine.wrap(function() while true do end end)()`, killed},
		{"endless loop in a comparison", `table.sort({1,2,3}, function() while true do end end)`, killed},
		{"endless loop in a replacement", `string.gsub("abc", ".", function() while true do end end)`, killed},
		{"endless loop in a metamethod", `local t=setmetatable({},{__index=function() while true do end end}) return t.x`, killed},
		{"repetition", `return string.rep("x", 1e12)`, memory},
		{"repetition that wraps around", `return string.rep("xx", 2^62)`, memory},
		{"repetition of a repetition", `local s=string.rep("x",2^20) return string.rep(s,2^20)`, memory},
		{"doubling", `local s="x" while true do s=s..s end`, memory},
		{"doubling with format", `local s="x" while true do s=string.format("%s%s",s,s) end`, memory},
		{"doubling with gsub", `local s="x" while true do s=string.gsub(s,"x","xx") end`, memory},
		{"doubling with concat", `local s="x" while true do s=table.concat({s,s}) end`, memory},
		{"doubling that catches errors", `local s="x" for i=1,60 do pcall(function() s=s..s end) end return "lives"`, "lives"},
		{"collecting", `local t={} local i=0 while true do i=i+1 t[i]={} end`, memory},
		{"collecting by names", `local t={} local i=0 while true do i=i+1 t["k"..i]=i end`, memory},
		{"far indexes", `local t={} for i=1,1e6 do t[i]={} t[i][1e6]=1 end`, memory},
		{"far indexes in constructors", `local t={} local n=1e6 for i=1,1e6 do t[i]={[n]=1} end`, memory},
		{"far indexes in pairs", `local t={} for i=1,1e6 do local a={} t[i],a[1e6]=a,1 end`, memory},
		{"far indexes by rawset", `local t={} for i=1,1e6 do t[i]=rawset({},1e6,1) end`, memory},
		{"far indexes by insert", `local t={} for i=1,1e6 do local a={} table.insert(a,1e6,1) t[i]=a end`, memory},
		{"collecting coroutines", `local t={} while true do t[#t+1]=coroutine.create(function() end) end`, memory},
		{"collecting closures", `local t={} while true do local x t[#t+1]=function() return x end end`, memory},
		{"unpack", `return unpack({}, 1, 1e9)`, "too many results"},
		{"unpack of all integers", `return unpack({}, -2^63, 2^62)`, "too many results"},
		{"unpack beyond 32 bits", `return unpack({}, 0, 2^32-1)`, "too many results"},
		{"byte", `return string.byte(string.rep("x",1e6),1,-1)`, "too long"},
		{"deep recursion", `local function f() return 1+f() end return f()`, "stack overflow"},
		{"deep recursion that catches errors", `local function f() return pcall(f) end return f() and "lives" or "lives"`, "lives"},
		{"deep recursion of metamethods", `local t={} setmetatable(t,{__index=function(t,k) return t[k.."x"] end}) return t.x`, "overflow"},
		{"endless tail calls", `local function f() return f() end return f()`, "stack overflow"},
		{"results of tail calls", `local function f(...) return ... end local function g(...) return f(...) end return {select("#", g(1,2,nil)), (g(7))}`, "*2\r\n:3\r\n:7"},
		{"deep recursion of replacements", `local function f() return (string.gsub("x","x",f)) end return f()`, "overflow"},
		{"coroutines in coroutines", `local function f() return coroutine.wrap(f)() end return f()`, "overflow"},
		{"deep text: parentheses", `return ` + strings.Repeat("(", 100000) + "1" + strings.Repeat(")", 100000), ""},
		{"deep text: tables", `return ` + strings.Repeat("{", 100000) + strings.Repeat("}", 100000), "levels"},
		{"deep text: unary operators", `return ` + strings.Repeat("- ", 200000) + "1", "levels"},
		{"deep text: not", `return ` + strings.Repeat("not ", 100000) + "1", "levels"},
		{"deep text: concatenation", `return ` + strings.Repeat("'x'..", 100000) + "'x'", "levels"},
		{"deep text: addition", `return ` + strings.Repeat("1+", 100000) + "1", "levels"},
		{"deep text: power", `return ` + strings.Repeat("1^", 100000) + "1", "levels"},
		{"deep text: blocks", strings.Repeat("do ", 60000) + strings.Repeat("end ", 60000), "levels"},
		{"deep text: functions", strings.Repeat("return function() ", 20000) + strings.Repeat("end ", 20000), "levels"},
		{"deep text: calls", `local f f` + strings.Repeat("()", 100000), "levels"},
		{"deep text: elseif", `if 1 then ` + strings.Repeat("elseif 1 then ", 30000) + "end", "levels"},
		{"many constants", constantsText(), "constant"},
		{"many labels", numbered("::l%d:: "), "label"},
		{"many gotos", numbered("goto l%[1]d ::l%[1]d:: "), "label"},
		{"many functions", strings.Repeat("do local a function t.f() return function() return a end end end ", maxText/70), "too many functions"},
		{"long text", strings.Repeat(" ", maxText+1), "longer"},
		{"precompiled code", "\x1bLua", "precompiled"},
		{"loading deep text", `return loadstring(string.rep("(", 1e5)) and 1 or "refused"`, "refused"},
		{"loading deep text of tables", `local f,e=loadstring("return "..string.rep("{",1e5)..string.rep("}",1e5)) return e`, "levels"},
		{"pattern of nested repetitions", `return string.find(string.rep("a",3e4), ".-.-.-.-.-b")`, killed},
		{"pattern over a long text", `return string.find(string.rep("a",3e6), ".-b")`, killed},
		{"pattern with captures", `return string.match(string.rep("a",1e5), "(.-)(.-)(.-)%3b")`, killed},
		{"pattern in gsub", `return string.gsub(string.rep("a",1e5), ".-b", "")`, killed},
		{"pattern in gmatch", `for x in string.gmatch(string.rep("a",1e5), ".-b") do end`, killed},
		{"pattern of balanced text", `return string.find(string.rep("(",1e6), "%b()")`, killed},
		{"deep pattern", `return string.find("a", string.rep("a?",1e5))`, ""},
		{"pattern of many captures", `return string.find("a", string.rep("(",100))`, "too many captures"},
		{"pattern of a long set", `return string.find(string.rep("a",1e5), "["..string.rep("b",1e5).."]")`, killed},
		{"format width", `return string.format("%99999999d", 1)`, "too long"},
		{"format precision", `return string.format("%.99999999f", 1)`, "too long"},
		{"deep value to JSON", `local t={} for i=1,1e5 do t={t} end return cjson.encode(t)`, "excessive nesting"},
		{"deep value to JSON with a higher limit", `cjson.encode_max_depth(2^31-1) local t={} for i=1,2e4 do t={t} end return cjson.encode(t)`, "excessive nesting"},
		{"deep JSON", `return cjson.decode(string.rep("[",1e6))`, "nested"},
		{"deep JSON with a higher limit", `cjson.decode_max_depth(2^31-1) return cjson.decode(string.rep("[",1e6))`, "nested"},
		{"sparse JSON", `cjson.encode_sparse_array(false,0,0) return cjson.encode({[2^30]=1})`, ""},
		{"deep value to MessagePack", `local t={} for i=1,1e5 do t={t} end return #cmsgpack.pack(t)`, ":"},
		{"deep MessagePack", `return cmsgpack.unpack(string.rep("\145",1e6))`, "Bad data format"},
		{"MessagePack that promises much", `return cmsgpack.unpack("\221\255\255\255\255")`, "Missing bytes"},
		{"MessagePack that promises a long string", `return cmsgpack.unpack("\219\255\255\255\255")`, "Missing bytes"},
		{"MessagePack of many values", `return cmsgpack.unpack(string.rep("\1",1e6))`, "too many results"},
		{"struct with a huge size", `return struct.pack("c2147483648","")`, "overflow"},
		{"struct with a huge offset", `return struct.unpack("i","abcd",2^62)`, "too short"},
		{"struct with a huge field", `return struct.unpack("c2147483647","abcd",2)`, "too short"},
		{"struct of many values", `return struct.unpack(string.rep("b",1e5),string.rep("x",1e5))`, "too many results"},
		{"bit with odd numbers", `return bit.tohex(1,-2^31)`, "00000001"},
		{"deep reply", `local t={} for i=1,1e5 do t={t} end return t`, "stack limit"},
		{"endless reply", `local t={} t[1]=t return t`, "stack limit"},
		{"wide endless reply", `local t={} for i=1,10 do t[i]=t end return t`, ""},
		{"tail of nils", `local t={} t[200000]=1 t[200000]=nil while true do local x=#t end`, killed},
		{"many arguments", `local t={} for i=1,7000 do t[i]=i end local function f(...) return f(1,...) end return f(unpack(t))`, ""},
		{"tostring loops", `local t=setmetatable({},{}) getmetatable(t).__tostring=function(x) return tostring(x) end return tostring(t)`, "overflow"},
		{"metatable loop", `local a,b={},{} setmetatable(a,{__index=b}) setmetatable(b,{__index=a}) return a.x`, ""},
		{"newindex loop", `local a,b={},{} setmetatable(a,{__newindex=b}) setmetatable(b,{__newindex=a}) a.x=1`, ""},
		{"concat of a far range", `return table.concat(setmetatable({},{}),"",1,2^53)`, "invalid value"},
		{"logging much", `for i=1,10 do redis.log(3, string.rep("x",1e6)) end return "lives"`, "lives"},
	} {
		t.Run(s.name, func(t *testing.T) {
			c := NewCache("7.2.4")
			c.heapLimit = 32 << 20
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			limit := patience(s.want)
			got := eval(t, c, s.text, limit)
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			if !strings.Contains(got, s.want) {
				t.Errorf("got %.200q, want %q in it", got, s.want)
			}
			if took > limit+8*time.Second {
				t.Errorf("took %v", took)
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 256<<20 {
				t.Errorf("the heap grew by %d MB", grown>>20)
			}
			if next := eval(t, c, `return {#KEYS, string.rep("ab",2)}`, time.Second); next != "*2\r\n:0\r\n$4\r\nabab\r\n" {
				t.Errorf("the next script replied %q", next)
			}
		})
	}
}

// killed is the end of a script that ran for too long.
const killed = "Script killed by user"

// patience is how long a script may run whose end is want: long enough for its own end, unless time is what must end it.
func patience(want string) time.Duration {
	if want == killed || want == "" {
		return 300 * time.Millisecond
	}
	return 30 * time.Second
}

// numbered is a long text of pieces with a number each.
func numbered(format string) string {
	var b strings.Builder
	for i := 0; b.Len() < maxText-60; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func constantsText() string {
	var b strings.Builder
	b.WriteString("local t={")
	for i := 0; b.Len() < maxText-20; i++ {
		b.WriteString("'")
		b.WriteString(formatNumber(float64(i)))
		b.WriteString("',")
	}
	b.WriteString("}")
	return b.String()
}

// TestNothingIsShared: whatever one script changes, the next one finds the world as it was.
func TestNothingIsShared(t *testing.T) {
	c := NewCache("7.2.4")
	for _, attack := range []string{
		`getmetatable("").__index=nil`, `getmetatable("").__add=function() return 666 end`, `string.rep=nil`,
		`rawset(string,"rep",nil)`, `setmetatable(string,{})`, `setmetatable(_G,nil)`, `rawset(_G,"type",nil)`, `type=nil`,
		`_G.type=nil`, `getmetatable(_G).__index=function() return 1 end`, `rawset(getmetatable(_G),"__index",nil)`,
		`redis.call=nil`, `local m=getmetatable(redis) if m then m.__index=nil end`, `cjson.encode=nil`,
		`cjson.encode_max_depth(1)`, `cjson.encode_invalid_numbers("on")`, `cjson.encode_sparse_array(true)`,
		`table.insert(string,"x")`, `table.remove(redis)`, `table.sort(math)`, `KEYS=1`, `ARGV[1]="x"`,
		`setmetatable(cjson.null,{})`, `redis.setresp(3)`, `math.randomseed(1)`, `newglobal=1`,
		`pcall(rawset,string,"rep",nil)`, `coroutine.wrap(function() rawset(math,"pi",3) end)()`,
		`loadstring("string.rep=nil")()`, `string.x=1`, `function string.y() end`, `function type() end`,
		`for k in pairs(_G) do _G[k]=nil end`, `for k,v in pairs(redis) do redis[k]=1 end`,
	} {
		eval(t, c, attack, time.Second)
		const check = `local r={} local g={} for k in pairs(_G) do g[#g+1]=k end table.sort(g) r[1]=table.concat(g,",")
			r[2]=string.rep("x",2)..("y"):upper() r[3]=type(type) r[4]=tostring(math.pi)
			r[5]=cjson.encode({1,{2}}) r[6]=tostring(pcall(cjson.encode,{0/0})) r[7]=tostring(pcall(cjson.encode,{[1]=1,[99]=1}))
			r[8]=#KEYS..#ARGV r[9]=tostring(pcall(function() return newglobal end)) r[10]=("1"+1).."" r[11]=tostring(true) return table.concat(r,"|")`
		fresh := eval(t, NewCache("7.2.4"), check, time.Second)
		if got := eval(t, c, check, time.Second); got != fresh || strings.HasPrefix(got, "-") {
			t.Errorf("after %s\n got %q\nwant %q", attack, got, fresh)
		}
	}
}

// TestCache: a known text is not compiled again, and the cache stays bounded.
func TestCache(t *testing.T) {
	c := NewCache("7.2.4")
	first, err := c.Eval([]byte("return 1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := c.Eval([]byte("return 1"), nil); again != first {
		t.Error("the same text was compiled twice")
	}
	kept, _ := c.Load([]byte("return 'kept'"), nil)
	for i := range 2 * maxEvalCached {
		if _, err := c.Eval([]byte("return 1+"+formatNumber(float64(i))), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.Scripts(); n != maxEvalCached+1 {
		t.Errorf("%d scripts in the cache", n)
	}
	if c.Find([]byte(first.SHA)) != nil || c.Find([]byte(strings.ToUpper(kept.SHA))) != kept {
		t.Error("the wrong scripts were evicted")
	}
	c.Flush()
	if c.Scripts() != 0 || c.ScriptBytes() != 0 {
		t.Errorf("after a flush: %d scripts, %d bytes", c.Scripts(), c.ScriptBytes())
	}
}

// TestCacheBytes: what the cache takes is bounded, whatever the texts are.
func TestCacheBytes(t *testing.T) {
	c := NewCache("7.2.4")
	long := strings.Repeat("-- a comment\n", maxText/20)
	const texts = 1 + 2*maxEvalBytes/(maxText/20*13)
	for i := range texts {
		if _, err := c.Eval([]byte("return "+formatNumber(float64(i))+long), nil); err != nil {
			t.Fatal(err)
		}
	}
	if c.ScriptBytes() > maxEvalBytes || c.Scripts() >= texts || c.Evicted() != int64(texts-c.Scripts()) {
		t.Errorf("%d scripts with %d bytes are kept, %d evicted", c.Scripts(), c.ScriptBytes(), c.Evicted())
	}
	c.loadBytes = maxLoadBytes - 10
	if _, err := c.Load([]byte("return 'one more'"), nil); err == nil || !strings.Contains(err.Error(), "SCRIPT FLUSH") {
		t.Errorf("a script too much: %v", err)
	}
}

// TestCompiledSize: functions do not keep the room that the compiler made for them to grow, and are bounded.
func TestCompiledSize(t *testing.T) {
	text := "local f\n" + strings.Repeat("f = function() end\n", maxFunctions-1)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := compile(text, "x", false)
	if c.err != nil {
		t.Fatal(c.err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	if held > 2*c.size {
		t.Errorf("%d functions take %d bytes, estimated are %d", maxFunctions, held, c.size)
	}
	runtime.KeepAlive(c)
	if c := compile(text+strings.Repeat("f = function() end\n", 2), "x", false); c.err == nil {
		t.Errorf("%d functions compile", maxFunctions+1)
	}
}

// TestPanicOfTheHost: a panic in a command is no script error; it must reach the top.
func TestPanicOfTheHost(t *testing.T) {
	c := NewCache("7.2.4")
	p, err := c.Eval([]byte(`pcall(redis.call, "x") return 1`), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	var w resp.Writer
	c.Run(p, panickingHost{&fakeHost{}}, nil, nil, &w)
}

type panickingHost struct{ *fakeHost }

func (panickingHost) Call([][]byte) ([]byte, string) { panic("broken invariant") }

// FuzzScript: no text may bring the process down, run much longer than allowed, or disturb the next script.
func FuzzScript(f *testing.F) {
	for _, s := range []string{
		`return {1,{2},"x",KEYS[1]}`, `local t={} t[1],t[2]=1,2 return #t`, `for i=1,10,2 do local x=i..i end`,
		`return string.gsub("abc","(.)","%1%1")`, `return pcall(error,{1})`, `while true do end`, `return cjson.decode("[1,{}]")`,
		`local function f(...) return select("#",...) end return f(unpack({1,2}))`, `return coroutine.wrap(function() coroutine.yield(1) end)()`,
		`goto x ::x:: return -"5"`, `return struct.unpack("<i2","ab")`, `return cmsgpack.unpack("\129\161a\1")`, "#!lua flags=no-writes\nreturn 1",
		`local x; return x.y`, `return redis.call("set","a",1)`, `return bit.bxor(1,-1)`, `repeat local y=1 until y`, `return 0x1p4, 1e400`,
	} {
		f.Add(s)
	}
	c := NewCache("7.2.4")
	c.heapLimit = 32 << 20
	f.Fuzz(func(t *testing.T, text string) {
		begin := time.Now()
		eval(t, c, text, 50*time.Millisecond, "arg")
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if got := eval(t, c, `return #KEYS + 1`, time.Second); got != ":1\r\n" {
			t.Errorf("the next script replied %q", got)
		}
	})
}

func BenchmarkRun(b *testing.B) {
	for _, s := range []struct{ name, text string }{
		{"constant", `return 1`},
		{"lease", `if redis.call("get",ARGV[1]) == ARGV[2] then return redis.call("del",ARGV[1]) end`},
		{"rate-limit", `local ttl=redis.call("ttl",ARGV[1]) local n=redis.call("incrbyfloat",ARGV[1],ARGV[2]) if ARGV[3] then redis.call("expire",ARGV[1],ARGV[2]) end return {"1",2}`},
	} {
		b.Run(s.name, func(b *testing.B) {
			c := NewCache("7.2.4")
			host := &fakeHost{}
			argv := [][]byte{[]byte("key"), []byte("1"), []byte("3")}
			var w resp.Writer
			b.ReportAllocs()
			for b.Loop() {
				p, _ := c.Eval([]byte(s.text), nil)
				w.Buf = w.Buf[:0]
				c.Run(p, host, nil, argv, &w)
			}
		})
	}
}

// TestClosuresAfterErrors: a caught error leaves the variables of the functions that go on alone.
func TestClosuresAfterErrors(t *testing.T) {
	for _, text := range []string{
		`local n=0 local function inc() n=n+1 end pcall(error,"x") inc() return n`,
		`local n=0 local function inc() n=n+1 end pcall(function() pcall(error,"x") error("y") end) inc() return n`,
		`local n=0 local function inc() n=n+1 end pcall(function() pcall(error,"x") redis.call({}) end) inc() return n`,
		`local n=0 local function inc() n=n+1 end xpcall(function() error("x") end, function() end) inc() return n`,
		`local n=0 local function inc() n=n+1 end pcall(string.rep) inc() return n`,
		// an error of the machine's own, after one that was caught
		`local n=0 local function inc() n=n+1 end pcall(function() pcall(error,"x") return nil+1 end) inc() return n`,
		`local n=0 local function inc() n=n+1 end pcall(function() pcall(error,"x") local t t.x=1 end) inc() return n`,
		`local n=0 local function inc() n=n+1 end pcall(function() local function f() return 1+f() end pcall(f) return f() end) inc() return n`,
		// a closure of a function that an error ends keeps its variables
		`local f pcall(function() local n=1 f=function() return n end error("x") end) local a,b,c=7,8,9 return f()`,
		`local f pcall(function() local n=1 f=function() return n end return nil+1 end) local a,b,c=7,8,9 return f()`,
		`local f pcall(function() local n=1 f=function() return n end return redis.call({}) end) local a,b,c=7,8,9 return f()`,
		`local f xpcall(function() local n=1 f=function() return n end error("x") end, function() local a,b=7,8 return a end) return f()`,
		`local f pcall(function() local n=1 f=function() return n end local function g() return 1+g() end return g() end) pcall(string.rep) return f()`,
		`local f,g pcall(function() local n=0 f=function() n=n+1 return n end g=function() n=n-1 return n end error("x") end) f() f() return g()`,
		`local f pcall(coroutine.wrap(function() local n=1 f=function() return n end error("x") end)) pcall(string.rep,"x",1) return f()`,
		`local f pcall(coroutine.wrap(function() local n=1 f=function() return n end return nil+1 end)) pcall(string.rep,"x",1) return f()`,
		`local f local co=coroutine.create(function() local n=0 f=function() n=n+1 return n end coroutine.yield() return n end)
			coroutine.resume(co) pcall(error,"x") f() return select(2,coroutine.resume(co))`,
	} {
		if got := eval(t, NewCache("7.2.4"), text, time.Second); got != ":1\r\n" {
			t.Errorf("%s\n got %q", text, got)
		}
	}
}
