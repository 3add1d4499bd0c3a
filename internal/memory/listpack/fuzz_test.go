package listpack

import (
	"bytes"
	"testing"
)

// FuzzValidate: what Validate accepts can be read in both directions and
// modified; what it rejects does not matter, but it must not panic.
func FuzzValidate(f *testing.F) {
	lp := New(nil)
	f.Add(bytes.Clone(lp))
	for _, v := range []string{"", "1", "-300", "70000", "5000000000", "text", string(make([]byte, 100)), string(make([]byte, 5000))} {
		lp = Append(lp, []byte(v))
		f.Add(bytes.Clone(lp))
	}
	unknown := bytes.Clone(lp)
	unknown[4], unknown[5] = 0xFF, 0xFF
	f.Add(unknown)
	f.Add([]byte{11, 0, 0, 0, 1, 0, 0xF0, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		if Validate(b, 1000) != nil {
			return
		}
		texts, err := contents(b)
		if err != nil {
			t.Fatal(err)
		}
		if Len(b) != len(texts) {
			t.Fatalf("Len = %d, there are %d entries", Len(b), len(texts))
		}
		for i, text := range texts {
			pos := Seek(b, i)
			if !Get(b, pos).Equal([]byte(text)) || Find(b, pos, []byte(text), 0) != pos {
				t.Fatalf("entry %d, %q, is not found", i, text)
			}
		}
		b = Append(bytes.Clone(b), []byte("tail"))
		b = Prepend(b, []byte("77"))
		b, n := DeleteMatching(b, First(b), []byte("tail"), len(texts)+1)
		if err := Validate(b, 0); err != nil || n < 1 {
			t.Fatalf("after changes: %d deleted, %v", n, err)
		}
	})
}
