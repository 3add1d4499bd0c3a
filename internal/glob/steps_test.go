package glob

import (
	"strings"
	"testing"
)

// TestSteps: patterns of 64 KB that make a backtracking matcher run for years.
func TestSteps(t *testing.T) {
	const size = 64 << 10
	text := strings.Repeat("a", size)
	for _, test := range []struct {
		name, pattern, text string
		most                int
	}{
		{"many stars", strings.Repeat("a*", size/2) + "b", text, 4 * size},
		{"many stars and any byte", strings.Repeat("?*", size/2) + "b", text, 4 * size},
		{"many stars and classes", strings.Repeat("[ab]*", size/5) + "b", text, 8 * size},
		{"stars only", strings.Repeat("*", size) + "b", text, 4 * size},
		{"stars before the end", strings.Repeat("*a", size/2) + "*b*", text, 4 * size},
		{"escapes", strings.Repeat(`\a*`, size/3) + "b", text, 8 * size},
		{"one star and a long rest", "*" + text[:1000] + "b", text[:10000], 1001 * 10000},
		{"one star and a long class", "*[" + strings.Repeat("b", 1000) + "]", text[:10000], 1003 * 10000},
	} {
		ok, steps := match(test.pattern, test.text, false)
		if ok || steps > test.most {
			t.Errorf("%s: matched %t in %d steps, at most %d are allowed", test.name, ok, steps, test.most)
		}
	}
}

// FuzzSteps: no pattern takes more steps than its length times that of the text.
func FuzzSteps(f *testing.F) {
	for _, seed := range [][2]string{{"a*a*a*b", "aaaaaaaaaa"}, {"*[^a-z]*?b", "aaaa"}, {"*[", "x"}, {`**\`, "xx"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if _, steps := match(pattern, text, false); steps > (len(text)+1)*(len(pattern)+1) {
			t.Errorf("%d steps for %d bytes of text and %d of pattern", steps, len(text), len(pattern))
		}
	})
}
