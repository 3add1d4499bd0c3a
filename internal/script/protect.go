package script

import (
	"errors"

	lua "github.com/yuin/gopher-lua"
)

// A protected call runs on a thread of its own. The machine, when an error is raised, either leaves the variables that
// closures have captured on the stack, where later calls overwrite them, or takes away those of every function on the
// thread's stack, also of the functions that go on after the error. On a thread of its own every function ends with the
// error, so the latter is right: [machine.onError] and [catch] bring it about by raising the error once more.

// maxProtected bounds protected calls inside protected calls, as Lua does: each takes a part of the process's own stack.
const maxProtected = 200

// protectedCalls is the depth of calls inside the nth nested protected call. The sum is bounded for the same reason.
func (k kind) protectedCalls(n int) int { return max(k.calls>>n, coroutineCalls) }

func (m *machine) basePcall(l *lua.LState) int {
	args{l, "pcall"}.any(1)
	return m.protectedCall(l, l.GetTop()-1, nil)
}

func (m *machine) baseXpcall(l *lua.LState) int {
	a := args{l, "xpcall"}
	f, handler := a.any(1), a.any(2)
	l.SetTop(0)
	l.Push(f)
	return m.protectedCall(l, 0, handler)
}

// protectedCall calls the function below nargs arguments, at the bottom of the stack. What ends the script by force passes
// through.
func (m *machine) protectedCall(l *lua.LState, nargs int, handler lua.LValue) int {
	if m.depth >= maxProtected {
		raisef(l, "C stack overflow")
	}
	m.guard.spend(8)
	th := m.protectedThread(l)
	for i := l.GetTop() - nargs; i <= l.GetTop(); i++ {
		th.Push(l.Get(i))
	}
	l.SetTop(0)
	resume, depth, running := m.resume, m.depth, l.G.CurrentThread
	m.depth++
	m.guard.state = th
	err := th.PCall(nargs, lua.MultRet, m.NewFunction(m.catch(handler)))
	m.resume, m.depth, l.G.CurrentThread = resume, depth, running
	m.guard.state = l
	if m.guard.panicked != nil {
		panic(m.guard.panicked)
	}
	if m.guard.stop != "" {
		raisef(l, "%s", m.guard.stop)
	}
	if err != nil {
		th.SetTop(0)
		raised := raisedBy(err)
		if handler == nil {
			raised = m.caught(raised)
		}
		l.Push(lua.LFalse)
		l.Push(raised)
		return 2
	}
	n := th.GetTop()
	l.Push(lua.LTrue)
	for i := 1; i <= n; i++ {
		l.Push(th.Get(i))
	}
	th.SetTop(0)
	return 1 + n
}

// protectedThread is the thread for a protected call at the present depth.
func (m *machine) protectedThread(l *lua.LState) *lua.LState {
	if m.depth == len(m.protected) {
		m.guard.reserve(coroutineBytes)
		m.protected = append(m.protected, m.newThread(l, m.protectedCalls(m.depth+1)))
	}
	return m.protected[m.depth]
}

// catch is what the machine calls with the error of a protected call, before the functions that it ends are gone.
func (m *machine) catch(handler lua.LValue) lua.LGFunction {
	return func(l *lua.LState) int {
		raised := l.Get(1)
		if handler != nil && m.guard.stop == "" && m.guard.panicked == nil {
			l.SetTop(0)
			l.Push(handler)
			l.Push(m.translated(raised))
			l.Call(1, 1)
			raised = l.Get(-1)
		}
		return raise(l, raised)
	}
}

// caught is what pcall returns for an error. The error of a command is seen as its text, as in Redis.
func (m *machine) caught(raised lua.LValue) lua.LValue {
	if t, ok := raised.(*lua.LTable); ok {
		if text, ok := m.real(t).RawGetString("err").(lua.LString); ok {
			return text
		}
	}
	return m.translated(raised)
}

func (m *machine) translated(raised lua.LValue) lua.LValue {
	if s, ok := raised.(lua.LString); ok {
		return lua.LString(m.translate(string(s)))
	}
	return raised
}

func raisedBy(err error) lua.LValue {
	var api *lua.ApiError
	if errors.As(err, &api) {
		return api.Object
	}
	return lua.LString(err.Error())
}
