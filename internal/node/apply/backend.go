package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/plan"
	"redoubt/internal/node/wire"
)

const (
	saveWait = 30 * time.Minute // for a snapshot
	loadWait = 30 * time.Minute // for a dataset
	// anySave is a save point for a server that has none, so that it saves when it stops.
	anySave = "3600 1"
)

// connected runs f on a connection to a server.
func connected(address wire.Address, f func(*wire.Client) error) error {
	client, err := wire.Dial(address, readyStep)
	if err != nil {
		return err
	}
	return errors.Join(f(client), client.Close())
}

// switchBackend has the old server leave a file that the new one can load. Both the snapshot that it takes now and the one
// that it takes when it stops are such files, so whenever the old server ends the new one can take over.
func (m *machine) switchBackend(a plan.SwitchBackend) error {
	err := connected(a.Address, func(client *wire.Client) error {
		if a.WriteVersion > 0 {
			if _, err := client.Do(a.ConfigCommand, "SET", "rdb-version", strconv.Itoa(a.WriteVersion)); err != nil {
				return err
			}
		}
		if a.SetSave {
			if _, err := client.Do(a.ConfigCommand, "SET", "save", anySave); err != nil {
				return err
			}
		}
		return snapshot(client)
	})
	if err != nil {
		return err
	}
	version, err := plan.DumpVersion(a.Dump)
	if err != nil {
		return err
	}
	if readable := a.To.ReadableRDB(); version > readable {
		return fmt.Errorf("%s saved an RDB file of version %d, and %s reads up to %d: nothing was changed", a.From, version, a.To, readable)
	}
	kept, err := linkBeside(a.Dump, a.From)
	if err != nil {
		return err
	}
	m.switched = &a
	m.progress.Detail("the data as " + a.From + " saved it stays in " + kept + "; remove it when you do not need it")
	return nil
}

// linkBeside gives a file a second name that says whose it is and since when; what is there already is never replaced.
func linkBeside(path, owner string) (kept string, err error) {
	base := fmt.Sprintf("%s.%s-%s", path, owner, time.Now().UTC().Format("20060102T150405"))
	kept = base
	for n := 2; ; n++ {
		err := os.Link(path, kept)
		if !errors.Is(err, fs.ErrExist) {
			return kept, err
		}
		kept = fmt.Sprintf("%s-%d", base, n)
	}
}

// snapshot takes a snapshot and waits for it.
func snapshot(client *wire.Client) error {
	inProgress := func() (bool, error) {
		info, err := client.Info("persistence")
		return info["rdb_bgsave_in_progress"] == "1", err
	}
	idle := func() (bool, error) {
		busy, err := inProgress()
		return !busy, err
	}
	if err := waitFor(saveWait, idle); err != nil { // one that is under way may be too old
		return err
	}
	if _, err := client.Do("BGSAVE"); err != nil {
		return err
	}
	if err := waitFor(saveWait, idle); err != nil {
		return fmt.Errorf("the snapshot did not end: %w", err)
	}
	info, err := client.Info("persistence")
	if err == nil && info["rdb_last_bgsave_status"] != "ok" {
		err = errors.New("the snapshot failed: see the log of redis for the reason; nothing was changed")
	}
	return err
}

// verifySwitch waits until the new server has loaded its data and compares how much there is.
func (m *machine) verifySwitch() error {
	a := m.switched
	if a == nil {
		return nil
	}
	found := 0
	err := waitFor(loadWait, func() (done bool, err error) {
		err = connected(m.state.Redis.Address, func(client *wire.Client) error {
			info, err := client.Info()
			found, done = plan.Keys(info), info["loading"] == "0"
			return err
		})
		return done, err
	})
	if err != nil {
		return err
	}
	if found == 0 && a.Keys > 0 {
		return fmt.Errorf("%s holds no keys, where %s held %d: the data is in %s.*", a.To, a.From, a.Keys, a.Dump)
	}
	m.progress.Detail(fmt.Sprintf("%s holds %d keys; %s held %d when the change was planned", a.To.Name, found, a.From, a.Keys))
	return nil
}

// setRole is for a tier without Sentinel.
func setRole(a plan.SetRole) error {
	return connected(a.Address, func(client *wire.Client) error {
		primary := a.Primary
		if len(primary) == 0 {
			primary = []string{"NO", "ONE"}
		}
		_, err := client.Do(append([]string{"REPLICAOF"}, primary...)...)
		return err
	})
}

// addressOf is where a service answers.
func (m *machine) addressOf(service *desired.Service) wire.Address {
	if service.Name == desired.SentinelName {
		return m.state.Sentinel.Address
	}
	return m.state.Redis.Address
}

// refusal is a server's answer without what it is about.
func refusal(err error) error {
	var answer wire.ServerError
	if errors.As(err, &answer) {
		return errors.New(strings.TrimPrefix(string(answer), "ERR "))
	}
	return err
}
