// Package benchfile keeps what benchmarks measured in files.
package benchfile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Processors describes those that the figures hold for: how many, and the model.
func Processors() string {
	model := "unknown processor"
	text, _ := os.ReadFile("/proc/cpuinfo") // a description may be missing
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%d processors (%s)", runtime.NumCPU(), model)
}

// SaveJSON writes a value as indented JSON; see [Replace].
func SaveJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return Replace(path, append(text, '\n'))
}

// Replace writes a file so that a reader sees the old or the new one. Its folder is made when missing.
func Replace(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
