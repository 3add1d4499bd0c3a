package node

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/test/program"
)

// passwords are what people use and what has broken configuration files before. Each holds a word of its own (CORE) that
// survives any quoting, by which a leak is recognised.
var passwords = []struct{ name, text string }{
	{"space", "two CORE words"},
	{"leading and trailing space", "  CORE  "},
	{"double quotes", `"CORE"quoted"`},
	{"single quotes", `it's 'CORE'`},
	{"backslashes", `back\CORE\\n\x41\`},
	{"hash", "# CORE #comment"},
	{"at", "user:CORE@host:6379/0"},
	{"percent", "%s%d%41CORE%%"},
	{"dollar", "$HOME ${PATH} $(CORE) $$"},
	{"backticks", "`id` CORE `"},
	{"UTF-8", "pässwörd-日本-CORE-🔒"},
	{"like an option", "--xCORE"},
	{"exclamation mark", "!CORE!!"},
	{"512 bytes", "CORE" + strings.Repeat("long ", 101) + "end"},
	{"interpolation", "#{1 + 1} CORE"},
	{"control characters", "tab\tCORE\x01bell\a"},
	{"brackets", "[CORE] {a: 1} <b> *?|;&"},
}

// ruby writes text as a single-quoted literal.
func ruby(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

func TestCheck22AnyPasswordWorksAndNoneLeaks(t *testing.T) {
	m := newMachine(t)
	client := program.As(t, "gitlab-redis-cli")
	m.settings(t, "redis['bind'] = '0.0.0.0'", "redis['password'] = 'the first one'")
	m.mustCtl(t, "reconfigure")
	former := "the first one"
	for i, p := range passwords {
		t.Run(p.name, func(t *testing.T) {
			core := fmt.Sprintf("Wq%02dZkPv", i)
			password := strings.Replace(p.text, "CORE", core, 1)
			m.settings(t, "redis['bind'] = '0.0.0.0'", "redis['password'] = "+ruby(password))
			result := m.mustCtl(t, "reconfigure")
			if strings.Contains(result.Stdout, core) || strings.Contains(result.Stdout, "restart redis:") {
				t.Errorf("it shows the password, or restarts for it: %v", result)
			}
			m.expectPassword(t, password, former)
			// The server now reads it from redis.conf.
			m.mustCtl(t, "restart")
			program.Poll(t, soon, "an answer after restart", func() bool { return m.answers(t, password) })
			m.expectPassword(t, password, former)
			m.expectOwnClient(t, client)
			m.expectNoLeak(t, core, client)
			former = password
		})
	}
}

func (m *machine) expectPassword(t *testing.T, password, former string) {
	t.Helper()
	m.expectPong(t, password)
	m.expectRefused(t, former, "WRONGPASS")
	m.expectRefused(t, strings.TrimSpace(password)+" ", "WRONGPASS")
	m.expectRefused(t, "", "NOAUTH")
}

// expectOwnClient runs the clients that find the password by themselves.
func (m *machine) expectOwnClient(t *testing.T, client string) {
	t.Helper()
	if result := m.mustCtl(t, "redis-cli", "PING"); result.Stdout != "PONG\n" {
		t.Errorf("gitlab-ctl redis-cli PING: %v", result)
	}
	command := exec.Command(client, "PING")
	command.Env = append(os.Environ(), "REDOUBT_ROOT="+m.root)
	if result := program.Run(t, command); result.Code != 0 || result.Stdout != "PONG\n" || result.Stderr != "" {
		t.Errorf("gitlab-redis-cli PING: %v", result)
	}
}

// expectNoLeak looks for the password where other users of the machine can look, while both clients run.
func (m *machine) expectNoLeak(t *testing.T, core, client string) {
	t.Helper()
	own := exec.Command(client)
	own.Env = append(os.Environ(), "REDOUBT_ROOT="+m.root)
	for _, command := range []*exec.Cmd{own, exec.Command(program.Binary(t), "ctl", "--root", m.root, "redis-cli")} {
		end := startClient(t, command)
		defer end()
	}
	server, supervisor := m.pids(t)
	lists, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well formed
	for _, pid := range []int{server, supervisor} {
		lists = append(lists, fmt.Sprintf("/proc/%d/environ", pid))
	}
	for _, list := range lists {
		if content, err := os.ReadFile(list); err == nil && bytes.Contains(content, []byte(core)) {
			t.Errorf("%s shows the password: %q", list, content)
		}
	}
	m.expectNoLeakInFiles(t, core)
}

// startClient starts a client that reads commands from its input and returns when it has answered one. end ends it.
func startClient(t *testing.T, command *exec.Cmd) (end func()) {
	t.Helper()
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(input, "PING\n"); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, len("PONG\n"))
	if _, err := io.ReadFull(output, answer); err != nil || string(answer) != "PONG\n" {
		t.Fatalf("%s: answer %q, %v", command, answer, err)
	}
	return func() {
		input.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
}

func (m *machine) expectNoLeakInFiles(t *testing.T, core string) {
	t.Helper()
	holders := 0
	err := filepath.WalkDir(m.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Contains(content, []byte(core)) {
			return nil
		}
		holders++
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if strings.HasPrefix(path, m.at("var/log")) || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s (%v) holds the password", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if holders != 2 {
		t.Errorf("%d files hold the password, want gitlab.rb and redis.conf", holders)
	}
}
