// Package plan compares the desired state with the machine and lists what has to be done, each with its reason. It only
// looks; package apply acts.
//
// The comparison is by meaning: a redis.conf that the server itself rewrote, or that spells a value differently, is not a
// difference, and what a running server can take over while it runs is planned that way.
package plan

import (
	"fmt"
	"io/fs"
	"strings"

	"redoubt/internal/node/accounts"
	"redoubt/internal/node/desired"
	"redoubt/internal/node/firewall"
	"redoubt/internal/node/kernel"
	"redoubt/internal/node/liveconfig"
	"redoubt/internal/node/sentinelconf"
	"redoubt/internal/node/systemd"
	"redoubt/internal/node/wire"
)

// Action is one thing to do. String is a line for people; it never shows a secret.
type Action interface {
	fmt.Stringer
	entry() Entry
}

// Owner names who a file shall belong to; the zero Owner leaves it to whoever creates it.
type Owner struct {
	User, Group string
}

// Actions, in the order in which a plan holds them.
type (
	// CreateGroup adds a system group.
	CreateGroup struct {
		Name string
		GID  int
	}
	// CreateUser adds a system account.
	CreateUser struct {
		Account accounts.User
	}
	// MakeDirectory creates a directory with its parents, or corrects mode and owner of an existing one.
	MakeDirectory struct {
		Path   string
		Mode   fs.FileMode
		Owner  Owner
		Reason string
	}
	// SetKernel sets a kernel setting.
	SetKernel struct {
		Setting kernel.Setting
		From    string
	}
	// SetFirewall replaces the firewall table of ours; rules without guards remove it.
	SetFirewall struct {
		Rules  firewall.Rules
		Reason string
	}
	// WriteFile replaces a file.
	WriteFile struct {
		Path    string
		Content []byte
		Mode    fs.FileMode
		Owner   Owner
		Reason  string
	}
	// SetOwner gives a file to an account.
	SetOwner struct {
		Path   string
		Owner  Owner
		Reason string
	}
	// RemoveFile removes a file or link of ours.
	RemoveFile struct {
		Path, Reason string
	}
	// MakeLink makes a symbolic link.
	MakeLink struct {
		Path, Target, Reason string
	}
	// InstallUnit has systemd start the supervisor at boot.
	InstallUnit struct {
		Unit systemd.Unit
	}
	// StartSupervisor starts the supervisor, which starts the services.
	StartSupervisor struct {
		ThroughSystemd bool
	}
	// ReplaceSupervisor has a supervisor of the installed version take the running services over.
	ReplaceSupervisor struct {
		ThroughSystemd bool
	}
	// Rescan tells the supervisor to take over definitions, and which services there are.
	Rescan struct {
		Reason string
	}
	// SetLive changes a running server. What it refuses is brought about by a restart.
	SetLive struct {
		Address       wire.Address
		ConfigCommand string
		Changes       []liveconfig.Change
	}
	// SwitchBackend prepares a running server for being succeeded by another program on the same data: it has it write a
	// file that the other can load, and keeps a link to it.
	SwitchBackend struct {
		From          string
		To            desired.Backend
		Address       wire.Address
		ConfigCommand string
		Keys          int
		Dump          string // the RDB file
		WriteVersion  int    // of the RDB file that the server is told to write; 0: it has no choice
		SetSave       bool   // the server does not save when it stops, so it has to be told to
	}
	// SetRole makes a running server a primary (no Primary) or a replica of Primary (host, port).
	SetRole struct {
		Address wire.Address
		From    string
		Primary []string
	}
	// SetMode corrects the mode of a file.
	SetMode struct {
		Path   string
		Mode   fs.FileMode
		Reason string
	}
	// SetSentinel changes what a running Sentinel does about the primary it knows by that name.
	SetSentinel struct {
		Address wire.Address
		Primary string
		Changes []sentinelconf.Change
	}
	// ReplaceSentinelConf stops Sentinel, which rewrites its file whenever it learns something, changes the file and starts
	// Sentinel again. What Sentinel wrote until it stopped is kept.
	ReplaceSentinelConf struct {
		Service string
		File    WriteFile // without Content
		Wanted  sentinelconf.Wanted
		Changes []sentinelconf.Change
	}
	// RestartService restarts a service.
	RestartService struct {
		Service string
		Reasons []string
	}
	// StartService starts a service.
	StartService struct {
		Service, Reason string
	}
)

func (a CreateGroup) String() string {
	return fmt.Sprintf("create group %s: it does not exist", a.Name)
}
func (a CreateUser) String() string {
	return fmt.Sprintf("create account %s: it does not exist", a.Account.Name)
}
func (a MakeDirectory) String() string { return fmt.Sprintf("directory %s: %s", a.Path, a.Reason) }
func (a SetKernel) String() string {
	return fmt.Sprintf("kernel setting %s: %s -> %s, %s", a.Setting.Name, a.From, a.Setting.Want, a.Setting.Reason)
}
func (a SetFirewall) String() string {
	if len(a.Rules) == 0 {
		return "remove the firewall table inet " + firewall.Table + ": " + a.Reason
	}
	return "firewall table inet " + firewall.Table + ": " + a.Reason
}
func (a WriteFile) String() string  { return fmt.Sprintf("write %s: %s", a.Path, a.Reason) }
func (a SetOwner) String() string   { return fmt.Sprintf("owner of %s: %s", a.Path, a.Reason) }
func (a RemoveFile) String() string { return fmt.Sprintf("remove %s: %s", a.Path, a.Reason) }
func (a MakeLink) String() string   { return fmt.Sprintf("link %s: %s", a.Path, a.Reason) }
func (a InstallUnit) String() string {
	return fmt.Sprintf("install and enable %s: start at boot", systemd.UnitName)
}
func (a StartSupervisor) String() string {
	if a.ThroughSystemd {
		return "start the supervisor through systemd: it is not running"
	}
	return "start the supervisor as a background process: it is not running"
}
func (a ReplaceSupervisor) String() string {
	return "replace the supervisor by one of the installed version: the services go on running"
}
func (a Rescan) String() string { return "tell the supervisor: " + a.Reason }
func (a SetLive) String() string {
	var changes []string
	for _, change := range a.Changes {
		changes = append(changes, change.String())
	}
	return "change the running redis without a restart: " + strings.Join(changes, "; ")
}
func (a SwitchBackend) String() string {
	version := ""
	if a.WriteVersion > 0 {
		version = fmt.Sprintf(" as RDB version %d", a.WriteVersion)
	}
	return fmt.Sprintf("change the backend from %s to %s: save %d keys%s to %s, keep a second name for that file, then stop %s and start "+
		"%s on it; clients are disconnected meanwhile", a.From, a.To, a.Keys, version, a.Dump, a.From, a.To.Name)
}
func (a SetRole) String() string {
	return fmt.Sprintf("make the running redis %s: it is %s, and without Sentinel gitlab.rb decides", placed(a.Primary), a.From)
}
func (a SetMode) String() string { return fmt.Sprintf("mode of %s: %s", a.Path, a.Reason) }
func (a SetSentinel) String() string {
	return "change the running sentinel without a restart: " + changesText(a.Changes)
}
func (a ReplaceSentinelConf) String() string {
	return fmt.Sprintf("restart sentinel with a changed %s: %s", a.File.Path, changesText(a.Changes))
}
func (a RestartService) String() string {
	return "restart " + a.Service + ": " + strings.Join(a.Reasons, "; ")
}
func (a StartService) String() string { return "start " + a.Service + ": " + a.Reason }

// Plan is what to do and what to tell.
type Plan struct {
	Actions []Action
	// Notes tell the operator what is not done and why, or what to do by hand.
	Notes []string
}
