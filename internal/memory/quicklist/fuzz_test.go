package quicklist

import (
	"bytes"
	"slices"
	"strconv"
	"testing"
)

// FuzzTape reads its input as a tape of operations: a limit, then four bytes
// each: what, where, which element, how often.
func FuzzTape(f *testing.F) {
	f.Add([]byte{0, 0, 0, 9, 90, 4, 30, 9, 3, 5, 3, 9, 0, 6, 9, 9, 7})
	f.Add([]byte{3, 1, 0, 1, 200, 2, 40, 30, 2, 3, 77, 2, 9, 7, 0, 1, 255})
	f.Add([]byte{2, 0, 0, 31, 60, 2, 9, 31, 20, 4, 7, 31, 1, 4, 9, 2, 1, 5, 1, 0, 50})
	f.Fuzz(func(t *testing.T, tape []byte) {
		if len(tape) == 0 || len(tape) > 200 {
			return
		}
		a := newArena(t)
		l := Open(a, New(a), Limits{Fill: []int32{-1, -2, 2, 40}[tape[0]%4]})
		model := []string{}
		for tape = tape[1:]; len(tape) >= 4; tape = tape[4:] {
			v, n := strconv.Itoa(int(tape[2]%7)), int(tape[3]%64)
			if tape[2] > 7 {
				v = string(bytes.Repeat([]byte{tape[2]%3 + 'a'}, int(tape[2])*20))
			}
			for range n {
				i := 0
				if len(model) > 0 {
					i = int(tape[1]) * 37 % len(model)
				}
				model = step(t, l, model, tape[0], i, v)
			}
			agree(t, l, model)
		}
		l.Free()
		if a.Used() != 0 {
			t.Fatalf("%d bytes leak", a.Used())
		}
	})
}

func step(t *testing.T, l List, model []string, op byte, i int, v string) []string {
	switch b := []byte(v); {
	case op%8 == 0:
		l.PushBack(b)
		return append(model, v)
	case op%8 == 1:
		l.PushFront(b)
		return slices.Insert(model, 0, v)
	case len(model) == 0:
		return model
	case op%8 == 2:
		l.InsertBefore(i, b)
		return slices.Insert(model, i, v)
	case op%8 == 3:
		l.InsertAfter(i, b)
		return slices.Insert(model, i+1, v)
	case op%8 == 4:
		l.Set(i, b)
		model[i] = v
		return model
	case op%8 == 5:
		n := l.DeleteRange(i, 1+i%5)
		return slices.Delete(model, i, i+n)
	case op%8 == 6:
		got, _ := l.PopFront(nil)
		if string(got) != model[0] {
			t.Fatalf("PopFront = %.60q, want %.60q", got, model[0])
		}
		return model[1:]
	default:
		kept, want := deleteMatching(model, v, i%7-3)
		if got := l.DeleteMatching(b, i%7-3); got != want {
			t.Fatalf("DeleteMatching = %d, want %d", got, want)
		}
		return kept
	}
}
