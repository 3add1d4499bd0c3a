package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"time"

	"redoubt/internal/resp"
)

// scanPages calls page for the keys of every step of SCAN, and waits for the interval after every so many of them. The error
// has been reported.
func (c *client) scanPages(every int, page func(keys []resp.Reply) error) error {
	cursor := "0"
	for steps := 1; ; steps++ {
		args := []string{"SCAN", cursor}
		if c.hasPattern {
			args = append(args, "MATCH", c.pattern)
		}
		if c.count > 0 {
			args = append(args, "COUNT", strconv.Itoa(c.count))
		}
		reply, err := c.demand("SCAN", args)
		if err != nil {
			return err
		}
		if len(reply.Elems) != 2 {
			return c.failed("SCAN error: unexpected reply")
		}
		if err := page(reply.Elems[1].Elems); err != nil {
			return err
		}
		if cursor = reply.Elems[0].String(); cursor == "0" {
			return nil
		}
		if steps%every == 0 {
			time.Sleep(c.interval)
		}
	}
}

// failed reports a failure.
func (c *client) failed(format string, args ...any) error {
	fmt.Fprintf(c.err, format+"\n", args...)
	return errReported
}

// demand sends a request that must succeed; name is what messages call it. The error has been reported.
func (c *client) demand(name string, args []string) (resp.Reply, error) {
	reply, err := c.exchange(args)
	switch {
	case err != nil:
		return reply, c.failed("Error: %s", contextText(err))
	case reply.IsError():
		return reply, c.failed("%s error: %s", name, reply.Str)
	}
	return reply, nil
}

// demandEach sends a request for each key and returns the replies, whatever they are. The error has been reported.
func (c *client) demandEach(keys []resp.Reply, request func(key string) []string) ([]resp.Reply, error) {
	c.conn.buf = c.conn.buf[:0]
	for i := range keys {
		c.conn.buf = resp.AppendCommandStrings(c.conn.buf, request(string(keys[i].Str))...)
	}
	replies := make([]resp.Reply, len(keys))
	_, err := c.conn.Write(c.conn.buf)
	for i := range replies {
		if err == nil {
			replies[i], err = c.nextReply()
		}
	}
	if err != nil {
		return nil, c.failed("Error: %s", contextText(err))
	}
	return replies, nil
}

// scanKeys prints all keys.
func (c *client) scanKeys() error {
	return c.scanPages(1, func(keys []resp.Reply) error {
		var page bytes.Buffer
		for _, key := range keys {
			if c.format == formatTTY {
				page.Write(appendQuoted(nil, key.Str))
			} else {
				page.Write(key.Str)
			}
			page.WriteByte('\n')
		}
		c.write(page.Bytes())
		return nil
	})
}

// errInterrupted ends a survey early.
var errInterrupted = errors.New("interrupted")

// survey looks at every key in steps and tells how far it is. An interrupt ends it early, with what it has found.
type survey struct {
	c              *client
	total, sampled int
	percent        float64
	interrupts     chan os.Signal
	ended          bool // by an interrupt
}

// pagesPerRest is after how many steps a survey waits for the interval.
const pagesPerRest = 100

// survey announces itself as looking for what, and calls page for the keys of every step.
func (c *client) survey(what string, page func(s *survey, keys []resp.Reply) error) (*survey, error) {
	reply, err := c.demand("DBSIZE", []string{"DBSIZE"})
	if err != nil {
		return nil, err
	}
	s := &survey{c: c, total: atoi(reply.String()), interrupts: make(chan os.Signal, 1)}
	signal.Notify(s.interrupts, os.Interrupt)
	defer signal.Stop(s.interrupts)
	fmt.Fprintf(c.out, "\n# Scanning the entire keyspace to find %s keys as well as\n"+
		"# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n"+
		"# per 100 SCAN commands (not usually needed).\n\n", what)
	err = c.scanPages(pagesPerRest, func(keys []resp.Reply) error {
		s.percent = 100 * share(s.sampled, s.total)
		if err := page(s, keys); err != nil {
			return err
		}
		select {
		case <-s.interrupts:
			s.ended = true
			return errInterrupted
		default:
			return nil
		}
	})
	if err != nil && !s.ended {
		return nil, err
	}
	return s, nil
}

// tellEvery is after how many keys a survey that has found nothing says that it is still there.
const tellEvery = 1_000_000

// count counts a key.
func (s *survey) count() {
	if s.sampled++; s.sampled%tellEvery == 0 {
		s.tell("Sampled %d keys so far", s.sampled)
	}
}

// tell prints a line with how far the survey is.
func (s *survey) tell(format string, args ...any) {
	fmt.Fprintf(s.c.out, "[%05.2f%%] "+format+"\n", append([]any{s.percent}, args...)...)
}

// summary begins what is printed at the end.
func (s *survey) summary() {
	fmt.Fprint(s.c.out, "\n-------- summary -------\n\n")
	if s.ended {
		fmt.Fprintf(s.c.out, "[%05.2f%%] ", s.percent)
	}
	fmt.Fprintf(s.c.out, "Sampled %d keys in the keyspace!\n", s.sampled)
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
