//go:build tier

package tier

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"redoubt/internal/node/wire"
)

// insideVariable says that this process is in namespaces of its own already.
const insideVariable = "REDOUBT_TIER_INSIDE"

// TestMain moves the tests into namespaces of their own; what they start ends with them.
func TestMain(m *testing.M) {
	if os.Getenv(insideVariable) != "" {
		if err := prepare(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	args := append([]string{"--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "/proc/self/exe"}, os.Args[1:]...)
	inner := exec.Command("unshare", args...)
	program, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	inner.Args[len(inner.Args)-len(os.Args)] = program
	inner.Stdin, inner.Stdout, inner.Stderr = os.Stdin, os.Stdout, os.Stderr
	inner.Env = append(os.Environ(), insideVariable+"=1")
	if err := inner.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// networks are those that the documented files use; this process is a host in each.
var networks = []string{"10.0.0", "10.6.0"}

// prepare makes the switch that all nodes are connected to.
func prepare() error {
	commands := []string{"ip link set lo up", "ip link add switch type bridge", "ip link set switch up"}
	for _, network := range networks {
		commands = append(commands, "ip address add "+network+".254/24 dev switch")
	}
	for _, command := range commands {
		if output, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", command, err, output)
		}
	}
	return nil
}

// isolation gives a node its own files. What belongs to the whole kernel it sees as copies. $1 is a directory to mount on.
const isolation = `set -e
mount -t tmpfs tmpfs "$1"
for dir in /etc /opt /usr/local /var; do
	mkdir -p "$1$dir/upper" "$1$dir/work"
	mount -t overlay overlay -o "lowerdir=$dir,upperdir=$1$dir/upper,workdir=$1$dir/work" "$dir"
done
for dir in /etc/gitlab /opt/gitlab /var/opt/gitlab /var/log/gitlab; do rm -rf "$dir"; done
mount -t tmpfs tmpfs /run
echo 0 >"$1/overcommit"
mount --bind "$1/overcommit" /proc/sys/vm/overcommit_memory
if [ -e /sys/kernel/mm/transparent_hugepage/enabled ]; then
	echo '[madvise]' >"$1/hugepages"
	mount --bind "$1/hugepages" /sys/kernel/mm/transparent_hugepage/enabled
fi
hostname "$2"
mkdir -p /etc/gitlab
echo ready
exec sleep infinity
`

// node is one machine of a tier.
type node struct {
	t      *testing.T
	name   string
	ip     string
	holder *exec.Cmd // keeps the node's namespaces
	// password and sentinelPassword are what the test logs in with.
	password, sentinelPassword string
}

var nodeCount atomic.Int32

// newNode makes a machine with that address.
func newNode(t *testing.T, ip string) *node {
	t.Helper()
	number := int(nodeCount.Add(1))
	n := &node{t: t, name: fmt.Sprintf("redis%d", number), ip: ip}
	n.holder = exec.Command("unshare", "--mount", "--net", "--uts", "sh", "-c", isolation, "isolate", t.TempDir(), n.name)
	n.holder.Stderr = os.Stderr
	output, err := n.holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.remove)
	if _, err := fmt.Fscanln(output, new(string)); err != nil {
		t.Fatalf("%s did not become ready: %v", n.name, err)
	}
	outside := "v" + strconv.Itoa(number)
	n.must("sh", "-c", "ip link set lo up") // inside
	for _, command := range []string{
		fmt.Sprintf("ip link add %s type veth peer name eth0 netns %d", outside, n.holder.Process.Pid),
		fmt.Sprintf("ip link set %s master switch up", outside),
	} {
		if output, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, output)
		}
	}
	n.must("sh", "-c", fmt.Sprintf("ip address add %s/24 dev eth0 && ip link set eth0 up && ip route add default via %s.254",
		ip, ip[:strings.LastIndex(ip, ".")]))
	return n
}

// remove stops what runs on the node and takes it away.
func (n *node) remove() {
	if n.t.Failed() {
		output, _ := n.run("sh", "-c", redoubt()+" ctl status; tail -n 80 /var/log/gitlab/*/current; cat /var/opt/gitlab/sentinel/sentinel.conf; grep replicaof /var/opt/gitlab/redis/redis.conf")
		n.t.Logf("%s:\n%s", n.name, output)
	}
	if output, code := n.ctl("supervise-stop"); code != 0 {
		n.t.Logf("%s: supervise-stop: %s", n.name, output)
	}
	if err := n.holder.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.t.Error(err)
	}
	n.holder.Wait() //nolint:errcheck // it was killed
	// The address is free again when the cable is gone.
	exec.Command("ip", "link", "delete", "v"+strings.TrimPrefix(n.name, "redis")).Run() //nolint:errcheck // it may be gone with its other end
}

// run runs a command on the node and returns its output and exit code.
func (n *node) run(words ...string) (output string, code int) {
	n.t.Helper()
	enter := []string{"-t", strconv.Itoa(n.holder.Process.Pid), "-m", "-n", "-u"}
	text, err := exec.Command("nsenter", append(enter, words...)...).CombinedOutput()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return string(text), ended.ExitCode()
	}
	if err != nil {
		n.t.Fatal(err)
	}
	return string(text), 0
}

func (n *node) must(words ...string) string {
	n.t.Helper()
	output, code := n.run(words...)
	if code != 0 {
		n.t.Fatalf("%s: %s: exit code %d: %s", n.name, strings.Join(words, " "), code, output)
	}
	return output
}

// redoubt is the program under test.
func redoubt() string { return os.Getenv("REDOUBT") }

// ctl runs a gitlab-ctl command.
func (n *node) ctl(args ...string) (output string, code int) {
	n.t.Helper()
	return n.run(append([]string{redoubt(), "ctl"}, args...)...)
}

// write puts a gitlab.rb on the node.
func (n *node) write(source string) {
	n.t.Helper()
	n.put("/etc/gitlab/gitlab.rb", source)
}

func (n *node) put(path, content string) {
	n.t.Helper()
	command := exec.Command("nsenter", "-t", strconv.Itoa(n.holder.Process.Pid), "-m", "sh", "-c", `umask 077; cat >"$1"`, "put", path)
	command.Stdin = strings.NewReader(content)
	if output, err := command.CombinedOutput(); err != nil {
		n.t.Fatalf("%s: write %s: %v: %s", n.name, path, err, output)
	}
}

// reconfigure must succeed without a complaint.
func (n *node) reconfigure() string {
	n.t.Helper()
	output, code := n.ctl("reconfigure")
	if code != 0 || !strings.HasSuffix(output, "gitlab Reconfigured!\n") {
		n.t.Fatalf("%s: reconfigure: exit code %d:\n%s", n.name, code, output)
	}
	return output
}

var pidOf = regexp.MustCompile(`run: (\w+): \(pid (\d+)\)`)

// pids are the processes of the services that run.
func (n *node) pids() map[string]string {
	n.t.Helper()
	output, _ := n.ctl("status")
	pids := map[string]string{}
	for _, found := range pidOf.FindAllStringSubmatch(output, -1) {
		if found[1] != "log" {
			pids[found[1]] = found[2]
		}
	}
	return pids
}

// redis is one request to the node's Redis, from another host.
func (n *node) redis(words ...string) (any, error) {
	return request(wire.Address{Host: n.ip, Port: 6379, Password: n.password}, words...)
}

// sentinel is one request to the node's Sentinel.
func (n *node) sentinel(words ...string) (any, error) {
	return request(wire.Address{Host: n.ip, Port: 26379, Password: n.sentinelPassword}, append([]string{"SENTINEL"}, words...)...)
}

func request(address wire.Address, words ...string) (any, error) {
	client, err := wire.Dial(address, 5*time.Second)
	if err != nil {
		return nil, err
	}
	reply, err := client.Do(words...)
	return reply, errors.Join(err, client.Close())
}

// info are the fields of INFO.
func (n *node) info() map[string]string {
	client, err := wire.Dial(wire.Address{Host: n.ip, Port: 6379, Password: n.password}, 5*time.Second)
	if err != nil {
		return nil
	}
	defer client.Close() // the answer was read
	fields, err := client.Info()
	if err != nil {
		return nil
	}
	return fields
}

// eventually waits for a condition; what it returns says why it is not met.
func eventually(t *testing.T, limit time.Duration, what string, condition func() (missing string)) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		missing := condition()
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v: %s", what, limit, missing)
		}
	}
}
