package cli

// usageText is what --help prints; the placeholders are the program's name and version.
const usageText = `%[1]s %[2]s

Usage: %[1]s [OPTIONS] [command [argument ...]]

Server
  -h <host>              host name or address (default 127.0.0.1)
  -p <port>              port (default 6379)
  -s <socket>            path of a Unix socket, instead of host and port
  -u <uri>               redis://user:password@host:port/db, rediss:// for TLS, unix:///path
  -n <db>                database number
  -2, -3                 protocol version: RESP2 (default) or RESP3
  --user <name>          user to log in as; needs a password
  -a, --pass <password>  password. Other users of this machine may see it while the command
                         runs: better set the environment variable REDISCLI_AUTH
  --askpass              ask for the password on the terminal
  --no-auth-warning      do not warn about a password on the command line

TLS
  --tls                  connect with TLS
  --cacert <file>        certificate authorities to trust instead of the system's
  --cacertdir <dir>      the same, as a directory of certificates
  --cert <file>          client certificate
  --key <file>           key of the client certificate
  --sni <name>           server name to ask for, and to find in the certificate
  --insecure             do not verify the server's certificate

Input
  -r <count>             repeat the command; negative: for ever
  -i <seconds>           wait between repetitions, scan steps or lines; may be a fraction
  -x                     read the last argument from standard input
  -X <tag>               read the argument equal to <tag> from standard input
  --quoted-input         arguments may be quoted: "\x00", "\n"
  --eval <file>          run a Lua script: keys , arguments
  --scan                 list all keys, in steps that do not block the server
  --pattern <pattern>    only keys that match; --quoted-pattern: it may be quoted
  --count <n>            hint for the size of a scan step

Reports
  --bigkeys              the key with the most elements of each type, and averages
  --memkeys              the same by memory; --memkeys-samples <n>: look at n elements of a key
  --hotkeys              the keys used most; needs maxmemory-policy *lfu
                         These scan all keys; -i waits after every 100 steps, --pattern chooses
  --stat                 a line every second (or -i) about the server, and how far a save is

Output
  --raw                  plain replies (default if output is not a terminal)
  --no-raw               replies with types and quotes even if output is not a terminal
  --csv                  CSV
  --json, --quoted-json  JSON, or JSON with everything but ASCII escaped; RESP3 unless -2
  -d <text>              separator of elements in plain replies (default newline)
  -D <text>              end of a plain reply (default newline)
  -e                     exit with 1 when the command fails
  --show-pushes <yn>     print RESP3 push messages (default: if output is a terminal)
  --verbose              say what is being done
  --help, --version

Without a command, commands are read from standard input, one a line; on a terminal with line
editing, completion (Tab), history and hints. There, "help" tells more.

Examples
  %[1]s get counter
  %[1]s -x set motd < /etc/motd
  %[1]s -r 100 -i 1 info stats
  %[1]s --quoted-input set '"null-\x00-separated"' value
  %[1]s --scan --pattern 'session:*'
`
