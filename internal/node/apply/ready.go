package apply

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
)

const (
	startWait    = 30 * time.Second // for a started process to accept connections
	exporterWait = 10 * time.Second
	readyStep    = 2 * time.Second // for one answer
	pollEvery    = 20 * time.Millisecond
	hopeless     = 5 // failed starts in a row that make waiting pointless
	lastLines    = 5 // of the log, shown when the server does not come up
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
func (m *machine) restart(name string) error {
	before, err := m.status(name)
	if err != nil {
		return err
	}
	if err := m.client().Send(supervise.Restart, name); err != nil {
		return err
	}
	service := m.service(name)
	limit := time.Duration(service.StopTimeout)*time.Second + startDelay(service)
	err = waitFor(limit, func() (bool, error) {
		now, err := m.status(name)
		return now.Follows(before), err
	})
	if errors.Is(err, errWaitedInVain) {
		return fmt.Errorf("%s did not stop within %v (redis['runit_sv_timeout'] sets the limit); it goes on stopping and starts again afterwards", name, limit)
	}
	if err != nil {
		return err
	}
	m.started[name] = true
	return remove(m.restartMarker(name))
}

func (m *machine) service(name string) *desired.Service {
	all := m.state.Services()
	return all[slices.IndexFunc(all, func(s *desired.Service) bool { return s.Name == name })]
}

func startDelay(service *desired.Service) time.Duration {
	return time.Duration(service.Definition.StartupDelaySeconds) * time.Second
}

func (m *machine) status(service string) (supervise.Status, error) {
	all, err := m.client().Status()
	if err != nil {
		return supervise.Status{}, err
	}
	for _, status := range all {
		if status.Name == service {
			return status, nil
		}
	}
	return supervise.Status{Name: service}, nil
}

// awaitService waits for a service that was started.
func (m *machine) awaitService(service *desired.Service) error {
	status, err := m.status(service.Name)
	if err != nil {
		return err
	}
	// A process that failed before may be about to fail again, which must not pass as a success.
	if !m.started[service.Name] && status.Failures == 0 {
		return nil
	}
	return m.awaitReady(service, status)
}

// awaitExporter waits for an exporter that was started. GitLab works without its metrics, so one that does not come up is
// told of and stops nothing.
func (m *machine) awaitExporter(exporter *desired.Exporter) {
	if !m.started[exporter.Name] {
		return
	}
	err := waitFor(exporterWait, func() (bool, error) {
		status, err := m.status(exporter.Name)
		if err != nil {
			return false, err
		}
		if status.Failures >= hopeless {
			return false, errors.New("it ended again and again")
		}
		conn, err := net.DialTimeout("tcp", exporter.Listen, readyStep)
		if err != nil {
			return false, nil //nolint:nilerr // not yet
		}
		return status.PID != 0 && status.Failures == 0, conn.Close()
	})
	if err != nil {
		m.progress.Detail(fmt.Sprintf("WARNING: %s does not answer at %s: %v\n%s", exporter.Name, exporter.Listen, err, logTail(&exporter.Service)))
	}
}

// awaitReady returns when the server answers. A server that loads its data answers too, and is fine.
func (m *machine) awaitReady(service *desired.Service, before supervise.Status) error {
	address := m.addressOf(service)
	if before.PID == 0 && !before.WantUp {
		return nil // an operator stopped it
	}
	var last error
	err := waitFor(startWait+startDelay(service), func() (bool, error) {
		status, err := m.status(service.Name)
		if err != nil {
			return false, err
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
	if status, statusErr := m.status(service.Name); statusErr == nil && status.Problem != "" {
		last = errors.New(status.Problem)
	}
	return fmt.Errorf("%s was started but does not answer at %s: %w\n%s", service.Name, address, errors.Join(err, last), logTail(service))
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
	info, err := client.Info("server")
	if err != nil {
		return err
	}
	if other := info["process_id"]; other != "" && pid != 0 && other != strconv.Itoa(pid) {
		return fmt.Errorf("another process (pid %s) answers there, ours has pid %d", other, pid)
	}
	if pid == 0 {
		return errors.New("the process keeps ending")
	}
	_, err = client.Do("PING")
	var answer wire.ServerError
	if errors.As(err, &answer) {
		switch word, _, _ := strings.Cut(string(answer), " "); word {
		case "LOADING":
			m.progress.Detail("it is loading its data and takes commands when that is done")
			return nil
		case "ERR": // PING was renamed away; the server answers, and that is the question
			return nil
		}
	}
	return err
}

// logTail shows what the server said last, which is where the reason is.
func logTail(service *desired.Service) string {
	path := filepath.Join(service.Definition.Log.Directory, "current")
	content, err := os.ReadFile(path)
	if err != nil {
		return "its log: " + err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return "the end of " + path + ":\n  " + strings.Join(lines[max(0, len(lines)-lastLines):], "\n  ")
}
