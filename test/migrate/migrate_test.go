package migrate

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// session is a connection on which requests are made.
type session struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func dial(t *testing.T, addr string) *session {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &session{t, conn, bufio.NewReader(conn)}
}

// do returns a reply as text: elements of arrays in turn, errors with "-".
func (s *session) do(words ...string) string {
	s.t.Helper()
	_ = s.conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := s.conn.Write(resp.AppendCommandStrings(nil, words...)); err != nil {
		s.t.Fatal(err)
	}
	reply, err := resp.ReadReply(s.r, resp.DefaultReplyLimits())
	if err != nil {
		s.t.Fatalf("%s: %v", words[0], err)
	}
	return text(reply)
}

func text(r resp.Reply) string {
	switch r.Type {
	case resp.TypeError:
		return "-" + r.String()
	case resp.TypeInt:
		return fmt.Sprint(r.Int)
	case resp.TypeArray:
		var all []string
		for _, e := range r.Elems {
			all = append(all, text(e))
		}
		return strings.Join(all, " ")
	}
	if r.Null {
		return "(nil)"
	}
	return r.String()
}

func (s *session) want(reply string, words ...string) {
	s.t.Helper()
	if got := s.do(words...); got != reply {
		s.t.Errorf("%.80q: got %.200q, want %.200q", words, got, reply)
	}
}

// migrate runs MIGRATE to addr; rest begins with the key.
func (s *session) migrate(addr string, rest ...string) string {
	s.t.Helper()
	host, port, _ := net.SplitHostPort(addr)
	return s.do(append([]string{"MIGRATE", host, port}, rest...)...)
}

func (s *session) wantMigrate(reply, addr string, rest ...string) {
	s.t.Helper()
	if got := s.migrate(addr, rest...); got != reply {
		s.t.Errorf("MIGRATE %.80q: got %q, want %q", rest, got, reply)
	}
}

// fill creates one key of each kind, and returns their names.
func (s *session) fill() []string {
	s.do("SET", "string", strings.Repeat("x\r\n\x00", 100))
	s.do("SET", "number", "12345")
	s.do("RPUSH", "list", "a", "1", strings.Repeat("y", 300))
	s.do("SADD", "set", "1", "2", "3")
	s.do("SADD", "words", "a")
	s.do("HSET", "hash", "f", "v", "g", "1")
	s.do("ZADD", "zset", "1", "a", "2.5", "b")
	s.do("XADD", "stream", "1-1", "f", "v")
	s.do("XGROUP", "CREATE", "stream", "g", "0")
	s.do("XREADGROUP", "GROUP", "g", "c", "STREAMS", "stream", ">")
	s.do("PFADD", "hll", "a", "b", "c")
	return []string{"string", "number", "list", "set", "words", "hash", "zset", "stream", "hll"}
}

// values are the dumps of keys.
func (s *session) values(keys []string) map[string]string {
	out := map[string]string{}
	for _, k := range keys {
		out[k] = s.do("DUMP", k)
	}
	return out
}

func (s *session) wantValues(want map[string]string) {
	s.t.Helper()
	for k, v := range want {
		if got := s.do("DUMP", k); got != v {
			s.t.Errorf("%s is %q, want %q", k, got, v)
		}
	}
}

// moveAround moves keys of all kinds from a to b, copies them back and moves them over each other.
func moveAround(t *testing.T, from, to string) {
	a, b := dial(t, from), dial(t, to)
	keys := a.fill()
	all := append([]string{"", "0", "5000", "KEYS"}, keys...)
	want := a.values(keys)
	a.wantMigrate("OK", to, all...)
	a.want("0", "DBSIZE")
	b.wantValues(want)

	// COPY leaves them; what is there already is an error that deletes nothing; REPLACE replaces.
	b.wantMigrate("OK", from, append([]string{"", "0", "5000", "COPY", "KEYS"}, keys...)...)
	b.wantValues(want)
	a.wantValues(want)
	a.wantMigrate("-ERR Target instance replied with error: BUSYKEY Target key name already exists.", to, all...)
	a.wantValues(want)
	b.do("DEL", "list", "zset")
	a.wantMigrate("-ERR Target instance replied with error: BUSYKEY Target key name already exists.", to, all...)
	a.want("0", "EXISTS", "list", "zset")
	a.want(fmt.Sprint(len(keys)-2), "DBSIZE")
	b.wantValues(want)
	a.do("SET", "number", "7")
	a.wantMigrate("OK", to, append([]string{"", "0", "5000", "REPLACE", "KEYS"}, keys...)...)
	a.want("0", "DBSIZE")
	b.want("7", "GET", "number")

	// One key, another database, a deadline.
	a.do("SET", "soon", "v", "PX", "100000")
	a.wantMigrate("OK", to, "soon", "9", "5000")
	a.want("(nil)", "GET", "soon")
	b.do("SELECT", "9")
	b.want("v", "GET", "soon")
	if ttl, err := strconv.Atoi(b.do("PTTL", "soon")); ttl < 50000 || ttl > 100000 || err != nil {
		t.Errorf("PTTL is %d, %v", ttl, err)
	}
	a.wantMigrate("NOKEY", to, "soon", "9", "5000")
	a.do("SET", "k", "v")
	a.wantMigrate("OK", to, "k", "9", "0")
	b.want("v", "GET", "k")
}

func TestBetweenTwo(t *testing.T) {
	a, b := inprocess.Start(t), inprocess.Start(t)
	moveAround(t, a.Addr, b.Addr)
	source := dial(t, a.Addr)
	if info := source.do("INFO", "stats"); !strings.Contains(info, "migrate_cached_sockets:1\r\n") {
		t.Error("the connection is not kept")
	}
	// Redis restores the key all the same, in the database that the connection happens to be in.
	source.do("SET", "key", "v")
	for _, db := range []string{"99", "-1"} {
		source.wantMigrate("-ERR Target instance replied with error: ERR DB index is out of range", b.Addr, "key", db, "5000")
	}
	source.want("v", "GET", "key")
	dial(t, b.Addr).want("0", "EXISTS", "key")
}

// TestPasswords: AUTH and AUTH2, and nothing is sent before they are accepted.
func TestPasswords(t *testing.T) {
	target := inprocess.Start(t, "--requirepass", "secret")
	a, b := dial(t, inprocess.Start(t).Addr), dial(t, target.Addr)
	b.do("AUTH", "secret")
	b.want("OK", "ACL", "SETUSER", "mover", "on", ">word", "~*", "+select", "+restore")
	a.do("SET", "k", "new")
	b.do("SET", "k", "old")
	a.wantMigrate("-ERR Target instance replied with error: NOAUTH Authentication required.", target.Addr, "k", "0", "5000", "REPLACE")
	wrong := "-ERR Target instance replied with error: WRONGPASS invalid username-password pair or user is disabled."
	a.wantMigrate(wrong, target.Addr, "k", "0", "5000", "REPLACE", "AUTH", "wrong")
	a.wantMigrate(wrong, target.Addr, "k", "0", "5000", "REPLACE", "AUTH2", "nobody", "word")
	a.want("new", "GET", "k")
	b.want("old", "GET", "k")
	a.wantMigrate("OK", target.Addr, "k", "0", "5000", "REPLACE", "AUTH2", "mover", "word")
	b.want("new", "GET", "k")
	a.do("SET", "k", "newer")
	a.wantMigrate("OK", target.Addr, "k", "0", "5000", "REPLACE", "AUTH", "secret")
	b.want("newer", "GET", "k")
}

// TestClosedSocket: the target has closed the connection that was kept, or has started again.
func TestClosedSocket(t *testing.T) {
	a := dial(t, inprocess.Start(t).Addr)
	target := inprocess.Start(t)
	b := dial(t, target.Addr)
	for _, end := range [][]string{{"CLIENT", "KILL", "TYPE", "normal"}, {"CLIENT", "KILL", "SKIPME", "yes"}} {
		a.do("SET", "k", "v")
		a.wantMigrate("OK", target.Addr, "k", "0", "5000", "REPLACE")
		b.do(end...)
		a.do("SET", "k", "v2")
		a.wantMigrate("OK", target.Addr, "k", "0", "5000", "REPLACE")
		b.want("v2", "GET", "k")
	}
}

// flawed is a server that says what it is told to, reply by reply, and then closes the connection or stays silent.
func flawed(t *testing.T, silent bool, replies ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveFlawed(conn, silent, replies)
		}
	}()
	return l.Addr().String()
}

func serveFlawed(conn net.Conn, silent bool, replies []string) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for _, reply := range replies {
		if _, err := resp.ReadReply(r, resp.DefaultReplyLimits()); err != nil {
			return
		}
		if _, err := io.WriteString(conn, reply+"\r\n"); err != nil {
			return
		}
	}
	if silent {
		_, _ = io.Copy(io.Discard, r)
	}
}

// TestNothingIsLost: whatever the target does, a key is gone here only when its RESTORE was acknowledged.
func TestNothingIsLost(t *testing.T) {
	const (
		reading = "-IOERR error or timeout reading to target instance"
		refused = "-ERR Target instance replied with error: "
	)
	tests := []struct {
		name    string
		silent  bool
		replies []string
		want    string
		gone    []string
	}{
		{"closes at once", false, nil, "-IOERR", nil},
		{"says nothing", true, nil, reading, nil},
		{"closes after SELECT", false, []string{"+OK"}, "-IOERR", nil},
		{"silent after SELECT", true, []string{"+OK"}, reading, nil},
		{"closes after one key", false, []string{"+OK", "+OK"}, reading, []string{"a"}},
		{"silent after two keys", true, []string{"+OK", "+OK", "+OK"}, reading, []string{"a", "b"}},
		{"refuses one", false, []string{"+OK", "+OK", "-OOM no", "+OK"}, refused + "OOM no", []string{"a", "c"}},
		{"refuses one and closes", false, []string{"+OK", "-OOM no", "+OK"}, refused + "OOM no", []string{"b"}},
		{"refuses SELECT", true, []string{"-ERR no", "+OK", "+OK", "+OK"}, refused + "ERR no", nil},
		{"is no Redis server", true, []string{"220 mail ready", "250 ok", "250 ok", "250 ok"}, refused + "220 mail ready", nil},
		{"says something else", true, []string{"+OK", ":1", "$-1", "+OK"}, refused + ":1", []string{"c"}},
		{"says a lot", true, []string{"+OK", "-" + strings.Repeat("x", 1<<20), "+OK", "+OK"}, refused + strings.Repeat("x", 100), []string{"b", "c"}},
		{"all is well", true, []string{"+OK", "+OK", "+OK", "+OK"}, "OK", []string{"a", "b", "c"}},
	}
	source := inprocess.Start(t)
	a := dial(t, source.Addr)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a.t = t
			a.do("MSET", "a", "1", "b", "2", "c", "3")
			got := a.migrate(flawed(t, test.silent, test.replies...), "", "3", "200", "KEYS", "a", "b", "nokey", "c")
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("got %.200q, want %q", got, test.want)
			}
			for _, key := range []string{"a", "b", "c"} {
				exists := "1"
				for _, gone := range test.gone {
					if gone == key {
						exists = "0"
					}
				}
				a.want(exists, "EXISTS", key)
			}
			a.do("MSET", "a", "1", "b", "2", "c", "3")
			if got := a.migrate(flawed(t, test.silent, test.replies...), "", "3", "200", "COPY", "KEYS", "a", "b", "c"); got == "" {
				t.Error("no reply")
			}
			a.want("3", "EXISTS", "a", "b", "c")
		})
	}
}

// TestLarge: much more than fits into the buffers of a connection.
func TestLarge(t *testing.T) {
	target := inprocess.Start(t)
	a, b := dial(t, inprocess.Start(t).Addr), dial(t, target.Addr)
	words := []string{"", "0", "20000", "KEYS"}
	for i := range 20000 {
		key := fmt.Sprint("key:", i)
		a.do("SET", key, strings.Repeat(key, 100))
		words = append(words, key)
	}
	a.want("OK", "SET", "big", strings.Repeat("0123456789abcdef", 2<<20))
	a.wantMigrate("OK", target.Addr, append(words, "big")...)
	a.want("0", "DBSIZE")
	b.want("20001", "DBSIZE")
	b.want(fmt.Sprint(32<<20), "STRLEN", "big")
}

// TestEffects: replicas and the log get a DEL of what was moved.
func TestEffects(t *testing.T) {
	target := inprocess.Start(t)
	host, port, _ := net.SplitHostPort(target.Addr)
	to := "MIGRATE " + host + " " + port + " "
	inprocess.Start(t).ExpectEffects(t, [][]string{
		{"MSET a 1 b 2", "MSET a 1 b 2"},
		{to + "a 0 5000 COPY"},
		{to + `"" 0 5000 REPLACE KEYS a nokey b`, "DEL a b"},
		{to + "a 0 5000"},
	})
}
