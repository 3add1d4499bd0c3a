package script

import lua "github.com/yuin/gopher-lua"

// wordTable is a global table of words, KEYS or ARGV. It is the same table from script to script, which finds it as if it had been made
// anew: one that a script has changed in another way than by its elements is replaced.
type wordTable struct {
	machine *machine
	name    string
	*lua.LTable
}

// keepElements is how many elements a table may have that is kept.
const keepElements = 64

func newWordTable(m *machine, name string) wordTable {
	w := wordTable{machine: m, name: name}
	w.renew()
	return w
}

func (w *wordTable) renew() {
	w.LTable = w.machine.NewTable()
	w.machine.globals.RawSetString(w.name, w.LTable)
}

// fill gives the table its elements before a script.
func (w *wordTable) fill(words [][]byte) {
	for i, word := range words {
		w.RawSetInt(i+1, lua.LString(word))
	}
}

// empty takes its elements after a script.
func (w *wordTable) empty() {
	n := w.MaxN()
	last := lua.LNil
	if n > 0 {
		last = lua.LNumber(n)
	}
	if other, _ := w.Next(last); other != lua.LNil || w.Metatable != lua.LNil || n > keepElements {
		w.renew()
		return
	}
	for i := range n {
		w.RawSetInt(i+1, lua.LNil)
	}
}
