package ctl

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"redoubt/internal/node/paths"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
	"redoubt/test/freeport"
)

// TestMain makes the test binary the program "redoubt" with its ctl, server and cli commands, and a redis-server 7.0.15.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"redoubt": func() {
			switch os.Args[1] {
			case "ctl":
				os.Exit(Main(os.Args[2:], os.Stdin, os.Stdout, os.Stderr))
			case "server":
				os.Exit(beServer("redoubt", os.Args[2]))
			case "cli":
				fmt.Println("cli", strings.Join(os.Args[2:], " "), "auth", os.Getenv("REDISCLI_AUTH"))
				os.Exit(7)
			}
			os.Exit(64)
		},
		"redis-server": func() {
			if os.Args[1] == "--version" {
				fmt.Println("Redis server v=7.0.15 sha=00000000:0 malloc=libc bits=64 build=0")
				os.Exit(0)
			}
			os.Exit(beServer("redis", os.Args[1]))
		},
	})
}

// TestScripts runs the operator's view, end to end, below a root of its own. In scripts, $ROOT is the root, $PORT, $PORT2
// are free ports, $REDIS_SERVER is the installed server.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup:               setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ping":     ping,
			"remember": remember,
			"same":     same,
			"killpid":  killPID,
			"within":   within,
			"fails":    fails,
			"mode":     mode,
			"nasty":    nasty,

			"exits":     exits,
			"set":       setValue,
			"get":       getValue,
			"cmpjson":   cmpJSON,
			"ownbinary": ownBinary,
			"replace":   replace,
		},
	})
}

func setUp(env *testscript.Env) error {
	root := filepath.Join(env.WorkDir, "node")
	env.Setenv("ROOT", root)
	env.Setenv("REDOUBT_ROOT", root)
	for _, name := range []string{"PORT", "PORT2"} {
		port, err := freeport.Find()
		if err != nil {
			return err
		}
		env.Setenv(name, port)
	}
	server, err := exec.LookPath("redis-server")
	if err != nil {
		return err
	}
	env.Setenv("REDIS_SERVER", server)
	layout, err := paths.New(root)
	if err != nil {
		return err
	}
	env.Defer(func() { stopNode(env, layout) })
	return nil
}

func stopNode(env *testscript.Env, layout paths.Layout) {
	i := &invocation{layout: layout, stdout: os.Stderr, stderr: os.Stderr}
	if err := i.stopSupervisor(); err != nil {
		env.T().Log(err)
	}
}

func check(ts *testscript.TestScript, err error) {
	if err != nil {
		ts.Fatalf("%v", err)
	}
}

// ping PORT [PASSWORD] expects PONG, after a while if the server was just started; with ! it expects an error at once.
func ping(ts *testscript.TestScript, neg bool, args []string) {
	port, err := strconv.Atoi(args[0])
	check(ts, err)
	address := wire.Address{Host: "127.0.0.1", Port: port}
	if len(args) > 1 {
		address.Password = args[1]
	}
	if neg {
		if err := pingOnce(address); err == nil {
			ts.Fatalf("ping: PONG")
		}
		return
	}
	check(ts, pingSoon(address))
}

// pingSoon gives a server that was just started the time to listen.
func pingSoon(address wire.Address) error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err := pingOnce(address)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

func pingOnce(address wire.Address) error {
	client, err := wire.Dial(address, 5*time.Second)
	if err != nil {
		return err
	}
	_, err = client.Do("PING")
	return errors.Join(err, client.Close())
}

func redisStatus(ts *testscript.TestScript) supervise.Status {
	layout, err := paths.New(ts.Getenv("ROOT"))
	check(ts, err)
	all, err := supervise.Client{Layout: layout}.Status()
	check(ts, err)
	if len(all) != 1 {
		ts.Fatalf("services: %v", all)
	}
	return all[0]
}

// snapshot is what a run that changes nothing must leave alone: pids and the files' times.
func snapshot(ts *testscript.TestScript) string {
	status := redisStatus(ts)
	lines := []string{fmt.Sprintf("redis %d supervisor %d", status.PID, status.LogPID)}
	root := ts.Getenv("ROOT")
	check(ts, filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && info.Name() != "current" && info.Name() != "gitlab.rb" && filepath.Ext(path) != ".log" {
			lines = append(lines, path+" "+info.ModTime().String())
		}
		return err
	}))
	return strings.Join(lines, "\n")
}

// remember NAME keeps the state of the node; remember NAME pid keeps the pid of redis only.
func remember(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("state_"+args[0], current(ts, args))
}

func current(ts *testscript.TestScript, args []string) string {
	if len(args) > 1 && args[1] == "pid" {
		return strconv.Itoa(redisStatus(ts).PID)
	}
	return snapshot(ts)
}

// same NAME [pid] compares with what was remembered.
func same(ts *testscript.TestScript, neg bool, args []string) {
	before, now := ts.Getenv("state_"+args[0]), current(ts, args)
	if (before == now) == neg {
		ts.Fatalf("before:\n%s\nnow:\n%s", before, now)
	}
}

// killpid kills the redis process and waits until another one runs.
func killPID(ts *testscript.TestScript, _ bool, _ []string) {
	before := redisStatus(ts).PID
	process, err := os.FindProcess(before)
	check(ts, err)
	check(ts, process.Kill())
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if pid := redisStatus(ts).PID; pid != 0 && pid != before {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("redis did not come back")
		}
	}
}

// within PATH WANTED waits until the file holds the text.
func within(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		content, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(content), args[1]) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s (%v) never held %q:\n%s", args[0], err, args[1], content)
		}
	}
}

// fails COMMAND waits until the command fails: on a busy machine a server that cannot start may live long enough to be
// taken for one that could.
func fails(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(30 * time.Second); ts.Exec(args[0], args[1:]...) == nil; {
		if time.Now().After(deadline) {
			ts.Fatalf("%s never failed", strings.Join(args, " "))
		}
	}
}

// exits CODE COMMAND runs a command that must end with exactly this code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	var ended *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		code = ended.ExitCode()
	} else {
		check(ts, err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// cmpjson FILE compares the last output with a file in which $ROOT stands for the root.
func cmpJSON(ts *testscript.TestScript, _ bool, args []string) {
	want := strings.ReplaceAll(ts.ReadFile(args[0]), "$ROOT", ts.Getenv("ROOT"))
	if diff := cmp.Diff(want, ts.ReadFile("stdout")); diff != "" {
		ts.Fatalf("%s", diff)
	}
}

// setValue PORT KEY VALUE writes into the server there.
func setValue(ts *testscript.TestScript, _ bool, args []string) {
	reply := request(ts, args[0], "SET", args[1], args[2])
	if reply != "OK" {
		ts.Fatalf("SET: %v", reply)
	}
}

// getValue PORT KEY VALUE expects the value.
func getValue(ts *testscript.TestScript, _ bool, args []string) {
	if reply := request(ts, args[0], "GET", args[1]); reply != args[2] {
		ts.Fatalf("GET %s: %v, want %s", args[1], reply, args[2])
	}
}

func request(ts *testscript.TestScript, port string, words ...string) any {
	number, err := strconv.Atoi(port)
	check(ts, err)
	client, err := wire.Dial(wire.Address{Host: "127.0.0.1", Port: number}, 5*time.Second)
	check(ts, err)
	defer client.Close() // the reply was read
	reply, err := client.Do(words...)
	check(ts, err)
	return reply
}

// mode PATH OCTAL checks permission bits.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	check(ts, err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

// replace FILE writes the file to gitlab.rb with $PORT, $PORT2 and $REDIS_SERVER filled in.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	content := ts.ReadFile(args[0])
	filled := os.Expand(content, func(name string) string {
		if name == "PORT" || name == "PORT2" || name == "REDIS_SERVER" {
			return ts.Getenv(name)
		}
		return "$" + name
	})
	path := filepath.Join(ts.Getenv("ROOT"), "etc/gitlab/gitlab.rb")
	check(ts, os.MkdirAll(filepath.Dir(path), 0o755))
	check(ts, os.WriteFile(path, []byte(filled), 0o600))
}

// nastyPasswords holds what people put into passwords, and what has broken configuration files before.
var nastyPasswords = []string{
	"two words", `double"quote`, "single'quote", `back\slash`, "hash#tag", "at@sign", "per%cent", "dollar$sign ${HOME} $(id)",
	"pässwörd-日本", `ends with \`, ` "quoted" `, "#{1+1}", "tab\there", "`id`", "a\x01b\xffc",
}

// nasty sets one password after the other on the running node, logs in with it, and again after a restart.
func nasty(ts *testscript.TestScript, _ bool, _ []string) {
	port, err := strconv.Atoi(ts.Getenv("PORT"))
	check(ts, err)
	for _, password := range nastyPasswords {
		var literal strings.Builder
		for n := range len(password) {
			fmt.Fprintf(&literal, `\x%02x`, password[n])
		}
		source := fmt.Sprintf("redis['port'] = %d\nredis['password'] = \"%s\"\n", port, literal.String())
		check(ts, os.WriteFile(filepath.Join(ts.Getenv("ROOT"), "etc/gitlab/gitlab.rb"), []byte(source), 0o600))
		check(ts, ts.Exec("redoubt", "ctl", "reconfigure"))
		address := wire.Address{Host: "127.0.0.1", Port: port, Password: password}
		check(ts, pingOnce(address))
		check(ts, ts.Exec("redoubt", "ctl", "restart"))
		check(ts, pingSoon(address))
		address.Password += "x"
		if pingOnce(address) == nil {
			ts.Fatalf("%q: another password was accepted", password)
		}
		commandLine, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", redisStatus(ts).PID))
		check(ts, err)
		if strings.Contains(string(commandLine), password) {
			ts.Fatalf("%q is in the process list", password)
		}
	}
}

// ownbinary puts a new copy of the program first into the script's path, in place of an earlier copy, as installing a new
// version does.
func ownBinary(ts *testscript.TestScript, _ bool, _ []string) {
	program, err := os.Executable()
	check(ts, err)
	content, err := os.ReadFile(program)
	check(ts, err)
	directory := ts.MkAbs("bin")
	binary := filepath.Join(directory, "redoubt")
	check(ts, os.MkdirAll(directory, 0o755))
	check(ts, os.WriteFile(binary+".new", content, 0o755))
	check(ts, os.Rename(binary+".new", binary))
	ts.Setenv("PATH", directory+string(os.PathListSeparator)+ts.Getenv("PATH"))
}
