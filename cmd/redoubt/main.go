// Command redoubt is the Redis tier of a highly available GitLab in one binary. It takes its personality from the name
// it is called by (redis-server, redis-cli, gitlab-ctl, gitlab-redis-cli) or from its first word:
//
//	redoubt server [FILE] [--directive value …]   the data node
//	redoubt cli [flags] [command …]               the command line client
//	redoubt ctl COMMAND                           the node manager, GitLab's gitlab-ctl
//	redoubt check-rdb FILE                        is a dump sound; redis-check-rdb
//	redoubt check-aof FILE                        is an append-only file sound; redis-check-aof
//	redoubt bench gitlab                          the load of a GitLab installation, for any server
//	redoubt version                               what this is
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"redoubt/internal/bench"
	"redoubt/internal/cli"
	"redoubt/internal/node/ctl"
	"redoubt/internal/persist/check"
	"redoubt/internal/server"
)

// version is set by the linker.
var version = "dev"

func main() { os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr)) }

// run picks the personality and returns the exit code. argv[0] is the name of the program.
func run(argv []string, stdin *os.File, stdout, stderr io.Writer) int {
	if f := personality(filepath.Base(argv[0])); f != nil {
		return f(argv[1:], stdin, stdout, stderr)
	}
	if len(argv) < 2 {
		usage(stderr)
		return 1
	}
	if f := personality(argv[1]); f != nil {
		return f(argv[2:], stdin, stdout, stderr)
	}
	switch argv[1] {
	case "version", "--version", "-v":
		fmt.Fprintf(stdout, "redoubt %s (behaves as Redis %s)\n", version, server.Version)
		return 0
	case "help", "--help", "-h":
		usage(stdout)
		return 0
	}
	fmt.Fprintf(stderr, "redoubt: unknown word %q\n\n", argv[1])
	usage(stderr)
	return 1
}

type program func(args []string, stdin *os.File, stdout, stderr io.Writer) int

func personality(name string) program {
	switch name {
	case "server", "redis-server":
		return serve
	case "cli", "redis-cli":
		return func(args []string, stdin *os.File, stdout, stderr io.Writer) int {
			return cli.Main(args, stdin, stdout, stderr, cli.Defaults{})
		}
	case "gitlab-redis-cli":
		return nodeCLI
	case "ctl", "gitlab-ctl":
		return func(args []string, stdin *os.File, stdout, stderr io.Writer) int {
			return ctl.Main(args, stdin, stdout, stderr)
		}
	case "check-rdb", "redis-check-rdb":
		return func(args []string, stdin *os.File, stdout, stderr io.Writer) int {
			return check.RDB(args, check.Console{Stdin: stdin, Stdout: stdout, Stderr: stderr}, server.Version)
		}
	case "check-aof", "redis-check-aof":
		return func(args []string, stdin *os.File, stdout, stderr io.Writer) int {
			return check.AOF(args, check.Console{Stdin: stdin, Stdout: stdout, Stderr: stderr}, server.Version)
		}
	case "bench":
		return func(args []string, _ *os.File, stdout, stderr io.Writer) int { return bench.Main(args, stdout, stderr) }
	case "sentinel", "redis-sentinel":
		return func(_ []string, _ *os.File, _, stderr io.Writer) int {
			fmt.Fprintln(stderr, "redoubt: Sentinel is not part of this version; see CHANGELOG.md")
			return 1
		}
	}
	return nil
}

func usage(w io.Writer) {
	fmt.Fprint(w, `Usage:
  redoubt server [FILE] [--directive value ...]   run the data node (takes what redis-server takes)
  redoubt cli [flags] [command ...]               talk to a server (takes what redis-cli takes)
  redoubt ctl COMMAND                             manage this node from gitlab.rb (gitlab-ctl)
  redoubt check-rdb FILE                          is a dump sound? --salvage NEW FILE saves what is good
  redoubt check-aof [--fix] FILE                  is an append-only file sound? (takes what redis-check-aof takes)
  redoubt bench gitlab [options]                  put the load of a GitLab installation on a server
  redoubt version
`)
}
