package desired

import (
	"errors"
	"io/fs"
	"os/exec"
	"strings"

	"redoubt/internal/node/redisconf"
)

// runExtraCommand runs redis['extra_config_command'], whose output is further lines of redis.conf. It runs before anything
// is checked, so that it may supply the only password. The output may hold secrets and is shown only when the command fails.
func runExtraCommand(r *reader, environment Environment) ([]redisconf.Directive, error) {
	command := r.text("", "redis", "extra_config_command")
	if command == "" {
		return nil, nil
	}
	place := at(r.pos("redis", "extra_config_command"))
	output, err := environment.RunCommand(strings.Fields(command))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New(place + "Redis: Execution of `" + command + "` failed. File does not exist.")
	}
	if err != nil {
		return nil, errors.New(place + "Redis: Execution of `" + command + "` failed: " + err.Error() + "\n" + strings.TrimSpace(string(output)))
	}
	directives, err := redisconf.Parse("output of redis['extra_config_command']", output)
	if err != nil {
		return nil, errors.New(place + err.Error())
	}
	return directives, nil
}

// effectiveValue is the value of a directive that counts: the last one that the server reads.
func effectiveValue(name, value string, extra []redisconf.Directive) string {
	for _, directive := range extra {
		if directive.Name == name && len(directive.Args) == 1 {
			value = directive.Args[0]
		}
	}
	return value
}
