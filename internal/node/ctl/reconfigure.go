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
	if err := i.converge(); err != nil {
		fmt.Fprintf(i.stderr, "There was an error running gitlab-ctl reconfigure:\n\n%v\n", err)
		return exitFailure
	}
	i.printf("gitlab Reconfigured!\n")
	return exitOK
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
	release, err := lockReconfigure(i.layout)
	if err != nil {
		return err
	}
	defer release()
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	state, err := decide(i.layout, binary)
	if err != nil {
		return err
	}
	wanted, err := plan.Build(state)
	if err != nil {
		i.report(state, nil)
		return err
	}
	i.printPlan(wanted)
	err = apply.Run(wanted, state, binary, func(line string) { i.printf("  done: %s\n", line) })
	i.report(state, wanted)
	return err
}

func (i *invocation) printPlan(wanted *plan.Plan) {
	if len(wanted.Actions) == 0 {
		i.printf("This node matches gitlab.rb already: nothing to change.\n")
		return
	}
	i.printf("Plan:\n")
	for _, action := range wanted.Actions {
		i.printf("  - %s\n", action)
	}
	i.printf("Applying:\n")
}

// report prints what the operator should read, after everything else so that it stays in sight.
func (i *invocation) report(state *desired.State, wanted *plan.Plan) {
	groups := []struct {
		title string
		lines []string
	}{{title: "Warnings:", lines: state.Warnings}}
	if wanted != nil {
		groups = append(groups, struct {
			title string
			lines []string
		}{"Notes:", wanted.Notes})
	}
	for _, group := range groups {
		if len(group.lines) == 0 {
			continue
		}
		i.printf("\n%s\n", group.title)
		for _, line := range group.lines {
			i.printf("* %s\n", line)
		}
	}
}

// configVariable holds configuration that is read before gitlab.rb, as in GitLab's container image.
const configVariable = "GITLAB_OMNIBUS_CONFIG"

// decide evaluates gitlab.rb and decides on the desired state, changing nothing. An absent file is an empty one.
func decide(layout paths.Layout, binary string) (*desired.State, error) {
	config, err := evaluate(layout)
	if err != nil {
		return nil, err
	}
	return desired.FromConfig(config, desired.Environment{
		Layout: layout, Binary: binary, RunCommand: runCommand, FQDN: fqdn,
	})
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

// checkConfig is a rehearsal of reconfigure.
func checkConfig(i *invocation) int {
	binary, err := os.Executable()
	if err != nil {
		return i.fail(err)
	}
	state, err := decide(i.layout, binary)
	if err != nil {
		return i.fail(err)
	}
	wanted, err := plan.Build(state)
	if err != nil {
		return i.fail(err)
	}
	if len(wanted.Actions) == 0 {
		i.printf("This node matches gitlab.rb.\n")
	} else {
		i.printf("gitlab.rb is fine. gitlab-ctl reconfigure would:\n")
	}
	for _, action := range wanted.Actions {
		i.printf("  - %s\n", action)
	}
	i.report(state, wanted)
	return exitOK
}

// lockReconfigure keeps two runs from working on one node at a time. It locks an existing directory, so that a run that
// ends in an error has left no trace.
func lockReconfigure(layout paths.Layout) (release func(), err error) {
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
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another gitlab-ctl reconfigure is running on this node (it holds a lock on %s)", directory), file.Close())
	}
	return func() { file.Close() }, nil // closing releases the lock
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
