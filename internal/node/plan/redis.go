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

	"redoubt/internal/node/accounts"
	"redoubt/internal/node/desired"
	"redoubt/internal/node/liveconfig"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
)

const (
	// confMode keeps the password in redis.conf from other users; GitLab's package leaves the file world-readable. It is also
	// what the server, whose umask is 077, gives the file when it rewrites it.
	confMode = 0o600

	confHeader = "Written by gitlab-ctl reconfigure from gitlab.rb. Changes here are undone by the next reconfigure:\n" +
		"change gitlab.rb instead. The server itself may rewrite this file; that is understood."
)

func (b *builder) redis() error {
	redis := b.state.Redis
	if redis == nil {
		return nil
	}
	onDisk, err := readConf(redis.ConfFile)
	if err != nil {
		return err
	}
	live, err := b.look(onDisk)
	status, running := b.status(redis.Name)
	if err := b.backend(live, running); err != nil {
		return err
	}
	differing, confErr := b.conf(onDisk, b.topology(onDisk, live, running))
	if confErr != nil {
		return confErr
	}
	if err := b.dataOwner(); err != nil {
		return err
	}
	if err := b.service(&redis.Service); err != nil {
		return err
	}
	if running {
		b.running(status, live, err, differing)
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

// conf plans the rewriting of redis.conf and returns the directives whose meaning differs. primary is whom the file shall
// have the server follow; none makes it a primary.
func (b *builder) conf(onDisk []redisconf.Directive, primary []string) ([]string, error) {
	redis := b.state.Redis
	directives := redis.Directives
	if len(primary) > 0 {
		directives = append(slices.Clone(directives), redisconf.New("replicaof", primary...))
	}
	wanted := redisconf.Meaning(directives)
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
			Path: redis.ConfFile, Content: redisconf.Format(confHeader, append(slices.Clone(directives), kept...)),
			Mode: confMode, Owner: b.owner(b.state.Account.User, b.state.Account.Group), Reason: reason,
		})
	}
	return differing, nil
}

// serverOwned separates what the server or Sentinel wrote into the file on somebody else's behalf from what is to be
// compared. Accounts made with ACL SETUSER are kept across rewrites. Other lines that CONFIG REWRITE
// appended, of settings that no gitlab.rb decides, only repeat what the server does anyway (also about the default
// account, whose password is requirepass): they are no difference, and go when the file is written for another reason.
func serverOwned(onDisk []redisconf.Directive, wanted redisconf.Settings) (ours, kept []redisconf.Directive) {
	optional := liveconfig.Unset()
	for _, directive := range onDisk {
		name, _ := redisconf.LiveMeaning(directive.Name, "")
		_, mentioned := wanted[name]
		_, managed := optional[name]
		switch {
		case mentioned || managed || name == "replicaof":
			ours = append(ours, directive)
		case name == "user" && len(directive.Args) > 0 && directive.Args[0] != "default":
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

// running plans what the running server needs; unseen is why it could not be looked at.
func (b *builder) running(status supervise.Status, live *seen, unseen error, differing []string) {
	for _, name := range differing {
		if liveconfig.StartOnly(name) {
			b.restart(desired.ServiceName, name+" can only be set at start")
		}
	}
	if unseen != nil {
		if isLocked(unseen) {
			b.restart(desired.ServiceName, "the running server has another password than redis.conf: an earlier run was interrupted, or it was changed by hand")
		} else if len(differing) > 0 {
			b.restart(desired.ServiceName, fmt.Sprintf("the running server cannot be changed (%v)", unseen))
		} else {
			b.note("the running redis could not be compared with gitlab.rb: %v", unseen)
		}
		return
	}
	hot, cold := liveconfig.Compare(redisconf.Meaning(b.state.Redis.Directives), live.settings)
	for _, change := range cold {
		if !slices.Contains(differing, change.Name) {
			b.restart(desired.ServiceName, change.String())
		}
	}
	if len(hot) > 0 {
		b.live = append([]Action{SetLive{Address: live.address, ConfigCommand: live.configCommand, Changes: hot}}, b.live...)
	}
	b.holdPrimary(status, live)
}

// isLocked says whether a server refused the password that it is known by.
func isLocked(err error) bool {
	var answer wire.ServerError
	return errors.As(err, &answer) && (strings.HasPrefix(string(answer), "NOAUTH") || strings.HasPrefix(string(answer), "WRONGPASS"))
}

// holdPrimary keeps reconfigure from restarting the primary of a tier that Sentinel watches: that would be a failover with
// losses. The restart waits until the node is a replica, and the operator is told how to get there.
func (b *builder) holdPrimary(status supervise.Status, live *seen) {
	reasons := b.restarts[desired.ServiceName]
	if len(reasons) == 0 || !b.watched(live) || live.info["role"] != "master" || live.info["connected_slaves"] == "0" {
		return
	}
	delete(b.restarts, desired.ServiceName)
	if !b.pendingSince(desired.ServiceName, status) {
		b.add(WriteFile{Path: RestartMarker(b.layout, desired.ServiceName), Mode: 0o644, Reason: "redis needs a restart, which waits while it is the primary"})
	}
	b.note("redis needs a restart (%s), but it is the primary of a tier that Sentinel watches, so it was not restarted. Move the primary "+
		"to another node (SENTINEL FAILOVER %s) and run gitlab-ctl reconfigure again.", strings.Join(reasons, "; "), b.sentinelName())
}

func (b *builder) sentinelName() string {
	if b.state.Sentinel != nil {
		return b.state.Sentinel.Watched
	}
	return "NAME"
}
