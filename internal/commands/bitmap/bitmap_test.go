package bitmap

import (
	"bytes"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// bitString is a string as the clearest model sees it: one bool a bit.
func bitString(s []byte) []bool {
	out := make([]bool, 0, len(s)*8)
	for _, b := range s {
		for i := 7; i >= 0; i-- {
			out = append(out, b>>i&1 == 1)
		}
	}
	return out
}

// runs draws strings with long runs of equal bytes, where the searches of whole words have their edges.
func runs(t *rapid.T) []byte {
	var s []byte
	for range rapid.IntRange(1, 4).Draw(t, "runs") {
		b := rapid.SampledFrom([]byte{0, 0xff, 0x80, 0x01, 0x7f, 0xfe, 0x5a}).Draw(t, "byte")
		s = append(s, bytes.Repeat([]byte{b}, rapid.IntRange(1, 40).Draw(t, "length"))...)
	}
	return s
}

func TestCountAndFindMatchTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := runs(t)
		model := bitString(s)
		first := rapid.IntRange(0, len(model)-1).Draw(t, "first")
		last := rapid.IntRange(first, len(model)-1).Draw(t, "last")
		ones := 0
		at := map[bool]int{false: -1, true: -1}
		for i := first; i <= last; i++ {
			if model[i] {
				ones++
			}
			if at[model[i]] < 0 {
				at[model[i]] = i
			}
		}
		if got := countRange(s, int64(first), int64(last)); got != int64(ones) {
			t.Fatalf("%x: bits %d to %d: counted %d, want %d", s, first, last, got, ones)
		}
		for _, set := range []bool{false, true} {
			got, found := find(s, int64(first), int64(last), set)
			if found != (at[set] >= 0) || found && got != int64(at[set]) {
				t.Fatalf("%x: bits %d to %d: first %v at %d (%v), want %d", s, first, last, set, got, found, at[set])
			}
		}
	})
}

func TestFieldsMatchTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "string")
		field := drawType(t)
		at := rapid.Int64Range(0, int64(len(s))*8-field.width).Draw(t, "offset")
		value := rapid.Int64().Draw(t, "value")

		model := bitString(s)
		want := modelValue(field, model[at:at+field.width])
		if got := field.get(s, at); big.NewInt(got).Cmp(want) != 0 {
			t.Fatalf("%+v at %d of %x: got %d, want %d", field, at, s, got, want)
		}
		before := append([]byte(nil), s...)
		value = field.extend(uint64(value))
		field.put(s, at, value)
		if got := field.get(s, at); got != value {
			t.Fatalf("%+v at %d: put %d, got %d", field, at, value, got)
		}
		for i, b := range bitString(s) {
			if (int64(i) < at || int64(i) >= at+field.width) && b != model[i] {
				t.Fatalf("%+v at %d: bit %d changed too: %x to %x", field, at, i, before, s)
			}
		}
	})
}

func drawType(t *rapid.T) fieldType {
	signed := rapid.Bool().Draw(t, "signed")
	limit := int64(63)
	if signed {
		limit = 64
	}
	return fieldType{signed, rapid.Int64Range(1, limit).Draw(t, "width")}
}

func modelValue(f fieldType, bits []bool) *big.Int {
	v := new(big.Int)
	for _, b := range bits {
		v.Lsh(v, 1)
		if b {
			v.SetBit(v, 0, 1)
		}
	}
	if f.signed && bits[0] {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(bits))))
	}
	return v
}

func TestAdditionMatchesTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		field := drawType(t)
		lo, hi := field.bounds()
		v := rapid.Int64Range(lo, hi).Draw(t, "value")
		by := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 3)).Draw(t, "by")
		exact := new(big.Int).Add(big.NewInt(v), big.NewInt(by))
		inRange := exact.Cmp(big.NewInt(lo)) >= 0 && exact.Cmp(big.NewInt(hi)) <= 0

		modulus := new(big.Int).Lsh(big.NewInt(1), uint(field.width))
		wrapped := new(big.Int).Mod(exact, modulus)
		if field.signed && wrapped.Cmp(big.NewInt(hi)) > 0 {
			wrapped.Sub(wrapped, modulus)
		}
		saturated := exact
		if exact.Cmp(big.NewInt(hi)) > 0 {
			saturated = big.NewInt(hi)
		} else if exact.Cmp(big.NewInt(lo)) < 0 {
			saturated = big.NewInt(lo)
		}
		for mode, want := range map[overflow]*big.Int{overflowWrap: wrapped, overflowSaturate: saturated} {
			got, fits := field.add(v, by, mode)
			if fits != inRange || big.NewInt(got).Cmp(want) != 0 {
				t.Fatalf("%+v: %d + %d (mode %d) = %d, fits %v; want %d, %v", field, v, by, mode, got, fits, want, inRange)
			}
		}
	})
}

func TestFillMatchesTheModel(t *testing.T) {
	combinations := map[string]struct {
		combine func(dst, src []byte)
		model   func(a, b byte) byte
	}{
		"and": {andBytes, func(a, b byte) byte { return a & b }},
		"or":  {orBytes, func(a, b byte) byte { return a | b }},
		"xor": {xorBytes, func(a, b byte) byte { return a ^ b }},
	}
	for name, c := range combinations {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				lengths := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(pieceBytes-9, 2*pieceBytes+9)), 1, 4)
				var sources [][]byte
				length := 0
				for i, n := range lengths.Draw(t, "lengths") {
					s := bytes.Repeat([]byte{byte(17*i + 3), 0xf0, byte(n)}, n/3+1)[:n]
					sources = append(sources, s)
					length = max(length, n)
				}
				want := make([]byte, length)
				copy(want, sources[0])
				for _, s := range sources[1:] {
					for i := range want {
						var b byte
						if i < len(s) {
							b = s[i]
						}
						want[i] = c.model(want[i], b)
					}
				}
				// One of the sources is the destination itself.
				shared := rapid.IntRange(0, len(sources)-1).Draw(t, "shared")
				out := make([]byte, length)
				copy(out, sources[shared])
				sources[shared] = out
				fill(out, sources, c.combine)
				if !bytes.Equal(out, want) {
					t.Fatal("the result is not that of the model")
				}
			})
		})
	}
}

func FuzzFieldType(f *testing.F) {
	for _, s := range []string{"u8", "i64", "u63", "u64", "i0", "i", "", "u-1", "u99999999999999999999", "I8"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, word []byte) {
		field, ok := parseFieldType(word)
		if ok && (field.width < 1 || field.width > 64 || !field.signed && field.width > 63) {
			t.Fatalf("%q is accepted with %d bits", word, field.width)
		}
	})
}

func BenchmarkCount(b *testing.B) {
	s := bytes.Repeat([]byte{0x5a}, 8<<20)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		count(s)
	}
}

func BenchmarkFind(b *testing.B) {
	s := make([]byte, 8<<20)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		find(s, 0, int64(len(s))*8-1, true)
	}
}

func BenchmarkFill(b *testing.B) {
	x, y := make([]byte, 8<<20), bytes.Repeat([]byte{7}, 8<<20)
	b.SetBytes(int64(len(x)))
	for b.Loop() {
		fill(x, [][]byte{x, y}, xorBytes)
	}
}
