package plan

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/paths"
	"redoubt/internal/node/supervise"
)

// RestartMarker is a file that says since when a running service needs a restart. It makes an interrupted reconfigure
// finish its work the next time, when the files already are as they should be.
func RestartMarker(layout paths.Layout, service string) string {
	return filepath.Join(filepath.Dir(supervise.DefinitionFile(layout, service)), "restart-pending")
}

// StoppedMarker is a file that says that reconfigure, and not an operator, stopped a service.
func StoppedMarker(layout paths.Layout, service string) string {
	return filepath.Join(filepath.Dir(supervise.DefinitionFile(layout, service)), "stopped-for-change")
}

func stoppedByUs(layout paths.Layout, service string) bool {
	_, err := os.Stat(StoppedMarker(layout, service))
	return err == nil
}

// restart plans the restart of a service.
func (b *builder) restart(service, reason string) {
	b.restarts[service] = append(b.restarts[service], reason)
}

// service plans what every service needs: definition, down file, link, and the end of what an earlier run began.
func (b *builder) service(service *desired.Service) error {
	if err := b.definition(service); err != nil {
		return err
	}
	if err := b.down(service); err != nil {
		return err
	}
	link, target := supervise.EnabledLink(b.layout, service.Name)
	if current, err := os.Readlink(link); err != nil || current != target {
		b.add(MakeLink{Path: link, Target: target, Reason: "enable the service"})
		b.rescan = service.Name + " is enabled"
	}
	status, running := b.status(service.Name)
	if !running {
		if status.WantUp {
			b.live = append(b.live, StartService{Service: service.Name, Reason: "it keeps ending by itself"})
		} else if status.Name != "" && stoppedByUs(b.layout, service.Name) {
			b.live = append(b.live, StartService{Service: service.Name, Reason: "an earlier reconfigure stopped it and did not come to start it"})
		}
		return nil
	}
	b.noteOldBinary(service, status.PID)
	if b.pendingSince(service.Name, status) {
		b.restart(service.Name, "an earlier reconfigure did not come to it")
	}
	return nil
}

// pendingSince says whether the process has been in need of a restart since before this run.
func (b *builder) pendingSince(service string, status supervise.Status) bool {
	marker, err := os.Stat(RestartMarker(b.layout, service))
	return err == nil && marker.ModTime().After(b.asked.Add(-status.Age))
}

// status is what the supervisor says of a service, and whether its process runs.
func (b *builder) status(service string) (supervise.Status, bool) {
	for _, status := range b.statuses {
		if status.Name == service {
			return status, status.PID != 0
		}
	}
	return supervise.Status{}, false
}

// definition plans the service definition. What a process is started with takes effect by a restart, except for another
// program file: that is for the operator to choose the moment of.
func (b *builder) definition(service *desired.Service) error {
	wanted := service.Definition
	content, err := wanted.Encode()
	if err != nil {
		return err
	}
	status, running := b.status(service.Name)
	if loaded, err := status.Definition.Encode(); err != nil || !bytes.Equal(loaded, content) {
		b.rescan = "the definition of " + service.Name + " has changed"
	}
	path := supervise.DefinitionFile(b.layout, service.Name)
	changed, err := b.file(WriteFile{Path: path, Content: content, Mode: 0o644, Reason: "how the service runs"})
	if err != nil || !changed {
		return err
	}
	before, err := supervise.ReadDefinition(b.layout, service.Name)
	if err != nil {
		return nil // there is none yet
	}
	if before.Directory != wanted.Directory {
		b.note("the directory of %s has moved; the data in %s is left where it is and is not loaded: stop %s, copy its files, start it",
			service.Name, before.Directory, service.Name)
	}
	if running && !startsAlike(before, wanted) {
		b.restart(service.Name, "account, directory, limits or arguments of the process have changed")
	}
	return nil
}

// startsAlike says whether two definitions start a process in the same way, apart from its program file.
func startsAlike(a, b supervise.Definition) bool {
	return slices.Equal(a.Command[1:], b.Command[1:]) && a.Directory == b.Directory && a.User == b.User && a.Group == b.Group &&
		a.OpenFiles == b.OpenFiles && a.EnvironmentDirectory == b.EnvironmentDirectory && slices.Equal(a.Environment, b.Environment) && slices.Equal(a.Mountpoints, b.Mountpoints)
}

// down owns the down file in both directions: GitLab's package never removes it, which kept services down after reboots.
func (b *builder) down(service *desired.Service) error {
	path := supervise.DownFile(b.layout, service.Name)
	_, err := os.Stat(path)
	exists := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	status, running := b.status(service.Name)
	switch {
	case service.StartDown && !exists:
		b.add(WriteFile{Path: path, Mode: 0o644, Reason: "start_down: " + service.Name + " is not started at boot"})
	case !service.StartDown && exists:
		b.add(RemoveFile{Path: path, Reason: service.Name + " is to be started at boot"})
		if !running && b.supervised {
			b.live = append(b.live, StartService{Service: service.Name, Reason: "start_down is off now"})
		}
	case !exists && b.supervised && !running && status.Name != "" && !status.WantUp && !stoppedByUs(b.layout, service.Name):
		b.note("%s is stopped and stays so; gitlab-ctl start %s starts it", service.Name, service.Name)
	}
	return nil
}

// noteOldBinary tells when the process runs another program file than the one a restart would run.
func (b *builder) noteOldBinary(service *desired.Service, pid int) {
	if RunsAnother(pid, service.Program) && len(b.restarts[service.Name]) == 0 {
		b.note("The version of the running %s service is different than what is installed. Please restart %s to start the new version.\n"+
			"  sudo gitlab-ctl restart %s", service.Name, service.Name, service.Name)
	}
}

// retire disables the services that this node had and shall not have any more. Their data stays.
func (b *builder) retire() error {
	enabled, err := supervise.Enabled(b.layout)
	if err != nil {
		return err
	}
	for _, name := range enabled {
		if slices.ContainsFunc(b.state.Services(), func(s *desired.Service) bool { return s.Name == name }) {
			continue
		}
		link, _ := supervise.EnabledLink(b.layout, name)
		b.add(RemoveFile{Path: link, Reason: name + " is not enabled on this node; its data stays"})
		b.rescan = name + " is not enabled any more"
	}
	return nil
}
