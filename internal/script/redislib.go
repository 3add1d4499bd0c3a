package script

import (
	"crypto/sha1"
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const (
	logDebug = iota
	logVerbose
	logNotice
	logWarning
)

// redisConstants are the values in the table redis. version is "major.minor.patch".
func redisConstants(version string) map[string]lua.LValue {
	number := 0
	for _, part := range strings.SplitN(version, ".", 3) {
		n, _ := strconv.Atoi(part)
		number = number<<8 | n&0xff
	}
	return map[string]lua.LValue{
		"LOG_DEBUG": lua.LNumber(logDebug), "LOG_VERBOSE": lua.LNumber(logVerbose), "LOG_NOTICE": lua.LNumber(logNotice),
		"LOG_WARNING":   lua.LNumber(logWarning),
		"REDIS_VERSION": lua.LString(version), "REDIS_VERSION_NUM": lua.LNumber(number),
	}
}

// replConstants are the arguments of redis.set_repl.
var replConstants = map[string]lua.LValue{
	"REPL_NONE": lua.LNumber(0), "REPL_AOF": lua.LNumber(1), "REPL_SLAVE": lua.LNumber(2),
	"REPL_REPLICA": lua.LNumber(2), "REPL_ALL": lua.LNumber(3),
}

func (m *machine) redisLibrary() library {
	return library{
		"call":  func(l *lua.LState) int { return m.redisCall(l, true) },
		"pcall": func(l *lua.LState) int { return m.redisCall(l, false) },
		"error_reply": func(l *lua.LState) int {
			s, ok := oneString(l)
			if !ok {
				l.Push(m.errorTable("ERR wrong number or type of arguments", false))
				return 1
			}
			l.Push(m.errorTable(errorCode(s), false))
			return 1
		},
		"status_reply": func(l *lua.LState) int {
			s, ok := oneString(l)
			if !ok {
				l.Push(m.errorTable("ERR wrong number or type of arguments", false))
				return 1
			}
			t := m.CreateTable(0, 1)
			t.RawSetString("ok", lua.LString(s))
			l.Push(t)
			return 1
		},
		"sha1hex": func(l *lua.LState) int {
			if l.GetTop() != 1 {
				return m.raise(l, "ERR wrong number of arguments")
			}
			sum := sha1.Sum([]byte(args{l, "sha1hex"}.text(1)))
			l.Push(lua.LString(hex.EncodeToString(sum[:])))
			return 1
		},
		"log": m.redisLog, "setresp": m.redisSetresp, "set_repl": m.redisSetRepl,
		"acl_check_cmd": m.redisACLCheck,
	}
}

// evalLibrary is what only the scripts of EVAL find in the table redis. There is no debugger, so its functions do nothing.
var evalLibrary = library{
	"replicate_commands": func(l *lua.LState) int { l.Push(lua.LTrue); return 1 },
	"breakpoint":         func(l *lua.LState) int { l.Push(lua.LFalse); return 1 },
	"debug":              func(*lua.LState) int { return 0 },
}

func oneString(l *lua.LState) (string, bool) {
	if l.GetTop() != 1 {
		return "", false
	}
	s, ok := l.Get(1).(lua.LString)
	return string(s), ok
}

// errorCode gives a text the form of an error: a first word in front, "ERR" when there is only one word.
func errorCode(s string) string {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		s = rest
	}
	s = strings.TrimRight(s, "\r\n")
	if !strings.Contains(s, " ") {
		return "ERR " + s
	}
	return s
}

// raise raises an error reply as Lua sees it.
func (m *machine) raise(l *lua.LState, text string) int {
	return raise(l, m.errorTable(text, false))
}

// redisCall runs a command. Its error is raised, or returned as a value by pcall.
func (m *machine) redisCall(l *lua.LState, raises bool) int {
	argv, problem := m.commandWords(l)
	var v lua.LValue
	if problem != "" {
		v = m.errorTable(problem, false)
	} else {
		m.guard.spend(8)
		reply, refused := m.hostCall(argv)
		if refused != "" {
			v = m.errorTable(refused, true)
		} else {
			v = m.fromRESP(reply)
		}
	}
	if raises {
		if t, ok := v.(*lua.LTable); ok && t.RawGetString("err") != lua.LNil {
			return raise(l, t)
		}
	}
	l.Push(v)
	return 1
}

// hostCall notes a panic of the engine: the machine would take it for an error of the script's.
func (m *machine) hostCall(argv [][]byte) (reply []byte, refused string) {
	defer func() {
		if p := recover(); p != nil {
			m.guard.panicked = p
			panic(p)
		}
	}()
	return m.guard.host.Call(argv)
}

// commandWords turns the arguments into words, which are valid until the next call.
func (m *machine) commandWords(l *lua.LState) (argv [][]byte, problem string) {
	n := l.GetTop()
	if n == 0 {
		return nil, "ERR Please specify at least one argument for this redis lib call"
	}
	total := 0
	for i := 1; i <= n; i++ {
		switch v := l.Get(i).(type) {
		case lua.LString:
			total += len(v)
		case lua.LNumber:
			total += 32
		default:
			return nil, "ERR Lua redis lib command arguments must be strings or integers"
		}
	}
	if cap(m.words) < total || cap(m.words) > max(2*total, keepWords) {
		m.guard.reserve(int64(total))
		m.words = make([]byte, 0, max(total, 512))
	}
	buf := m.words[:0]
	m.argv = m.argv[:0]
	for i := 1; i <= n; i++ {
		at := len(buf)
		switch v := l.Get(i).(type) {
		case lua.LString:
			buf = append(buf, v...)
		case lua.LNumber:
			buf = appendArgument(buf, float64(v))
		}
		m.argv = append(m.argv, buf[at:len(buf):len(buf)])
	}
	return m.argv, ""
}

// keepWords is the largest buffer for words that is kept.
const keepWords = 64 << 10

// appendArgument writes a number as Redis passes it to commands: integers plainly, others with 17 digits.
func appendArgument(dst []byte, f float64) []byte {
	if f == 0 && math.Signbit(f) {
		return append(dst, "-0"...)
	}
	if f == float64(toInteger(f)) && f > -1<<63 && f < 1<<63 {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	if s, odd := notFinite(f); odd {
		return append(dst, s...)
	}
	return strconv.AppendFloat(dst, f, 'g', 17, 64)
}

func (m *machine) redisLog(l *lua.LState) int {
	if l.GetTop() < 2 {
		return m.raise(l, "ERR redis.log() requires two arguments or more.")
	}
	level, ok := l.Get(1).(lua.LNumber)
	if !ok {
		return m.raise(l, "ERR First argument must be a number (log level).")
	}
	if level < logDebug || level > logWarning {
		return m.raise(l, "ERR Invalid debug level.")
	}
	if level < logNotice {
		return 0
	}
	var words []string
	for i := 2; i <= l.GetTop(); i++ {
		if v := l.Get(i); isText(v) {
			s := plainText(v)
			words = append(words, s[:min(len(s), maxLogged)])
		}
	}
	m.guard.host.Log(strings.Join(words, " "))
	return 0
}

// maxLogged bounds what one argument of redis.log writes.
const maxLogged = 1024

func (m *machine) redisSetresp(l *lua.LState) int {
	if l.GetTop() != 1 {
		return m.raise(l, "ERR redis.setresp() requires one argument.")
	}
	v, _ := asNumber(l.Get(1))
	if v != 2 && v != 3 {
		return m.raise(l, "ERR RESP version must be 2 or 3.")
	}
	m.replyProtocol = int(v)
	m.guard.host.SetProtocol(int(v))
	return 0
}

func (m *machine) redisSetRepl(l *lua.LState) int {
	if l.GetTop() != 1 {
		return m.raise(l, "ERR redis.set_repl() requires two arguments.") // Redis' words; it takes one
	}
	flags, _ := asNumber(l.Get(1)) // what is no number counts as none
	if flags != float64(int(flags)&3) {
		return m.raise(l, "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
	}
	m.guard.host.Mute(flags == 0)
	return 0
}

func (m *machine) redisACLCheck(l *lua.LState) int {
	if l.GetTop() == 0 {
		return m.raise(l, "ERR Please specify at least one argument for this redis lib call")
	}
	argv, problem := m.commandWords(l)
	if problem != "" {
		return m.raise(l, "ERR redis.acl_check_cmd() require a command name")
	}
	known, allowed := m.guard.host.CommandAllowed(argv)
	if !known {
		return m.raise(l, "ERR Invalid command passed to redis.acl_check_cmd()")
	}
	l.Push(lua.LBool(allowed))
	return 1
}
