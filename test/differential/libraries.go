package differential

import (
	"bytes"
	"sort"
	"strings"

	"redoubt/internal/command"
	"redoubt/internal/resp"
)

// libraryFunction is a function of generated libraries. What a name does is the same in all of them, so that the name in an
// FCALL says how free its reply is.
type libraryFunction struct{ name, flags, body string }

// libraryPass is the function whose arguments are a request, as [passThrough] is among scripts.
const libraryPass = "pass"

var libraryFunctions = []libraryFunction{
	{libraryPass, "", "return redis.call(unpack(args))"},
	{"read", "'no-writes'", "return redis.pcall(unpack(args))"},
	{"all_flags", "'no-writes','allow-oom','allow-stale','no-cluster','allow-cross-slot-keys'", "return {keys, args}"},
	{"echo", "", "return {keys, args, #keys, #args}"},
	{"count", "", "calls = calls + 1 return calls"},
	{"remember", "", "local old = memory[args[1] or 'none'] memory[args[1] or 'none'] = keys[1] return old"},
	{"fail", "", "error('broken')"},
	{"fail_table", "'allow-oom'", "error({err='MY table'})"},
	{"status", "'no-writes'", "return redis.status_reply('FINE')"},
	{"three", "", "redis.setresp(3) return {double=1.5}"},
	{"kind", "'no-writes'", "redis.setresp(3) return type(redis.pcall('SMEMBERS', 't1'))"},
	{"global", "", "return nosuchglobal"},
	{"leak", "", "leaked = 1"},
	{"register", "", "redis.register_function('late', function() end)"},
	{"helped", "", "return help(args[1], #keys)"},
	{"write", "", "redis.call('SET', 's1', 'by function') return redis.call('INCR', 'l1')"},
	{"sums", "", "local n = 0 for _, a in ipairs(args) do n = n + (tonumber(a) or 0.5) end return tostring(n)"},
}

// functionNames are what FCALL calls: one is in no library.
func functionName(g *Generator, _ *command.Spec) []byte {
	if g.percent(6) {
		return []byte(pick(g, []string{"nosuch", "", "PASS", "Echo"}))
	}
	return []byte(pick(g, libraryFunctions).name)
}

var libraryNames = []string{"la", "lb", "lc"}

// library makes the text of a function library.
func (g *Generator) library() string {
	var b strings.Builder
	b.WriteString("#!lua name=" + pick(g, libraryNames) + "\n")
	if g.percent(g.Broken) {
		b.Reset()
		b.WriteString(pick(g, []string{"", "#!lua\n", "#!lua name=\n", "#!js name=la\n", "#!lua name=a-b\n", "#!lua name=la name=lb\n",
			"#!lua name=la flags=x\n", "#!lua name='la'\n", "#!LUA NAME=lb\n", "#!lua  name=\"lc\" \n", "#!lua name=la"}))
	}
	b.WriteString("local calls, memory = 0, {}\nlocal function help(a, n) return {a or 'nothing', n} end\n")
	for range 1 + g.more() {
		if g.percent(g.Broken) {
			b.WriteString(g.brokenRegistration())
			continue
		}
		b.WriteString(g.registration(pick(g, libraryFunctions)))
	}
	return b.String()
}

func (g *Generator) registration(f libraryFunction) string {
	callback := "function(keys, args) " + f.body + " end"
	if f.flags == "" && g.percent(60) {
		return "redis.register_function('" + f.name + "', " + callback + ")\n"
	}
	description := ""
	if g.percent(50) {
		description = ", description='what " + f.name + " does'"
	}
	return "redis.register_function{function_name='" + f.name + "', callback=" + callback + ", flags={" + f.flags + "}" + description + "}\n"
}

// brokenRegistration is code that loading ends with, or that is odd.
func (g *Generator) brokenRegistration() string {
	return pick(g, []string{
		"redis.register_function()", "redis.register_function('x')", "redis.register_function('x', 1)", "redis.register_function({}, print)",
		"redis.register_function('a b', function() end)", "redis.register_function('', function() end)", "redis.register_function(7, function() end)",
		"redis.register_function{function_name='x'}", "redis.register_function{callback=function() end}",
		"redis.register_function{function_name='x', callback=function() end, flags={'nosuch'}}",
		"redis.register_function{function_name='x', callback=function() end, flags='no-writes'}",
		"redis.register_function{function_name='x', callback=function() end, description=1}",
		"redis.register_function{function_name='x', callback=function() end, odd=1}",
		"redis.register_function('x', function() end, 1)", "redis.call('PING')", "redis.setresp(3)", "redis.log(redis.LOG_DEBUG, 'x')",
		"nosuch()", "leaked = 1", "error('no')", "error({err='MY no'})", "return", "syntax error", "local x = KEYS", "local t = {} t.x.y = 1",
		"redis.register_function('x', redis.log)", "math.random()", "redis.acl_check_cmd('get')", "do return 5 end", "assert(false)",
	}) + "\n"
}

// functionCall makes the words behind FCALL.
func (g *Generator) functionCall() [][]byte {
	name := functionName(g, nil)
	words := [][]byte{name}
	for range g.more() {
		words = append(words, []byte(pick(g, allKeys)))
	}
	n := g.numKeys(len(words) - 1)
	words = append([][]byte{name, n}, words[1:]...)
	if string(name) != libraryPass && string(name) != "read" || g.depth > 0 {
		for range g.more() {
			words = append(words, g.text())
		}
		return words
	}
	return append(words, g.insideScript(string(name) == "read")...)
}

// libraryPayload is one of an earlier FUNCTION DUMP, sometimes damaged.
func (g *Generator) libraryPayload() []byte { return g.payloadOf(g.libraries) }

// rdbFunction stands before each library of a dump.
const rdbFunction = 245

// sameLibraries compares dumps of libraries without their footers: they have no order.
func sameLibraries(_ [][]byte, theirs, ours *resp.Reply) bool {
	a, b := librariesOf(theirs.Str), librariesOf(ours.Str)
	return a != nil && b != nil && bytes.Equal(bytes.Join(a, nil), bytes.Join(b, nil))
}

// librariesOf splits a dump into the texts of its libraries, sorted; nil when it is damaged.
func librariesOf(dump []byte) [][]byte {
	if len(dump) < rdbFooter {
		return nil
	}
	libraries := [][]byte{}
	for rest := dump[:len(dump)-rdbFooter]; len(rest) > 0; {
		if rest[0] != rdbFunction {
			return nil
		}
		var text []byte
		if text, rest = rdbString(rest[1:]); text == nil {
			return nil
		}
		libraries = append(libraries, text)
	}
	sort.Slice(libraries, func(i, k int) bool { return bytes.Compare(libraries[i], libraries[k]) < 0 })
	return libraries
}

// sameInAnyOrder compares replies whose arrays have no order at any depth.
func sameInAnyOrder(_ [][]byte, theirs, ours *resp.Reply) bool {
	return sortedText(theirs) == sortedText(ours)
}

func sortedText(r *resp.Reply) string {
	if len(r.Elems) == 0 {
		return text(r)
	}
	parts := make([]string, len(r.Elems))
	for i := range r.Elems {
		parts[i] = sortedText(&r.Elems[i])
	}
	sort.Strings(parts)
	return string(r.Type) + strings.Join(parts, "\x01")
}
