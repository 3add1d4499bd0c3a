package bench

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"redoubt/internal/bench/gitlab"
	"redoubt/internal/bench/load"
)

// options is a parsed command line.
type options struct {
	host, socket     string
	port             int
	user, password   string
	database         int
	resp3            bool
	tls, insecure    bool
	sni, caCert      string
	cert, key        string
	connections      int
	operations       int64
	seconds, rate    float64
	keys             int
	seed             uint64
	profiles         []string
	keep, besideKeys bool
	quiet, csv, json bool
	help             bool
}

// passwordVariable is where the password is looked for, as redis-cli does.
const passwordVariable = "REDISCLI_AUTH"

// flags declares the options; where redis-benchmark has an option for the same, it has the same letter.
func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("redoubt bench gitlab", pflag.ContinueOnError)
	f.SortFlags = false
	f.SetOutput(io.Discard)
	f.StringVarP(&o.host, "host", "h", "127.0.0.1", "`name` or address of the server")
	f.IntVarP(&o.port, "port", "p", 6379, "its `port`")
	f.StringVarP(&o.socket, "socket", "s", "", "`path` of a Unix socket, instead of host and port")
	f.StringVarP(&o.password, "password", "a", "", "`password`; others on this machine may see it: better set the variable "+passwordVariable)
	f.StringVar(&o.user, "user", "", "`name` to log in as; needs a password")
	f.IntVar(&o.database, "dbnum", 0, "`number` of the database")
	f.BoolVarP(&o.resp3, "resp3", "3", false, "speak RESP3")
	f.BoolVar(&o.tls, "tls", false, "connect with TLS")
	f.StringVar(&o.sni, "sni", "", "server `name` to ask for and to find in the certificate")
	f.StringVar(&o.caCert, "cacert", "", "`file` of certificate authorities to trust instead of the system's")
	f.StringVar(&o.cert, "cert", "", "`file` of the client certificate")
	f.StringVar(&o.key, "key", "", "`file` of its key")
	f.BoolVar(&o.insecure, "insecure", false, "do not verify the server's certificate")
	f.IntVarP(&o.connections, "clients", "c", 50, "`number` of connections")
	f.Int64VarP(&o.operations, "operations", "n", 0, "end after so many operations (`number`); 0: after the time")
	f.Float64Var(&o.seconds, "seconds", 10, "end after this `time`; 0: after the operations")
	f.Float64Var(&o.rate, "rate", 0, "operations due per second (`number`), however fast the server is; 0: as many as it answers")
	f.IntVarP(&o.keys, "keyspace", "r", 20000, "`number` of strings in the cache; the other keys are in proportion")
	f.StringSliceVarP(&o.profiles, "profiles", "t", gitlab.Names(), "`names` of the profiles, with commas between")
	f.Uint64Var(&o.seed, "seed", 1, "`number` from which keys, values and operations follow")
	f.BoolVar(&o.besideKeys, "beside-other-keys", false, "run although the database holds other keys; they are left alone")
	f.BoolVar(&o.keep, "keep", false, "leave the keys there at the end; the next run removes them")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print only the result")
	f.BoolVar(&o.csv, "csv", false, "the result as CSV")
	f.BoolVar(&o.json, "json", false, "the result as JSON")
	f.BoolVar(&o.help, "help", false, "print this")
	return f
}

// parse reads the command line.
func parse(args []string, getenv func(string) string) (*options, error) {
	o := &options{}
	f := o.flags()
	if err := f.Parse(args); err != nil || o.help {
		return o, err
	}
	if o.password == "" {
		o.password = getenv(passwordVariable)
	}
	switch {
	case f.NArg() > 0:
		return nil, fmt.Errorf("unexpected %q: everything is said with options", f.Arg(0))
	case o.port < 1 || o.port > 65535:
		return nil, fmt.Errorf("--port: %d is no port", o.port)
	case o.database < 0:
		return nil, fmt.Errorf("--dbnum: %d is no database", o.database)
	case o.user != "" && o.password == "":
		return nil, fmt.Errorf("--user: give the password, too, with --password or %s", passwordVariable)
	case o.seconds < 0 || o.operations < 0 || o.rate < 0:
		return nil, errors.New("--seconds, --operations and --rate cannot be negative")
	case o.seconds == 0 && o.operations == 0:
		return nil, errors.New("the run would never end: give --seconds or --operations")
	case o.csv && o.json:
		return nil, errors.New("--csv and --json: give one of them")
	case (o.cert == "") != (o.key == ""):
		return nil, errors.New("--cert and --key belong together")
	case !o.tls && (o.sni != "" || o.caCert != "" || o.cert != "" || o.insecure):
		return nil, errors.New("--sni, --cacert, --cert and --insecure need --tls")
	}
	return o, nil
}

// target is the server that the options name.
func (o *options) target() (load.Target, error) {
	t := load.Target{
		Network: "tcp", Address: net.JoinHostPort(o.host, strconv.Itoa(o.port)),
		Username: o.user, Password: o.password, DB: o.database, RESP3: o.resp3,
	}
	if o.socket != "" {
		t.Network, t.Address = "unix", o.socket
	}
	if !o.tls {
		return t, nil
	}
	t.TLS = &tls.Config{ServerName: o.sni, InsecureSkipVerify: o.insecure}
	if t.TLS.ServerName == "" {
		t.TLS.ServerName = o.host
	}
	if o.caCert != "" {
		text, err := os.ReadFile(o.caCert)
		if err != nil {
			return t, fmt.Errorf("--cacert: %w", err)
		}
		t.TLS.RootCAs = x509.NewCertPool()
		if !t.TLS.RootCAs.AppendCertsFromPEM(text) {
			return t, fmt.Errorf("--cacert: %s holds no certificate", o.caCert)
		}
	}
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return t, fmt.Errorf("--cert, --key: %w", err)
		}
		t.TLS.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

func (o *options) duration() time.Duration { return time.Duration(o.seconds * float64(time.Second)) }

// usage is what --help prints.
func usage() string {
	var o options
	return "Usage: redoubt bench gitlab [options]\n\n" +
		"Puts the load of a GitLab installation on a Redis-compatible server and reports requests per second, latency and the\n" +
		"processor time that the server says it used. Profiles: " + strings.Join(gitlab.Names(), ", ") + ".\n" +
		"All keys begin with " + gitlab.Prefix + " and are removed at the end.\n\n" + o.flags().FlagUsagesWrapped(120)
}
