package connections

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/test/freeport"
	"redoubt/test/inprocess"
)

func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}

func refused(addr string) bool {
	nc, err := net.Dial("tcp", addr)
	if err == nil {
		nc.Close()
	}
	return err != nil
}

// TestSeveralAddresses: the server answers on each and on no other.
func TestSeveralAddresses(t *testing.T) {
	node := inprocess.Start(t, "--bind", "127.0.0.1 127.0.0.2 -::1")
	p := port(node.Addr)
	for _, host := range []string{"127.0.0.1:", "127.0.0.2:"} {
		dialTo(t, "tcp", host+p).want("PONG", "PING")
	}
	if !refused("127.0.0.3:" + p) {
		t.Error("it listens on an address it was not given")
	}
}

// TestMoveListeners: CONFIG SET port and bind move the listeners; connections stay.
func TestMoveListeners(t *testing.T) {
	node := inprocess.Start(t)
	w := dial(t, node)
	second := freeport.Must(t)
	w.want("OK", "CONFIG SET port "+second)
	w.want("PONG", "PING")
	dialTo(t, "tcp", "127.0.0.1:"+second).want("PONG", "PING")
	if !refused(node.Addr) {
		t.Error("it still listens on the old port")
	}
	w.send("CONFIG", "SET", "bind", "127.0.0.2")
	if got := text(w.read()); got != "OK" {
		t.Fatal(got)
	}
	dialTo(t, "tcp", "127.0.0.2:"+second).want("PONG", "PING")
	if !refused("127.0.0.1:" + second) {
		t.Error("it still listens on the old address")
	}

	// A port that is taken, or a change that fails as a whole, leaves everything as it was.
	taken, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, line := range []string{"CONFIG SET port " + port(taken.Addr().String()), "CONFIG SET port " + freeport.Must(t) + " dir /no/such/folder",
		"CONFIG SET port " + freeport.Must(t) + " requirepass x bind 0.0.0.0 maxmemory nonsense"} {
		if got := w.do(line); !strings.HasPrefix(got, "-ERR") {
			t.Errorf("%s: %s", line, got)
		}
		dialTo(t, "tcp", "127.0.0.2:"+second).want("[port "+second+"]", "CONFIG GET port")
	}
	w.want("OK", "CONFIG SET port 0")
	if !refused("127.0.0.2:" + second) {
		t.Error("port 0 still listens")
	}
	w.want("OK", "CONFIG SET port "+second)
	dialTo(t, "tcp", "127.0.0.2:"+second).want("PONG", "PING")
	w.send("CONFIG", "SET", "bind", "")
	if got := text(w.read()); got != "OK" {
		t.Fatal(got)
	}
	for _, host := range []string{"127.0.0.1:", "127.0.0.2:"} {
		if !refused(host + second) {
			t.Errorf("with no address to bind it listens on %s", host)
		}
	}
	w.want("PONG", "PING")
}

// TestNowhere: a server that nobody could reach does not start.
func TestNowhere(t *testing.T) {
	for _, args := range [][]string{{"--bind", ""}, {"--port", "0"}} {
		if node, err := inprocess.TryStart(t, args...); err == nil {
			node.Stop(t)
			t.Errorf("%q: it runs without a listener", args)
		}
	}
}

// TestUnixSocket: it has the configured permissions, replaces a socket that was left behind, and is gone at the end.
func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "redis.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	node := inprocess.Start(t, "--unixsocket", path, "--unixsocketperm", "770")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o770 {
		t.Errorf("%v, %v", info, err)
	}
	w := dialTo(t, "unix", path)
	w.want("PONG", "PING")
	if got := w.do("CLIENT INFO"); !strings.Contains(got, "addr="+path+":0") || !strings.Contains(got, "flags=U") {
		t.Error(got)
	}
	dial(t, node).want("PONG", "PING")
}

// TestUnixSocketOverFile: anything but a socket in its place is not touched.
func TestUnixSocketOverFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(path, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if node, err := inprocess.TryStart(t, "--unixsocket", path); err == nil {
		node.Stop(t)
		t.Error("the server started")
	}
	if got, err := os.ReadFile(path); string(got) != "data" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestExposure: beyond loopback there is no server without a password, unless somebody insists.
func TestExposure(t *testing.T) {
	if node, err := inprocess.TryStart(t, "--bind", "0.0.0.0"); err == nil {
		node.Stop(t)
		t.Error("it listens everywhere without a password")
	}
	node := inprocess.Start(t, "--bind", "0.0.0.0", "--requirepass", "secret")
	w := dialTo(t, "tcp", "127.0.0.1:"+port(node.Addr))
	w.want("OK", "AUTH secret")
	w.send("CONFIG", "SET", "requirepass", "")
	if got := text(w.read()); !strings.HasPrefix(got, "-ERR") {
		t.Errorf("the password could be taken away: %s", got)
	}
	w.want("OK", "CONFIG SET requirepass other")
	dialTo(t, "tcp", "127.0.0.1:"+port(node.Addr)).want("OK", "AUTH other")
}
