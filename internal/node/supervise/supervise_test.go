package supervise

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/internal/node/paths"
)

// The test binary doubles as the supervised service and as the supervisor process.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "service":
			beService(os.Args[2])
		case "ctl":
			beSupervisor()
		}
	}
	os.Exit(m.Run())
}

func beService(mode string) {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	fmt.Println("service ready")
	switch mode {
	case "crash":
		os.Exit(3)
	case "stubborn":
		select {}
	}
	<-terminated
	fmt.Println("service saved")
	os.Exit(0)
}

func beSupervisor() {
	layout, err := paths.New(os.Getenv("REDOUBT_ROOT"))
	if err == nil {
		err = Run(context.Background(), layout, func(format string, args ...any) { fmt.Printf(format+"\n", args...) })
	}
	fmt.Println(err)
	os.Exit(1)
}

type node struct {
	t      *testing.T
	layout paths.Layout
	client Client
}

func newNode(t *testing.T, mode string) *node {
	t.Helper()
	layout, err := paths.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, layout: layout, client: Client{Layout: layout}}
	n.define("redis", mode)
	return n
}

func (n *node) define(service, mode string) {
	n.t.Helper()
	binary, err := os.Executable()
	if err != nil {
		n.t.Fatal(err)
	}
	logs := filepath.Join(n.layout.LogDirectory(), service)
	definition := Definition{Command: []string{binary, "service", mode}, Directory: "/", Log: LogSettings{Directory: logs, Keep: 3}}
	content, err := definition.Encode()
	if err != nil {
		n.t.Fatal(err)
	}
	link, target := EnabledLink(n.layout, service)
	for _, directory := range []string{logs, filepath.Dir(DefinitionFile(n.layout, service)), filepath.Dir(link)} {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			n.t.Fatal(err)
		}
	}
	if err := errors.Join(os.WriteFile(DefinitionFile(n.layout, service), content, 0o644), os.Symlink(target, link)); err != nil {
		n.t.Fatal(err)
	}
}

// run starts a supervisor inside the test and stops it, with its services, at the end.
func (n *node) run() {
	n.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, n.layout, n.t.Logf) }()
	n.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			n.t.Errorf("supervisor: %v", err)
		}
	})
	n.waitFor("the supervisor to answer", func() bool { _, err := n.client.Status(); return err == nil })
}

func (n *node) status() Status {
	n.t.Helper()
	all, err := n.client.Status()
	if err != nil || len(all) != 1 {
		n.t.Fatalf("status: %v, %v", all, err)
	}
	return all[0]
}

// withoutAge is the line of a status, whatever time the machine took.
func withoutAge(s Status) string {
	s.Age = 0
	return s.Line()
}

func (n *node) send(operation Operation) {
	n.t.Helper()
	if err := n.client.Send(operation, "redis"); err != nil {
		n.t.Fatalf("%s: %v", operation, err)
	}
}

func (n *node) waitFor(what string, condition func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			n.t.Fatalf("waited in vain for %s; log:\n%s", what, n.logged())
		}
	}
}

func (n *node) waitUp() int {
	n.t.Helper()
	n.waitFor("the service to run", func() bool { return n.status().PID != 0 })
	return n.status().PID
}

func (n *node) logged() string {
	content, err := os.ReadFile(filepath.Join(n.layout.LogDirectory(), "redis", "current"))
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// TestKilledServiceComesBackWithinTwoSeconds: at once at first, and never later than that.
func TestKilledServiceComesBackWithinTwoSeconds(t *testing.T) {
	n := newNode(t, "normal")
	n.run()
	first := n.waitUp()
	for failures := range 12 {
		if pause := (&runner{failures: failures}).nextPause(); pause > 2*time.Second {
			t.Errorf("after %d failures it pauses for %v", failures, pause)
		}
	}
	for range 3 {
		if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		n.waitFor("another process", func() bool { pid := n.status().PID; return pid != 0 && pid != first })
		first = n.status().PID
	}
	if !strings.Contains(n.logged(), "ended: signal: killed") {
		t.Errorf("the log does not say what happened:\n%s", n.logged())
	}
}

func TestStopStartRestart(t *testing.T) {
	n := newNode(t, "normal")
	n.run()
	first := n.waitUp()
	n.waitFor("the service to be ready", func() bool { return strings.Contains(n.logged(), "service ready") })
	n.send(Down)
	n.waitFor("stop", func() bool { return n.status().PID == 0 })
	if line := withoutAge(n.status()); line != "down: redis: 0s, normally up" {
		t.Errorf("line %q", line)
	}
	n.waitFor("the output of the shutdown", func() bool { return strings.Contains(n.logged(), "service saved") })
	n.send(Up)
	second := n.waitUp()
	n.send(Restart)
	n.waitFor("restart", func() bool { pid := n.status().PID; return pid != 0 && pid != second })
	if first == second {
		t.Error("the same process after stop and start")
	}
}

func TestDownFileKeepsServiceDown(t *testing.T) {
	n := newNode(t, "normal")
	if err := os.WriteFile(DownFile(n.layout, "redis"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	n.run()
	if line := withoutAge(n.status()); line != "down: redis: 0s" {
		t.Errorf("line %q", line)
	}
	n.send(Up)
	pid := n.waitUp()
	if line, want := withoutAge(n.status()), fmt.Sprintf("run: redis: (pid %d) 0s, normally down", pid); line != want {
		t.Errorf("line %q, want %q", line, want)
	}
}

func TestCrashLoopShowsWantUp(t *testing.T) {
	n := newNode(t, "crash")
	n.run()
	n.waitFor("a crash", func() bool { s := n.status(); return s.PID == 0 && s.WantUp })
	if line := n.status().Line(); !strings.HasSuffix(line, "normally up, want up") && !strings.HasPrefix(line, "run:") {
		t.Errorf("line %q", line)
	}
	n.waitFor("the reason in the log", func() bool { return strings.Contains(n.logged(), "ended: exit status 3") })
}

func TestStubbornServiceGotTermThenKill(t *testing.T) {
	n := newNode(t, "stubborn")
	n.run()
	n.waitUp()
	n.waitFor("the service to be ready", func() bool { return strings.Contains(n.logged(), "service ready") })
	n.send(Down)
	if line := n.status().Line(); !strings.HasSuffix(line, "s, want down, got TERM") {
		t.Errorf("line %q", line)
	}
	n.send(Kill)
	n.waitFor("its end", func() bool { return n.status().PID == 0 })
}

func TestOnceIsNotStartedAgain(t *testing.T) {
	n := newNode(t, "normal")
	if err := os.WriteFile(DownFile(n.layout, "redis"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	n.run()
	n.send(Once)
	n.waitUp()
	n.send(Kill)
	n.waitFor("its end", func() bool { return n.status().PID == 0 })
	if n.status().WantUp {
		t.Error("wants to start a service again that was to run once")
	}
}

// A supervisor that is killed must not take Redis with it, and the next one must find it again.
func TestKilledSupervisorLeavesServiceAndIsReplaced(t *testing.T) {
	n := newNode(t, "normal")
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := Spawn(n.layout, binary); err != nil {
		t.Fatal(err)
	}
	service := n.waitUp()
	n.waitFor("the service to be ready", func() bool { return strings.Contains(n.logged(), "service ready") })
	supervisor, err := n.client.SupervisorPID()
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	n.waitFor("the supervisor to be gone", func() bool { _, err := n.client.Status(); return errors.Is(err, ErrNotRunning) })
	n.run()
	if pid := n.status().PID; pid != service {
		t.Fatalf("adopted pid %d, want %d", pid, service)
	}
	n.send(Down)
	n.waitFor("the adopted service to stop", func() bool { return n.status().PID == 0 })
	n.waitFor("its last words", func() bool { return strings.Contains(n.logged(), "service saved") })
}

func TestHandoverLeavesServiceRunning(t *testing.T) {
	n := newNode(t, "normal")
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := Spawn(n.layout, binary); err != nil {
		t.Fatal(err)
	}
	service := n.waitUp()
	if err := n.client.Send(Handover, ""); err != nil {
		t.Fatal(err)
	}
	n.waitFor("the supervisor to be gone", func() bool { _, err := n.client.Status(); return errors.Is(err, ErrNotRunning) })
	n.run()
	if pid := n.status().PID; pid != service {
		t.Errorf("pid %d before, %d after", service, pid)
	}
}

func TestStoppedServiceStaysDownForTheNextSupervisor(t *testing.T) {
	n := newNode(t, "normal")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, n.layout, t.Logf) }()
	n.waitFor("the supervisor to answer", func() bool { _, err := n.client.Status(); return err == nil })
	n.waitUp()
	n.send(Down)
	n.waitFor("stop", func() bool { return n.status().PID == 0 })
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	n.run()
	if s := n.status(); s.PID != 0 || s.WantUp {
		t.Errorf("came up although it was stopped: %+v", s)
	}
}

func TestOnlyOneSupervisor(t *testing.T) {
	n := newNode(t, "normal")
	n.run()
	if err := Run(context.Background(), n.layout, t.Logf); !errors.Is(err, ErrRunning) {
		t.Errorf("second supervisor: %v", err)
	}
}

// TestSpawnBesideAnother: who comes second waits for the first, which does not answer yet.
func TestSpawnBesideAnother(t *testing.T) {
	n := newNode(t, "normal")
	if err := os.MkdirAll(n.layout.SupervisorDirectory(), 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := lockNode(n.layout)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close() // nobody waits for it
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	spawned := make(chan error, 1)
	go func() { spawned <- Spawn(n.layout, binary) }()
	n.waitFor("the second to give up", func() bool {
		content, err := os.ReadFile(filepath.Join(n.layout.SupervisorDirectory(), "log"))
		return err == nil && strings.Contains(string(content), ErrRunning.Error())
	})
	listener, err := listen(n.layout)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() // the answer was given
	first := &supervisor{layout: n.layout, logf: t.Logf}
	go first.serve(listener)
	if err := <-spawned; err != nil {
		t.Error(err)
	}
}

// TestFollows: a process that is being replaced is not the new one.
func TestFollows(t *testing.T) {
	before := Status{PID: 1}
	for _, test := range []struct {
		now  Status
		want bool
	}{
		{Status{PID: 1}, false}, {Status{}, false}, {Status{PID: 2, GotTerm: true}, false}, {Status{PID: 2}, true},
	} {
		if test.now.Follows(before) != test.want {
			t.Errorf("%+v follows: %v", test.now, !test.want)
		}
	}
}

func TestRescanFollowsLinks(t *testing.T) {
	n := newNode(t, "normal")
	n.run()
	n.waitUp()
	link, _ := EnabledLink(n.layout, "redis")
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	n.define("other", "normal")
	if err := n.client.Send(Rescan, ""); err != nil {
		t.Fatal(err)
	}
	if s := n.status(); s.Name != "other" {
		t.Errorf("supervises %s", s.Name)
	}
}

func TestClientSaysWhyNobodyAnswers(t *testing.T) {
	n := newNode(t, "normal")
	if _, err := n.client.Status(); !errors.Is(err, ErrNeverRan) {
		t.Errorf("error %v", err)
	}
}

// A supervisor that is being killed may take the connection and not live to answer; that is no error of another kind.
func TestSupervisorThatDiesWhileAsked(t *testing.T) {
	n := newNode(t, "normal")
	if err := os.MkdirAll(n.layout.SupervisorDirectory(), 0o755); err != nil {
		t.Fatal(err)
	}
	dying, err := lockNode(n.layout)
	if err != nil {
		t.Fatal(err)
	}
	address, release, err := controlAddress(n.layout)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	listener, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan error, 1)
	go func() {
		_, err := n.client.Status()
		asked <- err
	}()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := <-asked; !errors.Is(err, ErrNotRunning) {
		t.Errorf("asked while it dies: %v", err)
	}
	listener.Close()
	time.AfterFunc(lockWait/10, func() { dying.Close() })
	n.run()
	n.waitUp()
}

func TestStatusLines(t *testing.T) {
	for want, status := range map[string]Status{
		"run: redis: (pid 964) 7s; run: log: (pid 963) 7s": {
			Name: "redis", PID: 964, Age: 7900 * time.Millisecond, WantUp: true, LogPID: 963, LogAge: 7 * time.Second},
		"down: redis: 2s, normally up; run: log: (pid 963) 4s": {
			Name: "redis", Age: 2 * time.Second, LogPID: 963, LogAge: 4 * time.Second},
		"run: redis: (pid 1) 0s, normally down; run: log: (pid 2) 0s": {
			Name: "redis", PID: 1, WantUp: true, NormallyDown: true, LogPID: 2},
		"down: redis: 0s, normally up, want up; run: log: (pid 2) 0s": {Name: "redis", WantUp: true, LogPID: 2},
		"run: redis: (pid 9) 12s, paused, want down, got TERM; run: log: (pid 2) 0s": {
			Name: "redis", PID: 9, Age: 12 * time.Second, Paused: true, GotTerm: true, LogPID: 2},
	} {
		if got := status.LineWithLog(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
