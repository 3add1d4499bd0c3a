package gitlabrb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/gitlabrb"
)

// TestLimits: each way to make a small file expensive ends in an error that
// says so.
func TestLimits(t *testing.T) {
	double := func(first, step string) string {
		return first + "\n" + strings.Repeat(step+"\n", 60)
	}
	tests := map[string]struct{ source, want string }{
		"string doubled":     {double("x = 'ab'", "x = x + x"), "a string of"},
		"string appended":    {double("x = 'ab'", "x << x"), "a string of"},
		"interpolation":      {double("x = 'ab'", `x = "#{x}#{x}"`), "a string of"},
		"array doubled":      {double("x = [1]", "x = x + x"), "bytes of values"},
		"array of itself":    {double("x = [1]", "x = [x, x]") + "redis['a'] = x", "bytes of values"},
		"array printed":      {double("x = [1]", "x = [x, x]") + "y = x.inspect", "too large"},
		"array as json":      {double("x = [1]", "x = [x, x]") + "y = x.to_json", "too large"},
		"array joined":       {double("x = [1]", "x = [x, x]") + "y = x.join", "bytes of values"},
		"array compared":     {double("x = [1]\ny = [1]", "x = [x, x]; y = [y, y]") + "z = x == y", "bytes of values"},
		"gsub":               {double("x = 'ab'", "x = x.gsub('', x)"), "a string longer"},
		"justified":          {"x = 'a'.ljust(99999999)", "ljust to 99999999"},
		"format":             {"x = '%99999999d' % 1", "malformed format"},
		"format width":       {"x = '%9999d' % 1", "wider than"},
		"array index":        {"x = []; x[99999999999] = 1", "out of range"},
		"brackets":           {"x = " + strings.Repeat("[", 100_000), "nested more than"},
		"braces":             {"x = " + strings.Repeat("{a: ", 100_000), "nested more than"},
		"unary":              {"x = " + strings.Repeat("!", 100_000) + "1", "nested more than"},
		"minus":              {"x = " + strings.Repeat("- ", 100_000) + "1", "nested more than"},
		"not":                {"x = (" + strings.Repeat("not ", 100_000) + "1)", "nested more than"},
		"ternaries":          {"x = " + strings.Repeat("1 ? 1 : ", 100_000) + "1", "nested more than"},
		"assignments":        {strings.Repeat("x = ", 100_000) + "1", "nested more than"},
		"power":              {"x = " + strings.Repeat("1 ** ", 100_000) + "1", "nested more than"},
		"calls":              {"x = " + strings.Repeat("format ", 100_000), "nested more than"},
		"ifs":                {strings.Repeat("if true\n", 100_000), "nested more than"},
		"interpolations":     {"x = " + strings.Repeat(`"#{`, 100_000), "#{…} nested too deep"},
		"sum":                {"x = 1" + strings.Repeat(" + 1", 100_000), "nested too deep"},
		"methods":            {"x = 'a'" + strings.Repeat(".strip", 100_000), "nested too deep"},
		"indexes":            {"redis" + strings.Repeat("['a']", 100_000) + " = 1", "nested too deep"},
		"modifiers":          {"x = 1" + strings.Repeat(" if true", 100_000), "nested too deep"},
		"yaml aliases":       {"x = YAML.load(\"a: &a [1]\\n" + yamlBomb() + "\")", "bytes of values"},
		"yaml cycle":         {`x = YAML.load("a: &a [*a]")`, "levels deep"},
		"yaml depth":         {"x = YAML.load('" + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "')", "levels deep"},
		"json depth":         {"x = JSON.parse('" + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "')", "levels deep"},
		"source":             {strings.Repeat("#", 2<<20), "the limit is"},
		"array in itself":    {"redis['a'] = []; x = redis['a']; x << x", "levels deep"},
		"hash in itself":     {"redis['a'] = []; h = {}; redis['a'] << h; h['a'] = h", "levels deep"},
		"setting in itself":  {"x = redis['a']\n" + strings.Repeat("x = x['a']\n", 20_000), "levels deep"},
		"roles in itself":    {"roles ['a']; x = roles; x << x", "levels deep"},
		"file includes self": {"from_file '/etc/gitlab/self.rb'", "levels deep"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := gitlabrb.Evaluate("/etc/gitlab/gitlab.rb", []byte(test.source), testEnv())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func yamlBomb() string {
	var b strings.Builder
	for c := 'b'; c < 'z'; c++ {
		p := string(c - 1)
		fmt.Fprintf(&b, "%c: &%c [*%s, *%s, *%s, *%s]\\n", c, c, p, p, p, p)
	}
	return b.String()
}

// TestIncludeCount: files that include files many times are bounded although
// their depth is small.
func TestIncludeCount(t *testing.T) {
	env := testEnv()
	env.ReadFile = func(path string) ([]byte, error) {
		next := strings.TrimSuffix(path, ".rb") + "x.rb"
		return []byte(strings.Repeat("from_file '"+next+"'\n", 50)), nil
	}
	_, err := gitlabrb.Evaluate("/etc/gitlab/gitlab.rb", []byte("from_file 'a.rb'"), env)
	if err == nil || !strings.Contains(err.Error(), "levels deep") {
		t.Errorf("got %v, want the depth limit", err)
	}
	env.Limits.FromFile = 1000
	_, err = gitlabrb.Evaluate("/etc/gitlab/gitlab.rb", []byte("from_file 'a.rb'"), env)
	if err == nil || !strings.Contains(err.Error(), "files are included") {
		t.Errorf("got %v, want the limit of included files", err)
	}
}

// TestLongFile: a file at the limit of size takes time in proportion to it,
// whatever fills it.
func TestLongFile(t *testing.T) {
	for _, unit := range []string{"#\n", "\n", ";", " ", "# c\n\n", "x=1\n", "redis['a']=1\n", "=begin\n=end\n", "\\\n", "#{", "'a'\n#\n.b\n", "<<A\nA\n"} {
		source := strings.Repeat(unit, (1<<20-1)/len(unit))
		begin := time.Now()
		_, err := gitlabrb.Evaluate("gitlab.rb", []byte(source), gitlabrb.Env{})
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%q repeated takes %v (%v)", unit, took, err)
		}
	}
}
