package ctl

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/paths"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
	"redoubt/test/freeport"
)

// kills is how often a reconfigure is killed.
const kills = 100

// TestKilledReconfigureIsCompletedByTheNext kills reconfigure at random moments of changes of every kind, the first run
// included. Each time the next run must bring the node to exactly what gitlab.rb says.
func TestKilledReconfigureIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	node := newKilledNode(t)
	random := rand.New(rand.NewPCG(1, 2))
	for n := range kills {
		variant := n % len(variants)
		node.write(variants[variant])
		duration := time.Duration(random.Int64N(int64(60 * time.Millisecond)))
		node.killAfter(duration)
		output, code := node.run("reconfigure")
		if code != exitOK {
			t.Fatalf("run %d, killed after %v: the next one failed: %s", n, duration, output)
		}
		if left, code := node.run("reconfigure", "--dry-run"); code != exitOK {
			t.Fatalf("run %d, killed after %v: the next one left something to do: %s\nit had said: %s", n, duration, left, output)
		}
		node.check(variant)
	}
	left, err := filepath.Glob(filepath.Join(node.layout.Root(), "var/opt/gitlab/redis/.*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// variants differ in what needs a restart (io_threads), in what does not (hz, password), in the log, in the down file, in
// the server program.
var variants = []string{
	"redis['hz'] = 20; redis['io_threads'] = 2; redis['backend'] = 'redis'; redis['backend_path'] = '" + redisPath + "'",
	"redis['hz'] = 21; redis['io_threads'] = 2; logging['svlogd_num'] = 3",
	"redis['hz'] = 22; redis['io_threads'] = 3; redis['password'] = 'two words'; redis['start_down'] = true",
	"redis['hz'] = 23; redis['io_threads'] = 4; redis['password'] = 'other'; redis['open_files_ulimit'] = 512",
}

const redisPath = "REDIS_PATH" // write fills it in

type killedNode struct {
	t      *testing.T
	layout paths.Layout
	port   string
	// written is what the server was given last.
	written string
}

func newKilledNode(t *testing.T) *killedNode {
	t.Helper()
	layout, err := paths.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	port, err := freeport.Find()
	if err != nil {
		t.Fatal(err)
	}
	node := &killedNode{t: t, layout: layout, port: port}
	t.Cleanup(func() {
		if output, code := node.run("supervise-stop"); code != exitOK {
			t.Errorf("supervise-stop: %s", output)
		}
	})
	return node
}

func (n *killedNode) write(source string) {
	n.t.Helper()
	if err := os.MkdirAll(n.layout.ConfigDirectory(), 0o755); err != nil {
		n.t.Fatal(err)
	}
	server, err := exec.LookPath("redis-server")
	if err != nil {
		n.t.Fatal(err)
	}
	source = fmt.Sprintf("redis['port'] = %s; %s\n", n.port, strings.ReplaceAll(source, redisPath, server))
	if err := os.WriteFile(n.layout.ConfigFile(), []byte(source), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

func (n *killedNode) command(args ...string) *exec.Cmd {
	command := exec.Command("redoubt", append([]string{"ctl"}, args...)...)
	command.Env = append(os.Environ(), rootVariable+"="+n.layout.Root())
	return command
}

func (n *killedNode) run(args ...string) (output string, code int) {
	n.t.Helper()
	text, err := n.command(args...).CombinedOutput()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return string(text), ended.ExitCode()
	}
	if err != nil {
		n.t.Fatal(err)
	}
	return string(text), exitOK
}

func (n *killedNode) killAfter(duration time.Duration) {
	n.t.Helper()
	command := n.command("reconfigure")
	if err := command.Start(); err != nil {
		n.t.Fatal(err)
	}
	time.Sleep(duration)
	if err := command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.t.Fatal(err)
	}
	command.Wait() //nolint:errcheck // it was killed, or had ended
}

// check compares the running process with a variant. One that is kept from starting at boot runs all the same when it ran.
func (n *killedNode) check(variant int) {
	n.t.Helper()
	statuses, err := supervise.Client{Layout: n.layout}.Status()
	if err != nil || len(statuses) != 1 || statuses[0].PID == 0 {
		n.t.Fatalf("services %+v, error %v", statuses, err)
	}
	var port int
	if _, err := fmt.Sscan(n.port, &port); err != nil {
		n.t.Fatal(err)
	}
	address := wire.Address{Host: "127.0.0.1", Port: port, Password: []string{"", "", "two words", "other"}[variant]}
	client, err := wire.Dial(address, 5*time.Second)
	if err != nil {
		n.t.Fatal(err)
	}
	defer client.Close() // every answer was read
	for name, want := range map[string]string{
		"hz": fmt.Sprint(20 + variant), "io-threads": []string{"2", "2", "3", "4"}[variant], "requirepass": address.Password,
	} {
		live, err := client.Pairs("CONFIG", "GET", name)
		if err != nil || live[name] != want {
			n.t.Fatalf("variant %d: %s is %q, want %q (%v)", variant, name, live[name], want, err)
		}
	}
	info, err := client.Info("server")
	if isRedoubt := info["redoubt_version"] != ""; err != nil || isRedoubt != (variant > 0) {
		n.t.Fatalf("variant %d: redoubt %v, error %v", variant, isRedoubt, err)
	}
	// What one server was given the next one has.
	if reply, err := client.Do("GET", "k"); reply != n.written {
		n.t.Fatalf("variant %d: the data is %q, want %q (%v)\nprocess %d answers; the log, the newest lines last:\n%s",
			variant, reply, n.written, err, statuses[0].PID, n.log())
	}
	n.written += "x"
	if _, err := client.Do("SET", "k", n.written); err != nil {
		n.t.Fatal(err)
	}
}

// log is the end of what the servers wrote: who was stopped, saved and loaded when.
func (n *killedNode) log() []byte {
	n.t.Helper()
	text, err := os.ReadFile(filepath.Join(n.layout.LogDirectory(), "redis/current"))
	if err != nil {
		n.t.Error(err)
	}
	return text[max(0, len(text)-16<<10):]
}
