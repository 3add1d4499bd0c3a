package config

import (
	"errors"
	"math"
)

// Upper bounds of the C types whose names they bear: clients see them in error texts.
const (
	maxInt  = math.MaxInt32
	minInt  = math.MinInt32
	maxUint = math.MaxUint32
	maxLong = math.MaxInt64
)

// The shutdown flags of shutdown-on-sigint and shutdown-on-sigterm.
const (
	ShutdownNoSave = 1 << iota
	ShutdownSave
	ShutdownNow
	ShutdownForce
)

// serverParameters are about the process: where it listens, runs and logs.
func serverParameters(environment Environment) []Parameter {
	workingDirectory, err := environment.Getwd()
	if err != nil {
		workingDirectory = ""
	}
	return []Parameter{
		special("bind", addresses{}, []string{"*", "-::*"}, severalWords),
		number("port", 0, 65535, 6379, 0),
		number("tcp-backlog", 0, maxInt, 511, Immutable),
		number("socket-mark-id", 0, maxUint, 0, Immutable),
		optionalWord("bind-source-addr", nil, 0),
		optionalWord("unixsocket", nil, Immutable),
		special("unixsocketperm", integer{low: 0, high: 0o777, unsigned: true, notation: octal}, int64(0), Immutable),
		yesNo("protected-mode", true, 0),
		choice("enable-protected-configs", Immutable, "no", "no", "yes", "local"),
		choice("enable-debug-command", Immutable, "no", "no", "yes", "local"),
		choice("enable-module-command", Immutable, "no", "no", "yes", "local"),

		yesNo("daemonize", false, Immutable),
		choice("supervised", Immutable, "no", "upstart", "systemd", "auto", "no"),
		optionalWord("pidfile", nil, Immutable),
		special("dir", directory{environment.Chdir, environment.Getwd}, workingDirectory, Protected|DenyLoading),
		yesNo("set-proc-title", true, Immutable),
		word("proc-title-template", "{title} {listen-addr} {server-mode}", checkTitleTemplate, 0),
		word("locale-collate", "", checkLocale, 0),
		word("ignore-warnings", "", nil, 0),
		// To Redis huge pages are harmful because it forks.
		yesNo("disable-thp", false, Immutable),
		special("oom-score-adj", enumeration{options: []option{
			{"no", 0}, {"yes", 1}, {"relative", 1}, {"absolute", 2},
		}}, int64(0), 0),
		special("oom-score-adj-values", oomScores{}, OOMScores{0, 200, 800}, severalWords),
		optionalWord("server_cpulist", nil, Immutable),
		optionalWord("bio_cpulist", nil, Immutable),
		optionalWord("aof_rewrite_cpulist", nil, Immutable),
		optionalWord("bgsave_cpulist", nil, Immutable),
		number("io-threads", 1, 128, 1, Immutable),
		yesNo("io-threads-do-reads", false, Immutable),
		special("hz", integer{low: 0, high: maxInt, clamp: clampHz}, int64(10), 0),
		yesNo("dynamic-hz", true, 0),
		number("databases", 1, maxInt, 16, Immutable),

		choice("loglevel", 0, "notice", "debug", "verbose", "notice", "warning", "nothing"),
		word("logfile", "", nil, Immutable),
		yesNo("syslog-enabled", false, Immutable),
		word("syslog-ident", "redis", nil, Immutable),
		choice("syslog-facility", Immutable, "local0",
			"user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
		yesNo("always-show-logo", false, Immutable),
		yesNo("crash-log-enabled", true, 0),
		yesNo("crash-memcheck-enabled", true, 0),
		yesNo("use-exit-on-panic", false, Hidden),
		number("watchdog-period", 0, maxInt, 0, Hidden),
		number("shutdown-timeout", 0, maxInt, 10, 0),
		shutdownOn("shutdown-on-sigint"),
		shutdownOn("shutdown-on-sigterm"),
	}
}

func shutdownOn(name string) Parameter {
	options := []option{
		{"default", 0}, {"save", ShutdownSave}, {"nosave", ShutdownNoSave}, {"now", ShutdownNow}, {"force", ShutdownForce},
	}
	check := func(flags int64) error {
		if flags&ShutdownSave != 0 && flags&ShutdownNoSave != 0 {
			return errors.New("shutdown options SAVE and NOSAVE can't be used simultaneously")
		}
		return nil
	}
	return special(name, enumeration{options: options, several: true, check: check}, int64(0), severalWords)
}

// clampHz brings hz into the range that is honoured. Any other value is accepted as a wish.
func clampHz(hz int64) int64 { return min(max(hz, 1), 500) }
