package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/resp"
)

// Defaults presets what flags may override, for a program that knows its server.
type Defaults struct {
	Program  string // name in messages; "redis-cli" if empty
	Version  string // printed by --version; "7.2.4" if empty
	Host     string // "127.0.0.1" if empty
	Port     int    // 6379 if 0
	Socket   string // path of a Unix socket; given up when a flag names another address
	User     string
	Password string // as if in REDISCLI_AUTH, and before it: no warning is printed
	TLS      bool
	CACert   string // file
	Cert     string // file of the client certificate
	Key      string // file of its key
}

type format int

const (
	formatTTY format = iota
	formatRaw
	formatCSV
	formatJSON
	formatQuotedJSON
)

// options is a parsed command line.
type options struct {
	program, version string
	host             string
	port             int
	socket           string
	user, password   string
	warnPassword     bool // the password was visible on the command line
	noAuthWarning    bool
	askPassword      bool
	db               int
	tls              tlsOptions
	resp2, resp3     bool
	resp3Optional    bool // resp3 comes from a JSON format and not from -3

	format       format
	showPushes   bool
	elemDelim    string // -d
	replyDelim   string // -D
	repeat       int64  // negative: for ever
	interval     time.Duration
	errorExit    bool // -e
	stdinLast    bool // -x
	stdinTag     string
	hasStdinTag  bool
	quotedInput  bool
	verbose      bool
	cluster      bool
	scan         bool
	bigKeys      bool
	memKeys      bool
	memSamples   int // elements of a key that the server looks at; 0: as many as it likes
	hotKeys      bool
	stat         bool
	pattern      string
	hasPattern   bool
	count        int
	evalFile     string
	unsupported  string // a flag of redis-cli that this client does not have yet
	warning      string // to be shown, but no reason to stop
	printUsage   bool
	printVersion bool

	command []string
}

type tlsOptions struct {
	enabled, insecure                 bool
	caCert, caCertDir, cert, key, sni string
}

// usageError is a command line that cannot be understood; its text is complete.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func newOptions(defaults Defaults, terminal bool) *options {
	o := &options{
		program: "redis-cli", version: "7.2.4", host: "127.0.0.1", port: 6379,
		socket: defaults.Socket, user: defaults.User, password: defaults.Password,
		tls:    tlsOptions{enabled: defaults.TLS, caCert: defaults.CACert, cert: defaults.Cert, key: defaults.Key},
		format: formatRaw, elemDelim: "\n", replyDelim: "\n", repeat: 1,
	}
	if terminal {
		o.format, o.showPushes = formatTTY, true
	}
	if defaults.Program != "" {
		o.program = defaults.Program
	}
	if defaults.Version != "" {
		o.version = defaults.Version
	}
	if defaults.Host != "" {
		o.host = defaults.Host
	}
	if defaults.Port != 0 {
		o.port = defaults.Port
	}
	return o
}

// unsupportedFlag knows redis-cli's other modes, and whether the flag has a value.
func unsupportedFlag(flag string) (takesValue, known bool) {
	switch flag {
	case "--latency", "--latency-history", "--latency-dist", "--mono", "--slave", "--replica", "--pipe", "--ldb", "--ldb-sync-mode":
		return false, true
	case "--lru-test", "--intrinsic-latency", "--rdb", "--functions-rdb", "--pipe-timeout",
		"--cluster", "--tls-ciphers", "--tls-ciphersuites":
		return true, true
	}
	return false, false
}

// parse reads the arguments. terminal tells whether standard output is a terminal.
func parse(args []string, defaults Defaults, terminal bool, getenv func(string) string) (*options, error) {
	o := newOptions(defaults, terminal)
	for len(args) > 0 && o.unsupported == "" && !o.printUsage && !o.printVersion {
		flag := args[0]
		if !strings.HasPrefix(flag, "-") {
			break
		}
		args = args[1:]
		if o.switchFlag(flag) {
			continue
		}
		if flag == "-h" && len(args) == 0 {
			o.printUsage = true
			break
		}
		if len(args) == 0 {
			return nil, badOption(flag)
		}
		known, err := o.valueFlag(flag, args[0])
		if err != nil {
			return nil, err
		}
		if !known {
			return nil, badOption(flag)
		}
		args = args[1:]
	}
	o.command = args
	switch {
	case o.resp2 && o.resp3 && !o.resp3Optional:
		return nil, &usageError{"Options -2 and -3 are mutually exclusive."}
	case o.stdinLast && o.hasStdinTag:
		return nil, &usageError{"Options -x and -X are mutually exclusive."}
	case o.socket != "" && o.cluster:
		return nil, &usageError{"Options -c and -s are mutually exclusive."}
	}
	o.warnPassword = o.warnPassword && !o.noAuthWarning
	if auth := getenv("REDISCLI_AUTH"); auth != "" && o.password == "" {
		o.password = auth
	}
	return o, nil
}

func badOption(flag string) error {
	return &usageError{fmt.Sprintf("Unrecognized option or bad number of args for: '%s'", flag)}
}

// switchFlag handles the flags without a value.
func (o *options) switchFlag(flag string) bool {
	switch flag {
	case "--help":
		o.printUsage = true
	case "-v", "--version":
		o.printVersion = true
	case "-x":
		o.stdinLast = true
	case "-c":
		o.cluster = true
	case "-e":
		o.errorExit = true
	case "-2":
		o.resp2 = true
	case "-3":
		o.resp3, o.resp3Optional = true, false
	case "--no-auth-warning":
		o.noAuthWarning = true
	case "--askpass":
		o.askPassword = true
	case "--raw":
		o.format = formatRaw
	case "--no-raw":
		o.format = formatTTY
	case "--csv":
		o.format = formatCSV
	case "--json", "--quoted-json":
		o.format = formatJSON
		if flag == "--quoted-json" {
			o.format = formatQuotedJSON
		}
		o.resp3Optional = !o.resp3 || o.resp3Optional
		o.resp3 = true
	case "--quoted-input":
		o.quotedInput = true
	case "--scan":
		o.scan = true
	case "--bigkeys":
		o.bigKeys = true
	case "--memkeys":
		o.memKeys = true
	case "--hotkeys":
		o.hotKeys = true
	case "--stat":
		o.stat = true
	case "--verbose":
		o.verbose = true
	case "--tls":
		o.tls.enabled = true
	case "--insecure":
		o.tls.insecure = true
	default:
		takesValue, known := unsupportedFlag(flag)
		if known && !takesValue {
			o.unsupported = flag
			return true
		}
		return false
	}
	return true
}

// valueFlag handles the flags with a value.
func (o *options) valueFlag(flag, value string) (known bool, err error) {
	switch flag {
	case "-h":
		o.host, o.socket = value, ""
	case "-p":
		o.port, o.socket = atoi(value), ""
		if _, convErr := strconv.Atoi(value); convErr != nil || o.port < 0 || o.port > math.MaxUint16 {
			err = &usageError{"Invalid server port."}
		}
	case "-s":
		o.socket = value
	case "-a", "--pass":
		o.password, o.warnPassword = value, true
	case "--user":
		o.user = value
	case "-u":
		err = o.parseURI(value)
	case "-n":
		o.db = atoi(value)
	case "-r":
		o.repeat, _ = strconv.ParseInt(value, 10, 64) // 0 for anything else, like strtoll
	case "-i":
		seconds, _ := strconv.ParseFloat(value, 64) // 0 for anything else, like atof
		o.interval = time.Duration(seconds * float64(time.Second))
	case "-d":
		o.elemDelim = value
	case "-D":
		o.replyDelim = value
	case "-X":
		o.stdinTag, o.hasStdinTag = value, true
	case "--pattern":
		o.pattern, o.hasPattern = value, true
	case "--quoted-pattern":
		o.hasPattern = true
		o.pattern, err = unquote(value)
		if err != nil {
			err = &usageError{"Invalid quoted string specified for --quoted-pattern."}
		}
	case "--memkeys-samples":
		o.memKeys, o.memSamples = true, atoi(value)
	case "--count":
		o.count = atoi(value)
	case "--eval":
		o.evalFile = value
	case "--show-pushes":
		o.setShowPushes(value)
	default:
		return o.tlsFlag(flag, value), nil
	}
	return true, err
}

func (o *options) tlsFlag(flag, value string) bool {
	switch flag {
	case "--sni":
		o.tls.sni = value
	case "--cacert":
		o.tls.caCert = value
	case "--cacertdir":
		o.tls.caCertDir = value
	case "--cert":
		o.tls.cert = value
	case "--key":
		o.tls.key = value
	default:
		_, known := unsupportedFlag(flag)
		if known {
			o.unsupported = flag
		}
		return known
	}
	return true
}

func (o *options) setShowPushes(value string) {
	switch {
	case strings.HasPrefix(strings.ToLower(value), "n"):
		o.showPushes = false
	case strings.HasPrefix(strings.ToLower(value), "y"):
		o.showPushes = true
	default:
		o.warning = fmt.Sprintf("Unknown --show-pushes value '%s' (valid: '[y]es', '[n]o')", value)
	}
}

// atoi reads a number as C's atoi does: 0 if there is none.
func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// unquote decodes one argument, which may be quoted.
func unquote(text string) (string, error) {
	args, err := resp.SplitArgs([]byte(text))
	if err != nil {
		return "", err
	}
	if len(args) != 1 {
		return "", errors.New("not exactly one argument")
	}
	return string(args[0]), nil
}
