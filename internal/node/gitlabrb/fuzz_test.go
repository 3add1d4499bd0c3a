package gitlabrb_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/gitlabrb"
)

// smallLimits make a fuzzer find what would run away.
func smallLimits() gitlabrb.Limits {
	return gitlabrb.Limits{SourceBytes: 64 << 10, StringBytes: 64 << 10, TotalBytes: 4 << 20, Nesting: 60, FromFile: 3, Includes: 10}
}

// FuzzEvaluate: no input makes the evaluator panic, hang or return something
// incomplete.
func FuzzEvaluate(f *testing.F) {
	files, err := filepath.Glob("testdata/*.rb")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	content, err := os.ReadFile("testdata/errors.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		if !strings.HasPrefix(line, "=>") {
			f.Add([]byte(line))
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		env := testEnv()
		env.Limits = smallLimits()
		self := src
		env.ReadFile = func(string) ([]byte, error) { return self, nil }
		begin := time.Now()
		config, err := gitlabrb.Evaluate("/etc/gitlab/gitlab.rb", src, env)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if err != nil {
			var e *gitlabrb.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Message == "" {
				t.Errorf("incomplete error %#v", err)
			}
			return
		}
		if _, err := config.JSON(); err != nil {
			t.Errorf("JSON: %v", err)
		}
	})
}
