package plan

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/node/accounts"
	"redoubt/internal/node/connection"
	"redoubt/internal/node/desired"
	"redoubt/internal/node/kernel"
	"redoubt/internal/node/paths"
	"redoubt/internal/node/secrets"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/systemd"
)

type builder struct {
	state  *desired.State
	layout paths.Layout
	plan   Plan

	// statuses is what the supervisor says; supervised is false when it does not run.
	statuses   []supervise.Status
	asked      time.Time // when it said so
	supervised bool
	rescan     string // why the supervisor has to look again; "" when it need not
	restarts   map[string][]string
	live       []Action
}

// Build looks at the machine and returns what has to be done to make it match.
func Build(state *desired.State) (*Plan, error) {
	b := &builder{state: state, layout: state.Layout, restarts: map[string][]string{}}
	if err := refuseForeignPackage(b.layout); err != nil {
		return nil, err
	}
	statuses, err := supervise.Client{Layout: b.layout}.Status()
	if err != nil && !errors.Is(err, supervise.ErrNotRunning) && !errors.Is(err, supervise.ErrNeverRan) {
		return nil, err
	}
	b.statuses, b.asked, b.supervised = statuses, time.Now(), err == nil
	if b.layout.Relocated() {
		b.plan.Notes = append(b.plan.Notes, "below "+b.layout.Root()+": accounts, file ownership, kernel settings and systemd are left alone")
	}
	steps := []func() error{b.accounts, b.directories, b.kernel, b.firewall, b.redis, b.sentinel, b.exporters, b.consul, b.supervisor}
	if len(state.Services()) == 0 {
		steps = nil
		b.note("redis is not enabled on this node (redis['enable'], roles): there is nothing to manage")
	}
	for _, step := range append(steps, b.retire) {
		if err := step(); err != nil {
			return nil, fmt.Errorf("compare with the machine: %w", err)
		}
	}
	b.finish()
	return &b.plan, nil
}

// refuseForeignPackage keeps two supervisors from fighting over one set of service directories.
func refuseForeignPackage(layout paths.Layout) error {
	marker := layout.PackageSupervisor()
	if _, err := os.Stat(marker); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("GitLab's own package is installed here (%s exists) and manages the same directories. To take its Redis data over: "+
		"stop it (gitlab-ctl stop), uninstall the package without purging (its data in %s and %s stays), and run this again",
		marker, layout.DataDirectory(), layout.ConfigDirectory())
}

func (b *builder) add(action Action) { b.plan.Actions = append(b.plan.Actions, action) }

func (b *builder) note(format string, args ...any) {
	b.plan.Notes = append(b.plan.Notes, fmt.Sprintf(format, args...))
}

// finish puts what concerns running processes last, when every file is in place. A restart makes what would be changed in
// the running process unnecessary.
func (b *builder) finish() {
	if b.rescan != "" && b.supervised {
		b.add(Rescan{Reason: b.rescan})
	}
	for _, action := range b.live {
		if len(b.restarts[concerns(action)]) == 0 {
			b.add(action)
		}
	}
	for _, service := range b.state.Services() {
		if reasons := b.restarts[service.Name]; len(reasons) > 0 {
			b.add(RestartService{Service: service.Name, Reasons: reasons})
		}
	}
}

// concerns names the service whose process an action changes.
func concerns(action Action) string { return action.entry().Target }

func (b *builder) accounts() error {
	if b.layout.Relocated() {
		return nil
	}
	account := b.state.Account
	for _, group := range []string{account.Group, account.SocketGroup} {
		exists, err := accounts.GroupExists(group)
		if err != nil {
			return err
		}
		if exists {
			continue
		}
		if !b.state.ManageAccounts {
			return fmt.Errorf("group %s does not exist, and manage_accounts['enable'] = false forbids to create it", group)
		}
		gid := 0
		if group == account.Group {
			gid = account.GID
		}
		b.add(CreateGroup{Name: group, GID: gid})
	}
	exists, err := accounts.UserExists(account.User)
	if err != nil || exists {
		return err
	}
	if !b.state.ManageAccounts {
		return fmt.Errorf("account %s does not exist, and manage_accounts['enable'] = false forbids to create it", account.User)
	}
	b.add(CreateUser{Account: accounts.User{
		Name: account.User, Group: account.Group, Home: account.Home, Shell: account.Shell, UID: account.UID,
	}})
	return nil
}

func (b *builder) owner(user, group string) Owner {
	if b.layout.Relocated() {
		return Owner{}
	}
	return Owner{User: user, Group: group}
}

func (b *builder) directories() error {
	account := b.state.Account
	wanted := []MakeDirectory{
		{Path: b.layout.DataDirectory(), Mode: 0o755},
		{Path: b.layout.LogDirectory(), Mode: 0o755},
		{Path: b.layout.PackageDirectory(), Mode: 0o755},
		{Path: filepath.Dir(b.layout.NodeFile()), Mode: 0o755},
		{Path: b.layout.EnabledServices(), Mode: 0o755},
	}
	if redis := b.state.Redis; redis != nil {
		wanted = append(wanted, MakeDirectory{Path: redis.Directory, Mode: 0o750, Owner: b.owner(account.User, account.SocketGroup)})
	}
	if s := b.state.Sentinel; s != nil {
		wanted = append(wanted, b.sentinelDirectory(s))
	}
	for _, service := range b.state.Services() {
		wanted = append(wanted, MakeDirectory{Path: filepath.Dir(supervise.DefinitionFile(b.layout, service.Name)), Mode: 0o755}, b.logDirectory(service))
	}
	for _, exporter := range b.state.Exporters {
		wanted = append(wanted, MakeDirectory{Path: exporter.Definition.EnvironmentDirectory, Mode: 0o700})
	}
	for _, registration := range b.state.Registrations {
		if registration.Content != nil {
			wanted = append(wanted, MakeDirectory{Path: filepath.Dir(registration.Path), Mode: 0o755})
		}
	}
	if err := b.secrets(); err != nil {
		return err
	}
	if b.state.ManageEtc {
		wanted = append([]MakeDirectory{{Path: b.layout.ConfigDirectory(), Mode: 0o775}}, wanted...)
	}
	for _, directory := range wanted {
		reason, err := directoryDiffers(directory)
		if err != nil {
			return err
		}
		if reason != "" {
			directory.Reason = reason
			b.add(directory)
		}
	}
	return nil
}

// secrets keeps the secrets file, where there is one, from other accounts.
func (b *builder) secrets() error {
	info, err := os.Stat(b.layout.Secrets())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		b.add(SetMode{Path: b.layout.Secrets(), Mode: secrets.Mode, Reason: fmt.Sprintf("it holds the secrets of GitLab: mode %04o -> %04o", info.Mode().Perm(), secrets.Mode)})
	}
	return nil
}

func (b *builder) logDirectory(service *desired.Service) MakeDirectory {
	mode, group := fs.FileMode(0o700), b.state.Account.Group
	if service.LogGroup != "" {
		mode, group = 0o750, service.LogGroup
	}
	return MakeDirectory{Path: service.Definition.Log.Directory, Mode: mode, Owner: b.owner(b.state.Account.User, group)}
}

// directoryDiffers says why a directory needs work. Of directories that we do not own the mode is left as it is found.
func directoryDiffers(wanted MakeDirectory) (string, error) {
	info, err := os.Stat(wanted.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return "it does not exist", nil
	}
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is in the way: a directory is needed there", wanted.Path)
	}
	private := wanted.Mode.Perm()&0o007 == 0
	if private && info.Mode().Perm() != wanted.Mode {
		return fmt.Sprintf("mode %04o -> %04o", info.Mode().Perm(), wanted.Mode), nil
	}
	return ownerDiffers(info, wanted.Owner)
}

// ownerDiffers says how the owner of a file is not what it should be. An account that does not exist yet differs.
func ownerDiffers(info fs.FileInfo, wanted Owner) (string, error) {
	if wanted == (Owner{}) {
		return "", nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	owner, err := accounts.Owner(wanted.User, wanted.Group)
	if err == nil && ok && int(stat.Uid) == owner.UID && int(stat.Gid) == owner.GID {
		return "", nil
	}
	return fmt.Sprintf("owner becomes %s:%s", wanted.User, wanted.Group), nil
}

// kernel plans what can be set and tells about what cannot.
func (b *builder) kernel() error {
	if !b.state.ManageKernel {
		return nil
	}
	for _, setting := range kernel.Settings() {
		switch condition, current := setting.Look(); condition {
		case kernel.Settable:
			b.add(SetKernel{Setting: setting, From: current})
		case kernel.Unsettable:
			b.note("kernel setting %s is %s and cannot be changed from here; %s is better: %s", setting.Name, current, setting.Want, setting.Reason)
		}
	}
	return nil
}

// file plans a file whose content matters byte for byte (unlike redis.conf).
func (b *builder) file(wanted WriteFile) (changed bool, err error) {
	content, err := os.ReadFile(wanted.Path)
	if err == nil && bytes.Equal(content, wanted.Content) {
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	b.add(wanted)
	return true, nil
}

func (b *builder) supervisor() error {
	b.limits()
	if b.state.Redis != nil {
		record, err := connection.EncodeRecord(b.state.Redis.ConfFile)
		if err != nil {
			return err
		}
		if _, err := b.file(WriteFile{Path: b.layout.NodeFile(), Content: record, Mode: 0o644, Reason: "tells gitlab-redis-cli where redis.conf is"}); err != nil {
			return err
		}
	}
	throughSystemd := b.state.UseSystemd && systemd.Running()
	if throughSystemd {
		unit := systemd.Unit{
			Binary: b.state.Program, WantedBy: b.state.SystemdWantedBy, After: b.state.SystemdAfter, TasksMax: b.state.SystemdTasksMax,
			Writable: b.state.WritableDirectories(),
		}
		installed, err := unit.Installed(b.layout)
		if err != nil {
			return err
		}
		if !installed {
			b.add(InstallUnit{Unit: unit})
		}
		// The sandbox of a unit is made when it starts, so a supervisor from before has not what the unit says.
		if b.supervised && (!installed || systemd.ChangedSince(b.layout, supervise.Started(b.layout))) {
			b.add(ReplaceSupervisor{ThroughSystemd: true})
			return nil
		}
	}
	if !b.supervised {
		b.add(StartSupervisor{ThroughSystemd: throughSystemd})
		return nil
	}
	return b.supervisorVersion(throughSystemd)
}

// limits tells when the machine lets services open fewer files than they should be able to.
func (b *builder) limits() {
	pid, err := supervise.Client{Layout: b.layout}.SupervisorPID()
	if err != nil || b.layout.Relocated() {
		return
	}
	var files unix.Rlimit
	if unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &files) == nil && files.Cur < supervise.OpenFiles {
		b.note("services may open %d files each, and cannot be given %d from here (a container, or a limit of the machine): Redis takes fewer "+
			"clients then than redis['maxclients'] says", files.Cur, supervise.OpenFiles)
	}
}

// supervisorVersion plans the replacement of a supervisor that runs another program file than the installed one. As the
// first process of a container it cannot be replaced.
func (b *builder) supervisorVersion(throughSystemd bool) error {
	pid, err := supervise.Client{Layout: b.layout}.SupervisorPID()
	if err != nil {
		return err
	}
	if pid != 1 && RunsAnother(pid, b.state.Program) {
		b.add(ReplaceSupervisor{ThroughSystemd: throughSystemd})
	}
	return nil
}

// RunsAnother says whether a process runs another program file than binary. What cannot be looked at counts as the same.
func RunsAnother(pid int, binary string) bool {
	running, err := os.Stat(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return false
	}
	installed, err := os.Stat(binary)
	return err == nil && !os.SameFile(running, installed)
}
