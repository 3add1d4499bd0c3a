package listpack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// valueGen draws what lists hold: integers around the encodings' borders, texts
// that nearly are integers, and strings around the length borders.
func valueGen() *rapid.Generator[string] {
	borders := []int64{0, 127, 4095, math.MaxInt16, 1<<23 - 1, math.MaxInt32, math.MaxInt64}
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			n := rapid.SampledFrom(borders).Draw(t, "border") + int64(rapid.IntRange(-2, 2).Draw(t, "off"))
			if rapid.Bool().Draw(t, "negative") {
				n = -n
			}
			return strconv.FormatInt(n, 10)
		}),
		rapid.SampledFrom([]string{"", "-", "-0", "00", "+1", "1 ", "9223372036854775808", "18446744073709551616"}),
		rapid.StringMatching(`[a-c]{0,3}`),
		rapid.Custom(func(t *rapid.T) string {
			n := rapid.SampledFrom([]int{63, 125, 4095, 16380}).Draw(t, "length")
			return string(bytes.Repeat([]byte{'x'}, n+rapid.IntRange(-2, 3).Draw(t, "more")))
		}),
	)
}

// contents reads lp forwards and checks that reading it backwards agrees.
func contents(lp []byte) ([]string, error) {
	if err := Validate(lp, 0); err != nil {
		return nil, err
	}
	forward, backward := []string{}, []string{}
	for pos := First(lp); pos >= 0; pos = Next(lp, pos) {
		forward = append(forward, string(Get(lp, pos).Append(nil)))
	}
	for pos := Last(lp); pos >= 0; pos = Prev(lp, pos) {
		backward = append(backward, string(Get(lp, pos).Append(nil)))
	}
	slices.Reverse(backward)
	if d := cmp.Diff(forward, backward); d != "" {
		return nil, fmt.Errorf("forwards and backwards differ: %s", d)
	}
	return forward, nil
}

// TestModel compares every operation with the same on a slice of strings.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		t.Repeat(rapid.StateMachineActions(&machine{lp: New(nil), model: []string{}}))
	})
}

// machine is a listpack beside what it should hold; its methods are what rapid does to both.
type machine struct {
	lp    []byte
	model []string
}

func (m *machine) index(t *rapid.T) int {
	if len(m.model) == 0 {
		t.Skip("empty")
	}
	return rapid.IntRange(0, len(m.model)-1).Draw(t, "index")
}

// grown checks that adding v took what EncodedSize says.
func (m *machine) grown(t *rapid.T, before int, v string) {
	if got, want := len(m.lp)-before, EncodedSize([]byte(v)); got != want {
		t.Fatalf("grew by %d, EncodedSize says %d", got, want)
	}
}

func (m *machine) Append(t *rapid.T) {
	v, before := valueGen().Draw(t, "v"), len(m.lp)
	m.lp, m.model = Append(m.lp, []byte(v)), append(m.model, v)
	m.grown(t, before, v)
}

func (m *machine) PrependInto(t *rapid.T) {
	v := valueGen().Draw(t, "value")
	gap := EncodedSize([]byte(v)) + rapid.IntRange(0, 9).Draw(t, "left")
	buf := append(make([]byte, gap), m.lp...)
	m.lp, m.model = PrependInto(buf, gap, []byte(v)), slices.Insert(m.model, 0, v)
}

func (m *machine) DeleteFirst(t *rapid.T) {
	n := rapid.IntRange(0, 3).Draw(t, "n")
	m.lp, m.model = DeleteFirst(m.lp, n), m.model[min(n, len(m.model)):]
}

func (m *machine) Prepend(t *rapid.T) {
	v, before := valueGen().Draw(t, "v"), len(m.lp)
	m.lp, m.model = Prepend(m.lp, []byte(v)), slices.Insert(m.model, 0, v)
	m.grown(t, before, v)
}

func (m *machine) Insert(t *rapid.T) {
	i, v, before := m.index(t), valueGen().Draw(t, "v"), len(m.lp)
	m.lp, m.model = Insert(m.lp, Seek(m.lp, i), []byte(v)), slices.Insert(m.model, i, v)
	m.grown(t, before, v)
}

func (m *machine) Replace(t *rapid.T) {
	i, v := m.index(t), valueGen().Draw(t, "v")
	m.lp = Replace(m.lp, Seek(m.lp, i-len(m.model)), []byte(v))
	m.model[i] = v
}

func (m *machine) Delete(t *rapid.T) {
	i, n := m.index(t), rapid.IntRange(0, 4).Draw(t, "n")
	m.lp, m.model = Delete(m.lp, Seek(m.lp, i), n), slices.Delete(m.model, i, min(i+n, len(m.model)))
}

func (m *machine) DeleteMatching(t *rapid.T) {
	i, max := m.index(t), rapid.IntRange(0, 3).Draw(t, "max")
	v, want := m.model[m.index(t)], 0
	var deleted int
	m.lp, deleted = DeleteMatching(m.lp, Seek(m.lp, i), []byte(v), max)
	for j := i; j < len(m.model); {
		if m.model[j] == v && want < max {
			m.model = slices.Delete(m.model, j, j+1)
			want++
		} else {
			j++
		}
	}
	if deleted != want {
		t.Fatalf("deleted %d, want %d", deleted, want)
	}
}

func (m *machine) Concat(t *rapid.T) {
	other := New(nil)
	for _, v := range rapid.SliceOfN(valueGen(), 0, 3).Draw(t, "other") {
		other, m.model = Append(other, []byte(v)), append(m.model, v)
	}
	m.lp = Concat(m.lp, other)
}

func (m *machine) Find(t *rapid.T) {
	i, skip, v := m.index(t), rapid.IntRange(0, 2).Draw(t, "skip"), valueGen().Draw(t, "v")
	if rapid.Bool().Draw(t, "present") {
		v = m.model[m.index(t)]
	}
	want := -1
	for j := i; j < len(m.model) && want < 0; j += skip + 1 {
		if m.model[j] == v {
			want = Seek(m.lp, j)
		}
	}
	if got := Find(m.lp, Seek(m.lp, i), []byte(v), skip); got != want {
		t.Fatalf("Find(%q) = %d, want %d", v, got, want)
	}
}

func (m *machine) FindLast(t *rapid.T) {
	v, n := m.model[m.index(t)], rapid.IntRange(1, 3).Draw(t, "n")
	want, left := -1, n
	for j := len(m.model) - 1; j >= 0 && want < 0; j-- {
		if m.model[j] == v {
			if left--; left == 0 {
				want = Seek(m.lp, j)
			}
		}
	}
	if got := FindLast(m.lp, []byte(v), n); got != want {
		t.Fatalf("FindLast(%q, %d) = %d, want %d", v, n, got, want)
	}
}

func (m *machine) Check(t *rapid.T) {
	got, err := contents(m.lp)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m.model, got); d != "" {
		t.Fatal(d)
	}
	if n := Len(m.lp); n != len(m.model) {
		t.Fatalf("Len = %d, want %d", n, len(m.model))
	}
	if Seek(m.lp, len(m.model)) >= 0 || Seek(m.lp, -len(m.model)-1) >= 0 {
		t.Fatal("Seek finds an entry out of range")
	}
}

// TestInPlace: an arena block must never be left for the Go heap when it has
// room, because the block would then keep the old bytes.
func TestInPlace(t *testing.T) {
	block := make([]byte, 0, 256)
	lp := New(block)
	v := []byte("a value")
	allocations := testing.AllocsPerRun(20, func() {
		lp = New(block)
		lp = Append(lp, v)
		lp = Prepend(lp, v)
		lp = Replace(lp, First(lp), []byte("12345678"))
		lp, _ = DeleteMatching(lp, First(lp), v, 1)
		if Find(lp, First(lp), v, 0) >= 0 {
			t.Fatal("found what was deleted")
		}
		lp = Delete(lp, First(lp), 1)
	})
	if allocations != 0 {
		t.Errorf("%v allocations, want none", allocations)
	}
	if &lp[0] != &block[:1][0] {
		t.Error("the listpack moved although the block has room")
	}
}

// TestManyEntries crosses the limit of the 16-bit counter.
func TestManyEntries(t *testing.T) {
	lp := New(nil)
	const n = 70000
	for i := range n {
		lp = Append(lp, strconv.AppendInt(nil, int64(i), 10))
		if i == 65533 || i == 65534 {
			want := min(i+1, 65535)
			if got := int(binary.LittleEndian.Uint16(lp[4:])); got != want || Len(lp) != i+1 {
				t.Fatalf("%d entries: counter %d, Len %d", i+1, got, Len(lp))
			}
		}
	}
	if err := Validate(lp, n); err != nil {
		t.Fatal(err)
	}
	if err := Validate(lp, n-1); err == nil {
		t.Error("Validate accepts more entries than allowed")
	}
	for _, i := range []int{0, 69999, 65535} {
		if got := Get(lp, Seek(lp, i)).Int; got != int64(i) {
			t.Errorf("entry %d is %d", i, got)
		}
		if got := Get(lp, Seek(lp, i-n)).Int; got != int64(i) {
			t.Errorf("entry %d is %d", i-n, got)
		}
	}
	if Seek(lp, n) >= 0 || Seek(lp, -n-1) >= 0 {
		t.Error("Seek finds an entry out of range")
	}
}

func TestValidateRejects(t *testing.T) {
	good := Append(Append(New(nil), []byte("hello")), []byte("1000"))
	f := func(what string, change func(b []byte) []byte) {
		t.Helper()
		if err := Validate(change(bytes.Clone(good)), 0); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	f("nothing", func(b []byte) []byte { return nil })
	f("truncated", func(b []byte) []byte { return b[:len(b)-1] })
	f("trailing byte", func(b []byte) []byte { return append(b, terminator) })
	f("size", func(b []byte) []byte { b[0]++; return b })
	f("count", func(b []byte) []byte { b[4]++; return b })
	f("terminator", func(b []byte) []byte { b[len(b)-1] = 0; return b })
	f("early terminator", func(b []byte) []byte { b[headerSize] = terminator; return b })
	f("unknown encoding", func(b []byte) []byte { b[headerSize] = 0xF5; return b })
	f("backlen", func(b []byte) []byte { b[headerSize+6]--; return b })
	f("string beyond the end", func(b []byte) []byte { b[headerSize] = tagString6 | 60; return b })
	f("huge string", func(b []byte) []byte { copy(b[headerSize:], "\xf0\xff\xff\xff\xff"); return b })
	f("header beyond the end", func(b []byte) []byte {
		b = Delete(b, First(b), 1)
		b[headerSize+1] = 0
		b[headerSize+2] = 0xF0
		return b
	})
}

func BenchmarkAppend(b *testing.B) {
	block, v := make([]byte, 0, 8192), []byte("a value of 22 bytes ok")
	lp := New(block)
	for b.Loop() {
		if len(lp) > 8000 {
			lp = New(block)
		}
		lp = Append(lp, v)
	}
}

func BenchmarkFind(b *testing.B) {
	lp := New(nil)
	for i := range 128 {
		lp = Append(lp, fmt.Appendf(nil, "field:%d", i))
		lp = Append(lp, fmt.Appendf(nil, "%d", i*1000))
	}
	for _, i := range []int{0, 127} {
		b.Run(strconv.Itoa(i), func(b *testing.B) {
			v := fmt.Appendf(nil, "field:%d", i)
			for b.Loop() {
				if Find(lp, headerSize, v, 1) < 0 {
					b.Fatal("not found")
				}
			}
		})
	}
}
