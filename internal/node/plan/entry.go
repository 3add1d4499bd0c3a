package plan

import (
	"redoubt/internal/node/desired"
	"redoubt/internal/node/systemd"
)

// Entry is an action as reconfigure --dry-run --json prints it.
type Entry struct {
	Action string `json:"action"` // what is done: write-file, restart, set-live, …
	Target string `json:"target"` // to which path, account, kernel setting or service
	Text   string `json:"text"`   // the line for people
	// Reasons are why; for set-live they are the changes.
	Reasons []string `json:"reasons,omitempty"`
}

func entry(a Action, action, target string, reasons ...string) Entry {
	return Entry{Action: action, Target: target, Text: a.String(), Reasons: reasons}
}

const missing = "it does not exist"

// Entry implements Action, as do its sisters.
func (a CreateGroup) Entry() Entry   { return entry(a, "create-group", a.Name, missing) }
func (a CreateUser) Entry() Entry    { return entry(a, "create-account", a.Account.Name, missing) }
func (a MakeDirectory) Entry() Entry { return entry(a, "directory", a.Path, a.Reason) }
func (a SetKernel) Entry() Entry {
	return entry(a, "kernel-setting", a.Setting.Name, a.Setting.Reason)
}
func (a WriteFile) Entry() Entry       { return entry(a, "write-file", a.Path, a.Reason) }
func (a SetOwner) Entry() Entry        { return entry(a, "set-owner", a.Path, a.Reason) }
func (a RemoveFile) Entry() Entry      { return entry(a, "remove-file", a.Path, a.Reason) }
func (a MakeLink) Entry() Entry        { return entry(a, "link", a.Path, a.Reason) }
func (a InstallUnit) Entry() Entry     { return entry(a, "install-unit", systemd.UnitName) }
func (a StartSupervisor) Entry() Entry { return entry(a, "start-supervisor", "supervisor") }
func (a ReplaceSupervisor) Entry() Entry {
	return entry(a, "replace-supervisor", "supervisor", "another version is installed")
}
func (a Rescan) Entry() Entry         { return entry(a, "rescan", "supervisor", a.Reason) }
func (a RestartService) Entry() Entry { return entry(a, "restart", a.Service, a.Reasons...) }
func (a StartService) Entry() Entry   { return entry(a, "start", a.Service, a.Reason) }
func (a SetLive) Entry() Entry {
	var changes []string
	for _, change := range a.Changes {
		changes = append(changes, change.String())
	}
	return entry(a, "set-live", desired.ServiceName, changes...)
}

func (a SwitchBackend) Entry() Entry {
	return entry(a, "change-backend", desired.ServiceName, "redis['backend']")
}
func (a SetRole) Entry() Entry { return entry(a, "set-role", desired.ServiceName, placed(a.Primary)) }
func (a SetMode) Entry() Entry { return entry(a, "set-mode", a.Path, a.Reason) }
func (a SetSentinel) Entry() Entry {
	return entry(a, "set-live", desired.SentinelName, changesText(a.Changes))
}
func (a ReplaceSentinelConf) Entry() Entry {
	return entry(a, "restart", a.Service, changesText(a.Changes))
}
