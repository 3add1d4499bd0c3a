package script

import lua "github.com/yuin/gopher-lua"

// The variables of a library live from call to call, so its functions can collect values there. What they hold is weighed
// whenever they have worked so much that it can have become large.
const (
	// retainedLimit is what the variables of all libraries may hold, in bytes.
	retainedLimit = 64 << 20
	// weighEvery is the work, in bytes that it can have allocated, after which they are weighed again.
	weighEvery = 16 << 20
	// stepBytes is what an instruction can allocate without asking.
	stepBytes = 64
	// fieldBytes, functionBytes estimate the memory of a table's field and of a function.
	fieldBytes, functionBytes = 48, 96
)

// bound resets the libraries whose variables hold most, until all together hold at most limit bytes.
func (s *librarySet) bound(limit int64, log func(string)) {
	held, total := map[*Library]int64{}, int64(0)
	for _, lib := range s.list {
		if lib.machine != nil {
			held[lib] = lib.weigh(limit)
			total += held[lib]
		}
	}
	for total > limit {
		var largest *Library
		for _, lib := range s.list {
			if largest == nil || held[lib] > held[largest] {
				largest = lib
			}
		}
		total -= held[largest]
		delete(held, largest)
		largest.reset(log)
	}
}

// reset drops the library's machine and with it the values of its variables.
func (lib *Library) reset(log func(string)) {
	log("The variables of function library " + lib.Name + " held too much memory and were reset")
	lib.machine = nil
	for _, f := range lib.Functions {
		f.callback = nil
	}
}

// weigh is what the library's variables hold, in bytes; beyond limit it is not exact.
func (lib *Library) weigh(limit int64) int64 {
	w := weighing{machine: lib.machine, seen: map[any]struct{}{}}
	for _, f := range lib.Functions {
		w.push(f.callback)
	}
	return w.sum(limit)
}

// wordBytes is what the words take as Lua values.
func wordBytes(words [][]byte) (n int64) {
	for _, w := range words {
		n += fieldBytes + int64(len(w))
	}
	return n
}

// weighing adds up the memory of all that can be reached from some values. Equal strings are not one string in this
// interpreter, so each counts as often as it is found.
type weighing struct {
	machine *machine
	seen    map[any]struct{}
	left    []lua.LValue
	total   int64
}

func (w *weighing) push(v lua.LValue) {
	switch x := v.(type) {
	case lua.LString:
		w.total += slotBytes + int64(len(x))
		return
	case *lua.LFunction, *lua.LState:
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

// sum adds up to limit and a little more.
func (w *weighing) sum(limit int64) int64 {
	for len(w.left) > 0 && w.total <= limit {
		v := w.left[len(w.left)-1]
		w.left = w.left[:len(w.left)-1]
		switch x := v.(type) {
		case *lua.LTable:
			w.total += fieldBytes
			w.push(x.Metatable)
			x.ForEach(func(k, v lua.LValue) {
				w.total += fieldBytes
				w.push(k)
				w.push(v)
			})
		case *lua.LFunction:
			w.total += functionBytes
			for _, u := range x.Upvalues {
				w.push(u.Value())
			}
		case *lua.LState:
			w.total += coroutineBytes
			w.pushLocals(x)
		}
	}
	return w.total
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
