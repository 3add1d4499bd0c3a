package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/term"

	"redoubt/internal/resp"
)

// Main runs the client with the arguments that follow the program's name and returns the exit code: 0, or 1
// for a bad command line, a server that cannot be reached or a connection that breaks, and with -e for a
// command that fails.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer, defaults Defaults) int {
	// FAKETTY is how redis-cli's own tests ask for terminal output; other people's scripts do, too.
	terminal := isTerminal(stdout) || os.Getenv("FAKETTY") != ""
	o, err := parse(args, defaults, terminal, os.Getenv)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	switch {
	case o.printUsage:
		fmt.Fprintf(stdout, usageText, o.program, o.version)
		return 0
	case o.printVersion:
		fmt.Fprintf(stdout, "%s %s\n", o.program, o.version)
		return 0
	case o.unsupported != "":
		fmt.Fprintf(stderr, "%s: %s is not available yet; use the redis-cli of a Redis or Valkey package for it\n",
			o.program, o.unsupported)
		return 1
	}
	if o.warning != "" {
		fmt.Fprintln(stderr, o.warning)
	}
	if o.warnPassword {
		fmt.Fprintln(stderr, "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.")
	}
	if o.cluster {
		fmt.Fprintln(stderr, "Note: -c is ignored, redirections of a cluster are not followed.")
	}
	if o.askPassword {
		if o.password, err = readPassword(stdin, stderr); err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
	}
	c := newClient(o, stdout, stderr)
	defer c.close()
	if c.run(stdin) != nil {
		return 1
	}
	return 0
}

// run picks the mode. The error has been reported.
func (c *client) run(stdin io.Reader) error {
	switch {
	case c.scan:
		return c.connected(c.scanKeys)
	case c.bigKeys || c.memKeys:
		return c.connected(c.reportSizes)
	case c.hotKeys:
		return c.connected(c.reportHotKeys)
	case c.stat:
		return c.connected(c.rollStats)
	case c.evalFile != "":
		args, err := evalArguments(c.evalFile, c.command)
		if err != nil {
			fmt.Fprintln(c.err, err)
			return errReported
		}
		return c.issue(args, c.repeat)
	case len(c.command) == 0:
		return c.session(stdin)
	}
	args, err := c.arguments(stdin)
	switch {
	case errors.Is(err, errInvalidQuotes):
		fmt.Fprintln(c.out, err) // redis-cli prints this one to standard output
		return errReported
	case err != nil:
		fmt.Fprintln(c.err, err)
		return errReported
	}
	return c.issue(args, c.repeat)
}

// connected runs a mode that needs a connection before it begins.
func (c *client) connected(mode func() error) error {
	if err := c.connect(); err != nil {
		return err
	}
	return mode()
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// readPassword asks for a password; on a terminal what is typed is not shown.
func readPassword(stdin io.Reader, prompt io.Writer) (string, error) {
	fmt.Fprint(prompt, "Please input password: ")
	defer fmt.Fprintln(prompt)
	if file, ok := stdin.(*os.File); ok && isTerminal(stdin) {
		password, err := term.ReadPassword(int(file.Fd()))
		return string(password), err
	}
	var line []byte
	one := make([]byte, 1) // one byte at a time: what follows belongs to the command
	for {
		if n, err := stdin.Read(one); n == 0 || one[0] == '\n' {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return string(line), err
		}
		line = append(line, one[0])
	}
}

var errInvalidQuotes = errors.New("Invalid quoted string")

// arguments returns the command of the command line, completed from standard input.
func (c *client) arguments(stdin io.Reader) ([]string, error) {
	args := make([]string, 0, len(c.command)+1)
	for _, arg := range c.command {
		if c.quotedInput {
			var err error
			if arg, err = unquote(arg); err != nil {
				return nil, errInvalidQuotes
			}
		}
		args = append(args, arg)
	}
	if !c.stdinLast && !c.hasStdinTag {
		return args, nil
	}
	input, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	if c.stdinLast {
		return append(args, string(input)), nil
	}
	for i, arg := range args {
		if i > 0 && arg == c.stdinTag {
			args[i] = string(input)
			return args, nil
		}
	}
	return nil, errors.New("Using -X option but stdin tag not match.")
}

// evalArguments builds EVAL from a script file and "key … , argument …".
func evalArguments(file string, rest []string) ([]string, error) {
	script, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("Can't open file '%s': %s", file, systemText(err))
	}
	args, keys, sawComma := []string{"EVAL", string(script), "0"}, 0, false
	for _, arg := range rest {
		if !sawComma && arg == "," {
			sawComma = true
			continue
		}
		if !sawComma {
			keys++
		}
		args = append(args, arg)
	}
	args[2] = strconv.Itoa(keys)
	return args, nil
}

// parseLine splits a line of a session and takes a leading repeat count off it.
func parseLine(line string) (args []string, repeat int64, err error) {
	words, err := resp.SplitArgs([]byte(line))
	if err != nil {
		return nil, 0, errors.New("Invalid argument(s)")
	}
	for _, word := range words {
		args = append(args, string(word))
	}
	if len(args) < 2 {
		return args, 1, nil
	}
	repeat, err = strconv.ParseInt(args[0], 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && repeat <= 0:
		return nil, 0, errors.New("Invalid redis-cli repeat command option value.")
	case err != nil:
		return args, 1, nil
	}
	return args[1:], repeat, nil
}
