package ctl

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"redoubt/internal/node/connection"
	"redoubt/internal/node/diagnosis"
	"redoubt/internal/node/redischeck"
)

var redisCheckOptions = []string{"--json", "--class=", "--timeout=", "--cacert=", "--cacertdir=", "--cert=", "--key=", "--sni="}

// redisCheck checks one Redis or all that gitlab.rb names. Exit codes: 0 nothing failed, 1 wrong usage or gitlab.rb, 2 a check
// failed, 3 a server is not reachable or does not let us in.
func redisCheck(i *invocation) int {
	targets, err := i.checkTargets()
	if err != nil {
		return i.fail(err)
	}
	code := diagnosis.ExitOK
	var reports []*diagnosis.Report
	for n, target := range targets {
		result := redischeck.Run(target)
		reports = append(reports, &result.Report)
		switch {
		case result.Unreachable:
			code = diagnosis.ExitUnreachable
		case result.Count(diagnosis.Failure) > 0:
			code = max(code, diagnosis.ExitFailure)
		}
		if i.has("--json") {
			continue
		}
		if n > 0 {
			i.printf("\n")
		}
		result.Print(i.stdout, i.has("-q", "--quiet"))
	}
	if i.has("--json") {
		if err := diagnosis.WriteJSON(i.stdout, reports); err != nil {
			return i.fail(err)
		}
	}
	return code
}

// checkTargets are the URL's, gitlab.rb's or this node's own.
func (i *invocation) checkTargets() ([]redischeck.Target, error) {
	if len(i.args) > 1 {
		return nil, errors.New("usage: gitlab-ctl redis-check [URL] [--class=CLASS] [--json] [--timeout=SECONDS] [--cacert=FILE] [--cacertdir=DIR] [--cert=FILE --key=FILE] [--sni=NAME]")
	}
	targets, err := i.configuredTargets()
	if err != nil {
		return nil, err
	}
	for n := range targets {
		if err := i.adjustTarget(&targets[n]); err != nil {
			return nil, err
		}
	}
	return targets, nil
}

func (i *invocation) configuredTargets() ([]redischeck.Target, error) {
	if len(i.args) == 1 {
		target, err := redischeck.ParseURL(i.args[0])
		if target.Password == "" {
			target.Password = os.Getenv("REDISCLI_AUTH")
		}
		return []redischeck.Target{target}, err
	}
	config, err := evaluate(i.layout)
	if err != nil {
		return nil, err
	}
	targets, err := redischeck.FromConfig(config)
	if err != nil || len(targets) > 0 {
		return targets, err
	}
	own, err := connection.OfNode(i.layout)
	if err != nil {
		return nil, fmt.Errorf("%s names no Redis in gitlab_rails['redis_host'], ['redis_sentinels'] or ['redis_CLASS_instance'], and %w", i.layout.ConfigFile(), err)
	}
	target := redischeck.Target{
		Class: redischeck.Default, Socket: own.Socket, Host: own.Host, Port: own.Port, Password: own.Password,
		ClientCommand: true, Origin: own.ConfigFilePath,
	}
	if own.Socket == "" && (own.Port == 0 || own.Port == own.TLSPort) {
		target.Port = own.TLSPort
		target.TLS = redischeck.TLS{Enabled: true, CAFile: own.TLSCACertFile}
		if own.TLSClientAuth {
			target.TLS.Cert, target.TLS.Key = own.TLSCertFile, own.TLSKeyFile
		}
	}
	return []redischeck.Target{target}, nil
}

// adjustTarget applies the options.
func (i *invocation) adjustTarget(target *redischeck.Target) error {
	if class, ok := i.values["--class"]; ok {
		if !slices.Contains(redischeck.Classes, class) {
			return fmt.Errorf("--class: there is no instance class %q; there are %s", class, strings.Join(redischeck.Classes, ", "))
		}
		target.Class = class
	}
	if text, ok := i.values["--timeout"]; ok {
		timeout, err := time.ParseDuration(text + "s")
		if err != nil || timeout <= 0 {
			return fmt.Errorf("--timeout: %q is not a number of seconds above 0", text)
		}
		target.Timeout = timeout
	}
	for option, field := range map[string]*string{
		"--cacert": &target.TLS.CAFile, "--cacertdir": &target.TLS.CADirectory, "--cert": &target.TLS.Cert,
		"--key": &target.TLS.Key, "--sni": &target.TLS.SNI,
	} {
		if value, ok := i.values[option]; ok {
			*field = value
		}
	}
	return nil
}
