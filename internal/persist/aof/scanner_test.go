package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/resp"
)

// scanAll returns the commands of a file, where each ends, and the error at the end.
func scanAll(in io.Reader, size int) (commands [][]string, ends []int64, err error) {
	s := NewScanner(in, 0, int64(size))
	for {
		words, err := s.Next()
		if err != nil {
			return commands, ends, err
		}
		var texts []string
		for _, w := range words {
			texts = append(texts, string(w))
		}
		commands, ends = append(commands, texts), append(ends, s.Offset())
	}
}

// randomFile is a file of commands of all sizes, with annotations.
func randomFile(r *rand.Rand, n int) (file []byte, commands [][]string) {
	for range n {
		if r.IntN(5) == 0 {
			file = fmt.Appendf(file, "#TS:%d\r\n", r.IntN(1<<30))
		}
		var words []string
		for range 1 + r.IntN(1+r.IntN(40)) {
			words = append(words, strings.Repeat(string(rune(r.IntN(128))), r.IntN(1+r.IntN(400))))
		}
		commands = append(commands, words)
		file = resp.AppendCommandStrings(file, words...)
	}
	return file, commands
}

// TestScanner: however the bytes come, the commands are those that were written.
func TestScanner(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	file, want := randomFile(r, 3000)
	big := strings.Repeat("x", 3*scanWindow)
	file = resp.AppendCommandStrings(file, "SET", big, big)
	file = append(file, "#comment\r\n"...)
	file = resp.AppendCommandStrings(file, "DEL", "k")
	want = append(want, []string{"SET", big, big}, []string{"DEL", "k"})
	for name, in := range map[string]io.Reader{
		"whole": bytes.NewReader(file), "halves": iotest.HalfReader(bytes.NewReader(file)),
		"bytes": iotest.OneByteReader(bytes.NewReader(file)),
	} {
		got, ends, err := scanAll(in, len(file))
		if !errors.Is(err, io.EOF) || ends[len(ends)-1] != int64(len(file)) {
			t.Errorf("%s: %v, last end %d of %d", name, err, ends[len(ends)-1], len(file))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-written +read)\n%s", name, diff)
		}
	}
}

// TestCutAnywhere: a file that ends too early gives the commands before the cut and the place where they end.
func TestCutAnywhere(t *testing.T) {
	file, commands := randomFile(rand.New(rand.NewPCG(3, 4)), 8)
	_, ends, _ := scanAll(bytes.NewReader(file), len(file))
	for n := range file {
		got, gotEnds, err := scanAll(bytes.NewReader(file[:n]), n)
		whole := 0
		for whole < len(ends) && ends[whole] <= int64(n) {
			whole++
		}
		if len(got) != whole || whole > 0 && gotEnds[whole-1] != ends[whole-1] {
			t.Fatalf("cut at %d: %d commands, want %d", n, len(got), whole)
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, ErrTruncated) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if !cmp.Equal(got, commands[:whole:whole]) && whole > 0 {
			t.Fatalf("cut at %d: other commands", n)
		}
	}
}

// TestFlipAnywhere: a flipped bit in the structure is noticed, or the file reads as one that was cut.
func TestFlipAnywhere(t *testing.T) {
	file := resp.AppendCommandStrings(nil, "SET", "key", "value")
	file = append(file, "#TS:1628217470\r\n"...)
	file = resp.AppendCommandStrings(file, "RPUSH", "list", "a", "bb", "ccc")
	file = resp.AppendCommandStrings(file, "DEL", "key")
	want, _, _ := scanAll(bytes.NewReader(file), len(file))
	for i := range file {
		for bit := range 8 {
			damaged := bytes.Clone(file)
			damaged[i] ^= 1 << bit
			got, ends, err := scanAll(bytes.NewReader(damaged), len(damaged))
			if len(got) > len(want) {
				t.Fatalf("byte %d, bit %d: %q", i, bit, got)
			}
			var format *FormatError
			for j, words := range got {
				cutShort := j == len(got)-1 && errors.As(err, &format) && format.Offset == ends[j]
				if len(words) != len(want[j]) && !cutShort {
					t.Fatalf("byte %d, bit %d: %q in place of %q", i, bit, words, want[j])
				}
			}
			if errors.As(err, &format) && (format.Offset > int64(len(file)) || len(ends) > 0 && format.Offset < ends[len(ends)-1]) {
				t.Errorf("byte %d, bit %d: %v", i, bit, err)
			}
		}
	}
}

func TestBadFiles(t *testing.T) {
	for file, want := range map[string]string{
		"SET k v\r\n":                "bad file format at offset 0: 'S' where '*' must be",
		"*1\r\n$4\r\nPING\r\n!!!":    "bad file format at offset 14: '!' where '*' must be",
		"*0\r\n":                     "bad file format at offset 0: a command of no words",
		"*-1\r\n":                    "bad file format at offset 0: \"-1\" is no number",
		"*1\n$4\r\nPING\r\n":         "bad file format at offset 2: a line does not end with CR LF",
		"*1\r\n$3\r\nPING\r\n":       "bad file format at offset 11: a word does not end where its length says",
		"*1\r\n*4\r\nPING\r\n":       "bad file format at offset 4: '*' where '$' must be",
		"*1\r\n$\r\nPING\r\n":        "bad file format at offset 4: a number is missing",
		"*9999999\r\n$4\r\nPING\r\n": "unexpected end of file",
		"*1\r\n$4\r\nPI":             "unexpected end of file",
		"*1\r\n$400\r\nPING\r\n":     "unexpected end of file",
		"*" + strings.Repeat("1", maxHeader) + "\r\n": "bad file format at offset 0: a line of more than 32 bytes",
	} {
		_, _, err := scanAll(strings.NewReader(file), len(file))
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", file, err, want)
		}
	}
}

func FuzzScanner(f *testing.F) {
	file, _ := randomFile(rand.New(rand.NewPCG(5, 6)), 5)
	f.Add(file)
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n#x\r\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		commands, ends, err := scanAll(bytes.NewReader(file), len(file))
		if err == nil {
			t.Fatal("no end")
		}
		for i, words := range commands { // what was read is what stands there
			text := resp.AppendCommandStrings(nil, words...)
			if int64(len(text)) > ends[i] && !bytes.Contains(file, []byte("$0")) {
				t.Fatalf("%q ends at %d", words, ends[i])
			}
		}
	})
}
