package gitlabrb_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"redoubt/internal/node/gitlabrb"
)

// TestErrors evaluates each source of testdata/errors.txt and compares the
// error with the line that follows it after =>.
func TestErrors(t *testing.T) {
	const path = "testdata/errors.txt"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	var source []string
	for line := range strings.Lines(string(content)) {
		if !strings.HasPrefix(line, "=>") {
			source = append(source, line)
			continue
		}
		src := strings.Join(source, "")
		source = nil
		config, err := gitlabrb.Evaluate("/etc/gitlab/gitlab.rb", []byte(src), testEnv())
		if err == nil {
			t.Errorf("no error for:\n%s", src)
			continue
		}
		if config != nil {
			t.Errorf("a configuration beside the error %v", err)
		}
		var e *gitlabrb.Error
		if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Construct == "" {
			t.Errorf("not a complete *Error: %#v for:\n%s", err, src)
		}
		got.WriteString(src + "=> " + err.Error() + "\n")
	}
	golden(t, path, []byte(got.String()))
}
