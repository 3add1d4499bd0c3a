package ctl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/firewall"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/systemd"
)

// superviseForeground is the supervisor process. It ends, after its services, on TERM and INT.
func superviseForeground(i *invocation) int {
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	signal.Ignore(syscall.SIGHUP) // a terminal that goes away is no reason to stop Redis
	logf := func(format string, args ...any) {
		i.printf("%s %s\n", time.Now().UTC().Format("2006-01-02_15:04:05.00000"), fmt.Sprintf(format, args...))
	}
	if err := firewall.Restore(i.layout.FirewallFile()); err != nil {
		logf("the firewall rules could not be restored, services start without them: %v", err)
	}
	if err := supervise.Run(ctx, i.layout, logf); err != nil {
		return i.fail(err)
	}
	return exitOK
}

// stopSupervisor ends the supervisor and its services and returns when they are gone. None running is fine.
func (i *invocation) stopSupervisor() error {
	client := i.client()
	if _, err := client.SupervisorPID(); errors.Is(err, supervise.ErrNotRunning) || errors.Is(err, supervise.ErrNeverRan) {
		return nil
	}
	if unitInstalled(i.layout) {
		return systemd.Stop()
	}
	if err := client.Send(supervise.Shutdown, ""); err != nil {
		return err
	}
	for deadline := time.Now().Add(waitLimit()); time.Now().Before(deadline); time.Sleep(pollEvery) {
		if _, err := client.SupervisorPID(); err != nil {
			return nil
		}
	}
	return errors.New("timeout: the services are still stopping; the supervisor ends when they have")
}

func superviseStop(i *invocation) int {
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	if err := i.stopSupervisor(); err != nil {
		return i.fail(err)
	}
	i.printf("ok: all services and the supervisor are stopped\n")
	return exitOK
}

func uninstall(i *invocation) int {
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	if err := i.removeSupervision(); err != nil {
		return i.fail(err)
	}
	i.printf("Services are stopped and no longer started at boot. Configuration, data and logs are untouched:\n"+
		"  %s\n  %s\n  %s\n", i.layout.ConfigDirectory(), i.layout.DataDirectory(), i.layout.LogDirectory())
	return exitOK
}

func (i *invocation) removeSupervision() error {
	if err := i.stopSupervisor(); err != nil {
		return err
	}
	if _, err := os.Stat(i.layout.FirewallFile()); err == nil {
		if err := firewall.Set(i.layout.FirewallFile(), nil); err != nil {
			return err
		}
	}
	if unitInstalled(i.layout) {
		return systemd.Remove(i.layout)
	}
	return nil
}

// cleanse removes what this program made, after saving the configuration. It never removes data: dump.rdb is the one thing
// that no reconfigure brings back.
func cleanse(i *invocation) int {
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	if code := i.confirmCleanse(); code != exitOK {
		return code
	}
	saved, err := i.saveConfiguration()
	if err != nil {
		return i.fail(err)
	}
	if err := i.removeSupervision(); err != nil {
		return i.fail(err)
	}
	owned, err := i.owned()
	if err != nil {
		return i.fail(err)
	}
	for _, path := range owned {
		if err := os.RemoveAll(path); err != nil {
			return i.fail(err)
		}
		i.printf("removed %s\n", path)
	}
	i.printf("The configuration was saved to %s.\nThe data in %s is untouched.\n", saved, i.layout.DataDirectory())
	return exitOK
}

// owned are the files and directories that this program made, but for data.
func (i *invocation) owned() ([]string, error) {
	services, err := supervise.Known(i.layout)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, service := range services {
		link, _ := supervise.EnabledLink(i.layout, service)
		logs := filepath.Join(i.layout.LogDirectory(), service)
		if known, err := supervise.ReadDefinition(i.layout, service); err == nil {
			logs = known.Log.Directory
			for _, variable := range known.Environment { // passwords are among them
				all = append(all, filepath.Join(known.EnvironmentDirectory, variable))
			}
		}
		all = append(all, link, filepath.Dir(supervise.DefinitionFile(i.layout, service)), logs)
	}
	return append(all, i.layout.SupervisorDirectory(), i.layout.NodeFile(), i.layout.FirewallFile(), runLogDirectory(i.layout),
		i.layout.ConfigDirectory()), nil
}

func (i *invocation) confirmCleanse() int {
	if len(i.args) > 0 && i.args[0] == "yes" {
		return exitOK
	}
	i.printf("*** This removes the configuration, the logs and the services of this node. ***\n"+
		"%s is copied to %s first; the data of Redis stays.\nType yes to go on: ", i.layout.ConfigDirectory(), i.cleanseTarget())
	answer, err := bufio.NewReader(i.stdin).ReadString('\n')
	if err == nil && strings.TrimSpace(answer) == "yes" {
		return exitOK
	}
	i.printf("\nNothing was removed.\n")
	return exitFailure
}

func (i *invocation) cleanseTarget() string {
	return i.layout.At("/root/gitlab-cleanse-" + time.Now().UTC().Format("2006-01-02T15-04"))
}

func (i *invocation) saveConfiguration() (string, error) {
	target := i.cleanseTarget()
	for n := 2; ; n++ {
		if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
			break
		}
		target = fmt.Sprintf("%s-%d", i.cleanseTarget(), n)
	}
	if err := os.MkdirAll(target, 0o700); err != nil {
		return "", err
	}
	source := i.layout.ConfigDirectory()
	if _, err := os.Stat(source); errors.Is(err, fs.ErrNotExist) {
		return target, nil
	}
	if err := os.CopyFS(target, os.DirFS(source)); err != nil {
		return "", fmt.Errorf("save the configuration: %w (nothing was removed)", err)
	}
	return target, nil
}

// upgrade is what a package's post-install step runs.
func upgrade(i *invocation) int {
	for _, flag := range i.layout.SkipReconfigureFlags() {
		if _, err := os.Stat(flag); err == nil {
			i.printf("Found %s: this upgrade neither reconfigures nor migrates anything.\n"+
				"Run gitlab-ctl reconfigure yourself when you want the new version to take effect.\n", flag)
			return exitOK
		}
	}
	if _, err := os.Stat(i.layout.ConfigFile()); errors.Is(err, fs.ErrNotExist) {
		i.printf("Thank you for installing Redoubt. This node is not configured yet:\n"+
			"write %s and run gitlab-ctl reconfigure.\n", i.layout.ConfigFile())
		return exitOK
	}
	return reconfigure(i)
}

// upgradeCheck has nothing to object to: any version reads the data and the configuration of any earlier one.
func upgradeCheck(i *invocation) int {
	if len(i.args) != 2 {
		fmt.Fprintln(i.stderr, "usage: gitlab-ctl upgrade-check OLD_VERSION NEW_VERSION")
		return exitFailure
	}
	return exitOK
}

func generatePassword(i *invocation) int {
	i.printf("%s\n", desired.GeneratePassword())
	return exitOK
}
