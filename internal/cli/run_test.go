package cli

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// echo answers every command but those of the handshake with its arguments.
func echo(args []string) (string, bool) {
	switch strings.ToUpper(args[0]) {
	case "AUTH", "SELECT", "HELLO", "COMMAND":
		return "", false
	}
	return bulk(strings.Join(args, ",")), false
}

func TestOneCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "script.lua")
	if err := os.WriteFile(file, []byte("return 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args  []string
		input string
		want  result
	}{
		{[]string{"get", "a b"}, "", result{out: "get,a b\n"}},
		{[]string{"-x", "set", "k"}, "from stdin\n", result{out: "set,k,from stdin\n\n"}},
		{[]string{"-X", "tag", "set", "tag", "v"}, "key", result{out: "set,key,v\n"}},
		{[]string{"-X", "tag", "set", "k", "v"}, "key", result{err: "Using -X option but stdin tag not match.\n", code: 1}},
		{[]string{"--quoted-input", "set", `"a\x00b"`, "c"}, "", result{out: "set,a\x00b,c\n"}},
		{[]string{"--quoted-input", "set", `"a`}, "", result{out: "Invalid quoted string\n", code: 1}},
		{[]string{"-r", "3", "ping"}, "", result{out: "ping\nping\nping\n"}},
		{[]string{"--eval", file, "k1", "k2", ",", "a1", ","}, "", result{out: "EVAL,return 1,2,k1,k2,a1,,\n"}},
		{[]string{"--rdb", "file"}, "", result{err: "redis-cli: --rdb is not available yet; use the redis-cli of a Redis or Valkey package for it\n", code: 1}},
		{[]string{"--nonsense"}, "", result{err: "Unrecognized option or bad number of args for: '--nonsense'\n", code: 1}},
		{[]string{"-2", "-3", "ping"}, "", result{err: "Options -2 and -3 are mutually exclusive.\n", code: 1}},
		{[]string{"--version"}, "", result{out: "redis-cli 7.2.4\n"}},
		{[]string{"-p", "70000", "ping"}, "", result{err: "Invalid server port.\n", code: 1}},
		{[]string{"-a", "pw", "ping"}, "", result{out: "ping\n",
			err: "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n"}},
		{[]string{"-a", "pw", "--no-auth-warning", "ping"}, "", result{out: "ping\n"}},
	}
	server := startFake(t, echo)
	for _, test := range tests {
		if got := runCLI(server, test.input, test.args...); got != test.want {
			t.Errorf("%q:\n got %+v\nwant %+v", test.args, got, test.want)
		}
	}
}

func TestHandshake(t *testing.T) {
	tests := []struct {
		args []string
		env  string
		want []string
	}{
		{[]string{"ping"}, "", []string{"ping"}},
		{[]string{"-a", "pw", "-n", "3", "-3", "ping"}, "", []string{"AUTH pw", "SELECT 3", "HELLO 3", "ping"}},
		{[]string{"--user", "u", "--pass", "pw", "ping"}, "", []string{"AUTH u pw", "ping"}},
		{[]string{"ping"}, "secret", []string{"AUTH secret", "ping"}},
		{[]string{"-a", "pw", "ping"}, "secret", []string{"AUTH pw", "ping"}},
		{[]string{"--json", "ping"}, "", []string{"HELLO 3", "ping"}},
		{[]string{"--json", "-2", "ping"}, "", []string{"ping"}},
	}
	for _, test := range tests {
		t.Setenv("REDISCLI_AUTH", test.env)
		server := startFake(t, echo)
		runCLI(server, "", test.args...)
		if diff := cmp.Diff(test.want, server.seen()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.args, diff)
		}
	}
}

// TestFailedLogin: the failure is told, and the command is sent all the same.
func TestFailedLogin(t *testing.T) {
	server := startFake(t, func(args []string) (string, bool) {
		if args[0] == "AUTH" {
			return "-WRONGPASS invalid\r\n", false
		}
		return "-NOAUTH Authentication required.\r\n", false
	})
	got := runCLI(server, "", "-a", "x", "--no-auth-warning", "-n", "4", "ping")
	want := result{out: "NOAUTH Authentication required.\n\n", err: "AUTH failed: WRONGPASS invalid\n"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	_, port, _ := net.SplitHostPort(address)
	for input, args := range map[string][]string{
		"":           {"-p", port, "ping"},
		"ping\nping": {"-p", port},
	} {
		var out, errOut bytes.Buffer
		code := Main(args, strings.NewReader(input), &out, &errOut, Defaults{})
		line := "Could not connect to Redis at " + address + ": Connection refused\n"
		want := result{err: line, code: 1}
		if input != "" {
			// A session tells at its start and at each command, and that is no reason to fail.
			want = result{err: line + line + line}
		}
		if got := (result{out.String(), errOut.String(), code}); got != want {
			t.Errorf("%q: got %+v, want %+v", args, got, want)
		}
	}
}

func TestLostConnection(t *testing.T) {
	server := startFake(t, func(args []string) (string, bool) { return "", args[0] == "die" })
	got := runCLI(server, "", "die")
	if want := (result{err: "Error: Server closed the connection\n", code: 1}); got != want {
		t.Errorf("one command: got %+v, want %+v", got, want)
	}
	got = runCLI(server, "select 3\ndie\nping\n")
	if want := (result{out: "OK\nOK\n", err: "Error: Server closed the connection\n"}); got != want {
		t.Errorf("session: got %+v, want %+v", got, want)
	}
	// The command after the loss finds a new connection with the same database.
	want := []string{"die", "select 3", "die", "SELECT 3", "ping"}
	if diff := cmp.Diff(want, server.seen()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got := runCLI(startFake(t, func([]string) (string, bool) { return "", true }), "", "shutdown"); got != (result{}) {
		t.Errorf("shutdown: got %+v", got)
	}
}

func TestSession(t *testing.T) {
	server := startFake(t, echo)
	input := "set \"a b\" c\n\nget \"a\n2 ping\n0 ping\n:set nohints\nping"
	got := runCLI(server, input)
	want := result{out: "set,a b,c\nInvalid argument(s)\nping\nping\nInvalid redis-cli repeat command option value.\nping\n"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := runCLI(server, "QUIT\nping\n"); got != (result{}) {
		t.Errorf("quit: got %+v", got)
	}
}

func TestPrompt(t *testing.T) {
	server := startFake(t, func(args []string) (string, bool) {
		switch args[0] {
		case "exec":
			return "*-1\r\n", false
		case "bad":
			return "-ERR no\r\n", false
		}
		return "", false
	})
	o, err := parse([]string{"-p", server.port()}, Defaults{}, true, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(o, &bytes.Buffer{}, &bytes.Buffer{})
	defer c.close()
	base := "127.0.0.1:" + server.port()
	if got := c.prompt(); got != "not connected> " {
		t.Errorf("before connecting: %q", got)
	}
	for _, step := range []struct{ command, want string }{
		{"ping", base + "> "},
		{"select 3", base + "[3]> "},
		{"multi", base + "[3](TX)> "},
		{"select 5", base + "[5](TX)> "},
		{"exec", base + "[3]> "}, // it replied with null: nothing was done
		{"multi", base + "[3](TX)> "},
		{"discard", base + "[3]> "},
		{"reset", base + "> "},
	} {
		_ = c.issue(strings.Fields(step.command), 1)
		if got := c.prompt(); got != step.want {
			t.Errorf("after %s: %q, want %q", step.command, got, step.want)
		}
	}
	c.socket = "/run/redis.sock"
	if got := c.prompt(); got != "redis /run/redis.sock> " {
		t.Errorf("socket: %q", got)
	}
}

func TestSubscribe(t *testing.T) {
	message := "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"
	server := startFake(t, func(args []string) (string, bool) {
		return "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n" + message + message, true
	})
	text := "1) \"message\"\n2) \"a\"\n3) \"hi\"\n"
	want := result{code: 1, err: "Error: Server closed the connection\n",
		out: "Reading messages... (press Ctrl-C to quit)\n1) \"subscribe\"\n2) \"a\"\n3) (integer) 1\n" + text + text}
	if got := runCLI(server, "", "--no-raw", "subscribe", "a"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMonitor(t *testing.T) {
	server := startFake(t, func([]string) (string, bool) { return "+OK\r\n+1.0 [0 x] \"ping\"\r\n", true })
	want := result{code: 1, err: "Error: Server closed the connection\n", out: "OK\n1.0 [0 x] \"ping\"\n"}
	if got := runCLI(server, "", "monitor"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPushes(t *testing.T) {
	server := startFake(t, func(args []string) (string, bool) {
		if args[0] != "get" {
			return "", false
		}
		return ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n$1\r\nv\r\n", false
	})
	for show, want := range map[string]string{"yes": "-> invalidate: 'k'\n\"v\"\n", "no": "\"v\"\n"} {
		if got := runCLI(server, "", "-3", "--no-raw", "--show-pushes", show, "get", "k"); got != (result{out: want}) {
			t.Errorf("--show-pushes %s: got %+v", show, got)
		}
	}
}

func TestScan(t *testing.T) {
	server := startFake(t, func(args []string) (string, bool) {
		if args[1] == "0" {
			return "*2\r\n$2\r\n17\r\n*2\r\n$1\r\na\r\n$3\r\nb\"c\r\n", false
		}
		return "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nd\r\n", false
	})
	if got := runCLI(server, "", "--scan", "--pattern", "x*", "--count", "5"); got != (result{out: "a\nb\"c\nd\n"}) {
		t.Errorf("got %+v", got)
	}
	want := []string{"SCAN 0 MATCH x* COUNT 5", "SCAN 17 MATCH x* COUNT 5"}
	if diff := cmp.Diff(want, server.seen()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got := runCLI(server, "", "--scan", "--no-raw"); got != (result{out: "\"a\"\n\"b\\\"c\"\n\"d\"\n"}) {
		t.Errorf("--no-raw: got %+v", got)
	}
	refusing := startFake(t, func([]string) (string, bool) { return "-NOAUTH Authentication required.\r\n", false })
	if got := runCLI(refusing, "", "--scan"); got != (result{err: "SCAN error: NOAUTH Authentication required.\n", code: 1}) {
		t.Errorf("refused: got %+v", got)
	}
}

func TestParseURI(t *testing.T) {
	for uri, want := range map[string]string{
		"redis://":                        "127.0.0.1:6379 db 0 user  password ",
		"redis://example.com":             "example.com:6379 db 0 user  password ",
		"redis://pw@example.com:7000/3":   "example.com:7000 db 3 user  password pw",
		"redis://:p%20w%40%2F@h/":         "h:6379 db 0 user  password p w@/",
		"REDIS://bob:a@b:c@h:1":           "h:1 db 0 user bob password a@b:c",
		"rediss://[::1]:7000/1":           "::1:7000 db 1 user  password  tls",
		"redis://[::1]":                   "::1:6379 db 0 user  password ",
		"unix://u:p@/run/redis.sock?db=4": "/run/redis.sock db 4 user u password p",
		"http://x":                        "Invalid URI scheme",
		"example.com":                     "Invalid URI scheme",
		"redis://h:port":                  "Invalid server port.",
		"redis://%zz@h":                   "Illegal character in URI encoding",
	} {
		o := newOptions(Defaults{}, false)
		got := ""
		if err := o.parseURI(uri); err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprintf("%s db %d user %s password %s", o.address(), o.db, o.user, o.password)
			if o.tls.enabled {
				got += " tls"
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", uri, got, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	defaults := Defaults{Program: "gitlab-redis-cli", Socket: "/run/redis.sock", Host: "10.0.0.1", Port: 7000, Password: "preset"}
	for args, want := range map[string]string{
		"ping":                "/run/redis.sock preset",
		"-p 1 ping":           "10.0.0.1:1 preset",
		"-h other ping":       "other:7000 preset",
		"-a mine ping":        "/run/redis.sock mine",
		"-u redis://h:2 ping": "h:2 preset",
		"-s /other ping":      "/other preset",
	} {
		o, err := parse(strings.Fields(args), defaults, false, func(string) string { return "from environment" })
		if err != nil {
			t.Fatal(err)
		}
		if got := o.address() + " " + o.password; got != want {
			t.Errorf("%s: got %q, want %q", args, got, want)
		}
		if o.program != "gitlab-redis-cli" {
			t.Errorf("program %q", o.program)
		}
	}
}
