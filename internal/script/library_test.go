package script

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"redoubt/internal/resp"
)

func load(t testing.TB, c *Cache, name, body string) error {
	t.Helper()
	_, err := c.LoadLibrary("#!lua name="+name+"\n"+body, LoadOptions{Replace: true, Limit: 200 * time.Millisecond, Log: func(string) {}})
	return err
}

// fcall calls a function for at most limit and returns its reply in RESP.
func fcall(t testing.TB, c *Cache, name string, limit time.Duration, args ...string) string {
	t.Helper()
	f := c.Function([]byte(name))
	if f == nil {
		return "-no function " + name
	}
	var argv [][]byte
	for _, a := range args {
		argv = append(argv, []byte(a))
	}
	w := resp.Writer{Proto: 2}
	if f := c.Call(f, &fakeHost{deadline: time.Now().Add(limit)}, nil, argv, &w); f != nil {
		return "-" + f.Text
	}
	return string(w.Buf)
}

// TestLoadingIsBounded: code that registers functions can neither run for long nor take much memory, and a library that is
// refused leaves the one before it in place.
func TestLoadingIsBounded(t *testing.T) {
	c := NewCache("7.2.4")
	c.heapLimit = 32 << 20
	if err := load(t, c, "lib", `redis.register_function("f", function() return 1 end)`); err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct{ body, want string }{
		{`while true do end`, "FUNCTION LOAD timeout"},
		{`local t={} local i=0 while true do i=i+1 t[i]={i} end`, ""}, // time or memory, whichever comes first
		{`local s="x" while true do s=s..s end`, ""},
		{`local function f() return 1+f() end f()`, "stack overflow"},
		{`local x=("x"):rep(1e12)`, "not enough memory"},
		{"goto x ::x::", "label"},
		{strings.Repeat(" ", maxText), "longer than"},
		{strings.Repeat("do ", 60000) + strings.Repeat("end ", 60000), "levels"},
	} {
		err := load(t, c, "lib", s.body)
		if err == nil || !strings.Contains(err.Error(), s.want) {
			t.Errorf("%.60s: %v, want %q", s.body, err, s.want)
		}
		if got := fcall(t, c, "f", time.Second); got != ":1\r\n" {
			t.Errorf("after %.60s: %q", s.body, got)
		}
	}
}

// TestLibrariesAreApart: what one library does reaches no other and no script.
func TestLibrariesAreApart(t *testing.T) {
	c := NewCache("7.2.4")
	for _, name := range []string{"a", "b"} {
		if err := load(t, c, name, `local n=0
			redis.register_function("count_`+name+`", function() n=n+1 return n end)
			redis.register_function("attack_`+name+`", function(_,args) return loadstring(args[1])() end)
			redis.register_function("loop_`+name+`", function() while true do end end)`); err != nil {
			t.Fatal(err)
		}
	}
	fcall(t, c, "count_a", time.Second)
	for _, attack := range []string{
		`string.rep=nil`, `rawset(_G,"redis",nil)`, `getmetatable("").__index=nil`, `redis.call=nil`, `setmetatable(_G,nil)`, `leak=1`,
		`setmetatable(redis,{})`, `getmetatable(_G).__index=nil`, `KEYS={}`, `redis.register_function("x",function() end)`,
	} {
		if got := fcall(t, c, "attack_a", time.Second, attack); !strings.HasPrefix(got, "-") && !strings.HasPrefix(got, "$-1") {
			t.Errorf("%s: %q", attack, got)
		}
	}
	if got := fcall(t, c, "loop_a", 50*time.Millisecond); !strings.Contains(got, "Script killed by user") {
		t.Errorf("the endless function: %q", got)
	}
	for _, step := range [][2]string{{"count_a", ":2\r\n"}, {"count_b", ":1\r\n"}, {"COUNT_A", ":3\r\n"}} {
		if got := fcall(t, c, step[0], time.Second); got != step[1] {
			t.Errorf("%s: got %q, want %q", step[0], got, step[1])
		}
	}
	if got := eval(t, c, `return ("ab"):rep(2)`, time.Second); got != "$4\r\nabab\r\n" {
		t.Errorf("a script: %q", got)
	}
}

// TestVariablesAreBounded: libraries that collect values in their variables are reset, the largest first.
func TestVariablesAreBounded(t *testing.T) {
	hoards := map[string]string{
		"strings":    `t[#t+1]=("x"):rep(1e6)..#t`,
		"arguments":  `for i=1,20 do t[#t+1]=args[1]..i end`,
		"tables":     `for i=1,2e4 do t[#t+1]={i} end`,
		"closures":   `for i=1,2e4 do local v=i t[#t+1]=function() return v end end`,
		"coroutines": `for i=1,200 do local co=coroutine.wrap(function() local s=("y"):rep(1e4)..#t coroutine.yield() return s end) co() t[#t+1]=co end`,
		"iterators":  `for i=1,20 do t[#t+1]=string.gmatch(("z"):rep(1e5)..#t,".") end`,
	}
	for name, body := range hoards {
		t.Run(name, func(t *testing.T) {
			c := NewCache("7.2.4")
			if err := load(t, c, "small", `local n=0 redis.register_function("small", function() n=n+1 return n end)`); err != nil {
				t.Fatal(err)
			}
			if err := load(t, c, "hoard", `local t={} redis.register_function("hoard", function(_,args) `+body+` return #t end)`); err != nil {
				t.Fatal(err)
			}
			fcall(t, c, "small", time.Second)
			last, resets := 0, 0
			for range 400 {
				var n int
				if got := fcall(t, c, "hoard", 20*time.Second, strings.Repeat("a", 1e4)); strings.HasPrefix(got, "-") {
					t.Fatal(got)
				} else if _, err := fmt.Sscanf(got, ":%d", &n); err != nil {
					t.Fatal(got)
				}
				if n < last {
					resets++
					break
				}
				last = n
			}
			if resets == 0 {
				t.Errorf("it held %d values and was never reset", last)
			}
			if got := fcall(t, c, "small", time.Second); got != ":2\r\n" {
				t.Errorf("the small library replied %q: its variables were reset, too", got)
			}
		})
	}
}
