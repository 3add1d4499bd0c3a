package ctl

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/node/supervise"
	"redoubt/internal/node/systemd"
)

const (
	defaultWait = 30 * time.Second // SVWAIT
	pollEvery   = 20 * time.Millisecond
	// settled is how long a started process must have lived for its start to count: one that ends at once is seen ending.
	settled = 200 * time.Millisecond
)

func serviceCommands() []command {
	all := []command{
		{name: "status", description: "Show the status of the services.", run: status},
		{name: "start", description: "Start services that are down, and restart them when they end.", run: start},
		{name: "stop", description: "Stop services, and do not restart them.", run: stop},
		{name: "restart", description: "Stop services that run, then start them again.", run: restart},
		{name: "restart-except", description: "Restart all services except the named ones.", run: restartExcept},
		{name: "graceful-kill", description: "Stop services; kill what is left of them.", run: gracefulKill},
		{name: "service-list", description: "List the services; enabled ones have a *.", run: serviceList},
		{name: "tail", description: "Follow the logs of all services, or of one.", run: tail},
	}
	for _, signal := range []struct {
		operation   supervise.Operation
		description string
	}{
		{supervise.Once, "Start services that are down, and do not restart them when they end."},
		{supervise.Hangup, "Send the services a HUP."},
		{supervise.Interrupt, "Send the services an INT."},
		{supervise.Terminate, "Send the services a TERM."},
		{supervise.Kill, "Send the services a KILL."},
		{supervise.User1, "Send the services a USR1."},
		{supervise.User2, "Send the services a USR2."},
		{supervise.Quit, "Send the services a QUIT."},
		{supervise.Alarm, "Send the services an ALRM."},
		{supervise.Pause, "Send the services a STOP."},
		{supervise.Continue, "Send the services a CONT."},
		{supervise.Up, "Start services that are down, without waiting."},
		{supervise.Down, "Stop services, without waiting."},
	} {
		all = append(all, command{name: string(signal.operation), description: signal.description, run: send(signal.operation)})
	}
	for n := range all {
		all[n].category, all[n].takesArguments = serviceCategory, true
	}
	all[slices.IndexFunc(all, func(c command) bool { return c.name == "service-list" })].takesArguments = false
	return all
}

// each runs f for the services that the arguments name (all enabled ones without arguments), in alphabetical order, and
// returns the sum of the exit codes. A service that exists but is disabled is passed over; one that does not exist is an
// error, where GitLab's package says nothing.
func (i *invocation) each(f func(service string) int) int {
	known, err := supervise.Known(i.layout)
	if err != nil {
		return i.fail(err)
	}
	enabled, err := supervise.Enabled(i.layout)
	if err != nil {
		return i.fail(err)
	}
	if len(i.args) == 0 {
		if len(enabled) == 0 {
			fmt.Fprintln(i.stderr, "No service is enabled on this node. gitlab-ctl reconfigure sets it up from gitlab.rb.")
		}
		return sum(enabled, f)
	}
	for _, name := range i.args {
		if !slices.Contains(known, name) {
			return i.fail(fmt.Errorf("Service '%s' not found. Services on this node: %s", name, strings.Join(known, " ")))
		}
	}
	var chosen []string
	for _, name := range slices.Sorted(slices.Values(i.args)) {
		if slices.Contains(enabled, name) {
			chosen = append(chosen, name)
		} else if i.has("-v", "--verbose") {
			i.printf("%s disabled\n", name)
		}
	}
	return sum(chosen, f)
}

func sum(services []string, f func(string) int) int {
	total := 0
	for _, service := range services {
		total += f(service)
	}
	return total
}

func (i *invocation) client() supervise.Client { return supervise.Client{Layout: i.layout} }

// lookUp returns a service's status, or prints why there is none and returns an exit code.
func (i *invocation) lookUp(service string) (supervise.Status, int) {
	all, err := i.client().Status()
	if err != nil {
		return supervise.Status{}, i.noSupervisor(service, err)
	}
	at := slices.IndexFunc(all, func(s supervise.Status) bool { return s.Name == service })
	if at < 0 {
		return supervise.Status{}, i.noSupervisor(service, supervise.ErrNeverRan)
	}
	return all[at], exitOK
}

// noSupervisor prints what runit's sv prints; tools look for "runsv not running".
func (i *invocation) noSupervisor(service string, err error) int {
	switch {
	case errors.Is(err, supervise.ErrNeverRan):
		i.printf("warning: %s: unable to open supervise/ok: file does not exist\n", service)
		return exitNeverStarted
	case errors.Is(err, supervise.ErrNotRunning):
		i.printf("fail: %s: runsv not running\n", service)
		return exitFailure
	}
	return i.fail(err)
}

func status(i *invocation) int {
	return i.each(func(service string) int {
		found, code := i.lookUp(service)
		if code != exitOK {
			return code
		}
		i.printf("%s\n", found.LineWithLog())
		if found.Problem != "" {
			fmt.Fprintf(i.stderr, "%s: %s\n", service, found.Problem)
		}
		if found.PID == 0 {
			return exitNotRunning
		}
		return exitOK
	})
}

func serviceList(i *invocation) int {
	known, err := supervise.Known(i.layout)
	if err != nil {
		return i.fail(err)
	}
	enabled, err := supervise.Enabled(i.layout)
	if err != nil {
		return i.fail(err)
	}
	for _, name := range known {
		if slices.Contains(enabled, name) {
			name += "*"
		}
		i.printf("%s\n", name)
	}
	return exitOK
}

func send(operation supervise.Operation) func(*invocation) int {
	return func(i *invocation) int {
		return i.each(func(service string) int {
			if _, code := i.lookUp(service); code != exitOK {
				return code
			}
			if err := i.client().Send(operation, service); err != nil {
				return i.fail(err)
			}
			return exitOK
		})
	}
}

// operate sends an operation, waits until met holds and prints runit's line about it.
func (i *invocation) operate(service string, operation supervise.Operation, met func(before, now supervise.Status) bool) int {
	before, code := i.lookUp(service)
	if code != exitOK {
		return code
	}
	if err := i.client().Send(operation, service); err != nil {
		return i.fail(err)
	}
	for deadline := time.Now().Add(waitLimit() + i.startDelay(service, operation)); ; time.Sleep(pollEvery) {
		now, code := i.lookUp(service)
		if code != exitOK {
			return code
		}
		if met(before, now) {
			i.printf("ok: %s\n", now.Line())
			return exitOK
		}
		if time.Now().After(deadline) {
			i.printf("timeout: %s\n", now.Line())
			if now.Problem != "" {
				fmt.Fprintf(i.stderr, "%s: %s\n", service, now.Problem)
			}
			return exitFailure
		}
	}
}

// waitLimit is SVWAIT, in seconds, as people set it for runit.
func waitLimit() time.Duration {
	if seconds, err := strconv.Atoi(os.Getenv("SVWAIT")); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	return defaultWait
}

// startDelay is how much longer a start takes because redis['startup_delay'] says so.
func (i *invocation) startDelay(service string, operation supervise.Operation) time.Duration {
	definition, err := supervise.ReadDefinition(i.layout, service)
	if err != nil || operation == supervise.Down {
		return 0
	}
	return time.Duration(definition.StartupDelaySeconds) * time.Second
}

func isDown(_, now supervise.Status) bool { return now.PID == 0 }

func isUp(_, now supervise.Status) bool { return now.PID != 0 && now.Age >= settled }

func isUpAnew(before, now supervise.Status) bool { return isUp(before, now) && now.Follows(before) }

func start(i *invocation) int {
	if code := i.ensureSupervisor(); code != exitOK {
		return code
	}
	return i.each(func(service string) int { return i.operate(service, supervise.Up, isUp) })
}

func stop(i *invocation) int {
	return i.each(func(service string) int { return i.operate(service, supervise.Down, isDown) })
}

func restart(i *invocation) int {
	if code := i.ensureSupervisor(); code != exitOK {
		return code
	}
	return i.each(func(service string) int { return i.operate(service, supervise.Restart, isUpAnew) })
}

func restartExcept(i *invocation) int {
	if len(i.args) == 0 {
		fmt.Fprintln(i.stderr, "Please provide services to exclude from restart")
		return exitFailure
	}
	known, err := supervise.Known(i.layout)
	if err != nil {
		return i.fail(err)
	}
	for _, name := range i.args {
		if !slices.Contains(known, name) {
			return i.fail(fmt.Errorf("Service '%s' not found", name))
		}
	}
	i.printf("Restarting all services except: %s.\n", strings.Join(i.args, ", "))
	except := i.args
	i.args = nil
	return i.each(func(service string) int {
		if slices.Contains(except, service) {
			return exitOK
		}
		return i.operate(service, supervise.Restart, isUpAnew)
	})
}

func gracefulKill(i *invocation) int {
	return i.each(func(service string) int {
		if i.operate(service, supervise.Down, isDown) == exitOK {
			return exitOK
		}
		return i.operate(service, supervise.KillGroup, isDown)
	})
}

// ensureSupervisor starts the supervisor when it does not run, as a reboot would.
func (i *invocation) ensureSupervisor() int {
	enabled, err := supervise.Enabled(i.layout)
	if err != nil {
		return i.fail(err)
	}
	_, err = i.client().SupervisorPID()
	if len(enabled) == 0 || !errors.Is(err, supervise.ErrNotRunning) && !errors.Is(err, supervise.ErrNeverRan) {
		return exitOK
	}
	if unitInstalled(i.layout) {
		err = systemd.Start()
	} else {
		var binary string
		if binary, err = os.Executable(); err == nil {
			err = supervise.Spawn(i.layout, binary)
		}
	}
	if err != nil {
		return i.fail(err)
	}
	return exitOK
}
