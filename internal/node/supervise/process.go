package supervise

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// adoptedPoll is how often an adopted process, which cannot be waited for, is looked at.
const adoptedPoll = 200 * time.Millisecond

// process is a running service process, started by this supervisor or adopted from an earlier one.
type process struct {
	pid        int
	startTicks uint64
	started    time.Time
	command    *exec.Cmd // nil when adopted
}

// launcher starts processes. Its lock makes changing the supervisor's own file limit, which the child inherits, safe.
type launcher struct {
	mu sync.Mutex
}

// start runs the definition's command with output going to the named pipe.
func (l *launcher) start(definition Definition, output *os.File) (*process, error) {
	for _, mountpoint := range definition.Mountpoints {
		if err := checkMountpoint(mountpoint); err != nil {
			return nil, err
		}
	}
	command := exec.Command(definition.Command[0], definition.Command[1:]...)
	command.Dir = definition.Directory
	command.Stdout, command.Stderr = output, output
	variables, err := readEnvironment(definition.EnvironmentDirectory, definition.Environment)
	if err != nil {
		return nil, err
	}
	command.Env = append(serviceEnvironment(definition.Directory), variables...)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if definition.User != "" {
		credential, err := lookUpCredential(definition.User, definition.Group)
		if err != nil {
			return nil, err
		}
		command.SysProcAttr.Credential = credential
	}
	if err := l.startLimited(command, definition.OpenFiles); err != nil {
		return nil, err
	}
	ticks, err := startTicks(command.Process.Pid)
	if err != nil {
		ticks = 0 // it has ended already; the wait that follows reports how
	}
	return &process{pid: command.Process.Pid, startTicks: ticks, started: time.Now(), command: command}, nil
}

func (l *launcher) startLimited(command *exec.Cmd, openFiles uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if openFiles == 0 {
		return command.Start()
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		return err
	}
	wanted := syscall.Rlimit{Cur: openFiles, Max: max(openFiles, before.Max)}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &wanted); err != nil {
		return fmt.Errorf("set the open files limit to %d: %w", openFiles, err)
	}
	return errors.Join(command.Start(), syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before))
}

// serviceEnvironment is deliberately small: nothing of the operator's shell, which may hold secrets, reaches the service.
func serviceEnvironment(home string) []string {
	return []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=" + home}
}

// readEnvironment returns the variables that a definition names, as NAME=VALUE. A file's whole content is the value.
func readEnvironment(directory string, names []string) ([]string, error) {
	var variables []string
	for _, name := range names {
		value, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil {
			return nil, fmt.Errorf("read the environment: %w", err)
		}
		variables = append(variables, name+"="+string(value))
	}
	return variables, nil
}

func lookUpCredential(userName, groupName string) (*syscall.Credential, error) {
	account, err := user.Lookup(userName)
	if err != nil {
		return nil, err
	}
	group, err := user.LookupGroup(groupName)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(group.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// checkMountpoint refuses a directory that lives on the same device as its parent: the volume is not mounted.
func checkMountpoint(path string) error {
	var self, parent unix.Stat_t
	if err := unix.Stat(path, &self); err != nil {
		return fmt.Errorf("refusing to start because %s is not a mountpoint: %w", path, err)
	}
	if err := unix.Stat(filepath.Join(path, ".."), &parent); err != nil {
		return err
	}
	if self.Dev == parent.Dev && self.Ino != parent.Ino {
		return fmt.Errorf("refusing to start because %s is not a mountpoint", path)
	}
	return nil
}

// adopt returns the process that recorded describes if it still runs.
func adopt(recorded state) (*process, bool) {
	if recorded.PID == 0 {
		return nil, false
	}
	adopted := &process{pid: recorded.PID, startTicks: recorded.StartTicks, started: time.UnixMilli(recorded.Started)}
	return adopted, adopted.alive()
}

func (p *process) alive() bool {
	ticks, err := startTicks(p.pid)
	return err == nil && ticks == p.startTicks
}

// wait returns when the process has ended, saying how.
func (p *process) wait() string {
	if p.command == nil {
		for p.alive() {
			time.Sleep(adoptedPoll)
		}
		return "how is not known, an earlier supervisor started it"
	}
	err := p.command.Wait()
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// signal sends to the process, unless its number meanwhile belongs to another one.
func (p *process) signal(sig syscall.Signal) error {
	if p.command != nil {
		if err := p.command.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		return nil
	}
	if !p.alive() {
		return nil
	}
	return syscall.Kill(p.pid, sig)
}

// startTicks returns a process' start time in clock ticks since boot; a zombie counts as gone.
func startTicks(pid int) (uint64, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The command name, in parentheses, may hold anything; the fields after its last parenthesis are plain.
	end := bytes.LastIndexByte(content, ')')
	fields := strings.Fields(string(content[end+1:]))
	const stateField, startField = 0, 19 // fields 3 and 22 of the file
	if len(fields) <= startField || fields[stateField] == "Z" {
		return 0, os.ErrProcessDone
	}
	return strconv.ParseUint(fields[startField], 10, 64)
}

func bootID() (string, error) {
	content, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read the boot id: %w", err)
	}
	return strings.TrimSpace(string(content)), nil
}
