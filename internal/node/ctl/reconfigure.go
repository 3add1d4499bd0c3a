package ctl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/node/apply"
	"redoubt/internal/node/desired"
	"redoubt/internal/node/gitlabrb"
	"redoubt/internal/node/paths"
	"redoubt/internal/node/plan"
	"redoubt/internal/node/systemd"
)

// extraCommandTimeout bounds redis['extra_config_command'].
const extraCommandTimeout = time.Minute

func reconfigure(i *invocation) int {
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	if i.has("--dry-run") {
		return i.rehearse()
	}
	if i.has("--json") {
		return i.fail(errors.New("--json shows a plan and goes with --dry-run"))
	}
	code := exitOK
	end := i.logRun()
	defer func() { end(code) }()
	if err := i.converge(); err != nil {
		fmt.Fprintf(i.stderr, "There was an error running gitlab-ctl reconfigure:\n\n%v\n", err)
		code = exitFailure
		return code
	}
	i.printf("gitlab Reconfigured!\n")
	return code
}

// requireRoot refuses to touch the real machine without the rights to.
func (i *invocation) requireRoot() int {
	if i.layout.Relocated() || os.Geteuid() == 0 {
		return exitOK
	}
	fmt.Fprintln(i.stderr, "This command must be executed as root user")
	return exitFailure
}

func (i *invocation) converge() error {
	release, err := lockReconfigure(i.layout, lockWait, func(holder string) {
		i.printf("Another gitlab-ctl reconfigure%s is running on this node: waiting for it to end.\n", holder)
	})
	if err != nil {
		return err
	}
	defer release()
	state, wanted, err := i.compare()
	if err != nil {
		i.report(state, nil)
		return err
	}
	i.printPlan(wanted)
	if err := i.runLog.open(); err != nil {
		i.printf("This run is not logged: %v\n", err)
	}
	err = apply.Run(wanted, state, &progress{out: i.stdout})
	i.report(state, wanted)
	return err
}

// compare decides on the desired state and compares it with the machine, changing nothing. When only the comparison fails
// the state is returned beside the error.
func (i *invocation) compare() (*desired.State, *plan.Plan, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	state, err := decide(i.layout, binary)
	if err != nil {
		return nil, nil, err
	}
	wanted, err := plan.Build(state)
	return state, wanted, err
}

// configVariable holds configuration that is read before gitlab.rb, as in GitLab's container image.
const configVariable = "GITLAB_OMNIBUS_CONFIG"

// decide evaluates gitlab.rb and decides on the desired state, changing nothing. An absent file is an empty one.
func decide(layout paths.Layout, binary string) (*desired.State, error) {
	config, err := evaluate(layout)
	if err != nil {
		return nil, err
	}
	return desired.FromConfig(config, environment(layout, binary))
}

// environment is what the decision needs besides gitlab.rb.
func environment(layout paths.Layout, binary string) desired.Environment {
	return desired.Environment{
		Layout: layout, Binary: binary, RunCommand: runCommand, FQDN: fqdn, IPAddress: ipAddress, Deprecations: oldFlags(layout), LookUp: lookUp, VersionOf: versionOf,
	}
}

// oldFlags tells about a flag file under the name of 2016.
func oldFlags(layout paths.Layout) []string {
	current, former := layout.SkipReconfigureFlags()[0], layout.SkipReconfigureFlags()[1]
	if _, err := os.Stat(former); err != nil {
		return nil
	}
	return []string{fmt.Sprintf("%s has been called %s since GitLab 10.6. Both keep upgrades from reconfiguring this node.", former, filepath.Base(current))}
}

func evaluate(layout paths.Layout) (*gitlabrb.Config, error) {
	path := layout.ConfigFile()
	source, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var sources []gitlabrb.Source
	if text := os.Getenv(configVariable); text != "" {
		sources = append(sources, gitlabrb.Source{Path: configVariable, Text: []byte(text)})
	}
	return gitlabrb.EvaluateAll(append(sources, gitlabrb.Source{Path: path, Text: source}), gitlabrb.Env{
		Getenv:   os.LookupEnv,
		ReadFile: func(name string) ([]byte, error) { return os.ReadFile(layout.At(name)) },
		FileExists: func(name string) bool {
			_, err := os.Stat(layout.At(name))
			return err == nil
		},
		Hostname:  hostname,
		FQDN:      fqdn,
		IPAddress: ipAddress,
	})
}

// lockWait is how long a reconfigure waits for another one, which may have to wait for a server that saves its data.
const lockWait = 10 * time.Minute

// lockReconfigure keeps two runs from working on one node at a time: the second calls waiting and waits up to limit. It locks
// an existing directory, so that a run that ends in an error has left no trace. The kernel releases the lock of a killed run.
func lockReconfigure(layout paths.Layout, limit time.Duration, waiting func(holder string)) (release func(), err error) {
	directory := layout.ConfigDirectory()
	for {
		if _, err := os.Stat(directory); err == nil || directory == "/" {
			break
		}
		directory = filepath.Dir(directory)
	}
	file, err := os.Open(directory)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(limit)
	for said := false; ; time.Sleep(pollEvery) {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil // closing releases the lock
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", directory, err), file.Close())
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(fmt.Errorf("another gitlab-ctl reconfigure%s is running on this node (it holds a lock on %s)",
				lockHolder(file), directory), file.Close())
		}
		if !said {
			waiting(lockHolder(file))
			said = true
		}
	}
}

// lockHolder says which process holds the lock on a file, as " (pid 12)", or nothing when the kernel does not tell.
func lockHolder(file *os.File) string {
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	locks, err := os.ReadFile("/proc/locks")
	stat, ok := info.Sys().(*syscall.Stat_t)
	if err != nil || !ok {
		return ""
	}
	for line := range strings.Lines(string(locks)) {
		// 1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF
		fields := strings.Fields(line)
		if len(fields) > 5 && fields[1] == "FLOCK" && strings.HasSuffix(fields[5], fmt.Sprintf(":%d", stat.Ino)) {
			return " (pid " + fields[4] + ")"
		}
	}
	return ""
}

func runCommand(words []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), extraCommandTimeout)
	defer cancel()
	output, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
	if ctx.Err() != nil {
		return output, fmt.Errorf("it did not end within %v", extraCommandTimeout)
	}
	return output, err
}

// programPath is where services look for programs; see supervise.
var programPath = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// lookUp finds an installed program.
func lookUp(name string) (string, error) {
	for _, directory := range programPath {
		if path, err := exec.LookPath(filepath.Join(directory, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}

// versionOf is what a server says about its version.
func versionOf(program string) (string, error) {
	const limit = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	output, err := exec.CommandContext(ctx, program, "--version").Output()
	if ctx.Err() != nil {
		return "", fmt.Errorf("it did not end within %v", limit)
	}
	return string(output), err
}

func hostname() (string, error) {
	name, err := os.Hostname()
	short, _, _ := strings.Cut(name, ".")
	return short, err
}

// fqdn is what hostname -f prints: the canonical name of this machine's name, or the name itself when nothing knows more.
func fqdn() (string, error) {
	name, err := os.Hostname()
	if err != nil || strings.Contains(name, ".") {
		return name, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, name)
	if err != nil {
		return name, nil
	}
	for _, address := range addresses {
		names, err := net.DefaultResolver.LookupAddr(ctx, address)
		if err != nil {
			continue
		}
		for _, candidate := range names {
			if strings.HasPrefix(candidate, name+".") {
				return strings.TrimSuffix(candidate, "."), nil
			}
		}
	}
	return name, nil
}

// ipAddress is the address of the interface that the default route uses; nothing is sent to find it.
func ipAddress() (string, error) {
	conn, err := net.Dial("udp", "192.0.2.1:9")
	if err != nil {
		return "", fmt.Errorf("this machine has no default route: %w", err)
	}
	defer conn.Close() // nothing was sent
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	return host, err
}

func unitInstalled(layout paths.Layout) bool {
	if layout.Relocated() || !systemd.Running() {
		return false
	}
	_, err := os.Stat(filepath.Join(layout.SystemdUnits(), systemd.UnitName))
	return err == nil
}
