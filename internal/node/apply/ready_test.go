package apply

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/plan"
	"redoubt/internal/node/wire"
)

// serve answers commands by name with fixed replies until the test ends.
func serve(t *testing.T, replies map[string]string) wire.Address {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				lines := bufio.NewScanner(conn)
				for lines.Scan() {
					if reply, ok := replies[strings.TrimSpace(lines.Text())]; ok {
						fmt.Fprint(conn, reply+"\r\n")
					}
				}
			}()
		}
	}()
	return wire.Address{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port}
}

func bulk(text string) string { return fmt.Sprintf("$%d\r\n%s", len(text), text) }

type silent struct{}

func (silent) Begin(plan.Action, int, int) {}
func (silent) Detail(string)               {}
func (silent) Done()                       {}

func TestWhatCountsAsAnswering(t *testing.T) {
	ours := bulk("# Server\r\nprocess_id:42\r\nuptime:1\r\n")
	for name, test := range map[string]struct {
		info, ping string
		pid        int
		want       string // part of the error, or ""
	}{
		"ready":                    {ours, "+PONG", 42, ""},
		"loading":                  {ours, "-LOADING Redis is loading the dataset in memory", 42, ""},
		"another server":           {ours, "+PONG", 43, "another process (pid 42)"},
		"ours has just ended":      {bulk("x"), "+PONG", 0, "keeps ending"},
		"INFO and PING are hidden": {"-ERR unknown command", "-ERR unknown command", 42, ""},
		"wrong password":           {"-NOAUTH Authentication required.", "-NOAUTH Authentication required.", 42, "NOAUTH"},
	} {
		m := &machine{progress: silent{}}
		err := m.answers(serve(t, map[string]string{"INFO": test.info, "PING": test.ping}), test.pid)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWaitForGivesUp(t *testing.T) {
	if err := waitFor(0, func() (bool, error) { return false, nil }); !errors.Is(err, errWaitedInVain) {
		t.Errorf("error %v", err)
	}
	broken := errors.New("broken")
	if err := waitFor(time.Minute, func() (bool, error) { return false, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}
