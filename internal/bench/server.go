package bench

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/bench/gitlab"
	"redoubt/internal/bench/load"
)

// adminBytes is the read buffer of the connection for single requests.
const adminBytes = 16 << 10

// cleanWithin bounds the removal of keys.
const cleanWithin = 10 * time.Minute

// server is the server under test, for all but the load.
type server struct {
	*load.Conn
	db int
}

// scan calls each for the keys of the database, a portion at a time, until it says stop.
func (s *server) scan(each func(keys []string) (more bool, err error), options ...string) error {
	cursor := "0"
	for {
		reply, err := s.Do(append([]string{"SCAN", cursor, "COUNT", "1000"}, options...)...)
		if err != nil {
			return fmt.Errorf("SCAN: %w", err)
		}
		if len(reply.Elems) != 2 {
			return fmt.Errorf("SCAN: the reply has %d elements instead of 2", len(reply.Elems))
		}
		cursor = reply.Elems[0].String()
		var keys []string
		for _, key := range reply.Elems[1].Elems {
			keys = append(keys, key.String())
		}
		if more, err := each(keys); err != nil || !more || cursor == "0" {
			return err
		}
	}
}

// mayBeFilled refuses a database with keys that are not of a benchmark, unless beside is set.
func (s *server) mayBeFilled(beside bool) error {
	if beside {
		return nil
	}
	other := ""
	err := s.scan(func(keys []string) (bool, error) {
		for _, key := range keys {
			if !strings.HasPrefix(key, gitlab.Prefix) {
				other = key
			}
		}
		return other == "", nil
	})
	if err == nil && other != "" {
		err = fmt.Errorf("database %d holds other keys, for example %.60q: give an empty one (--dbnum), or --beside-other-keys, "+
			"which leaves them alone but may have them evicted or saved as usual", s.db, other)
	}
	return err
}

// clean removes the keys of benchmarks.
func (s *server) clean() error {
	if err := s.SetDeadline(time.Now().Add(cleanWithin)); err != nil {
		return err
	}
	return s.scan(func(keys []string) (bool, error) {
		if len(keys) == 0 {
			return true, nil
		}
		_, err := s.Do(append([]string{"UNLINK"}, keys...)...)
		if err != nil {
			err = fmt.Errorf("remove the keys: %w", err)
		}
		return true, err
	}, "MATCH", gitlab.Prefix+"*")
}

// info are the fields of INFO.
type info map[string]string

func (s *server) info() (info, error) {
	reply, err := s.Do("INFO")
	if err != nil {
		return nil, fmt.Errorf("INFO: %w", err)
	}
	fields := info{}
	for line := range strings.Lines(reply.String()) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields, nil
}

// number is a field; one that the server does not have is 0.
func (f info) number(name string) float64 {
	n, _ := strconv.ParseFloat(f[name], 64)
	return n
}

// cpuSeconds is the processor time that the server has used.
func (f info) cpuSeconds() float64 { return f.number("used_cpu_sys") + f.number("used_cpu_user") }
