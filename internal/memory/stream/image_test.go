package stream

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"redoubt/internal/memory/arena"
)

// TestImage gives out images of a stream while it changes in every way, the last id set back included: each must be the
// stream of its moment, byte by byte.
func TestImage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, err := arena.New(1 << 32)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		s := Open(a, New(a), Limits{NodeMaxEntries: 3})
		for i := range 40 {
			s.Append(ID{uint64(10 + i), 0}, [][]byte{[]byte("f"), fmt.Append(nil, i)})
		}
		var want, got []string
		kept := 0
		im := NewImage(s, &kept)
		s.EachNode(func(master ID, lp []byte) bool {
			want = append(want, fmt.Sprintf("%v %x", master, lp))
			return true
		})
		s = s.Kept(im)
		for done := false; !done; {
			switch rapid.IntRange(0, 6).Draw(t, "op") {
			case 0:
				s.Trim(Trim{MaxLen: uint64(rapid.IntRange(0, 40).Draw(t, "length"))})
			case 1:
				s.Delete(ID{uint64(rapid.IntRange(10, 60).Draw(t, "id")), 0})
			case 2:
				s.SetLastID(s.TopID())
			case 3, 4:
				id := ID{s.LastID().Ms + uint64(rapid.IntRange(1, 4).Draw(t, "later")), 0}
				s.Append(id, [][]byte{[]byte("f"), []byte("new")})
			case 5:
				s.Delete(s.TopID())
			case 6:
				done = im.Step(s, rapid.IntRange(1, 60).Draw(t, "bytes"), func(master ID, lp []byte) {
					got = append(got, fmt.Sprintf("%v %x", master, lp))
				})
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("got\n%v\nwant\n%v", got, want)
		}
		if kept != 0 {
			t.Fatalf("%d bytes are kept at the end", kept)
		}
	})
}
