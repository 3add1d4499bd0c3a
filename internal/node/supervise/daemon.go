package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"redoubt/internal/node/paths"
)

const daemonWait = 15 * time.Second

// Spawn starts a supervisor as a background process of its own session, for machines without systemd, and returns when
// it answers. binary is this program; its "ctl supervise" command runs Run. When one that somebody else has started a moment
// ago turns out to be first, Spawn waits for that one's answer.
func Spawn(layout paths.Layout, binary string) error {
	if err := os.MkdirAll(layout.SupervisorDirectory(), 0o755); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	logPath := filepath.Join(layout.SupervisorDirectory(), "log")
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	command := exec.Command(binary, "ctl", "supervise")
	command.Dir = "/"
	command.Stdout, command.Stderr = log, log
	command.Env = append(serviceEnvironment("/"), "REDOUBT_ROOT="+layout.Root())
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = errors.Join(command.Start(), log.Close())
	if err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	deadline := time.After(daemonWait)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if isLocked(layout) {
				continue
			}
			return fmt.Errorf("the supervisor ended at once (%w): see %s%s", err, logPath, lastLine(logPath))
		case <-deadline:
			return fmt.Errorf("the supervisor does not answer after %v: see %s", daemonWait, logPath)
		case <-tick.C:
			if _, err := (Client{Layout: layout}).SupervisorPID(); err == nil {
				return nil
			}
		}
	}
}

func lastLine(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return ": " + lines[len(lines)-1]
}
