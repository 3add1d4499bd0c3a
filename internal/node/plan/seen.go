package plan

import (
	"errors"
	"time"

	"redoubt/internal/node/connection"
	"redoubt/internal/node/desired"
	"redoubt/internal/node/liveconfig"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/wire"
)

const (
	liveTimeout = 2 * time.Second
	// startTime is how old a process must be for its silence to count, and startStep how often a younger one is asked.
	startTime = 3 * time.Second
	startStep = 50 * time.Millisecond
)

// seen is what the running server says of itself.
type seen struct {
	address       wire.Address
	configCommand string
	settings      redisconf.Settings
	info          map[string]string // fields of INFO; empty when that was renamed away
	watched       bool              // Sentinels listen to its hello channel
}

var (
	errNotRunning = errors.New("it does not run")
	errNoCommand  = errors.New("the CONFIG command is disabled by redis['rename_commands']")
)

// look asks the running server. One that was started a moment ago, by a run that ended before the server had begun to
// listen, is given the time to.
func (b *builder) look(onDisk []redisconf.Directive) (*seen, error) {
	status, running := b.status(desired.ServiceName)
	if !running {
		return nil, errNotRunning
	}
	live, err := b.ask(onDisk)
	for waited := status.Age; err != nil && !errors.Is(err, errNoCommand) && !isLocked(err) && waited < startTime; waited += startStep {
		time.Sleep(startStep)
		live, err = b.ask(onDisk)
	}
	return live, err
}

// ask tries the address of the file on disk and the wanted one: the server may be the former still or the latter already.
func (b *builder) ask(onDisk []redisconf.Directive) (*seen, error) {
	current := connection.FromDirectives(onDisk)
	if current.ConfigCommand == "" {
		return nil, errNoCommand
	}
	attempts := []wire.Address{b.state.Redis.Address}
	if len(onDisk) > 0 && current.Address != b.state.Redis.Address {
		attempts = []wire.Address{current.Address, b.state.Redis.Address}
	}
	var problems []error
	for _, address := range attempts {
		live, err := askAt(address, current.ConfigCommand)
		if err == nil {
			return live, nil
		}
		problems = append(problems, err)
	}
	return nil, problems[0] // the second attempt only matters when it works
}

func askAt(address wire.Address, configCommand string) (live *seen, err error) {
	client, err := wire.Dial(address, liveTimeout)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	live = &seen{address: address, configCommand: configCommand}
	if live.settings, err = liveconfig.Read(client, configCommand); err != nil {
		return nil, err
	}
	if live.info, err = client.Info(); err != nil {
		return nil, err
	}
	const helloChannel = "__sentinel__:hello"
	// A server that does not know the command has no Sentinels.
	reply, err := client.Do("PUBSUB", "NUMSUB", helloChannel)
	var refused wire.ServerError
	if errors.As(err, &refused) {
		return live, nil
	}
	if counts, ok := reply.([]any); ok && len(counts) == 2 {
		subscribers, _ := counts[1].(int64)
		live.watched = subscribers > 0
	}
	return live, err
}

// backendName is the backend that a server's INFO shows, or "".
func (s *seen) backendName() string {
	switch {
	case s.info["redoubt_version"] != "":
		return desired.Redoubt
	case s.info["server_name"] == "valkey" || s.info["valkey_version"] != "":
		return desired.Valkey
	case s.info["redis_version"] != "":
		return desired.Redis
	}
	return ""
}
