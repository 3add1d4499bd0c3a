package std_test

import (
	"bytes"
	"hash/maphash"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"testing"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/server/transport/std"
)

type host struct{ engine.Host }

func (host) WritesRefused() string { return "" }

// A panic in a command ends the process and says why: it must not be caught in the locks of its connection, with half a
// command done and the others served.
func TestPanicEndsTheProcess(t *testing.T) {
	if os.Getenv("REDOUBT_TEST_PANIC") != "" {
		panicInCommand(t)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestPanicEndsTheProcess$", "-test.timeout=20s")
	child.Env = append(os.Environ(), "REDOUBT_TEST_PANIC=1")
	out, err := child.CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("panic: half done")) || bytes.Contains(out, []byte("timed out")) {
		t.Fatalf("ended with %v: %s", err, out)
	}
}

func panicInCommand(t *testing.T) {
	a, err := arena.New(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	var family engine.Family
	family.Add(&engine.Command{Spec: command.Spec{Name: "broken", Arity: 1}, Run: func(*engine.Call) { panic("half done") }})
	random := rand.New(rand.NewPCG(1, 2))
	e := engine.New(engine.Options{
		Store: keyspace.NewStore(a, maphash.MakeSeed(), random), Registry: engine.NewRegistry(&family), Host: host{},
		Databases: 1, Rand: random,
	})
	client, server := net.Pipe()
	go std.Serve(e, server, nil, func(*engine.Client) {})
	if _, err := client.Write([]byte("BROKEN\r\n")); err != nil {
		t.Fatal(err)
	}
	_, err = client.Read(make([]byte, 1))
	t.Logf("the connection says %v", err)
	e.Lock() // as the next command of anybody else
	t.Fatal("and another could go on")
}
