package plan

import (
	"redoubt/internal/node/desired"
	"redoubt/internal/node/firewall"
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

// Describe is the action for programs; like its line for people it holds no secret.
func Describe(action Action) Entry { return action.entry() }

func newEntry(a Action, action, target string, reasons ...string) Entry {
	return Entry{Action: action, Target: target, Text: a.String(), Reasons: reasons}
}

const missing = "it does not exist"

func (a CreateGroup) entry() Entry   { return newEntry(a, "create-group", a.Name, missing) }
func (a CreateUser) entry() Entry    { return newEntry(a, "create-account", a.Account.Name, missing) }
func (a MakeDirectory) entry() Entry { return newEntry(a, "directory", a.Path, a.Reason) }
func (a SetKernel) entry() Entry {
	return newEntry(a, "kernel-setting", a.Setting.Name, a.Setting.Reason)
}
func (a SetFirewall) entry() Entry {
	return newEntry(a, "firewall", "inet "+firewall.Table, a.Reason)
}
func (a WriteFile) entry() Entry       { return newEntry(a, "write-file", a.Path, a.Reason) }
func (a SetOwner) entry() Entry        { return newEntry(a, "set-owner", a.Path, a.Reason) }
func (a RemoveFile) entry() Entry      { return newEntry(a, "remove-file", a.Path, a.Reason) }
func (a MakeLink) entry() Entry        { return newEntry(a, "link", a.Path, a.Reason) }
func (a InstallUnit) entry() Entry     { return newEntry(a, "install-unit", systemd.UnitName) }
func (a StartSupervisor) entry() Entry { return newEntry(a, "start-supervisor", "supervisor") }
func (a ReplaceSupervisor) entry() Entry {
	return newEntry(a, "replace-supervisor", "supervisor", "another version is installed")
}
func (a Rescan) entry() Entry         { return newEntry(a, "rescan", "supervisor", a.Reason) }
func (a RestartService) entry() Entry { return newEntry(a, "restart", a.Service, a.Reasons...) }
func (a StartService) entry() Entry   { return newEntry(a, "start", a.Service, a.Reason) }
func (a SetLive) entry() Entry {
	var changes []string
	for _, change := range a.Changes {
		changes = append(changes, change.String())
	}
	return newEntry(a, "set-live", desired.ServiceName, changes...)
}

func (a SwitchBackend) entry() Entry {
	return newEntry(a, "change-backend", desired.ServiceName, "redis['backend']")
}
func (a SetRole) entry() Entry {
	return newEntry(a, "set-role", desired.ServiceName, placed(a.Primary))
}
func (a SetMode) entry() Entry { return newEntry(a, "set-mode", a.Path, a.Reason) }
func (a SetSentinel) entry() Entry {
	return newEntry(a, "set-live", desired.SentinelName, changesText(a.Changes))
}
func (a ReplaceSentinelConf) entry() Entry {
	return newEntry(a, "restart", a.Service, changesText(a.Changes))
}
