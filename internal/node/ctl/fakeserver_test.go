package ctl

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"redoubt/internal/node/redisconf"
)

// fakeServer stands in for the Redis server: it takes a redis.conf, speaks enough of the protocol to be configured and to
// hold strings, refuses what Redis refuses, and saves on SIGTERM.
type fakeServer struct {
	mu     sync.Mutex
	kind   string // redoubt or redis
	config redisconf.Settings
	data   map[string]string
}

// newestRDB is what each kind writes and reads.
var newestRDB = map[string]string{"redoubt": "11", "redis": "10"}

// immutable in the fake as in the real one.
var immutable = []string{"io-threads", "io-threads-do-reads", "tcp-backlog", "databases", "unixsocket"}

func beServer(kind, confFile string) int {
	content, err := os.ReadFile(confFile)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	directives, err := redisconf.Parse(confFile, content)
	if err != nil {
		fmt.Println("*** FATAL CONFIG FILE ERROR ***", err)
		return 1
	}
	s := &fakeServer{kind: kind, config: redisconf.Meaning(directives), data: map[string]string{}}
	if s.config["maxmemory-policy"] == "allkeys-random" { // the tests' way to have a server that cannot start
		fmt.Println("fake: refusing to run with this policy")
		return 1
	}
	for _, name := range []string{"requirepass", "masterauth"} {
		s.config[name] += ""
	}
	if err := s.load(); err != nil {
		fmt.Println(err)
		return 1
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM) // before anything is acknowledged that a sudden end would lose
	if err := s.listen(); err != nil {
		fmt.Println("Could not create server TCP listening socket:", err)
		return 1
	}
	fmt.Println("* Ready to accept connections")
	<-terminated
	fmt.Println("# User requested shutdown...")
	// For good: what is acknowledged after the save would be lost.
	s.mu.Lock()
	for s.config["maxmemory-policy"] == "volatile-random" { // the tests' way to have a server that does not stop
		s.mu.Unlock()
		<-terminated
		s.mu.Lock()
	}
	if s.config["save"] == "" {
		return 0
	}
	if err := s.save(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// load refuses a newer file than its kind reads, as the real ones do.
func (s *fakeServer) load() error {
	dump, err := os.ReadFile(s.dump())
	if os.IsNotExist(err) {
		return nil
	}
	text := string(dump)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(text, "REDIS00") || text[7:9] > newestRDB[s.kind] {
		return fmt.Errorf("fake: can't handle RDB format of %.9s", text)
	}
	if len(text) > 9 {
		s.data["k"] = text[9:]
	}
	return nil
}

func (s *fakeServer) save() error {
	version := newestRDB[s.kind]
	if wanted, ok := s.config["rdb-version"]; ok {
		version = wanted
	}
	return os.WriteFile(s.dump(), []byte("REDIS00"+version+s.data["k"]), 0o600)
}

func (s *fakeServer) dump() string { return filepath.Join(s.config["dir"], "dump.rdb") }

func (s *fakeServer) listen() error {
	network, address := "unix", s.config["unixsocket"]
	if s.config["port"] != "0" {
		network, address = "tcp", net.JoinHostPort(strings.Fields(s.config["bind"])[0], s.config["port"])
	} else if err := os.Remove(address); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return nil
}

func (s *fakeServer) serve(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	authenticated := false
	for {
		args, err := readRequest(reader)
		if err != nil {
			return
		}
		s.mu.Lock()
		reply := s.execute(args, &authenticated)
		s.mu.Unlock()
		if _, err := io.WriteString(conn, reply); err != nil {
			return
		}
	}
}

func readRequest(reader *bufio.Reader) ([]string, error) {
	count, err := readNumber(reader)
	if err != nil {
		return nil, err
	}
	var args []string
	for range count {
		length, err := readNumber(reader)
		if err != nil {
			return nil, err
		}
		text := make([]byte, length+2)
		if _, err := io.ReadFull(reader, text); err != nil {
			return nil, err
		}
		args = append(args, string(text[:length]))
	}
	return args, nil
}

func readNumber(reader *bufio.Reader) (int, error) {
	line, err := reader.ReadString('\n')
	if err != nil || len(line) < 4 {
		return 0, io.ErrUnexpectedEOF
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}

func bulk(text string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }

func (s *fakeServer) execute(args []string, authenticated *bool) string {
	password := s.config["requirepass"]
	name := strings.ToUpper(args[0])
	if name == "AUTH" {
		if password == "" {
			return "-ERR AUTH <password> called without any password configured for the default user.\r\n"
		}
		if args[1] != password {
			return "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
		}
		*authenticated = true
		return "+OK\r\n"
	}
	if password != "" && !*authenticated {
		return "-NOAUTH Authentication required.\r\n"
	}
	switch name {
	case "PING":
		return "+PONG\r\n"
	case "INFO":
		return bulk(s.info())
	case "BGSAVE":
		if err := s.save(); err != nil {
			return "-ERR " + err.Error() + "\r\n"
		}
		return "+Background saving started\r\n"
	case "SET":
		s.data[args[1]] = args[2]
		return "+OK\r\n"
	case "GET":
		return bulk(s.data[args[1]])
	case "CONFIG":
		return s.configCommand(args[1:])
	}
	return "-ERR unknown command\r\n"
}

func (s *fakeServer) info() string {
	info := fmt.Sprintf("# Server\r\nredis_version:7.2.4\r\nprocess_id:%d\r\nloading:0\r\n", os.Getpid()) +
		"rdb_bgsave_in_progress:0\r\nrdb_last_bgsave_status:ok\r\nrole:master\r\nconnected_slaves:0\r\n"
	if s.kind == "redoubt" {
		info += "redoubt_version:test\r\n"
	}
	if len(s.data) > 0 {
		info += fmt.Sprintf("db0:keys=%d,expires=0,avg_ttl=0\r\n", len(s.data))
	}
	return info
}

func (s *fakeServer) configCommand(args []string) string {
	if strings.EqualFold(args[0], "GET") {
		var pairs strings.Builder
		count := 0
		for name, value := range s.config {
			if name != "rename-command" && (args[1] == "*" || args[1] == name) {
				pairs.WriteString(bulk(name) + bulk(value))
				count += 2
			}
		}
		return fmt.Sprintf("*%d\r\n%s", count, pairs.String())
	}
	name, value := redisconf.LiveMeaning(args[1], args[2])
	if slices.Contains(immutable, name) {
		return "-ERR CONFIG SET failed (possibly related to argument '" + name + "') - can't set immutable config\r\n"
	}
	if name == "hz" && value == "77" { // the tests' way to have a server that refuses a setting
		return "-ERR CONFIG SET failed (possibly related to argument 'hz') - not today\r\n"
	}
	s.config[name] = value
	if name == "port" || name == "bind" {
		if err := s.listen(); err != nil {
			return "-ERR Unable to listen on this port\r\n"
		}
	}
	return "+OK\r\n"
}
