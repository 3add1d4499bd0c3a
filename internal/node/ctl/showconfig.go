package ctl

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

const redacted = "[redacted; --show-secrets shows it]"

// urlPassword finds the password in redis://:pw@host.
var urlPassword = regexp.MustCompile(`(://[^:/@\s]*:)[^@\s]+@`)

// showConfig prints the settings of gitlab.rb as JSON. Unlike GitLab's package it keeps secrets to itself unless asked:
// the output ends up in tickets and chats.
func showConfig(i *invocation) int {
	config, err := evaluate(i.layout)
	if err != nil {
		return i.fail(err)
	}
	content, err := config.JSON()
	if err != nil {
		return i.fail(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var settings any
	if err := decoder.Decode(&settings); err != nil {
		return i.fail(err)
	}
	if !i.has("--show-secrets") {
		settings = redact("", settings)
	}
	encoder := json.NewEncoder(i.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(settings); err != nil {
		return i.fail(err)
	}
	return exitOK
}

// keyInSource finds a key of a setting or a hash in a line of gitlab.rb, up to where its value begins.
var keyInSource = regexp.MustCompile(`['":]?(\w+)['"]?\]?\s*(?:=>?|:)\s*`)

// redactSource hides secrets in the text of a gitlab.rb: what follows a secret key in its line, and passwords in URLs.
func redactSource(content []byte) []byte {
	var shown bytes.Buffer
	for line := range bytes.Lines(content) {
		for _, found := range keyInSource.FindAllSubmatchIndex(line, -1) {
			if secretKey(string(line[found[2]:found[3]])) && len(bytes.TrimSpace(line[found[1]:])) > 0 {
				line = append(line[:found[1]:found[1]], redacted+"\n"...)
				break
			}
		}
		shown.Write(urlPassword.ReplaceAll(line, []byte("${1}"+redacted+"@")))
	}
	return shown.Bytes()
}

// redact replaces secrets in a decoded JSON value. Its depth is bounded by the evaluator's limit on nesting.
func redact(key string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = redact(name, member)
		}
	case []any:
		for n, element := range v {
			v[n] = redact(key, element)
		}
	case string:
		if v != "" && secretKey(key) {
			return redacted
		}
		return urlPassword.ReplaceAllString(v, "${1}"+redacted+"@")
	case json.Number:
		if secretKey(key) {
			return redacted
		}
	}
	return value
}

func secretKey(key string) bool {
	key = strings.ToLower(key)
	for _, part := range []string{"password", "passwd", "secret", "token", "private_key", "requirepass", "masterauth", "encryption_key", "db_key", "otp_key", "license_key"} {
		if strings.Contains(key, part) {
			return true
		}
	}
	return strings.HasSuffix(key, "_pass") || strings.HasSuffix(key, "_key_base") || strings.HasSuffix(key, "access_key")
}
