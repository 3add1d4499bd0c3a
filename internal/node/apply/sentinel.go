package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"redoubt/internal/node/atomicfile"
	"redoubt/internal/node/plan"
	"redoubt/internal/node/sentinelconf"
	"redoubt/internal/node/supervise"
	"redoubt/internal/node/wire"
)

// setSentinel changes what a running Sentinel does about the primary; Sentinel writes it into its file itself.
func setSentinel(a plan.SetSentinel) error {
	return connected(a.Address, func(client *wire.Client) error {
		for _, change := range a.Changes {
			if _, err := client.Do("SENTINEL", "SET", a.Primary, change.Name, change.To); err != nil {
				return fmt.Errorf("SENTINEL SET %s: %w", change.Name, refusal(err))
			}
		}
		return nil
	})
}

// replaceSentinelConf stops Sentinel, changes its file and starts it again. A marker tells the next run to start it, should
// this one end in between.
func (m *machine) replaceSentinelConf(a plan.ReplaceSentinelConf) error {
	marker := plan.StoppedMarker(m.state.Layout, a.Service)
	if err := atomicfile.Write(marker, nil, 0o644, nil); err != nil {
		return err
	}
	if err := m.client().Send(supervise.Down, a.Service); err != nil {
		return err
	}
	limit := time.Duration(m.service(a.Service).StopTimeout) * time.Second
	err := waitFor(limit, func() (bool, error) {
		now, err := m.status(a.Service)
		return now.PID == 0, err
	})
	if err != nil {
		return fmt.Errorf("stop %s: %w", a.Service, err)
	}
	current, err := os.ReadFile(a.File.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	directives, err := sentinelconf.Parse(a.File.Path, current)
	if err != nil {
		return err
	}
	a.File.Content = plan.RenderSentinel(a.Wanted, directives)
	if err := m.do(a.File); err != nil {
		return err
	}
	if err := m.client().Send(supervise.Up, a.Service); err != nil {
		return err
	}
	m.started[a.Service] = true
	return remove(marker)
}
