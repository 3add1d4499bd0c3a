package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"
)

// slowCommand is how long a command takes before a session says so.
const slowCommand = 500 * time.Millisecond

// lineSource is where a session's commands come from.
type lineSource interface {
	// line returns the next line; io.EOF at the end.
	line(prompt string) (string, error)
	// remember adds a line to the history.
	remember(line string)
	close()
}

// session runs commands from standard input: with line editing on a terminal, otherwise one a line. Only a
// failure to read them is an error.
func (c *client) session(stdin io.Reader) error {
	c.interactive = true
	_ = c.connect() // has been reported; each command tries again
	var lines lineSource = &pipe{reader: bufio.NewReader(stdin)}
	if isTerminal(stdin) {
		c.fetchDocs()
		editor, err := newEditor(c, historyFile(os.Getenv))
		if err != nil {
			fmt.Fprintln(c.err, err)
			return errReported
		}
		lines = editor
		stop := c.catchInterrupts()
		defer stop()
	}
	defer lines.close()
	for {
		line, err := lines.line(c.prompt())
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			fmt.Fprintf(c.err, "read commands: %v\n", err)
			return errReported
		}
		if quit := c.runLine(lines, line); quit {
			return nil
		}
	}
}

// runLine runs one line of a session.
func (c *client) runLine(lines lineSource, line string) (quit bool) {
	args, repeat, err := parseLine(line)
	switch {
	case err != nil:
		lines.remember(line)
		fmt.Fprintln(c.out, err)
		return false
	case len(args) == 0:
		return false
	}
	if !hasSecret(args) {
		lines.remember(line)
	}
	switch name := strings.ToLower(args[0]); {
	case name == "quit" || name == "exit":
		return true
	case name == "clear" && len(args) == 1:
		c.write([]byte("\x1b[H\x1b[2J"))
		return false
	case name == ":set" && len(args) == 2 && (args[1] == "hints" || args[1] == "nohints"):
		c.noHints = args[1] == "nohints"
		return false
	case name == "connect" && len(args) == 3:
		c.host, c.port, c.socket = args[1], atoi(args[2]), ""
		if c.connect() == nil && c.docs != nil {
			c.fetchDocs()
		}
		return false
	}
	start := time.Now()
	err = c.issue(args, repeat) // has been reported
	if elapsed := time.Since(start); err == nil && elapsed >= slowCommand && c.format == formatTTY {
		fmt.Fprintf(c.out, "(%.2fs)\n", elapsed.Seconds())
	}
	return false
}

// catchInterrupts makes an interrupt close the connection, which ends the command that waits on it, instead
// of the program. stop gives interrupts back their meaning.
func (c *client) catchInterrupts() (stop func()) {
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, os.Interrupt)
	var interrupted atomic.Bool
	c.aborted = func() bool { return interrupted.Swap(false) }
	go func() {
		for {
			select {
			case <-signals:
				if conn := c.current.Load(); conn != nil {
					interrupted.Store(true)
					conn.Close()
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// pipe is standard input that is not a terminal.
type pipe struct{ reader *bufio.Reader }

func (p *pipe) line(string) (string, error) {
	line, err := p.reader.ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	return strings.TrimSuffix(line, "\n"), err
}

func (p *pipe) remember(string) {}
func (p *pipe) close()          {}
