package key

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/engine/migrate"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/resp"
)

// MIGRATE moves keys to another server, or copies them there. As in Redis it holds all other clients until it is done or
// the timeout has passed, so that no key is in both places for anybody who looks. A key is deleted here only after the
// target has said OK to its RESTORE, and nothing is sent before the target has accepted the password and the database.
var _ = Family.Add(&engine.Command{Spec: migrateSpec(), Run: runMigrate})

func migrateSpec() command.Spec {
	s := spec("migrate", "2.6.0", -6, command.Write,
		"O(N) for what is sent, a DUMP and a DEL here and a RESTORE there for each key", "Moves keys to another server in one step.")
	s.ACL |= command.CatDangerous
	s.Tips = []string{"nondeterministic_output"}
	use := command.KeyRW | command.KeyAccess | command.KeyDelete
	s.Keys = []command.KeySpec{
		command.KeyAt(3, use),
		{Keyword: "KEYS", StartFrom: -2, LastKey: -1, Step: 1, Flags: use | command.KeyIncomplete},
	}
	s.KeysFunc = func(argv [][]byte) []command.KeyPos { return migrateKeys(argv, use) }
	s.Args = []command.Arg{
		command.Str("host"), command.Int("port"),
		command.OneOf("key-selector", command.Key("key", 0), command.Token("empty-string", "")),
		command.Int("destination-db"), command.Int("timeout"),
		command.Token("copy", "COPY").Opt().SinceVersion("3.0.0"),
		command.Token("replace", "REPLACE").Opt().SinceVersion("3.0.0"),
		command.OneOf("authentication",
			command.Str("auth").WithToken("AUTH").SinceVersion("4.0.7"),
			command.Block("auth2", command.Str("username"), command.Str("password")).WithToken("AUTH2").SinceVersion("6.0.0")).Opt(),
		command.Key("keys", 1).WithToken("KEYS").Opt().Many().SinceVersion("3.0.6"),
	}
	s.History = []command.Change{
		{Since: "3.0.0", What: "Takes `COPY` and `REPLACE`."},
		{Since: "3.0.6", What: "Takes `KEYS`."},
		{Since: "4.0.7", What: "Takes `AUTH`."},
		{Since: "6.0.0", What: "Takes `AUTH2`."},
	}
	return s
}

// migrateKeys finds the keys among words that need not be valid: an option's value is not mistaken for KEYS.
func migrateKeys(argv [][]byte, use command.KeyFlag) []command.KeyPos {
	first, n := 3, 1
	for i := 6; i < len(argv); i++ {
		switch {
		case engine.EqualWord(argv[i], "AUTH"):
			i++
		case engine.EqualWord(argv[i], "AUTH2"):
			i += 2
		case engine.EqualWord(argv[i], "KEYS"):
			if len(argv[3]) != 0 {
				return nil
			}
			first, n = i+1, len(argv)-i-1
			i = len(argv)
		}
	}
	keys := make([]command.KeyPos, n)
	for i := range keys {
		keys[i] = command.KeyPos{At: first + i, Flags: use}
	}
	return keys
}

// migration is one MIGRATE.
type migration struct {
	call           *engine.Call
	address        string
	db             int64
	timeout        time.Duration
	copy, replace  bool
	auth           [][]byte // the words of AUTH, nil for none
	firstKey, keys int

	moved   [][]byte // acknowledged by the target
	refusal string   // the first error that the target replied
	writing bool     // the failure was one of writing
}

func runMigrate(c *engine.Call) {
	m := &migration{call: c, firstKey: 3, keys: 1}
	if !m.parse() {
		return
	}
	var keys [][]byte
	for _, key := range c.Argv[m.firstKey : m.firstKey+m.keys] {
		if _, found := c.Read(key); found {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		c.Reply.SimpleString("NOKEY")
		return
	}
	err := m.run(keys)
	m.finish(err)
}

// parse reads the words; on failure it has replied.
func (m *migration) parse() bool {
	c := m.call
	for i := 6; i < c.NArg(); i++ {
		left := c.NArg() - 1 - i
		switch {
		case c.Is(i, "COPY"):
			m.copy = true
		case c.Is(i, "REPLACE"):
			m.replace = true
		case c.Is(i, "AUTH") && left >= 1:
			c.Redact(i + 1)
			m.auth = c.Argv[i+1 : i+2]
			i++
		case c.Is(i, "AUTH2") && left >= 2:
			c.Redact(i + 1)
			c.Redact(i + 2)
			m.auth = c.Argv[i+1 : i+3]
			i += 2
		case c.Is(i, "KEYS"):
			if len(c.Arg(3)) != 0 {
				c.Err("ERR When using MIGRATE KEYS option, the key argument must be set to the empty string")
				return false
			}
			m.firstKey, m.keys = i+1, left
			i = c.NArg()
		default:
			c.SyntaxError()
			return false
		}
	}
	ms, ok := c.Int(5)
	if !ok {
		return false
	}
	if m.db, ok = c.Int(4); !ok {
		return false
	}
	if ms <= 0 {
		ms = 1000
	}
	m.timeout = time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
	m.address = net.JoinHostPort(string(c.Arg(1)), string(c.Arg(2)))
	return true
}

// errConnect says that no connection to the target came about in time. A target that refuses it is a failure of writing, as
// in Redis.
var errConnect = errors.New("no connection")

// run sends the keys. A connection that was kept and has been closed by the other side since is replaced once, when the
// target has answered nothing over it.
func (m *migration) run(keys [][]byte) error {
	sockets := &m.call.Engine.Migration
	for {
		sock, fresh, err := sockets.Get(m.address, m.timeout)
		if m.writing = errors.Is(err, syscall.ECONNREFUSED); m.writing {
			return err
		}
		if err != nil {
			return errConnect
		}
		answered, err := m.send(sock, keys)
		if err == nil {
			return nil
		}
		sockets.Close(m.address)
		if fresh || answered || errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

// send logs in, selects the database and sends the keys; answered tells whether the target said anything.
func (m *migration) send(sock *migrate.Socket, keys [][]byte) (answered bool, err error) {
	var out []byte
	replies := 0
	if m.auth != nil {
		out = resp.AppendCommand(out, append([][]byte{[]byte("AUTH")}, m.auth...)...)
		replies++
	}
	if !sock.Selected || sock.DB != m.db {
		out = resp.AppendCommand(out, []byte("SELECT"), itoa(m.db))
		replies++
	}
	sock.Selected = false
	if err := m.write(sock, out); err != nil {
		return false, err
	}
	for range replies {
		if _, err := m.accepted(sock); err != nil {
			return answered, err
		}
		answered = true
	}
	if m.refusal != "" {
		return true, nil
	}
	out = out[:0]
	for _, key := range keys {
		ent, _ := m.call.Space().Find(key)
		out = m.appendRestore(out, key, ent)
		if len(out) >= sendPortion {
			if err := m.write(sock, out); err != nil {
				return answered, err
			}
			out = out[:0]
		}
	}
	if err := m.write(sock, out); err != nil {
		return answered, err
	}
	for _, key := range keys {
		ok, err := m.accepted(sock)
		if err != nil {
			return answered, err
		}
		answered = true
		if ok {
			m.moved = append(m.moved, key)
		}
	}
	sock.DB, sock.Selected = m.db, m.refusal == ""
	return answered, nil
}

// sendPortion is how much is collected before it is sent: the keys of one MIGRATE must not be in memory twice at once.
const sendPortion = 256 << 10

func (m *migration) write(sock *migrate.Socket, data []byte) error {
	err := sock.Write(data, m.timeout)
	m.writing = err != nil
	return err
}

// accepted reads one reply; ok is false when it is anything but a status, and the first such is kept.
func (m *migration) accepted(sock *migrate.Socket) (ok bool, err error) {
	line, err := sock.ReadLine(m.timeout)
	if err != nil {
		return false, err
	}
	if len(line) > 0 && line[0] == '+' {
		return true, nil
	}
	if m.refusal == "" {
		if m.refusal = line; len(line) > 0 && line[0] == '-' {
			m.refusal = line[1:]
		}
	}
	return false, nil
}

func (m *migration) appendRestore(out, key []byte, ent keyspace.Entry) []byte {
	ttl := int64(0)
	if at, has := ent.ExpireAt(); has {
		ttl = max(at-m.call.NowMs(), 1)
	}
	words := [][]byte{[]byte("RESTORE"), key, strconv.AppendInt(nil, ttl, 10), m.call.Engine.Host().Dump(nil, ent)}
	if m.replace {
		words = append(words, []byte("REPLACE"))
	}
	return resp.AppendCommand(out, words...)
}

// finish deletes what has arrived and replies.
func (m *migration) finish(err error) {
	c := m.call
	if !m.copy && len(m.moved) > 0 {
		for _, key := range m.moved {
			if c.Delete(key) {
				c.Changed(engine.EventGeneric, "del", key)
			}
		}
		c.Effect(append([][]byte{[]byte("DEL")}, m.moved...)...)
	}
	switch {
	case m.refusal != "":
		c.Err(fmt.Sprintf("ERR Target instance replied with error: %s", m.refusal))
	case errors.Is(err, errConnect):
		c.Err("IOERR error or timeout connecting to the client")
	case err != nil && m.writing:
		c.Err("IOERR error or timeout writing to target instance")
	case err != nil:
		c.Err("IOERR error or timeout reading to target instance")
	default:
		c.OK()
	}
}
