package glob_test

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"redoubt/internal/glob"
)

// TestAgreesWithRedis replays what KEYS answered on a real server: the first line names the keys, each further line a
// pattern and the keys it matched.
func TestAgreesWithRedis(t *testing.T) {
	file, err := os.Open("testdata/redis-7.0.15.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var keys []string
	patterns := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "keys "); ok {
			keys = words(t, rest)
			continue
		}
		recorded := words(t, lines.Text())
		pattern, want := recorded[0], recorded[1:]
		var got []string
		for _, key := range keys {
			if glob.Match(pattern, key) {
				got = append(got, key)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pattern %q matches %q, Redis says %q", pattern, got, want)
		}
		patterns++
	}
	if len(keys) < 50 || patterns < 400 {
		t.Errorf("the recording is too short: %d keys, %d patterns", len(keys), patterns)
	}
}

func words(t *testing.T, line string) []string {
	t.Helper()
	var result []string
	for line != "" {
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			t.Fatalf("recording: %v in %q", err, line)
		}
		word, _ := strconv.Unquote(quoted)
		result = append(result, word)
		line = strings.TrimPrefix(line[len(quoted):], " ")
	}
	return result
}

func TestMatchFold(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"MAX*", "maxmemory", true},
		{"max*", "MAXMEMORY", true},
		{"[A-C]?", "b1", true},
		{"[abc]", "B", true},
		{`[\a]`, "A", false},
		{`\A`, "a", true},
		{"max", "maxi", false},
	} {
		if got := glob.MatchFold(test.pattern, []byte(test.text)); got != test.want {
			t.Errorf("MatchFold(%q, %q) = %v", test.pattern, test.text, got)
		}
	}
	if glob.Match("MAX*", "maxmemory") {
		t.Error("Match disregards case")
	}
}

// FuzzMatch compares with a recursive matcher that is written from the pattern language alone.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*b", "aab"}, {"[a-", "a"}, {"[^", "x"}, {`\`, `\`}, {"*a*[", "xa["}, {"[]-a]", "^"}, {"**?", "a"}, {"", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 12 || len(text) > 12 {
			return
		}
		want := len(pattern) == 0
		if text != "" {
			want = reference(pattern, text)
		}
		if got := glob.Match(pattern, text); got != want {
			t.Errorf("Match(%q, %q) = %v", pattern, text, got)
		}
		if glob.Match(pattern, text) && !glob.MatchFold(pattern, text) && !strings.ContainsAny(pattern, "[") {
			t.Errorf("MatchFold(%q, %q) is stricter than Match", pattern, text)
		}
	})
}

func reference(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	if pattern[0] == '*' {
		for i := 0; i <= len(text); i++ {
			if reference(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	}
	if text == "" {
		return false
	}
	element := 1
	switch pattern[0] {
	case '\\':
		element = min(2, len(pattern))
	case '[':
		element = classLength(pattern)
	}
	if element < len(pattern) {
		return glob.Match(pattern[:element], text[:1]) && reference(pattern[element:], text[1:])
	}
	return len(text) == 1 && glob.Match(pattern, text)
}

func classLength(pattern string) int {
	i := 1
	if strings.HasPrefix(pattern[i:], "^") {
		i++
	}
	for i < len(pattern) && pattern[i] != ']' {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			i += 2
		case i+2 < len(pattern) && pattern[i+1] == '-':
			i += 3
		default:
			i++
		}
	}
	return min(i+1, len(pattern))
}

func BenchmarkHostile(b *testing.B) {
	text := strings.Repeat("a", 40)
	for b.Loop() {
		glob.Match("a*a*a*a*a*a*a*a*b", text)
	}
}

func BenchmarkPrefix(b *testing.B) {
	text := []byte("cache:gitlab:namespace:12345:branch_names")
	for b.Loop() {
		glob.Match("cache:gitlab:namespace:*", text)
	}
}
