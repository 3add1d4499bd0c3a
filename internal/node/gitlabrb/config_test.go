package gitlabrb_test

import (
	"fmt"
	"testing"

	"redoubt/internal/node/gitlabrb"

	"github.com/google/go-cmp/cmp"
)

func evaluate(t *testing.T, source string) *gitlabrb.Config {
	t.Helper()
	config, err := gitlabrb.Evaluate("/etc/gitlab/gitlab.rb", []byte(source), testEnv())
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// TestPositions: every setting knows the line that set it, last one first.
func TestPositions(t *testing.T) {
	config := evaluate(t, `external_url 'x'
redis['port'] = 1
redis['port'] = 2
redis['flags'] = {
  'a' => 1,
  b: [1,
      2],
}
from_file 'common.rb'
roles 'redis_master_role'
consul_role['enable'] = true
redis['a']['b']['c'] = 1
`)
	tests := []struct {
		path []string
		want string
	}{
		{[]string{"redis", "port"}, "/etc/gitlab/gitlab.rb:3"},
		{[]string{"redis", "flags"}, "/etc/gitlab/gitlab.rb:4"},
		{[]string{"redis", "flags", "a"}, "/etc/gitlab/gitlab.rb:5"},
		{[]string{"redis", "flags", "b"}, "/etc/gitlab/gitlab.rb:6"},
		{[]string{"redis", "tcp_keepalive"}, "/etc/gitlab/common.rb:2"},
		{[]string{"redis", "hz"}, "/etc/gitlab/nested/deeper.rb:1"},
		{[]string{"redis", "a", "b", "c"}, "/etc/gitlab/gitlab.rb:12"},
		{[]string{"redis", "none"}, ""},
	}
	for _, test := range tests {
		if got := config.Pos(test.path...).String(); got != test.want {
			t.Errorf("position of %v is %q, want %q", test.path, got, test.want)
		}
	}
	list, _ := config.Get("redis", "flags", "b")
	if got := list.Elems()[1].Pos().String(); got != "/etc/gitlab/gitlab.rb:7" {
		t.Errorf("position of the second element is %q", got)
	}
	if url, ok := config.Scalar("external_url"); !ok || url.Pos().Line != 1 {
		t.Errorf("external_url = %v, %v", url.Pos(), ok)
	}
	if diff := cmp.Diff([]string{"redis_master_role", "consul_role"}, config.Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if got := config.RolePos("consul_role").Line; got != 11 {
		t.Errorf("consul_role is enabled in line %d, want 11", got)
	}
	wantFiles := []string{"/etc/gitlab/gitlab.rb", "/etc/gitlab/common.rb", "/etc/gitlab/nested/deeper.rb"}
	if diff := cmp.Diff(wantFiles, config.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestRoleSpellings: all ways to write roles mean the same.
func TestRoleSpellings(t *testing.T) {
	want := []string{"redis_sentinel_role", "redis_master_role"}
	for _, source := range []string{
		"roles ['redis_sentinel_role', 'redis_master_role']",
		"roles(['redis_sentinel_role', 'redis_master_role'])",
		"roles 'redis_sentinel_role', 'redis_master_role'",
		"roles('redis_sentinel_role', 'redis_master_role')",
		"roles %w(redis-sentinel-role redis-master-role)",
		"roles [:redis_sentinel_role, :redis_master_role]",
		"roles ['redis_sentinel_role',\n 'redis_master_role',\n]",
		"redis_master_role['enable'] = true; redis_sentinel_role[:enable] = true",
		"roles 'redis_sentinel_role'; redis_master_role['enable'] = true",
		"roles ['x']; roles ['redis_sentinel_role', 'redis_master_role', 'redis_master_role']",
	} {
		if diff := cmp.Diff(want, evaluate(t, source).Roles); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
	if roles := evaluate(t, "redis_master_role['enable'] = false").Roles; len(roles) != 0 {
		t.Errorf("a role that is switched off counts: %v", roles)
	}
}

// TestConversions: the helpers accept what people write and nothing else.
func TestConversions(t *testing.T) {
	config := evaluate(t, `redis['v'] = {
  int: 6379, text: '6379', spaced: ' 12 ', float: 5.0, half: 5.5, word: 'x', yes: true, no: false, on: 'Yes',
  off: 'off', null: nil, list: ['a', :b, 3], empty: {}, symbol: :sym, negative: '-1', hex: '0x10',
}`)
	type result struct {
		Int, Bool, String, Strings string
	}
	text := func(v any, err error) string {
		if err != nil {
			return "error: " + err.Error()
		}
		return fmt.Sprint(v)
	}
	got := map[string]result{}
	section, _ := config.Get("redis", "v")
	for _, key := range section.Hash().Keys() {
		v, _ := section.Get(key)
		i, ierr := v.AsInt()
		b, berr := v.AsBool()
		s, serr := v.AsString()
		l, lerr := v.AsStrings()
		got[key] = result{text(i, ierr), text(b, berr), text(s, serr), text(l, lerr)}
	}
	wantInt := func(v string) string { return "error: want an integer, got " + v }
	wantBool := func(v string) string { return "error: want true or false, got " + v }
	wantString := func(v string) string { return "error: want a string, got " + v }
	hash := "an empty hash (the setting was read before it was set)"
	want := map[string]result{
		"int":      {"6379", wantBool("an integer"), "6379", "[6379]"},
		"text":     {"6379", wantBool("a string"), "6379", "[6379]"},
		"spaced":   {"12", wantBool("a string"), " 12 ", "[ 12 ]"},
		"float":    {"5", wantBool("a float"), "5.0", "[5.0]"},
		"half":     {wantInt("a float"), wantBool("a float"), "5.5", "[5.5]"},
		"word":     {wantInt("a string"), wantBool("a string"), "x", "[x]"},
		"yes":      {wantInt("true or false"), "true", "true", "[true]"},
		"no":       {wantInt("true or false"), "false", "false", "[false]"},
		"on":       {wantInt("a string"), "true", "Yes", "[Yes]"},
		"off":      {wantInt("a string"), "false", "off", "[off]"},
		"null":     {wantInt("nil"), wantBool("nil"), wantString("nil"), "[]"},
		"list":     {wantInt("an array"), wantBool("an array"), wantString("an array"), "[a b 3]"},
		"empty":    {wantInt(hash), wantBool(hash), wantString(hash), "error: want an array of strings, got " + hash},
		"symbol":   {wantInt("a symbol"), wantBool("a symbol"), "sym", "[sym]"},
		"negative": {"-1", wantBool("a string"), "-1", "[-1]"},
		"hex":      {wantInt("a string"), wantBool("a string"), "0x10", "[0x10]"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestContainerSources: what the environment of a container says comes first,
// the file wins.
func TestContainerSources(t *testing.T) {
	config, err := gitlabrb.EvaluateAll([]gitlabrb.Source{
		{Path: "GITLAB_OMNIBUS_CONFIG", Text: []byte("x = 1; redis['port'] = 1; redis['hz'] = 20")},
		{Path: "/etc/gitlab/gitlab.rb", Text: []byte("redis['port'] = 6379")},
	}, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	section, _ := config.Get("redis")
	if diff := cmp.Diff(map[string]any{"port": int64(6379), "hz": int64(20)}, section.Go()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := config.Pos("redis", "hz").String(); got != "GITLAB_OMNIBUS_CONFIG:1" {
		t.Errorf("position %q", got)
	}
}

// TestNothingAvailable: without an environment, a file that needs none works,
// and one that does fails where it does.
func TestNothingAvailable(t *testing.T) {
	if _, err := gitlabrb.Evaluate("gitlab.rb", []byte("redis['port'] = 1"), gitlabrb.Env{}); err != nil {
		t.Error(err)
	}
	for _, source := range []string{
		"ENV['X']", "File.read('/x')", "File.exist?('/x')", "node['fqdn']", "node['hostname']", "node['ipaddress']", "from_file 'x'",
	} {
		if _, err := gitlabrb.Evaluate("gitlab.rb", []byte(source), gitlabrb.Env{}); err == nil {
			t.Errorf("%s: no error", source)
		}
	}
}

// TestSourceText: byte order mark and Windows line ends are harmless, bytes
// that are no text are not.
func TestSourceText(t *testing.T) {
	config := evaluate(t, "\ufeffredis['a'] = <<~X\r\n  one\r\n  two\r\nX\r\nredis['b'] = 1 # c\r\n")
	if v, _ := config.Get("redis", "a"); v.Go() != "one\ntwo\n" {
		t.Errorf("heredoc is %q", v.Go())
	}
	for source, want := range map[string]string{
		"x = 1\ny = '\xff'": "gitlab.rb:2:6: not valid UTF-8 text (save the file as UTF-8; in a string write \\xHH)",
		"x = \x00":          "gitlab.rb:1:5: not valid UTF-8 text (save the file as UTF-8; in a string write \\xHH)",
	} {
		if _, err := gitlabrb.Evaluate("gitlab.rb", []byte(source), testEnv()); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", source, err, want)
		}
	}
}
