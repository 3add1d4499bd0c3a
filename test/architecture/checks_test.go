package architecture

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestChecksNameTestsThatExist: the table of acceptance checks leads to tests, by a name or by the beginning of one.
func TestChecksNameTestsThatExist(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(root, "test/tier/checks.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(string(table), -1)
	if len(names) < 20 {
		t.Fatalf("the table names %d tests", len(names))
	}
	var code strings.Builder
	for _, s := range sources(t) {
		if s.test {
			content, err := os.ReadFile(filepath.Join(root, s.path))
			if err != nil {
				t.Fatal(err)
			}
			code.Write(content)
		}
	}
	for _, name := range names {
		if !strings.Contains(code.String(), "\nfunc "+name) {
			t.Errorf("there is no test %s", name)
		}
	}
	for _, match := range regexp.MustCompile(`\bscript (\w+)`).FindAllStringSubmatch(string(table), -1) {
		if _, err := os.Stat(filepath.Join(root, "internal/node/ctl/testdata/script", match[1]+".txtar")); err != nil {
			t.Errorf("there is no script %s", match[1])
		}
	}
}
