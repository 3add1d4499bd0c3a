package apply

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
)

const (
	startWait = 30 * time.Second // for a started process to accept connections
	readyStep = 2 * time.Second  // for one answer
	pollEvery = 20 * time.Millisecond
	hopeless  = 5 // failed starts in a row that make waiting pointless
	lastLines = 5 // of the log, shown when the server does not come up
)

var errWaitedInVain = errors.New("waited in vain")

func waitFor(limit time.Duration, condition func() (bool, error)) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(pollEvery) {
		met, err := condition()
		if met || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w for %v", errWaitedInVain, limit)
		}
	}
}

// restart asks for a restart and returns when another process runs.
func (m *machine) restart() error {
	before, err := m.redisStatus()
	if err != nil {
		return err
	}
	if err := m.client().Send(supervise.Restart, desired.ServiceName); err != nil {
		return err
	}
	limit := time.Duration(m.state.Redis.StopTimeout)*time.Second + m.startDelay()
	err = waitFor(limit, func() (bool, error) {
		now, err := m.redisStatus()
		return now.PID != 0 && now.PID != before.PID, err
	})
	if errors.Is(err, errWaitedInVain) {
		return fmt.Errorf("redis did not stop within %v (redis['runit_sv_timeout'] sets the limit); it goes on stopping and starts again afterwards", limit)
	}
	if err != nil {
		return err
	}
	m.started = true
	return remove(m.restartMarker())
}

func (m *machine) startDelay() time.Duration {
	return time.Duration(m.state.Redis.Definition.StartupDelaySeconds) * time.Second
}

func (m *machine) redisStatus() (supervise.Status, error) {
	all, err := m.client().Status()
	if err != nil {
		return supervise.Status{}, err
	}
	for _, status := range all {
		if status.Name == desired.ServiceName {
			return status, nil
		}
	}
	return supervise.Status{Name: desired.ServiceName}, nil
}

// awaitReady returns when the server answers. A server that loads its data answers too, and is fine. One that only listens
// with TLS is looked at through its process alone.
func (m *machine) awaitReady(before supervise.Status) error {
	address := m.state.Redis.Address
	if before.PID == 0 && !before.WantUp {
		return nil // an operator stopped it
	}
	var last error
	err := waitFor(startWait+m.startDelay(), func() (bool, error) {
		status, err := m.redisStatus()
		if err != nil || address.Socket == "" && address.Port == 0 {
			return status.PID != 0, err
		}
		last = m.answers(address, status.PID)
		if last != nil && status.Failures >= before.Failures+hopeless {
			return false, errors.New("it ended again and again")
		}
		return last == nil, nil
	})
	if err == nil {
		return nil
	}
	if status, statusErr := m.redisStatus(); statusErr == nil && status.Problem != "" {
		last = errors.New(status.Problem)
	}
	return fmt.Errorf("redis was started but does not answer at %s: %w\n%s", address, errors.Join(err, last), m.logTail())
}

// answers checks that the server at address takes commands and is the process that the supervisor started: when another
// program holds the port, ours cannot start and the other one must not be mistaken for it.
func (m *machine) answers(address wire.Address, pid int) error {
	client, err := wire.Dial(address, readyStep)
	if err != nil {
		return err
	}
	defer client.Close() // every answer was read
	// INFO may have been renamed away: an error reply then only means that the identity cannot be checked.
	reply, err := client.Do("INFO", "server")
	var answer wire.ServerError
	if err != nil && !errors.As(err, &answer) {
		return err
	}
	info, _ := reply.(string)
	if other := processID(info); other != "" && pid != 0 && other != strconv.Itoa(pid) {
		return fmt.Errorf("another process (pid %s) answers there, ours has pid %d", other, pid)
	}
	if pid == 0 {
		return errors.New("the process keeps ending")
	}
	_, err = client.Do("PING")
	if errors.As(err, &answer) {
		switch word, _, _ := strings.Cut(string(answer), " "); word {
		case "LOADING":
			m.report("redis is loading its data and takes commands when that is done")
			return nil
		case "ERR": // PING was renamed away; the server answers, and that is the question
			return nil
		}
	}
	return err
}

// processID finds the server's pid in the answer to INFO.
func processID(info string) string {
	for line := range strings.Lines(info) {
		if pid, found := strings.CutPrefix(line, "process_id:"); found {
			return strings.TrimSpace(pid)
		}
	}
	return ""
}

// logTail shows what the server said last, which is where the reason is.
func (m *machine) logTail() string {
	path := filepath.Join(m.state.Redis.Definition.Log.Directory, "current")
	content, err := os.ReadFile(path)
	if err != nil {
		return "its log: " + err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return "the end of " + path + ":\n  " + strings.Join(lines[max(0, len(lines)-lastLines):], "\n  ")
}
