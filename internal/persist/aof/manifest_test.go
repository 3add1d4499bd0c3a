package aof

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestManifest(t *testing.T) {
	const text = `# a comment
file "odd \x01 name.1.base.rdb" seq 1 type b later "new value"
file a.aof.1.incr.aof seq 1 type h
FILE a.aof.3.incr.aof SEQ 3 TYPE i
 file a.aof.10.incr.aof  seq 10 type i
`
	m, err := ParseManifest([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := `file "odd \x01 name.1.base.rdb" seq 1 type b later "new value"
file a.aof.1.incr.aof seq 1 type h
file a.aof.3.incr.aof seq 3 type i
file a.aof.10.incr.aof seq 10 type i
`
	if got := string(m.Text()); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if p := m.nextIncr("a.aof"); p.Name != "a.aof.11.incr.aof" || p.Seq != 11 {
		t.Errorf("next increment %+v", p)
	}
	if p := m.nextBase("a.aof", true); p.Name != "a.aof.2.base.rdb" || p.Seq != 2 {
		t.Errorf("next base %+v", p)
	}
	c := m.clone()
	c.addIncr(c.nextIncr("a.aof"))
	c.setBase(c.nextBase("a.aof", false), 1)
	wantRewritten := `file a.aof.2.base.aof seq 2 type b
file a.aof.3.incr.aof seq 3 type h
file a.aof.10.incr.aof seq 10 type h
file "odd \x01 name.1.base.rdb" seq 1 type h later "new value"
file a.aof.1.incr.aof seq 1 type h
file a.aof.11.incr.aof seq 11 type i
`
	if diff := cmp.Diff(wantRewritten, string(c.Text())); diff != "" {
		t.Errorf("after a rewrite (-want +got):\n%s", diff)
	}
	if string(m.Text()) != want {
		t.Error("the original changed with its clone")
	}
}

func TestManifestErrors(t *testing.T) {
	const good = "file a seq 1 type b\n"
	for text, want := range map[string]string{
		"":                                           "Found an empty AOF manifest",
		good + "\n":                                  "Invalid AOF manifest file format",
		"filx a seq 1 type b\n":                      "Invalid AOF manifest file format (line 1: 'filx a seq 1 type b')",
		"file a type b\n":                            "Invalid AOF manifest file format (line 1: 'file a type b')",
		"file a seq 1 type b more\n":                 "Invalid AOF manifest file format (line 1: 'file a seq 1 type b more')",
		"file a seq x type b\n":                      "Invalid AOF manifest file format (line 1: 'file a seq x type b')",
		"file \"a seq 1 type b\n":                    "Invalid AOF manifest file format (line 1: 'file \"a seq 1 type b')",
		"file ../a seq 1 type b\n":                   "File can't be a path, just a filename (line 1: 'file ../a seq 1 type b')",
		good + "file b seq 2 type b\n":               "Found duplicate base file information (line 2: 'file b seq 2 type b')",
		good + "file b seq 2 type x\n":               "Unknown AOF file type (line 2: 'file b seq 2 type x')",
		"file a seq 2 type i\nfile b seq 2 type i\n": "Found a non-monotonic sequence number (line 2: 'file b seq 2 type i')",
		strings.TrimSuffix(good, "\n"):               "The AOF manifest file contains too long line",
		"file " + strings.Repeat("a", maxManifestLine) + " seq 1 type b\n": "The AOF manifest file contains too long line",
	} {
		_, err := ParseManifest([]byte(text))
		var m *ManifestError
		if !errors.As(err, &m) || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// FuzzManifest: what is accepted reads back as the same.
func FuzzManifest(f *testing.F) {
	f.Add([]byte("file a.1.base.rdb seq 1 type b\nfile \"\\x00 \\\"\" seq 2 type h x y\nfile c seq 3 type i\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil || len(m.Text()) == 0 {
			return
		}
		written := m.Text()
		for line := range strings.Lines(string(written)) {
			if len(line) > maxManifestLine {
				return // quoting made it longer than a manifest may hold
			}
		}
		again, err := ParseManifest(written)
		if err != nil {
			t.Fatalf("%q: %v", written, err)
		}
		if string(again.Text()) != string(written) {
			t.Errorf("%q reads back as %q", written, again.Text())
		}
	})
}
