package ctl

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"redoubt/internal/node/desired"
	"redoubt/internal/node/wire"
)

const sentinelTimeout = 3 * time.Second

// getRedisMaster asks Sentinels for the primary: this node's own, then those of gitlab_rails['redis_sentinels'].
func getRedisMaster(i *invocation) int {
	config, err := evaluate(i.layout)
	if err != nil {
		return i.fail(err)
	}
	directory, err := desired.ReadSentinels(config, i.layout, fileExists)
	if err != nil {
		return i.fail(err)
	}
	if len(directory.Sentinels) == 0 {
		i.printf("No Redis Sentinels defined in %s. Exiting.\n", i.layout.ConfigFile())
		return exitOK
	}
	var problems []error
	for _, address := range directory.Sentinels {
		host, port, err := askForPrimary(address, directory.Name)
		if err == nil {
			i.printf("Redis master found at host %s listening on port %s\n", host, port)
			return exitOK
		}
		problems = append(problems, err)
	}
	fmt.Fprintln(i.stderr, errors.Join(problems...))
	fmt.Fprintln(i.stderr, "Failed to fetch Redis master host and port.")
	return exitFailure
}

func askForPrimary(address wire.Address, name string) (host, port string, err error) {
	client, err := wire.Dial(address, sentinelTimeout)
	if err != nil {
		return "", "", err
	}
	defer client.Close() // the answer was read
	reply, err := client.Do("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name)
	if err != nil {
		return "", "", fmt.Errorf("Sentinel at %s: %w", address, err)
	}
	pair, ok := reply.([]any)
	if !ok || len(pair) != 2 {
		return "", "", fmt.Errorf("Sentinel at %s knows no primary %q (redis['master_name'])", address, name)
	}
	host, _ = pair[0].(string)
	port, _ = pair[1].(string)
	if _, err := strconv.Atoi(port); host == "" || err != nil {
		return "", "", fmt.Errorf("Sentinel at %s answers %v", address, pair)
	}
	return host, port, nil
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
