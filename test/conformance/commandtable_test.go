package conformance

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// The table of all commands as clients see it (COMMAND and COMMAND DOCS) is compared with that of the real server.
// Summaries, complexities and the texts of history and notes are left out: they are prose, and ours is our own.
//
//	testdata/commandtable-7.0.15.txt   what the real server says, one block a command
//	commandtable_differences.txt       where this server differs on purpose, with the reason
//
// The golden file is recorded with
//
//	go test ./test/conformance -run TestCommandTable -record-command-table 127.0.0.1:6379

const (
	goldenTable      = "testdata/commandtable-7.0.15.txt"
	tableDifferences = "commandtable_differences.txt"
	// replyWithin bounds the wait for a reply of a server.
	replyWithin = 10 * time.Second
)

var recordTable = flag.String("record-command-table", "", "write "+goldenTable+" from the server at this address")

// commandTable maps a command's full name to the lines that describe it.
type commandTable map[string][]string

func TestCommandTable(t *testing.T) {
	if *recordTable != "" {
		recordCommandTable(t, *recordTable)
	}
	reference := loadCommandTable(t)
	node := inprocess.Start(t)
	ours := fetchCommandTable(t, node.Addr)
	excused := loadTableDifferences(t)

	for _, name := range slices.Sorted(unionOfKeys(reference, ours)) {
		want, isReference := reference[name]
		got, isOurs := ours[name]
		switch {
		case !isOurs:
			excused.check(t, name, "missing")
		case !isReference:
			excused.check(t, name, "added")
		default:
			for _, line := range want {
				if !slices.Contains(got, line) {
					excused.check(t, name, "-"+line)
				}
			}
			for _, line := range got {
				if !slices.Contains(want, line) {
					excused.check(t, name, "+"+line)
				}
			}
		}
	}
	for key, used := range excused {
		if !used {
			t.Errorf("%s: %q is no difference any more, remove it", tableDifferences, key)
		}
	}
}

// unionOfKeys yields the names of both tables, each once.
func unionOfKeys(a, b commandTable) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range a {
			if !yield(name) {
				return
			}
		}
		for name := range b {
			if _, both := a[name]; !both && !yield(name) {
				return
			}
		}
	}
}

// tableExcuses holds "command | difference" and whether it was met.
type tableExcuses map[string]bool

// check fails the test for a difference that is not listed. A missing container excuses its sub-commands.
func (e tableExcuses) check(t *testing.T, name, difference string) {
	t.Helper()
	key := name + " | " + difference
	if _, listed := e[key]; listed {
		e[key] = true
		return
	}
	if container, _, isSub := strings.Cut(name, "|"); isSub {
		if _, listed := e[container+" | "+difference]; listed {
			return
		}
	}
	t.Errorf("%s | %s", name, difference)
}

// loadTableDifferences reads lines "command | difference | reason".
func loadTableDifferences(t *testing.T) tableExcuses {
	t.Helper()
	text, err := os.ReadFile(tableDifferences)
	if err != nil {
		t.Fatal(err)
	}
	out := tableExcuses{}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) != 3 || parts[2] == "" {
			t.Fatalf("%s:%d: want \"command | difference | reason\"", tableDifferences, i+1)
		}
		out[parts[0]+" | "+parts[1]] = false
	}
	return out
}

func loadCommandTable(t *testing.T) commandTable {
	t.Helper()
	text, err := os.ReadFile(goldenTable)
	if err != nil {
		t.Fatal(err)
	}
	out := commandTable{}
	name := ""
	for _, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if body, isBody := strings.CutPrefix(line, "  "); isBody {
			out[name] = append(out[name], body)
		} else {
			name = line
		}
	}
	return out
}

func recordCommandTable(t *testing.T, addr string) {
	t.Helper()
	table := fetchCommandTable(t, addr)
	var b bytes.Buffer
	for _, name := range slices.Sorted(unionOfKeys(table, nil)) {
		fmt.Fprintln(&b, name)
		for _, line := range table[name] {
			fmt.Fprintln(&b, "  "+line)
		}
	}
	if err := os.WriteFile(goldenTable, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fetchCommandTable asks a server for its commands and their documentation.
func fetchCommandTable(t *testing.T, addr string) commandTable {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(replyWithin))
	table := commandTable{}
	in := bufio.NewReader(conn)
	for _, command := range ask(t, conn, in, "COMMAND").Elems {
		table.addInfo(command)
	}
	docs := ask(t, conn, in, "COMMAND", "DOCS")
	for i := 0; i < len(docs.Elems); i += 2 {
		table.addDocs(docs.Elems[i].String(), docs.Elems[i+1])
	}
	return table
}

func ask(t *testing.T, w io.Writer, r *bufio.Reader, words ...string) resp.Reply {
	t.Helper()
	if _, err := w.Write(resp.AppendCommandStrings(nil, words...)); err != nil {
		t.Fatal(err)
	}
	reply, err := resp.ReadReply(r, resp.DefaultReplyLimits())
	if err != nil || reply.IsError() {
		t.Fatalf("%v: %v %s", words, err, reply.Str)
	}
	return reply
}

// words joins the texts of a reply's elements.
func words(r resp.Reply) string {
	var out []string
	for _, e := range r.Elems {
		out = append(out, e.String())
	}
	return strings.Join(out, " ")
}

// addInfo adds what COMMAND says of a command and its sub-commands.
func (t commandTable) addInfo(r resp.Reply) {
	f := r.Elems
	name := f[0].String()
	t[name] = append(t[name],
		"arity "+f[1].String(),
		"flags "+words(f[2]),
		"range "+f[3].String()+" "+f[4].String()+" "+f[5].String(),
		"categories "+words(f[6]))
	for _, tip := range f[7].Elems {
		t[name] = append(t[name], "tip "+tip.String())
	}
	for i, k := range f[8].Elems {
		spec := pairs(k)
		t[name] = append(t[name], fmt.Sprintf("key %d: %s; begin %s; find %s", i, words(spec["flags"]),
			method(spec["begin_search"]), method(spec["find_keys"])))
	}
	for _, sub := range f[9].Elems {
		t.addInfo(sub)
	}
}

// pairs reads a map in its RESP2 form.
func pairs(r resp.Reply) map[string]resp.Reply {
	out := map[string]resp.Reply{}
	for i := 0; i+1 < len(r.Elems); i += 2 {
		out[r.Elems[i].String()] = r.Elems[i+1]
	}
	return out
}

func method(r resp.Reply) string {
	m := pairs(r)
	text := m["type"].Str
	return strings.TrimSpace(string(text) + " " + words(m["spec"]))
}

// addDocs adds what COMMAND DOCS says of a command and its sub-commands.
func (t commandTable) addDocs(name string, r resp.Reply) {
	doc := pairs(r)
	for _, field := range []string{"group", "since", "deprecated_since", "replaced_by"} {
		if v, has := doc[field]; has {
			t[name] = append(t[name], field+" "+v.String())
		}
	}
	if v, has := doc["doc_flags"]; has {
		t[name] = append(t[name], "doc_flags "+words(v))
	}
	for _, h := range doc["history"].Elems {
		t[name] = append(t[name], "changed "+h.Elems[0].String())
	}
	t.addArgs(name, "arg ", doc["arguments"].Elems)
	subs := doc["subcommands"].Elems
	for i := 0; i+1 < len(subs); i += 2 {
		t.addDocs(subs[i].String(), subs[i+1])
	}
}

// addArgs adds the argument grammar, one line a node, the path to it in front.
func (t commandTable) addArgs(name, path string, args []resp.Reply) {
	for i, arg := range args {
		a := pairs(arg)
		line := fmt.Sprintf("%s%d %s %s", path, i, a["name"].Str, a["type"].Str)
		for _, field := range []string{"key_spec_index", "token", "since"} {
			if v, has := a[field]; has {
				line += fmt.Sprintf(" %s=%q", field, v.Str)
			}
		}
		for _, f := range a["flags"].Elems {
			line += " " + f.String()
		}
		t[name] = append(t[name], line)
		t.addArgs(name, fmt.Sprintf("%s%d.", path, i), a["arguments"].Elems)
	}
}
