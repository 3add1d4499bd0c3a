package gitlabrb_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/internal/node/gitlabrb"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// testEnv is a machine that never changes; files are those of testdata/files.
func testEnv() gitlabrb.Env {
	variables := map[string]string{
		"REDIS_PASSWORD": "from the environment",
		"REDIS_PORT":     "6380",
		"EMPTY":          "",
	}
	local := func(path string) string {
		if name, ok := strings.CutPrefix(path, "/etc/gitlab/"); ok {
			return filepath.Join("testdata/files", name)
		}
		return path
	}
	return gitlabrb.Env{
		Getenv: func(name string) (string, bool) { v, ok := variables[name]; return v, ok },
		ReadFile: func(path string) ([]byte, error) {
			content, err := os.ReadFile(local(path))
			if errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("open %s: no such file or directory", path)
			}
			return content, err
		},
		FileExists: func(path string) bool { _, err := os.Stat(local(path)); return err == nil },
		Hostname:   func() (string, error) { return "redis1", nil },
		FQDN:       func() (string, error) { return "redis1.example.com", nil },
		IPAddress:  func() (string, error) { return "10.0.0.1", nil },
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestCheck08GoldenFiles evaluates each testdata/*.rb and compares the configuration and
// the warnings with the .json and .warnings beside it.
func TestCheck08GoldenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.rb")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, file := range files {
		base := strings.TrimSuffix(file, ".rb")
		t.Run(filepath.Base(base), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			config, err := gitlabrb.Evaluate("/etc/gitlab/gitlab.rb", src, testEnv())
			if err != nil {
				t.Fatal(err)
			}
			out, err := config.JSON()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, base+".json", out)
			var warnings strings.Builder
			for _, w := range config.Warnings {
				fmt.Fprintln(&warnings, w)
			}
			if warnings.Len() > 0 || fileExists(base+".warnings") {
				golden(t, base+".warnings", []byte(warnings.String()))
			}
		})
	}
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
