package script

import (
	lua "github.com/yuin/gopher-lua"
)

const (
	// maxResume bounds coroutines that run inside coroutines: each takes a part of the process's own stack.
	maxResume = 50
	// coroutineCalls is the depth of calls inside a coroutine; coroutineBytes estimates its memory.
	coroutineCalls = 200
	coroutineBytes = coroutineCalls*96 + coroutineStack*slotBytes
	coroutineStack = 256
)

func (m *machine) coroutineLibrary() library {
	return library{
		"create": func(l *lua.LState) int {
			f := args{l, "create"}.function(1)
			l.Push(m.newCoroutine(l, f))
			return 1
		},
		"resume": func(l *lua.LState) int {
			th, ok := l.Get(1).(*lua.LState)
			if !ok {
				args{l, "resume"}.fail(1, "coroutine expected")
			}
			values, err := m.resumeCoroutine(l, th, arguments(l, 2))
			if err != nil {
				l.Push(lua.LFalse)
				l.Push(m.caught(raisedBy(err)))
				return 2
			}
			l.Push(lua.LTrue)
			return 1 + pushAll(l, values)
		},
		"running": func(l *lua.LState) int {
			if current := l.G.CurrentThread; current == m.G.MainThread {
				l.Push(lua.LNil)
			} else {
				l.Push(current)
			}
			return 1
		},
		"status": func(l *lua.LState) int {
			th, ok := l.Get(1).(*lua.LState)
			if !ok {
				args{l, "status"}.fail(1, "coroutine expected")
			}
			l.Push(lua.LString(l.Status(th)))
			return 1
		},
		"wrap": func(l *lua.LState) int {
			th := m.newCoroutine(l, args{l, "wrap"}.function(1))
			l.Push(l.NewClosure(func(l *lua.LState) int {
				values, err := m.resumeCoroutine(l, th, arguments(l, 1))
				if err != nil {
					return raise(l, raisedBy(err))
				}
				return pushAll(l, values)
			}, th)) // as a captured value it is found when a library's variables are weighed
			return 1
		},
		"yield": func(l *lua.LState) int {
			switch {
			case l.G.CurrentThread == m.G.MainThread:
				raisef(l, "attempt to yield from outside a coroutine")
			case l != l.G.CurrentThread:
				raisef(l, "attempt to yield across metamethod/C-call boundary")
			}
			return l.Yield(arguments(l, 1)...)
		},
	}
}

// newCoroutine makes a coroutine that will run f. It is small: scripts may make many.
func (m *machine) newCoroutine(l *lua.LState, f *lua.LFunction) *lua.LState {
	m.guard.reserve(coroutineBytes)
	m.guard.spend(8)
	th := m.newThread(l, coroutineCalls)
	if m.starts == nil {
		m.starts = map[*lua.LState]*lua.LFunction{}
	}
	m.starts[th] = f
	return th
}

// newThread makes a thread with a small stack for calls of the given depth.
func (m *machine) newThread(l *lua.LState, calls int) *lua.LState {
	options := l.Options
	l.Options.CallStackSize, l.Options.RegistrySize = calls, coroutineStack
	context := l.RemoveContext() // else the library derives a context of its own from it, with a goroutine
	th, _ := l.NewThread()
	l.SetContext(context)
	l.Options = options
	th.SetContext(context)
	return th
}

func (m *machine) resumeCoroutine(l, th *lua.LState, values []lua.LValue) ([]lua.LValue, error) {
	if m.resume >= maxResume {
		raisef(l, "C stack overflow")
	}
	f, fresh := m.starts[th]
	if fresh {
		delete(m.starts, th)
	}
	m.resume++
	m.guard.state = th
	running, depth := l.G.CurrentThread, m.depth
	_, err, results := l.Resume(th, f, values...)
	l.G.CurrentThread, m.depth = running, depth
	m.guard.state = l
	m.resume--
	if m.guard.panicked != nil {
		panic(m.guard.panicked)
	}
	if m.guard.stop != "" {
		raisef(l, "%s", m.guard.stop)
	}
	return results, err
}

func arguments(l *lua.LState, from int) []lua.LValue {
	var out []lua.LValue
	for i := from; i <= l.GetTop(); i++ {
		out = append(out, l.Get(i))
	}
	return out
}

func pushAll(l *lua.LState, values []lua.LValue) int {
	for _, v := range values {
		l.Push(v)
	}
	return len(values)
}
