package script

import lua "github.com/yuin/gopher-lua"

// The variables of a library live from call to call, so its functions can collect values there. What they hold is weighed
// whenever they have worked so much that it can have become large.
const (
	// retainedLimit is what the variables of a library may hold, in bytes.
	retainedLimit = 64 << 20
	// weighEvery is the work, in bytes that it can have allocated, after which they are weighed again.
	weighEvery = 16 << 20
	// stepBytes is what an instruction can allocate without asking.
	stepBytes = 64
	// fieldBytes, functionBytes estimate the memory of a table's field and of a function.
	fieldBytes, functionBytes = 48, 96
)

// tooLarge tells, after a call, whether the library's variables hold too much.
func (lib *Library) tooLarge(argumentBytes int64) bool {
	lib.unweighed += lib.machine.guard.work() + argumentBytes
	if lib.unweighed < weighEvery {
		return false
	}
	lib.unweighed = 0
	w := weighing{machine: lib.machine, seen: map[any]struct{}{}}
	for _, f := range lib.Functions {
		w.push(f.callback)
	}
	return w.exceeds(retainedLimit)
}

// weighing adds up the memory of all that can be reached from some values.
type weighing struct {
	machine *machine
	seen    map[any]struct{}
	left    []lua.LValue
}

func (w *weighing) push(v lua.LValue) {
	switch x := v.(type) {
	case lua.LString, *lua.LFunction, *lua.LState:
	case *lua.LTable:
		if _, frozen := w.machine.frozen[x]; frozen {
			return
		}
	default:
		return
	}
	if _, seen := w.seen[v]; !seen {
		w.seen[v] = struct{}{}
		w.left = append(w.left, v)
	}
}

// exceeds tells whether the sum is more than limit; it stops adding there.
func (w *weighing) exceeds(limit int64) bool {
	sum := int64(0)
	for len(w.left) > 0 && sum <= limit {
		v := w.left[len(w.left)-1]
		w.left = w.left[:len(w.left)-1]
		switch x := v.(type) {
		case lua.LString:
			sum += slotBytes + int64(len(x))
		case *lua.LTable:
			sum += fieldBytes
			w.push(x.Metatable)
			x.ForEach(func(k, v lua.LValue) {
				sum += fieldBytes
				w.push(k)
				w.push(v)
			})
		case *lua.LFunction:
			sum += functionBytes
			for _, u := range x.Upvalues {
				w.push(u.Value())
			}
		case *lua.LState:
			sum += coroutineBytes
			w.pushLocals(x)
		}
	}
	return sum > limit
}

// pushLocals adds what is on a coroutine's stack.
func (w *weighing) pushLocals(th *lua.LState) {
	for level := 0; ; level++ {
		d, ok := th.GetStack(level)
		if !ok {
			return
		}
		for n := 1; ; n++ {
			name, v := th.GetLocal(d, n)
			if name == "" {
				break
			}
			w.push(v)
		}
	}
}
