package bptree

import (
	"encoding/binary"
	"testing"
)

// FuzzTape reads its input as a tape of operations: a byte that chooses, two
// that say where, one that says how many.
func FuzzTape(f *testing.F) {
	f.Add([]byte{0, 0, 0, 255, 1, 0, 0, 90, 0, 9, 9, 255, 2, 3, 0, 200, 3, 0, 10, 4})
	f.Add([]byte{1, 0, 0, 255, 1, 1, 0, 255, 1, 2, 0, 255, 2, 1, 0, 255, 2, 0, 0, 255})
	f.Fuzz(func(t *testing.T, tape []byte) {
		if len(tape) > 400 {
			return
		}
		m := newModel(newArena(t))
		for ; len(tape) >= 4; tape = tape[4:] {
			at, n := int(binary.LittleEndian.Uint16(tape[1:])), int(tape[3])
			switch tape[0] % 4 {
			case 0:
				for i := range n {
					m.insert(number{uint64(at) % 7, uint64(at + i)})
				}
			case 1:
				for i := range n {
					m.insert(number{uint64(i*i) % 5, uint64(at - i*97)})
				}
			case 2:
				if len(m.items) > 0 {
					lo := at % len(m.items)
					m.deleteRange(t, lo, min(lo+n, len(m.items)))
				}
			case 3:
				for range n {
					if len(m.items) > 0 {
						m.delete(t, at*31%len(m.items))
					}
				}
			}
			m.agree(t, number{uint64(n) % 7, uint64(at)})
		}
		m.finish(t)
	})
}
