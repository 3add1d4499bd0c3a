package main

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"redoubt/internal/commands/all"
	"redoubt/internal/engine"
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/script"
	"redoubt/internal/server"
	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
)

// reservation is the address space set aside for the dataset. It costs nothing until it is used.
const reservation = 1 << 40

// gcPercent lets the small Go heap (connections, not data) grow more before it is collected: collections cost CPU, and
// the heap is small beside the dataset.
const gcPercent = 400

// serve runs the data node and returns its exit code.
func serve(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	if len(args) == 1 {
		switch args[0] {
		case "-v", "--version":
			fmt.Fprintf(stdout, "Redis server v=%s sha=00000000:0 malloc=redoubt-arena bits=64 build=%s Redoubt v=%s\n",
				server.Version, buildID(), version)
			return 0
		case "-h", "--help":
			serverUsage(stdout)
			return 0
		}
	}
	environment := config.System()
	var input bytes.Buffer
	environment.Stdin = io.TeeReader(stdin, &input)
	cfg, err := config.Load(args, environment)
	if err != nil {
		fmt.Fprint(stderr, strings.TrimSuffix(err.Error(), "\n")+"\n")
		return 1
	}
	if cfg.Current().Bool("daemonize") && os.Getenv(daemonMark) == "" {
		return daemonize(args, input.Bytes(), stderr)
	}
	return runServer(cfg, stderr)
}

func runServer(cfg *config.Config, stderr io.Writer) int {
	log, err := logging.Open(cfg.Current().Text("logfile"), 'M')
	if err != nil {
		fmt.Fprintln(stderr, "redoubt server:", err)
		return 1
	}
	debug.SetGCPercent(gcPercent)
	log.Logf(logging.Notice, "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo")
	log.Logf(logging.Notice, "Redis version=%s, bits=64, commit=00000000, modified=0, pid=%d, just started", server.Version, os.Getpid())
	log.Logf(logging.Notice, "Configuration loaded")
	registry := engine.NewRegistry(all.Families()...)
	for _, d := range cfg.Directives("rename-command") {
		if err := registry.Rename(d.Arguments[0], d.Arguments[1]); err != nil {
			fmt.Fprint(stderr, d.Fail(err.Error()).Error())
			return 1
		}
	}
	memory, err := arena.New(reservation)
	if err != nil {
		log.Logf(logging.Warning, "Cannot reserve memory: %v", err)
		return 1
	}
	if !cfg.Current().Bool("disable-thp") {
		_ = memory.UseHugePages() // a system without them is as good, only slower
	}
	if runtime.NumCPU() > 1 {
		memory.WriteAhead()
	}
	databases := int(cfg.Current().Int("databases"))
	s, err := server.New(cfg, log, server.Build{Version: version, ID: buildID()}, func(h engine.Host) *engine.Engine {
		random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
		store := keyspace.NewStore(memory, maphash.MakeSeed(), random)
		return engine.New(engine.Options{Store: store, Registry: registry, Host: h, Databases: databases,
			Interpreter: script.NewCache(h.RedisVersion()), Rand: random})
	})
	if err != nil {
		log.Logf(logging.Warning, "%v", err)
		return 1
	}
	stopProfile, err := profile(os.Getenv(profileVariable))
	if err != nil {
		log.Logf(logging.Warning, "%s: %v", profileVariable, err)
		return 1
	}
	defer stopProfile()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	aborts := make(chan os.Signal, 1)
	signal.Notify(aborts, syscall.SIGABRT)
	go func() { <-aborts; s.Aborted() }()
	if err := s.Run(signals); err != nil {
		log.Logf(logging.Warning, "%v", err)
		return 1
	}
	return 0
}

// buildID tells builds apart: the revision the binary was built from.
func buildID() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value[:min(16, len(s.Value))]
			}
		}
	}
	return "0000000000000000"
}

func serverUsage(w io.Writer) {
	fmt.Fprint(w, `Usage: redoubt server [FILE] [--directive value ...] [-]
       redoubt server -v | --version
       redoubt server -h | --help

FILE is a redis.conf; "-" reads the configuration from standard input. Directives on the command line come after it:
       redoubt server --port 7777 --save "" --loglevel verbose
`)
}

// daemonMark tells the re-executed process that it is the daemon.
const daemonMark = "REDOUBT_DAEMON"

// daemonize starts this program again in a session of its own, without a terminal. Go cannot fork a running process.
// input is the configuration that was read from standard input: the daemon reads it again.
func daemonize(args []string, input []byte, stderr io.Writer) int {
	if err := startDaemon(args, input); err != nil {
		fmt.Fprintln(stderr, "redoubt server: daemonize:", err)
		return 1
	}
	return 0
}

func startDaemon(args []string, input []byte) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	reading, writing, err := os.Pipe()
	if err != nil {
		return err
	}
	_, err = os.StartProcess(exe, append([]string{"redis-server"}, args...), &os.ProcAttr{
		Env:   append(os.Environ(), daemonMark+"="+strconv.Itoa(os.Getpid())),
		Files: []*os.File{reading, null, null},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	reading.Close()
	if err == nil {
		_, err = writing.Write(input)
	}
	return errors.Join(err, writing.Close())
}
