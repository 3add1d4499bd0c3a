package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"redoubt/internal/node/accounts"
	"redoubt/internal/node/connection"
	"redoubt/internal/node/desired"
	"redoubt/internal/node/liveconfig"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
)

const (
	liveTimeout = 2 * time.Second
	// startTime is how old a process must be for its silence to count, and startStep how often a younger one is asked.
	startTime = 3 * time.Second
	startStep = 50 * time.Millisecond

	// confMode keeps the password in redis.conf from other users; GitLab's package leaves the file world-readable. It is also
	// what the server, whose umask is 077, gives the file when it rewrites it.
	confMode = 0o600

	confHeader = "Written by gitlab-ctl reconfigure from gitlab.rb. Changes here are undone by the next reconfigure:\n" +
		"change gitlab.rb instead. The server itself may rewrite this file; that is understood."
)

func (b *builder) redis() error {
	redis := b.state.Redis
	onDisk, err := readConf(redis.ConfFile)
	if err != nil {
		return err
	}
	differing, err := b.conf(onDisk)
	if err != nil {
		return err
	}
	if err := b.dataOwner(); err != nil {
		return err
	}
	if err := b.service(&redis.Service); err != nil {
		return err
	}
	if status, running := b.status(redis.Name); running {
		b.running(status, onDisk, differing)
	}
	return nil
}

// dataOwner makes a dump.rdb readable that came from a backup or from an account with another number.
func (b *builder) dataOwner() error {
	path := filepath.Join(b.state.Redis.Directory, "dump.rdb")
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	wanted := b.owner(b.state.Account.User, b.state.Account.Group)
	if wanted == (Owner{}) || !ok {
		return nil
	}
	owner, err := accounts.Owner(wanted.User, wanted.Group)
	if err != nil || int(stat.Uid) != owner.UID {
		b.add(SetOwner{Path: path, Owner: wanted, Reason: "the server could not read or replace it; becomes " + wanted.User})
	}
	return nil
}

// readConf returns the directives of the file in place; a missing or damaged file has none.
func readConf(path string) ([]redisconf.Directive, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	directives, err := redisconf.Parse(path, content)
	if err != nil {
		return nil, nil // to be replaced; the server could not read it either
	}
	return directives, nil
}

// conf plans the rewriting of redis.conf and returns the directives whose meaning differs.
func (b *builder) conf(onDisk []redisconf.Directive) ([]string, error) {
	redis := b.state.Redis
	wanted := redisconf.Meaning(redis.Directives)
	owned, kept := serverOwned(onDisk, wanted)
	have := redisconf.Meaning(owned)
	differing := wanted.Differences(have)
	reason := ""
	switch info, err := os.Stat(redis.ConfFile); {
	case errors.Is(err, fs.ErrNotExist):
		reason = "it does not exist"
	case err != nil:
		return nil, err
	case len(differing) > 0:
		reason = describe(differing, have, wanted)
	case info.Mode().Perm() != confMode:
		reason = fmt.Sprintf("mode %04o -> %04o", info.Mode().Perm(), confMode)
	default:
		reason, err = ownerDiffers(info, b.owner(b.state.Account.User, b.state.Account.Group))
		if err != nil {
			return nil, err
		}
	}
	if reason != "" {
		b.add(WriteFile{
			Path: redis.ConfFile, Content: redisconf.Format(confHeader, append(slices.Clone(redis.Directives), kept...)),
			Mode: confMode, Owner: b.owner(b.state.Account.User, b.state.Account.Group), Reason: reason,
		})
	}
	return differing, nil
}

// serverOwned separates what the server or Sentinel wrote into the file on somebody else's behalf from what is to be
// compared. The topology and accounts made with ACL SETUSER are kept across rewrites. Other lines that CONFIG REWRITE
// appended, of settings that no gitlab.rb decides, only repeat what the server does anyway (also about the default
// account, whose password is requirepass): they are no difference, and go when the file is written for another reason.
func serverOwned(onDisk []redisconf.Directive, wanted redisconf.Settings) (ours, kept []redisconf.Directive) {
	optional := liveconfig.Unset()
	for _, directive := range onDisk {
		name, _ := redisconf.LiveMeaning(directive.Name, "")
		_, mentioned := wanted[name]
		_, managed := optional[name]
		switch {
		case mentioned || managed:
			ours = append(ours, directive)
		case name == "replicaof", name == "user" && len(directive.Args) > 0 && directive.Args[0] != "default":
			kept = append(kept, directive)
		case !directive.Generated:
			ours = append(ours, directive)
		}
	}
	return ours, kept
}

func describe(names []string, have, wanted redisconf.Settings) string {
	const shown = 6
	var changes []string
	for i, name := range names {
		if i == shown {
			changes = append(changes, fmt.Sprintf("and %d more", len(names)-shown))
			break
		}
		from, present := have[name]
		to, stays := wanted[name]
		switch {
		case !present:
			changes = append(changes, name+" = "+redisconf.Displayed(name, to))
		case !stays:
			changes = append(changes, "without "+name)
		default:
			changes = append(changes, liveconfig.Change{Name: name, From: from, To: to}.String())
		}
	}
	return strings.Join(changes, "; ")
}

// running plans what the running server needs.
func (b *builder) running(status supervise.Status, onDisk []redisconf.Directive, differing []string) {
	for _, name := range differing {
		if liveconfig.StartOnly(name) {
			b.restart(desired.ServiceName, name+" can only be set at start")
		}
	}
	address, command, live, err := b.readLive(onDisk)
	for waited := status.Age; err != nil && waited < startTime; waited += startStep {
		time.Sleep(startStep) // an earlier run may have ended before the server had begun to listen
		address, command, live, err = b.readLive(onDisk)
	}
	if err != nil {
		if len(differing) > 0 {
			b.restart(desired.ServiceName, fmt.Sprintf("the running server cannot be changed (%v)", err))
		} else {
			b.note("the running redis could not be compared with gitlab.rb: %v", err)
		}
		return
	}
	hot, cold := liveconfig.Compare(redisconf.Meaning(b.state.Redis.Directives), live)
	for _, change := range cold {
		if !slices.Contains(differing, change.Name) {
			b.restart(desired.ServiceName, change.String())
		}
	}
	if len(hot) > 0 {
		b.live = append(b.live, SetLive{Address: address, ConfigCommand: command, Changes: hot})
	}
}

// readLive asks the running server, which still may be what the file on disk says or already what it shall become.
func (b *builder) readLive(onDisk []redisconf.Directive) (wire.Address, string, redisconf.Settings, error) {
	current := connection.FromDirectives(onDisk)
	if current.ConfigCommand == "" {
		return wire.Address{}, "", nil, errors.New("the CONFIG command is disabled by redis['rename_commands']")
	}
	attempts := []wire.Address{b.state.Redis.Address}
	if len(onDisk) > 0 && current.Address != b.state.Redis.Address {
		attempts = []wire.Address{current.Address, b.state.Redis.Address}
	}
	var problems []error
	for _, address := range attempts {
		client, err := wire.Dial(address, liveTimeout)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		live, err := liveconfig.Read(client, current.ConfigCommand)
		if err = errors.Join(err, client.Close()); err == nil {
			return address, current.ConfigCommand, live, nil
		}
		problems = append(problems, err)
	}
	return wire.Address{}, "", nil, problems[0] // the second attempt only matters when it works
}
