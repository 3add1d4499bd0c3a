package cli

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

var record = flag.String("record", "", "path of a redis-cli whose output becomes testdata/formats.txt")

// goldenFlags are the output formats under test.
var goldenFlags = []string{
	"--raw", "--raw -3", "--no-raw", "--no-raw -3 --show-pushes y", "--csv", "--csv -3", "--json", "--json -2", "--quoted-json",
	"--raw -d , -D |", "--no-raw -e",
}

// goldenReplies are replies of every type, as sent.
var goldenReplies = []string{
	"+OK\r\n",
	"-WRONGTYPE Operation against a key holding the wrong kind of value \"x\"\r\n",
	":-42\r\n",
	"$-1\r\n",
	"*-1\r\n",
	"$0\r\n\r\n",
	bulk("\x00\x01\xff\"\\ \n\r\t\a\b\f\v'ä€\x7f/x"),
	"*0\r\n",
	"*3\r\n$1\r\na\r\n:1\r\n$-1\r\n",
	"*11\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n:8\r\n:9\r\n*2\r\n$1\r\na\r\n*2\r\n$1\r\nb\r\n$1\r\nc\r\n*0\r\n",
	"*2\r\n*1\r\n*1\r\n*2\r\n:1\r\n:2\r\n-ERR inside\r\n",
	"_\r\n", "#t\r\n", "#f\r\n", ",3.25\r\n", ",inf\r\n",
	"=" + bulk("txt:Some \"text\"\n")[1:],
	"~0\r\n", "~2\r\n$1\r\na\r\n$1\r\nb\r\n",
	"%0\r\n",
	"%1\r\n$1\r\nk\r\n*1\r\n%1\r\n$1\r\nx\r\n*2\r\n:1\r\n:2\r\n",
	"%3\r\n$1\r\na\r\n:1\r\n:2\r\n%2\r\n$1\r\nx\r\n:1\r\n$1\r\ny\r\n~2\r\n:1\r\n:2\r\n#t\r\n*0\r\n",
	">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n+after\r\n",
	">2\r\n$6\r\nserver\r\n*0\r\n+after\r\n",
}

func bulk(text string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }

// TestFormats compares each format of each reply with what redis-cli 7.0.15 printed. The file is written by
//
//	go test ./internal/cli -run Formats -record /usr/bin/redis-cli
func TestFormats(t *testing.T) {
	const path = "testdata/formats.txt"
	want := map[string]string{}
	if *record == "" {
		want = readGolden(t, path)
	}
	var file bytes.Buffer
	fmt.Fprintln(&file, "# flags | reply as sent | exit code | standard output of redis-cli 7.0.15 | its standard error")
	for _, flags := range goldenFlags {
		for _, reply := range goldenReplies {
			resp3Only := strings.ContainsRune("_#,=~%>", rune(reply[0]))
			resp2 := !strings.Contains(flags, "-3") && (!strings.Contains(flags, "json") || strings.Contains(flags, "-2"))
			if resp3Only && resp2 {
				continue
			}
			key := fmt.Sprintf("%s | %q", flags, reply)
			server := startFake(t, func(args []string) (string, bool) {
				if args[0] == "cmd" {
					return reply, false
				}
				return "", false
			})
			args := append(strings.Fields(flags), "cmd")
			if *record != "" {
				fmt.Fprintf(&file, "%s | %s\n", key, runReal(t, server, args))
				continue
			}
			got := runCLI(server, "", args...)
			if text := got.golden(); text != want[key] {
				t.Errorf("%s:\n got %s\nwant %s", key, text, want[key])
			}
		}
	}
	if *record != "" {
		if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (r result) golden() string { return fmt.Sprintf("%d | %q | %q", r.code, r.out, r.err) }

func runReal(t *testing.T, server *fakeServer, args []string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, *record, append([]string{"-p", server.port()}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}.golden()
}

func readGolden(t *testing.T, path string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		flags, rest, ok := strings.Cut(line, " | \"")
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		reply, err := strconv.QuotedPrefix("\"" + rest)
		if err != nil {
			t.Fatalf("%s: %q: %v", path, line, err)
		}
		want[flags+" | "+reply] = strings.TrimPrefix(("\"" + rest)[len(reply):], " | ")
	}
	return want
}
