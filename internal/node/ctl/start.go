package ctl

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"redoubt/internal/node/atomicfile"
	"redoubt/internal/node/rejoin"
	"redoubt/internal/node/sentinelconf"
)

// The supervisor starts installed servers of a tier through these two commands, as the account they run as. Each does what
// has to be done before every start and then becomes the server: the process stays the same.

// startRedis REDIS_CONF SENTINEL_CONF SERVER waits until the server may start.
func startRedis(i *invocation) int {
	if len(i.args) != 3 {
		return i.fail(errors.New("usage: gitlab-ctl start-redis REDIS_CONF SENTINEL_CONF SERVER"))
	}
	conf, sentinelConf, server := i.args[0], i.args[1], i.args[2]
	say := func(format string, args ...any) { i.printf("gitlab-ctl start-redis: "+format+"\n", args...) }
	node, ok, err := rejoin.Load(conf, sentinelConf)
	if err == nil && ok {
		err = node.Wait(say)
	}
	if err != nil {
		say("the Sentinels could not be asked: %v", err) // the server starts as its redis.conf says
	}
	return i.become(server, conf)
}

// startSentinel SENTINEL_CONF PASSWORD_FILE SERVER repairs what Sentinel wrote unreadably.
func startSentinel(i *invocation) int {
	if len(i.args) != 3 {
		return i.fail(errors.New("usage: gitlab-ctl start-sentinel SENTINEL_CONF PASSWORD_FILE SERVER"))
	}
	conf, passwordFile, server := i.args[0], i.args[1], i.args[2]
	if err := repairSentinelConf(conf, passwordFile); err != nil {
		return i.fail(err)
	}
	return i.become(server, conf, "--sentinel")
}

func repairSentinelConf(conf, passwordFile string) error {
	content, err := os.ReadFile(conf)
	if err != nil {
		return err
	}
	good, err := os.ReadFile(passwordFile)
	if err != nil {
		return err
	}
	repaired := sentinelconf.Repair(content, good)
	if string(repaired) == string(content) {
		return nil
	}
	return atomicfile.Write(conf, repaired, 0o600, nil)
}

// become replaces this process by a program.
func (i *invocation) become(program string, args ...string) int {
	err := syscall.Exec(program, append([]string{program}, args...), os.Environ())
	return i.fail(fmt.Errorf("start %s: %w", program, err))
}
