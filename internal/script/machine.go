package script

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"redoubt/internal/resp"
)

// Host is what a script can do outside of itself. The engine implements it.
type Host interface {
	// Call runs a command. The reply is in RESP and valid until the next Call; refused is the text of a command that did
	// not run.
	Call(argv [][]byte) (reply []byte, refused string)
	// SetProtocol chooses the shape of replies, 2 or 3.
	SetProtocol(version int)
	// Mute keeps effects from the replicas and the log.
	Mute(on bool)
	// CommandAllowed tells whether argv names a command, and whether the caller's user may run it.
	CommandAllowed(argv [][]byte) (known, allowed bool)
	// Log writes a line to the server's log.
	Log(line string)
	// Tick is asked now and then; it may take long. true ends the script.
	Tick() (stop bool)
	// Aside does work that cannot be interrupted and touches nothing of the host. It may let others in meanwhile, as Tick.
	Aside(work func())
}

// Failure is why a script failed.
type Failure struct {
	// Text is the error reply without "-".
	Text string
	// Counted: the error came from a command that has been counted already.
	Counted bool
}

const (
	maxCalls     = 5000 // depth of a script's calls
	libraryCalls = 2000 // of a function's
	// Values on the stack: at the start, at most, and a step of growth.
	firstStack, maxStack, growStack = 2048, 256 << 10, 8192
	// machineBytes estimates an idle machine: its call frames, stack and libraries.
	machineBytes = 800 << 10
)

// kind tells the two sorts of machines apart: one runs the scripts of EVAL, the others a function library each.
type kind struct {
	// chunk is how errors call the code.
	chunk string
	// library: the code is a function library, which has no debugger and no KEYS and ARGV.
	library bool
	// calls is how deep calls may nest, stack how many values the machine has room for at the start. There can be many
	// machines of libraries.
	calls, stack int
}

var (
	scriptKind  = kind{chunk: "user_script", calls: maxCalls, stack: firstStack}
	libraryKind = kind{chunk: "user_function", library: true, calls: libraryCalls, stack: coroutineStack}
)

// machine is one Lua state with its frozen globals.
type machine struct {
	kind
	*lua.LState
	guard   *guard
	handler *lua.LFunction
	// frozen maps a frozen table to the table that holds its fields.
	frozen  map[*lua.LTable]*lua.LTable
	globals *lua.LTable

	// running is what errors call the running code: a script's SHA1 or a function's name. names are those of its text.
	running string
	names   names
	// registering is the library that is being loaded, nil at all other times.
	registering *registration
	// protected holds a thread for each level of pcall inside pcall, and depth is the number of those in use.
	protected []*lua.LState
	depth     int
	// resume is the depth of running coroutines.
	resume int
	// starts holds the functions of coroutines that have not begun.
	starts map[*lua.LState]*lua.LFunction
	random random
	json   jsonOptions
	null   *lua.LUserData
	argv   [][]byte
	words  []byte
	// keys and args are KEYS and ARGV of scripts.
	keys, args wordTable
	// replyProtocol is what redis.setresp chose.
	replyProtocol int
}

// bound sets what the library keeps in a variable of its own, once for the process.
var bound = sync.OnceFunc(func() { lua.MaxArrayIndex = maxArrayIndex })

func newMachine(k kind, version string, limit int64) *machine {
	bound()
	m := &machine{kind: k, guard: newGuard(limit), frozen: map[*lua.LTable]*lua.LTable{}}
	m.LState = lua.NewState(lua.Options{
		SkipOpenLibs: true, CallStackSize: k.calls, RegistrySize: k.stack, RegistryMaxSize: maxStack, RegistryGrowStep: growStack,
	})
	m.guard.state = m.LState
	m.SetContext(m.guard)
	m.handler = m.NewFunction(m.onError)
	m.globals = m.G.Global
	m.openLibraries(version)
	if !k.library {
		m.keys, m.args = newWordTable(m, "KEYS"), newWordTable(m, "ARGV")
	}
	return m
}

// Run executes a program and writes its reply, or returns why it failed.
func (c *Cache) Run(p *Program, host Host, keys, argv [][]byte, reply *resp.Writer) *Failure {
	if c.machine == nil {
		c.machine = newMachine(scriptKind, c.version, c.heapLimit)
	}
	m := c.machine
	m.begin(host, p.SHA, p.compiled.names)
	m.keys.fill(keys)
	m.args.fill(argv)
	failure := m.call(m.NewFunctionFromProto(p.compiled.proto), reply)
	m.keys.empty()
	m.args.empty()
	if m.guard.stop != "" || m.guard.base != 0 {
		c.machine = nil // it was ended by force, or has used much memory
	}
	return failure
}

// begin prepares the machine for code that errors call by a name.
func (m *machine) begin(host Host, running string, n names) {
	m.guard.begin(host)
	m.running, m.names = running, n
	m.random.seed(int32(rand.Uint32()))
	m.json = defaultJSON
	m.resume, m.depth = 0, 0
	m.starts = nil
	m.replyProtocol = 2
}

// call runs a function, writes what it returns as the reply, or returns why it failed. It leaves nothing behind on the
// machine's stack.
func (m *machine) call(f *lua.LFunction, reply *resp.Writer, args ...lua.LValue) *Failure {
	defer m.settle()
	m.Push(f)
	for _, a := range args {
		m.Push(a)
	}
	err := m.PCall(len(args), 1, m.handler)
	m.mustNotHavePanicked()
	if err != nil {
		return m.failure(err)
	}
	result := m.Get(-1)
	m.Pop(1)
	if f := returnedError(result); f != nil {
		return f
	}
	mark := reply.Mark()
	if text, ok := result.(lua.LString); result.Type() == lua.LTTable || ok && len(text) >= smallBytes {
		err = m.protect(func() { m.reply(reply, result, 0) })
	} else {
		m.reply(reply, result, 0)
	}
	if err != nil || m.guard.stop != "" {
		reply.Truncate(mark)
		return m.failure(err)
	}
	return nil
}

// returnedError is the failure that a script returns as its result, nil when it returns something else.
func returnedError(result lua.LValue) *Failure {
	t, ok := result.(*lua.LTable)
	if !ok {
		return nil
	}
	text, ok := t.RawGetString("err").(lua.LString)
	if !ok {
		return nil
	}
	return &Failure{Text: oneLine(string(text)), Counted: t.RawGetString(countedField) == lua.LTrue}
}

// settle leaves nothing of what has run behind in the machine.
func (m *machine) settle() {
	m.SetTop(0)
	m.guard.host = nil
}

// protect runs Go code of ours that may raise a Lua error.
func (m *machine) protect(f func()) error {
	m.Push(m.NewFunction(func(*lua.LState) int { f(); return 0 }))
	return m.PCall(0, 0, m.handler)
}

func (m *machine) mustNotHavePanicked() {
	if p := m.guard.panicked; p != nil {
		panic(p)
	}
}

func (m *machine) list(words [][]byte) *lua.LTable {
	t := m.CreateTable(len(words), 0)
	for i, w := range words {
		t.RawSetInt(i+1, lua.LString(w))
	}
	return t
}

// failure words what ended a script: "<error> script: <sha or function>, on @user_script:<line>."
func (m *machine) failure(err error) *Failure {
	suffix := " script: " + m.running
	if m.guard.stop != "" {
		return &Failure{Text: "ERR " + m.guard.stop + suffix + m.stoppedAt(err)}
	}
	var e *lua.ApiError
	if !errors.As(err, &e) {
		return &Failure{Text: "ERR " + oneLine(err.Error()) + suffix + "."}
	}
	t, ok := e.Object.(*lua.LTable)
	if !ok {
		return &Failure{Text: "ERR " + oneLine(e.Object.String()) + suffix + "."}
	}
	text, ok := t.RawGetString("err").(lua.LString)
	if !ok {
		text = "ERR unknown error"
	}
	f := &Failure{Text: oneLine(string(text)) + suffix, Counted: t.RawGetString(countedField) == lua.LTrue}
	if line, ok := t.RawGetString("line").(lua.LNumber); ok {
		f.Text += ", on @" + m.chunk + ":" + strconv.Itoa(int(line)) + "."
	}
	return f
}

// stoppedAt is the place at which a script was ended by force.
func (m *machine) stoppedAt(err error) string {
	line := 1
	var e *lua.ApiError
	if errors.As(err, &e) {
		if t, ok := e.Object.(*lua.LTable); ok {
			if n, ok := t.RawGetString("line").(lua.LNumber); ok {
				line = int(n)
			}
		}
	}
	return ", on @" + m.chunk + ":" + strconv.Itoa(line) + "."
}

// countedField marks the error of a command, which has been counted when the command failed.
const countedField = "ignore_error_stats_update"

// onError turns what was raised into a table with the error's place, while the place is still known. It raises the table
// instead of returning it: raising is what gives closures the variables of the functions that end.
func (m *machine) onError(l *lua.LState) int {
	raised := l.Get(1)
	t, ok := raised.(*lua.LTable)
	if !ok {
		t = l.NewTable()
		t.RawSetString("err", lua.LString("ERR "+m.errorText(l, raised)))
	}
	if _, isFrozen := m.frozen[t]; !isFrozen {
		if line := currentLine(l); line > 0 {
			t.RawSetString("source", lua.LString("@"+m.chunk))
			t.RawSetString("line", lua.LNumber(line))
		}
	}
	return raise(l, t)
}

func (m *machine) errorText(l *lua.LState, raised lua.LValue) string {
	if s, ok := raised.(lua.LString); ok {
		return m.translate(string(s))
	}
	return plainText(raised)
}

// currentLine is the line of the innermost Lua function that is running, 0 when there is none.
func currentLine(l *lua.LState) int {
	for level := 1; level < 8; level++ {
		d, ok := l.GetStack(level)
		if !ok {
			return 0
		}
		if _, err := l.GetInfo("Sl", d, lua.LNil); err == nil && d.Source != "" {
			return d.CurrentLine
		}
	}
	return 0
}

var machineError = regexp.MustCompile(`^((?s:[^\n:]{0,60}):(\d+): )(.*)$`)

// translate words the machine's own errors as Lua does.
func (m *machine) translate(text string) string {
	if len(text) > 4096 {
		return text
	}
	parts := machineError.FindStringSubmatch(text)
	if parts == nil {
		return text
	}
	line, _ := strconv.Atoi(parts[2])
	if !strings.HasPrefix(parts[1], m.chunk+":") {
		line = 0 // a chunk of load: its names are not known
	}
	return parts[1] + m.translateMessage(parts[3], line)
}

var (
	indexError   = regexp.MustCompile(`^attempt to index a non-table object\((\w+)\) with key '(.*)'$`)
	arithError   = regexp.MustCompile(`^cannot perform \w+ operation between (\w+) and (\w+)$`)
	compareError = regexp.MustCompile(`^attempt to compare (\w+) with (\w+)$`)
)

func (m *machine) translateMessage(s string, line int) string {
	if p := indexError.FindStringSubmatch(s); p != nil {
		if what := m.names.index[indexUse{line, p[2]}]; what != "" {
			return "attempt to index " + what + " (a " + p[1] + " value)"
		}
		return "attempt to index a " + p[1] + " value"
	}
	if p := arithError.FindStringSubmatch(s); p != nil {
		kind := p[1]
		if kind == "number" {
			kind = p[2]
		}
		return "attempt to perform arithmetic on a " + kind + " value"
	}
	if p := compareError.FindStringSubmatch(s); p != nil && p[1] == p[2] {
		return "attempt to compare two " + p[1] + " values"
	}
	switch s {
	case "attempt to call a non-function object":
		if what := m.names.calls[line]; what != "" {
			return "attempt to call " + what + " (a nil value)"
		}
		return "attempt to call a nil value"
	case "__unm undefined":
		return "attempt to perform arithmetic on a nil value"
	case "for statement init must be a number":
		return "'for' initial value must be a number"
	case "for statement limit must be a number":
		return "'for' limit must be a number"
	case "for statement step must be a number":
		return "'for' step must be a number"
	case "registry overflow":
		return "stack overflow"
	}
	return s
}

// oneLine makes a text fit for an error reply.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' {
			return ' '
		}
		return r
	}, s))
}

// plainText is tostring without metamethods.
func plainText(v lua.LValue) string {
	switch x := v.(type) {
	case lua.LNumber:
		return formatNumber(float64(x))
	case lua.LString:
		return string(x)
	case *lua.LTable:
		return fmt.Sprintf("table: %p", x)
	case *lua.LFunction:
		return fmt.Sprintf("function: %p", x)
	case *lua.LUserData:
		return "userdata: (nil)"
	case *lua.LState:
		return fmt.Sprintf("thread: %p", x)
	}
	return v.String()
}

// formatNumber writes a number as Lua does, with "%.14g".
func formatNumber(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e14 {
		if f == 0 && math.Signbit(f) {
			return "-0"
		}
		return strconv.FormatInt(int64(f), 10)
	}
	if s, odd := notFinite(f); odd {
		return s
	}
	return strconv.FormatFloat(f, 'g', 14, 64)
}

// notFinite spells infinities and NaN as C does.
func notFinite(f float64) (string, bool) {
	switch {
	case math.IsInf(f, 1):
		return "inf", true
	case math.IsInf(f, -1):
		return "-inf", true
	case math.IsNaN(f) && math.Signbit(f):
		return "-nan", true
	case math.IsNaN(f):
		return "nan", true
	}
	return "", false
}

var _ context.Context = (*guard)(nil)
