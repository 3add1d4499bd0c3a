// Package apply carries out a plan, action by action, in the plan's order. Every action can be repeated: a run that was
// interrupted is finished by the next one.
package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"redoubt/internal/node/accounts"
	"redoubt/internal/node/atomicfile"
	"redoubt/internal/node/desired"
	"redoubt/internal/node/firewall"
	"redoubt/internal/node/liveconfig"
	"redoubt/internal/node/plan"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/systemd"
	"redoubt/internal/node/wire"
)

// Progress is told what is happening.
type Progress interface {
	// Begin says that an action starts: the step-th (from 1) of total.
	Begin(action plan.Action, step, total int)
	// Detail adds a line about the action that was begun last.
	Detail(line string)
	// Done says that the action that was begun last took effect.
	Done()
}

// Run carries out the plan. The error says which action failed; those before it took effect.
func Run(wanted *plan.Plan, state *desired.State, progress Progress) error {
	m := &machine{state: state, progress: progress, started: map[string]bool{}}
	if err := m.markRestarts(wanted); err != nil {
		return err
	}
	for n, action := range wanted.Actions {
		progress.Begin(action, n+1, len(wanted.Actions))
		err := m.do(action)
		if _, kernel := action.(plan.SetKernel); kernel && err != nil {
			// A container may show a setting as writable and refuse the write. Redis runs without, so this stops nothing.
			progress.Detail(fmt.Sprintf("not possible here: %v", err))
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		progress.Done()
	}
	for _, service := range state.Services() {
		if state.IsExporter(service.Name) {
			continue
		}
		if err := m.awaitService(service); err != nil {
			return err
		}
	}
	for _, exporter := range state.Exporters {
		m.awaitExporter(exporter)
	}
	return m.verifySwitch()
}

type machine struct {
	state    *desired.State
	progress Progress
	switched *plan.SwitchBackend
	started  map[string]bool // services of which a process was started, so wait for it to answer
}

// markRestarts leaves notes on disk before files change, so that a run that dies before its restarts is made up for.
func (m *machine) markRestarts(wanted *plan.Plan) error {
	for _, action := range wanted.Actions {
		if restart, ok := action.(plan.RestartService); ok {
			if err := atomicfile.Write(m.restartMarker(restart.Service), nil, 0o644, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *machine) restartMarker(service string) string {
	return plan.RestartMarker(m.state.Layout, service)
}

// startedAll notes that every service that starts by itself was, or may have been, started.
func (m *machine) startedAll() {
	for _, service := range m.state.Services() {
		if !service.StartDown {
			m.started[service.Name] = true
		}
	}
}

func (m *machine) client() supervise.Client { return supervise.Client{Layout: m.state.Layout} }

func (m *machine) do(action plan.Action) error {
	switch a := action.(type) {
	case plan.CreateGroup:
		return accounts.CreateGroup(a.Name, a.GID)
	case plan.CreateUser:
		return accounts.CreateUser(a.Account)
	case plan.MakeDirectory:
		return makeDirectory(a)
	case plan.SetKernel:
		return a.Setting.Set(m.state.Layout)
	case plan.SetFirewall:
		return firewall.Set(m.state.Layout.FirewallFile(), a.Rules)
	case plan.WriteFile:
		owner, err := resolve(a.Owner)
		if err != nil {
			return err
		}
		return atomicfile.Write(a.Path, a.Content, a.Mode, owner)
	case plan.SetOwner:
		owner, err := accounts.Owner(a.Owner.User, a.Owner.Group)
		if err != nil {
			return err
		}
		return os.Lchown(a.Path, owner.UID, owner.GID)
	case plan.SetMode:
		return os.Chmod(a.Path, a.Mode)
	case plan.RemoveFile:
		return remove(a.Path)
	case plan.MakeLink:
		return errors.Join(remove(a.Path), os.Symlink(a.Target, a.Path))
	case plan.InstallUnit:
		return a.Unit.Install(m.state.Layout)
	}
	return m.doRunning(action)
}

// doRunning carries out what concerns processes.
func (m *machine) doRunning(action plan.Action) error {
	switch a := action.(type) {
	case plan.StartSupervisor:
		return m.startSupervisor(a)
	case plan.ReplaceSupervisor:
		return m.replaceSupervisor(a)
	case plan.Rescan:
		m.startedAll()
		return m.client().Send(supervise.Rescan, "")
	case plan.SetLive:
		return m.setLive(a)
	case plan.SwitchBackend:
		return m.switchBackend(a)
	case plan.SetRole:
		return setRole(a)
	case plan.SetSentinel:
		return setSentinel(a)
	case plan.ReplaceSentinelConf:
		return m.replaceSentinelConf(a)
	case plan.RestartService:
		return m.restart(a.Service)
	case plan.StartService:
		m.started[a.Service] = true
		if err := m.client().Send(supervise.Up, a.Service); err != nil {
			return err
		}
		return remove(plan.StoppedMarker(m.state.Layout, a.Service))
	}
	panic(fmt.Sprintf("a plan holds %T, which apply does not know", action))
}

func (m *machine) startSupervisor(a plan.StartSupervisor) error {
	m.startedAll()
	if !a.ThroughSystemd {
		return supervise.Spawn(m.state.Layout, m.state.Program)
	}
	if err := systemd.Start(); err != nil {
		return err
	}
	return waitFor(startWait, func() (bool, error) {
		_, err := m.client().SupervisorPID()
		return err == nil, nil
	})
}

func (m *machine) replaceSupervisor(a plan.ReplaceSupervisor) error {
	if err := m.client().Send(supervise.Handover, ""); err != nil {
		return err
	}
	err := waitFor(startWait, func() (bool, error) {
		_, err := m.client().SupervisorPID()
		return errors.Is(err, supervise.ErrNotRunning), nil
	})
	if err != nil {
		return err
	}
	return m.startSupervisor(plan.StartSupervisor(a))
}

func (m *machine) setLive(a plan.SetLive) error {
	client, err := wire.Dial(a.Address, readyStep)
	if err != nil {
		return err
	}
	refused, err := liveconfig.Apply(client, a.ConfigCommand, a.Changes)
	if err = errors.Join(err, client.Close()); err != nil {
		return err
	}
	if len(refused) == 0 {
		return nil
	}
	restart := plan.RestartService{Service: desired.ServiceName, Reasons: refused}
	m.progress.Detail(restart.String())
	return m.restart(desired.ServiceName)
}

func makeDirectory(wanted plan.MakeDirectory) error {
	owner, err := resolve(wanted.Owner)
	if err != nil {
		return err
	}
	// Parents that have to be made too are for everybody to pass through; only the directory itself has the wanted mode.
	if err := os.MkdirAll(wanted.Path, 0o755); err != nil {
		return err
	}
	if owner != nil {
		if err := os.Chown(wanted.Path, owner.UID, owner.GID); err != nil {
			return err
		}
	}
	return os.Chmod(wanted.Path, wanted.Mode)
}

func resolve(owner plan.Owner) (*atomicfile.Owner, error) {
	if owner == (plan.Owner{}) {
		return nil, nil
	}
	resolved, err := accounts.Owner(owner.User, owner.Group)
	return &resolved, err
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
