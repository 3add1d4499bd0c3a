package differential

import (
	"strconv"
	"strings"

	"redoubt/internal/command"
)

// passThrough is the plainest script: its arguments are a request.
const passThrough = "return redis.call(unpack(ARGV))"

// forms are scripts around one call of a request in ARGV whose reply is the same on every server.
var forms = []string{
	"return redis.pcall(unpack(ARGV))",
	"local r = redis.pcall(unpack(ARGV)) return {r, 1.5, 'x', true, false, {}}",
	"return type(redis.pcall(unpack(ARGV)))",
	"redis.setresp(3) return redis.pcall(unpack(ARGV))",
	"redis.setresp(3) local r = redis.pcall(unpack(ARGV)) return {type(r), r}",
	"local r = redis.pcall(unpack(ARGV)) if type(r) == 'table' and r.err then return {err = r.err} end return cjson.encode(r)",
	"local r = redis.pcall(unpack(ARGV)) if type(r) == 'table' then return #r end return r",
	"local r = redis.pcall(unpack(ARGV)) if type(r) == 'table' and r.err then return r end return redis.sha1hex(cmsgpack.pack(r))",
	"return {redis.call(unpack(ARGV)), redis.call('PING')}",
	"#!lua flags=no-writes\nreturn redis.call(unpack(ARGV))",
	"#!lua flags=allow-oom,allow-stale\nreturn redis.pcall(unpack(ARGV))",
}

// eval makes the words of EVAL: a script, keys and arguments.
func (g *Generator) eval() [][]byte {
	if g.percent(30) || g.depth > 0 {
		return [][]byte{[]byte(g.script()), []byte("1"), []byte("s1"), g.text(), g.text()}
	}
	request := g.insideScript(false)
	script := passThrough
	if deterministic(request) && !g.percent(40) {
		script = pick(g, forms)
	}
	keys := [][]byte{}
	if g.percent(50) {
		keys = append(keys, []byte(pick(g, allKeys)))
	}
	words := append([][]byte{[]byte(script), []byte(strconv.Itoa(len(keys)))}, keys...)
	return append(words, request...)
}

// insideScript makes a request that a script runs; comparable asks for one whose reply is the same on every server.
func (g *Generator) insideScript(comparable bool) [][]byte {
	for {
		request := g.inside()
		s := registry().Lookup(request[0])
		blocks := s != nil && (s.Spec.Flags&command.Blocking != 0 || s.Spec.Name == "wait") // 7.0 refuses them in scripts
		if !blocks && (!comparable || deterministic(request)) {
			return request
		}
	}
}

// script makes a small program that needs no more than two arguments.
func (g *Generator) script() string {
	if g.percent(20) {
		return pick(g, []string{
			"return redis.call('GET', KEYS[1])", "return {KEYS, ARGV}", "return redis.call('INCR', KEYS[1])",
			"return redis.error_reply('MY error')", "return redis.status_reply('FINE')", "error('broken')", "error({err='ERR table'})",
			"return nosuchglobal", "x = 1", "return", "syntax error here", "return tostring(nil)", "return {1,2,nil,4}",
			"return redis.call('NOSUCH')", "return redis.call()", "return redis.pcall('SET', KEYS[1])", "return {double=3.5}",
			"return {map={a=1}}", "return {set={a=true}}", "redis.setresp(3) return {map={a=1}}", "return {ok='fine'}", "return cjson.decode(ARGV[1])",
			"return #ARGV", "return redis.REDIS_VERSION_NUM == nil", "return string.rep('ab', 3)", "for i = 1, 3 do redis.call('RPUSH', 'l1', i) end return redis.call('LLEN', 'l1')",
			"return {err='custom'}", "return 1e20", "return -1.9", "return 3.99", "return tonumber(ARGV[1])", "#!lua flags=nosuch\nreturn 1", "#!lua name=x\nreturn 1",
			"#!lua\nreturn redis.call('SET', KEYS[1], '1')", "return struct.pack('>I4h', 5, -2)", "return {struct.unpack('<i2', 'ab')}", "return bit.tohex(-1, 4)",
		})
	}
	if g.percent(50) {
		return "return tostring(" + g.expression(0) + ")"
	}
	return "return " + g.expression(0)
}

// maxDepth bounds the nesting of generated expressions.
const maxDepth = 3

// expression makes a Lua expression of numbers and strings.
func (g *Generator) expression(depth int) string {
	if depth == maxDepth || g.percent(30) {
		return pick(g, []string{"1", "2", "0", "-3", "1.5", "0.1", "1e15", "1e100", "2^53", "7", "255", "'a'", "'10'", "'0x1f'", "' 5 '", "'nan(1)'", "'-NaN'", "'nan('", "'Infinity'", "'-inf'", "'0x'", "'0x1p4'", "'0x.8'", "'1e309'", "'-0x10'", "'1_0'", "'5.'", "'.5'",
			"'0b1'", "'08'", "'1e+2'", "''", "' '", "'1 2'", "'zz'", "'7fffffff'", "'-ff'",
			"0x1p4", "0xep1", "0xA", "1e5", "1e", "0x.8", ".5", "3.", "08", "0x1P-2", "1p4", "ARGV[1]", "#ARGV", "1/0", "-1/0", "0/0", "true", "nil"})
	}
	a, b := g.expression(depth+1), g.expression(depth+1)
	form := pick(g, []string{
		"(%a + %b)", "(%a - %b)", "(%a * %b)", "(%a / %b)", "(%a % %b)", "(%a ^ %b)", "(%a .. %b)", "(%a == %b)", "(%a and %b)", "(%a or %b)",
		"tostring(%a)", "tonumber(%a)", "tonumber(%a, 16)", "tonumber(%a, 36)", "tonumber(%a, 2)", "tonumber(%a, 10)", "string.format('%d', %a)", "string.format('%.3g', %a)", "string.format('%q', %a)", "string.format('%5s|%-5s', %a, %b)",
		"string.len(%a)", "string.sub(%a, 2, -1)", "string.rep(%a, 2)", "string.upper(%a)", "string.byte(%a)", "string.find(%a, %b)", "string.gsub(%a, 'a', %b)",
		"string.match(%a, '%w+')", "math.floor(%a)", "math.ceil(%a)", "math.fmod(%a, %b)", "math.max(%a, %b)", "math.abs(%a)", "bit.band(%a, %b)", "bit.lshift(%a, %b)", "bit.bnot(%a)",
		"bit.rshift(%a, 1)", "bit.arshift(%a, 1)", "bit.tobit(%a)", "bit.bxor(%a, %b)", "cjson.encode(%a)", "cjson.encode({%a, %b})", "cjson.decode(cjson.encode({%a}))[1]", "cjson.decode('['..%a..']')[1]", "cmsgpack.unpack(cmsgpack.pack(%a))",
		"redis.sha1hex(tostring(%a))", "type(%a)", "select('#', %a, %b)", "(not %a)", "#tostring(%a)", "unpack({%a, %b})", "redis.sha1hex(cmsgpack.pack(%a, %b))", "string.reverse(%a)",
		"string.format('%x', %a)", "string.format('%c', 65)", "string.format('%s', %a)", "string.format('%g', %a)", "string.format('%i', %a)", "string.format('%e', %a)",
	})
	// %a and %b stand for the parts; other percent signs are Lua's.
	return strings.NewReplacer("%a", a, "%b", b).Replace(form)
}
