package script

import (
	"errors"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// While a library is loaded its code sees one global, a table redis with the function to register functions, the log and
// the version: it can reach neither the dataset nor anything that differs from one load to the next. When its functions
// run, the same names mean what they mean to scripts.

// loader is the outside world of code that registers functions.
type loader struct {
	Host     // nil: nothing that would use it can be reached
	log      func(string)
	deadline time.Time
}

func (h *loader) Log(line string)   { h.log(line) }
func (h *loader) Aside(work func()) { work() }
func (h *loader) Tick() (stop bool) { return time.Now().After(h.deadline) }

// start runs the library's code on a new machine and returns the functions that it registers.
func (lib *Library) start(version string, heapLimit int64, o LoadOptions) (*machine, []*Function, error) {
	m := newMachine(libraryKind, version, heapLimit)
	m.begin(&loader{log: o.Log, deadline: time.Now().Add(o.Limit)}, lib.Name, lib.compiled.names)
	m.guard.killed = stopLoad
	m.registering = &registration{}
	show := m.hideGlobals(version)
	m.Push(m.NewFunctionFromProto(lib.compiled.proto))
	err := m.PCall(0, 0, m.handler)
	show()
	m.mustNotHavePanicked()
	registered := m.registering.functions
	m.registering = nil
	defer m.settle()
	if err != nil {
		return nil, nil, m.loadError(err)
	}
	return m, registered, nil
}

// restart makes a library ready for calls.
func (lib *Library) restart(version string, heapLimit int64, log func(string)) error {
	m, registered, err := lib.start(version, heapLimit, LoadOptions{Limit: restartLimit, Log: log})
	if err != nil {
		return err
	}
	if len(registered) != len(lib.Functions) {
		return errors.New("ERR the code registers other functions than before")
	}
	for i, f := range lib.Functions {
		f.callback = registered[i].callback
	}
	lib.machine = m
	return nil
}

// registration collects the functions of a library that is being loaded.
type registration struct {
	functions []*Function
	taken     map[string]struct{} // names in lower case
}

// add notes a function; false when its name is taken.
func (r *registration) add(f *Function) bool {
	name := strings.ToLower(f.Name)
	if _, taken := r.taken[name]; taken {
		return false
	}
	if r.taken == nil {
		r.taken = map[string]struct{}{}
	}
	r.taken[name] = struct{}{}
	r.functions = append(r.functions, f)
	return true
}

// loadError words why a library's code failed.
func (m *machine) loadError(err error) error {
	if m.guard.stop != "" {
		return errors.New("ERR " + m.guard.stop)
	}
	if t, ok := raisedBy(err).(*lua.LTable); ok {
		if text, ok := t.RawGetString("err").(lua.LString); ok {
			return errors.New(oneLine(string(text)))
		}
	}
	return errors.New("ERR " + oneLine(err.Error()))
}

// hideGlobals leaves only the global that a library sees while it is loaded; show brings the others back.
func (m *machine) hideGlobals(version string) (show func()) {
	hiddenFields := map[string]lua.LValue{}
	m.globals.ForEach(func(k, v lua.LValue) {
		if name := string(k.(lua.LString)); !strings.HasPrefix(name, hidden) {
			hiddenFields[name] = v
		}
	})
	for name := range hiddenFields {
		m.globals.RawSetString(name, lua.LNil)
	}
	fields := m.NewTable()
	for name, v := range redisConstants(version) {
		fields.RawSetString(name, v)
	}
	fields.RawSetString("log", m.NewFunction(m.redisLog))
	fields.RawSetString("register_function", m.NewFunction(m.registerFunction))
	fields.Metatable = m.globals.Metatable // unknown fields are an error, too
	m.globals.RawSetString("redis", m.frozenTable(fields))
	return func() {
		for name, v := range hiddenFields {
			m.globals.RawSetString(name, v)
		}
	}
}

// registerFunction is redis.register_function(name, callback) and redis.register_function{function_name=…, callback=…}.
func (m *machine) registerFunction(l *lua.LState) int {
	if m.registering == nil {
		return m.raise(l, "ERR redis.register_function can only be called on FUNCTION LOAD command")
	}
	f, problem := m.readFunction(l)
	switch {
	case problem != "":
	case !validName(f.Name):
		problem = msgBadName
	case !m.registering.add(f):
		problem = "ERR Function already exists in the library"
	}
	if problem != "" {
		return m.raise(l, problem)
	}
	return 0
}

func (m *machine) readFunction(l *lua.LState) (f *Function, problem string) {
	switch l.GetTop() {
	case 1:
		t, ok := l.Get(1).(*lua.LTable)
		if !ok {
			return nil, "ERR calling redis.register_function with a single argument is only applicable to Lua table " +
				"(representing named arguments)."
		}
		return m.readNamed(t)
	case 2:
	default:
		return nil, "ERR wrong number of arguments to redis.register_function"
	}
	f = &Function{Flags: Flags{Declared: true}}
	if !isText(l.Get(1)) {
		return nil, "ERR first argument to redis.register_function must be a string"
	}
	f.Name = plainText(l.Get(1))
	var ok bool
	if f.callback, ok = l.Get(2).(*lua.LFunction); !ok {
		return nil, "ERR second argument to redis.register_function must be a function"
	}
	return f, ""
}

// readNamed reads the form with named arguments.
func (m *machine) readNamed(t *lua.LTable) (*Function, string) {
	f := &Function{Flags: Flags{Declared: true}}
	problem, named := "", false
	m.each(m.real(t), func(k, v lua.LValue) {
		if problem != "" {
			return
		}
		if !isText(k) {
			problem = "ERR named argument key given to redis.register_function is not a string"
			return
		}
		switch name := strings.ToLower(plainText(k)); name {
		case "function_name":
			f.Name, named = plainText(v), true
			problem = mustBe(isText(v), name, "a string")
		case "description":
			f.Description, f.Described = plainText(v), true
			problem = mustBe(isText(v), name, "a string")
		case "callback":
			var ok bool
			f.callback, ok = v.(*lua.LFunction)
			problem = mustBe(ok, name, "a function")
		case "flags":
			flags, ok := v.(*lua.LTable)
			if !ok {
				problem = "ERR flags argument to redis.register_function must be a table representing function flags"
				return
			}
			problem = m.readFlags(m.real(flags), &f.Flags)
		default:
			problem = "ERR unknown argument given to redis.register_function"
		}
	})
	switch {
	case problem != "":
	case !named:
		problem = "ERR redis.register_function must get a function name argument"
	case f.callback == nil:
		problem = "ERR redis.register_function must get a callback argument"
	}
	return f, problem
}

func mustBe(ok bool, argument, what string) string {
	if ok {
		return ""
	}
	return "ERR " + argument + " argument given to redis.register_function must be " + what
}

func (m *machine) readFlags(t *lua.LTable, f *Flags) string {
	for i := 1; ; i++ {
		m.guard.spend(1)
		v := t.RawGetInt(i)
		if v == lua.LNil {
			return ""
		}
		if !isText(v) || !f.set(strings.ToLower(plainText(v))) {
			return "ERR unknown flag given"
		}
	}
}
