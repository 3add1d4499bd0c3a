package cli

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redoubt/internal/resp"
)

// spec is a command as a test writes it down; encode turns it into what a server sends.
type spec struct {
	name, group string
	args        []argument
	subcommands []spec
}

func value(name string) argument { return argument{name: name, kind: "string"} }
func token(word string) argument {
	return argument{name: strings.ToLower(word), kind: "pure-token", token: word}
}
func with(word string, arg argument) argument { arg.token = word; return arg }
func optional(arg argument) argument          { arg.optional = true; return arg }
func multiple(arg argument) argument          { arg.multiple = true; return arg }
func block(args ...argument) argument         { return argument{name: "block", kind: "block", args: args} }
func oneOf(args ...argument) argument         { return argument{name: "oneof", kind: "oneof", args: args} }

var testSpecs = []spec{
	{name: "get", group: "string", args: []argument{value("key")}},
	{name: "getdel", group: "string", args: []argument{value("key")}},
	{name: "mget", group: "string", args: []argument{multiple(value("key"))}},
	{name: "ping", group: "connection", args: []argument{optional(value("message"))}},
	{name: "set", group: "string", args: []argument{value("key"), value("value"),
		optional(oneOf(token("NX"), token("XX"))), optional(token("GET")),
		optional(oneOf(with("EX", value("seconds")), with("PX", value("milliseconds")), token("KEEPTTL")))}},
	{name: "zrange", group: "sorted-set", args: []argument{value("key"), value("start"), value("stop"),
		optional(oneOf(token("BYSCORE"), token("BYLEX"))), optional(token("REV")),
		optional(with("LIMIT", block(value("offset"), value("count")))), optional(token("WITHSCORES"))}},
	{name: "xadd", group: "stream", args: []argument{value("key"), optional(token("NOMKSTREAM")),
		optional(block(oneOf(token("MAXLEN"), token("MINID")), optional(oneOf(token("="), token("~"))), value("threshold"),
			optional(with("LIMIT", value("count"))))),
		oneOf(token("*"), value("id")), multiple(block(value("field"), value("value")))}},
	{name: "sort", group: "generic", args: []argument{value("key"), optional(with("BY", value("pattern"))),
		optional(multiple(argument{name: "get-pattern", kind: "string", token: "GET", repeatToken: true})), optional(token("ALPHA"))}},
	{name: "client", group: "connection", subcommands: []spec{
		{name: "client|list", group: "connection", args: []argument{optional(with("ID", multiple(value("client-id"))))}},
		{name: "client|id", group: "connection"},
	}},
}

func encodeSpecs(w *resp.Writer, specs []spec) {
	w.Map(len(specs))
	for _, s := range specs {
		w.BulkString(s.name)
		w.Map(5)
		w.BulkString("summary")
		w.BulkString("What " + s.name + " does.")
		w.BulkString("since")
		w.BulkString("1.0.0")
		w.BulkString("group")
		w.BulkString(s.group)
		w.BulkString("arguments")
		encodeArguments(w, s.args)
		w.BulkString("subcommands")
		encodeSpecs(w, s.subcommands)
	}
}

func encodeArguments(w *resp.Writer, args []argument) {
	w.Array(len(args))
	for _, arg := range args {
		fields := w.DeferLen()
		w.BulkString("name")
		w.BulkString(arg.name)
		w.BulkString("type")
		w.BulkString(arg.kind)
		w.BulkString("flags")
		flags, count := w.DeferLen(), 0
		for name, set := range map[string]bool{"optional": arg.optional, "multiple": arg.multiple, "multiple_token": arg.repeatToken} {
			if set {
				w.SimpleString(name)
				count++
			}
		}
		w.SetSetLen(flags, count)
		pairs := 4
		w.BulkString("arguments")
		encodeArguments(w, arg.args)
		if arg.token != "" {
			w.BulkString("token")
			w.BulkString(arg.token)
			pairs++
		}
		w.SetMapLen(fields, pairs)
	}
}

// testDocs is what a session knows after asking a server with the commands above.
func testDocs(t *testing.T, proto int) *commandDocs {
	t.Helper()
	w := resp.Writer{Proto: proto}
	encodeSpecs(&w, testSpecs)
	reply, err := resp.ReadReply(bufio.NewReader(bytes.NewReader(w.Buf)), resp.DefaultReplyLimits())
	if err != nil {
		t.Fatal(err)
	}
	return parseCommandDocs(&reply)
}

func TestDocsAreTheSameInBothProtocols(t *testing.T) {
	if diff := cmp.Diff(testDocs(t, 2), testDocs(t, 3), cmp.AllowUnexported(commandDocs{}, commandDoc{}, argument{})); diff != "" {
		t.Errorf("RESP2 against RESP3:\n%s", diff)
	}
}

func TestHint(t *testing.T) {
	docs := testDocs(t, 3)
	for line, want := range map[string]string{
		"":                        "",
		"nosuch":                  "",
		"get":                     " key",
		"get ":                    "key",
		"get k":                   "",
		"get k extra":             "",
		"GET \"open":              "",
		"ping ":                   "[message]",
		"ping x":                  "",
		"mget":                    " key [key ...]",
		"mget a":                  " [key ...]",
		"mget a b ":               "[key ...]",
		"set k":                   " value [NX|XX] [GET] [EX seconds|PX milliseconds|KEEPTTL]",
		"set k v ":                "[NX|XX] [GET] [EX seconds|PX milliseconds|KEEPTTL]",
		"set k v get":             " [NX|XX] [EX seconds|PX milliseconds|KEEPTTL]",
		"set k v ex ":             "seconds [NX|XX] [GET]",
		"set k v ex 10 NX":        " [GET]",
		"set k v nonsense":        "",
		"zrange k 0 1 limit ":     "offset count [BYSCORE|BYLEX] [REV] [WITHSCORES]",
		"zrange k 0 1 limit 5 ":   "count [BYSCORE|BYLEX] [REV] [WITHSCORES]",
		"zrange k 0 1 limit 5 6 ": "[BYSCORE|BYLEX] [REV] [WITHSCORES]",
		"xadd k ":                 "[NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field value ...]",
		"xadd k maxlen ":          "[=|~] threshold [LIMIT count] [NOMKSTREAM] *|id field value [field value ...]",
		"xadd k maxlen ~ 10 ":     "[LIMIT count] [NOMKSTREAM] *|id field value [field value ...]",
		"xadd k * ":               "field value [field value ...]",
		"xadd k * f ":             "value",
		"xadd k * f v ":           "[field value ...]",
		"xadd k 1-1 f v f2":       " value",
		"sort k get a ":           "[BY pattern] [GET get-pattern ...] [ALPHA]",
		"client":                  "",
		"client list ":            "[ID client-id [client-id ...]]",
		"CLIENT LIST ID 5 ":       "[client-id ...]",
		"client id":               "",
	} {
		if got := docs.hint(line); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
	var none *commandDocs
	if got := none.hint("get "); got != "" {
		t.Errorf("without docs: %q", got)
	}
}

func TestComplete(t *testing.T) {
	docs := testDocs(t, 2)
	for line, want := range map[string][]string{
		"ge":           {"t ", "tdel "},
		"GET":          {" ", "DEL "},
		"client ":      {"id ", "list "},
		"CLIENT L":     {"IST "},
		"set k v ":     {"ex ", "get ", "keepttl ", "nx ", "px ", "xx "},
		"set k v ex 1": nil,
		"SET K V N":    {"X "},
		"xadd k m":     {"axlen ", "inid "},
		"help ge":      {"t ", "tdel "},
		"help @s":      {"orted-set ", "tream ", "tring "},
		"zzz":          nil,
		"zzz \"":       nil,
	} {
		got := docs.complete(line)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestHelp(t *testing.T) {
	docs := testDocs(t, 3)
	want := "\n  GET key\n  summary: What get does.\n  since: 1.0.0\n  group: string\n\n"
	if got := docs.help([]string{"get"}, false); got != want {
		t.Errorf("help get: got %q, want %q", got, want)
	}
	if got := docs.help([]string{"@stream"}, false); !strings.Contains(got, "XADD key") || strings.Contains(got, "GET") {
		t.Errorf("help @stream: got %q", got)
	}
	if got := docs.help([]string{"client"}, false); !strings.Contains(got, "CLIENT LIST [ID client-id") {
		t.Errorf("help client: got %q", got)
	}
	if got := docs.help([]string{"nosuch"}, false); got != "" {
		t.Errorf("help nosuch: got %q", got)
	}
}

// TestHelpAsksTheServer: the command works without a session, too.
func TestHelpAsksTheServer(t *testing.T) {
	w := resp.Writer{Proto: 2}
	encodeSpecs(&w, testSpecs)
	server := startFake(t, func(args []string) (string, bool) { return string(w.Buf), false })
	if got := runCLI(server, "", "help", "get"); !strings.Contains(got.out, "What get does.") || got.code != 0 {
		t.Errorf("got %+v", got)
	}
	refusing := startFake(t, func([]string) (string, bool) { return "-ERR unknown command\r\n", false })
	got := runCLI(refusing, "", "help", "get")
	if want := (result{err: "No help: the server does not tell about its commands (COMMAND DOCS).\n"}); got != want {
		t.Errorf("without COMMAND DOCS: got %+v, want %+v", got, want)
	}
}

// FuzzHint: whatever is typed, and whatever is behind the command, the hint is computed and ends.
func FuzzHint(f *testing.F) {
	for _, seed := range []string{"xadd k maxlen ~ 10 limit 5 * f v", "set k v ex", "sort k get", "client list id 1 2", "zrange k 0 1 limit"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		docs := testDocs(t, 3)
		docs.hint(line)
		docs.complete(line)
	})
}

func TestHistoryKeepsNoSecrets(t *testing.T) {
	for line, secret := range map[string]bool{
		"auth pw": true, "AUTH user pw": true, "hello 3 auth u p": true, "hello 3": false, "acl setuser bob >pw": true,
		"acl whoami": false, "config set requirepass x": true, "config set maxmemory 1 MASTERAUTH x": true,
		"config set maxmemory 1": false, "config get requirepass": false, "migrate h 1 k 0 10 auth x": true,
		"migrate h 1 k 0 10": false, "sentinel set m auth-pass x": true, "get auth": false, "config": false, "": false,
	} {
		if got := hasSecret(strings.Fields(line)); got != secret {
			t.Errorf("%q: %t, want %t", line, got, secret)
		}
	}
}

func TestHistoryFile(t *testing.T) {
	for _, test := range []struct{ file, home, want string }{
		{"", "/home/me", "/home/me/.rediscli_history"}, {"/x/y", "/home/me", "/x/y"}, {"/dev/null", "/home/me", ""}, {"", "", ""},
	} {
		got := historyFile(func(name string) string {
			return map[string]string{"REDISCLI_HISTFILE": test.file, "HOME": test.home}[name]
		})
		if got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}
