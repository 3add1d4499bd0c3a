package secrets

import (
	"crypto/tls"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func nothing(string, string) (any, bool) { return nil, false }

// TestComplete: what is there stays, what lacks is added, and a second run has nothing to do.
func TestComplete(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gitlab-secrets.json")
	before := `{"gitlab_rails": {"db_key_base": "<kept>", "otp_key_base": "", "strange": [1, 12345678901234567890]}, "unknown": {"a": {"b": null}}}`
	if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	added, err := Complete(path, func(section, key string) (any, bool) { return "from gitlab.rb", section == "gitlab_shell" })
	if err != nil {
		t.Fatal(err)
	}
	if len(added) != len(known)-1 {
		t.Errorf("added %q", added)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"db_key_base": "<kept>"`, "12345678901234567890", `"unknown": {`, `"secret_token": "from gitlab.rb"`} {
		if !strings.Contains(string(content), want) {
			t.Errorf("%s is missing in %s", want, content)
		}
	}
	var all map[string]map[string]any
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	if key, _ := all["gitlab_rails"]["otp_key_base"].(string); len(key) != 128 {
		t.Errorf("otp_key_base %q", key)
	}
	registry := all["registry"]
	if _, err := tls.X509KeyPair([]byte(registry[internalCertificate].(string)), []byte(registry[internalKey].(string))); err != nil {
		t.Errorf("the registry's pair: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != Mode {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if added, err := Complete(path, nothing); err != nil || len(added) != 0 {
		t.Errorf("a second run added %q, %v", added, err)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != string(content) {
		t.Errorf("a second run changed the file: %v", err)
	}
}

// TestDamagedFileStays: nothing that may hold a secret is overwritten.
func TestDamagedFileStays(t *testing.T) {
	for _, content := range []string{"", "{", "null", "[]", `{"gitlab_rails": "text"}`, `{} {}`, `{"registry": {"internal_key": "half"}}`} {
		path := filepath.Join(t.TempDir(), "gitlab-secrets.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Complete(path, nothing); err == nil {
			t.Errorf("%q was accepted", content)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != content {
			t.Errorf("%q became %q, %v", content, after, err)
		}
	}
}
