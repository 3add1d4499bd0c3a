package firewall

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"redoubt/internal/node/atomicfile"
)

// The kernel forgets its rules at every boot. A file of ours keeps them, and the supervisor restores them before it starts
// the services.

func encode(rules Rules) ([]byte, error) {
	content, err := json.MarshalIndent(rules, "", "  ")
	return append(content, '\n'), err
}

// Set applies rules and stores them for the next boot; without guards, table and file are removed.
func Set(file string, rules Rules) error {
	if err := rules.Apply(); err != nil {
		return err
	}
	if len(rules) == 0 {
		return os.Remove(file)
	}
	content, err := encode(rules)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(file, content, 0o644, nil)
}

// Saved says whether the file holds these rules.
func Saved(file string, rules Rules) (bool, error) {
	stored, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	content, err := encode(rules)
	return bytes.Equal(stored, content), err
}

// Restore applies what the file holds. No file means that there is nothing to restore.
func Restore(file string) error {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var rules Rules
	if err := json.Unmarshal(content, &rules); err != nil {
		return fmt.Errorf("%s: %w: gitlab-ctl reconfigure writes it anew", file, err)
	}
	difference, err := rules.Compare()
	if err != nil || difference.None() {
		return err // a supervisor that takes running services over keeps the counters
	}
	return rules.Apply()
}
