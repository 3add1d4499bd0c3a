package desired

import (
	"errors"
	"io/fs"
	"os/exec"
	"strings"

	"redoubt/internal/node/redisconf"
)

// CommandError says that redis['extra_config_command'] failed. Its text holds what the command printed, which may be secret.
type CommandError struct {
	Place, Command string
	Err            error
	Output         string
}

// Brief is the error without the output.
func (e *CommandError) Brief() string {
	return e.Place + "Redis: Execution of `" + e.Command + "` failed: " + e.Err.Error()
}

func (e *CommandError) Error() string { return e.Brief() + "\n" + e.Output }

func (e *CommandError) Unwrap() error { return e.Err }

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
		return nil, &CommandError{Place: place, Command: command, Err: err, Output: strings.TrimSpace(string(output))}
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
