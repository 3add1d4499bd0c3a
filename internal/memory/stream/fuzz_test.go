package stream

import "testing"

// FuzzAppendNode: any bytes are either refused or a node that can be read both ways, changed and taken over again.
func FuzzAppendNode(f *testing.F) {
	a := newArena(f)
	s := Open(a, New(a), Limits{4096, 100})
	s.Append(ID{5, 1}, [][]byte{[]byte("f"), []byte("v")})
	s.Append(ID{6, 0}, [][]byte{[]byte("f"), []byte("1000")})
	s.Append(ID{6, 1}, [][]byte{[]byte("other"), []byte("v"), []byte("g"), []byte("w")})
	s.Delete(ID{6, 0})
	s.EachNode(func(master ID, lp []byte) bool {
		f.Add(lp)
		return true
	})
	s.Free()
	f.Fuzz(func(t *testing.T, lp []byte) {
		s := Open(a, New(a), Limits{4096, 100})
		defer s.Free()
		if s.AppendNode(ID{5, 1}, lp) != nil {
			return
		}
		up := collect(func(f func(Entry) bool) { s.Ascend(MinID, MaxID, f) })
		down := collect(func(f func(Entry) bool) { s.Descend(MaxID, MinID, f) })
		if len(up) != s.Len() || len(down) != len(up) {
			t.Fatalf("%d entries, %d upwards, %d downwards", s.Len(), len(up), len(down))
		}
		again := Open(a, New(a), Limits{})
		defer again.Free()
		s.EachNode(func(master ID, lp []byte) bool {
			if err := again.AppendNode(master, lp); err != nil {
				t.Fatal(err)
			}
			return true
		})
		if next, ok := s.LastID().Next(); ok {
			s.Append(next, [][]byte{[]byte("f"), []byte("v")})
		}
		for _, r := range up {
			if !s.Delete(r.id) {
				t.Fatalf("%v is not there", r.id)
			}
		}
	})
}
