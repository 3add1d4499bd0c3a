package redisconf

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// nastyValues are passwords a person may choose; each must reach the server byte for byte.
var nastyValues = []string{
	"Redis Password", `double"quote`, `single'quote`, `back\slash`, "hash#tag", "at@sign", "per%cent", "dol$lar",
	"pässwörd-日本", `\x41`, `trailing\`, `"`, `'`, `""`, `''`, `\"`, " leading", "trailing ", "tab\tnew\nline\r", "",
	"#first", "\x00\xff\x80", `a"b'c\d#e@f%g$h i`,
}

func TestAnyValueSurvivesTheFile(t *testing.T) {
	for _, value := range nastyValues {
		checkRoundTrip(t, value)
	}
}

func TestAnyBytesSurviveTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkRoundTrip(t, string(rapid.SliceOf(rapid.Byte()).Draw(t, "value")))
	})
}

func checkRoundTrip(t interface{ Fatalf(string, ...any) }, value string) {
	want := []Directive{New("requirepass", value), New("bind", "127.0.0.1", value)}
	got, err := Parse("redis.conf", Format("made by a test\nin two lines", want))
	if err != nil {
		t.Fatalf("value %q: %v", value, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("value %q: %s", value, diff)
	}
}

func TestGrammar(t *testing.T) {
	for line, want := range map[string][]string{
		`a b`:                 {"a", "b"},
		"a\t b  ":             {"a", "b"},
		`a 'it\'s'`:           {"a", "it's"},
		`a '\n'`:              {"a", `\n`},
		`a "\n\x41\q"`:        {"a", "\nAq"},
		`a pre"fix"`:          {"a", "prefix"},
		`a "\x4"`:             {"a", "x4"},
		`a ""`:                {"a", ""},
		`A UPPER`:             {"a", "UPPER"},
		`a b#c #d`:            {"a", "b#c", "#d"},
		`requirepass 'pa ss'`: {"requirepass", "pa ss"},
	} {
		got, err := Parse("f", []byte(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if diff := cmp.Diff([]Directive{{Name: want[0], Args: want[1:]}}, got); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
}

func TestDamagedLinesAreNamed(t *testing.T) {
	for line, want := range map[string]string{
		"# c\na \"open":  "f:2: a quoted value is not closed",
		`a 'x'y`:         "f:1: a closing quote must be followed by a blank or the end of the line",
		"\n\n\na \"x\"y": "f:4: a closing quote must be followed by a blank or the end of the line",
	} {
		_, err := Parse("f", []byte(line))
		if err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", line, err, want)
		}
	}
}

func TestMeaningIgnoresSpelling(t *testing.T) {
	pairs := map[string][2]string{
		"memory units":   {"maxmemory 1gb", "maxmemory 1073741824"},
		"save lines":     {"save 900 1\nsave 300 10", "save 900 1 300 10"},
		"save reset":     {"save 1 1\nsave \"\"", "save \"\""},
		"old names":      {"slave-read-only yes", "replica-read-only yes"},
		"ziplist names":  {"hash-max-ziplist-entries 512", "hash-max-listpack-entries 512"},
		"socket mode":    {"unixsocketperm 777", "unixsocketperm 0777"},
		"quotes":         {`requirepass "abc"`, `requirepass 'abc'`},
		"yes":            {"appendonly YES", "appendonly yes"},
		"last one wins":  {"hz 5\nhz 10", "hz 10"},
		"order and case": {"HZ 10\nport 1", "port 1\nhz 10"},
		"buffer limits": {
			"client-output-buffer-limit slave 256mb 64mb 60\nclient-output-buffer-limit normal 0 0 0",
			"client-output-buffer-limit normal 0 0 0 replica 268435456 67108864 60",
		},
		"renames": {"rename-command keys \"\"\nrename-command CONFIG x", "rename-command CONFIG x\nrename-command KEYS ''"},
	}
	for name, pair := range pairs {
		if diff := Meaning(parse(t, pair[0])).Differences(Meaning(parse(t, pair[1]))); len(diff) != 0 {
			t.Errorf("%s: differ in %v", name, diff)
		}
	}
}

func TestMeaningSeesChange(t *testing.T) {
	a := Meaning(parse(t, "port 1\nhz 10\nrequirepass 010\nsave 1 1"))
	b := Meaning(parse(t, "port 2\ntimeout 0\nrequirepass 10\nsave \"\""))
	if diff := cmp.Diff([]string{"hz", "port", "requirepass", "save", "timeout"}, a.Differences(b)); diff != "" {
		t.Error(diff)
	}
}

func TestLiveMeaningMatchesFileMeaning(t *testing.T) {
	file := Meaning(parse(t, "save 900 1\nsave 300 10\nmaxmemory 13500mb\nclient-output-buffer-limit pubsub 32mb 8mb 60\nbind 127.0.0.1 10.0.0.1"))
	for name, value := range map[string]string{
		"save":                       "900 1 300 10",
		"maxmemory":                  "14155776000",
		"client-output-buffer-limit": "pubsub 33554432 8388608 60",
		"bind":                       "127.0.0.1 10.0.0.1",
	} {
		if name, live := LiveMeaning(name, value); file[name] != live {
			t.Errorf("%s: file %q, live %q", name, file[name], live)
		}
	}
}

func TestSecretsAreNotDisplayed(t *testing.T) {
	if got := Displayed("requirepass", "pw"); got != "[hidden]" {
		t.Errorf("shown: %s", got)
	}
	if got := Displayed("hz", "10"); got != "10" {
		t.Errorf("shown: %s", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("requirepass \"a\\x41\" 'b'\n# c\n"))
	f.Add([]byte("a \"open"))
	f.Fuzz(func(t *testing.T, content []byte) {
		directives, err := Parse("f", content)
		if err != nil {
			return
		}
		again, err := Parse("f", Format("", directives))
		if err != nil {
			t.Fatalf("own output refused: %v", err)
		}
		if !cmp.Equal(Meaning(directives), Meaning(again)) {
			t.Fatalf("meaning changed: %v, %v", directives, again)
		}
	})
}

func parse(t *testing.T, content string) []Directive {
	t.Helper()
	directives, err := Parse("test", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return directives
}
