// Package rejoin decides, right before a Redis server of a tier that Sentinel watches starts, whether it may start as the
// primary that its redis.conf makes it.
//
// The danger is a former primary that comes back empty, or with an old dataset. Its redis.conf knows nothing of a failover
// that happened while it was down; and if it is back before Sentinel has noticed its absence, it still is the primary, and
// its replicas replace their data by its nothing. So before it starts as a primary it asks the Sentinels, its own and those
// that its own knows:
//
//   - They name another server: it starts as that one's replica. Of several opinions the one with the highest epoch counts.
//   - They name this one, and it has its data: it starts as the primary.
//   - They name this one, and it has no data (or saves none, so that what it has is old) while replicas live: it waits. To
//     Sentinel it is down then, a replica that has the data becomes the primary, and the first case applies.
//
// A server whose redis.conf makes it a replica, or whose Sentinel has not met anybody yet, starts at once.
package rejoin

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/sentinelconf"
	"redoubt/internal/node/wire"
)

const (
	askTimeout = time.Second
	askEvery   = 500 * time.Millisecond
	// quorumWait is how long it waits for most Sentinels to answer; those of the same machine are starting too.
	quorumWait = 10 * time.Second
	// spareWait is added to the time that a failover takes, before a server without data starts although nobody answers.
	spareWait = 10 * time.Second
	sayEvery  = 30 * time.Second
)

// Node is the server that is about to start.
type Node struct {
	conf      string
	settings  redisconf.Settings
	self      identity
	sentinels []wire.Address
	name      string        // of the primary in Sentinel
	failover  time.Duration // how long one may take
}

// Load reads both files. ok is false when there is nothing to ask about.
func Load(redisConf, sentinelConf string) (node *Node, ok bool, err error) {
	content, err := os.ReadFile(redisConf)
	if err != nil {
		return nil, false, err
	}
	directives, err := redisconf.Parse(redisConf, content)
	if err != nil {
		return nil, false, err
	}
	settings := redisconf.Meaning(directives)
	if settings["replicaof"] != "" {
		return nil, false, nil
	}
	content, err = os.ReadFile(sentinelConf)
	if err != nil {
		return nil, false, err
	}
	watched, err := sentinelconf.Parse(sentinelConf, content)
	if err != nil {
		return nil, false, err
	}
	name, formed := sentinelconf.Watched(watched)
	if !formed {
		return nil, false, nil
	}
	return &Node{
		conf: redisConf, settings: settings, self: identify(settings), name: name,
		sentinels: sentinelconf.Sentinels(watched, name), failover: sentinelconf.FailoverTime(watched, name),
	}, true, nil
}

// Wait returns when the server may start. say gets a line for the log whenever there is something to tell. When another
// server is the primary, redis.conf has been changed to follow it.
func (n *Node) Wait(say func(format string, args ...any)) error {
	begun, said := time.Now(), time.Time{}
	for {
		opinions := ask(n.sentinels, n.name)
		verdict := n.judge(opinions, time.Since(begun))
		switch verdict.what {
		case follow:
			say("Sentinel says that the primary is %s port %d: starting as its replica", verdict.host, verdict.port)
			return n.followPrimary(verdict.host, verdict.port)
		case start:
			return nil
		}
		if time.Since(said) >= sayEvery {
			say("not starting as the primary yet: %s", verdict.why)
			said = time.Now()
		}
		time.Sleep(askEvery)
	}
}

type decision int

const (
	wait decision = iota
	start
	follow
)

type verdict struct {
	what decision
	host string
	port int
	why  string
}

// judge decides on what the Sentinels said; waited is how long this has been going on.
func (n *Node) judge(opinions []opinion, waited time.Duration) verdict {
	best, known := newest(opinions)
	if known && !n.self.is(best.host, best.port) {
		return verdict{what: follow, host: best.host, port: best.port}
	}
	// An old opinion that this is the primary may be that of the one Sentinel that was down during the failover, too.
	if len(opinions)*2 <= len(n.sentinels) && waited < quorumWait {
		return verdict{why: fmt.Sprintf("%d of %d Sentinels answer", len(opinions), len(n.sentinels))}
	}
	switch {
	case n.hasData():
		return verdict{what: start}
	case known && best.replicas == 0:
		return verdict{what: start}
	case known && best.alive > 0:
		return verdict{why: fmt.Sprintf("there is no data here, and %d replicas have it: waiting until Sentinel makes one of them the primary", best.alive)}
	case waited > n.failover+spareWait:
		return verdict{what: start}
	}
	return verdict{why: "there is no data here, and nobody says who has it"}
}

// hasData says whether the server will start with a dataset that it can stand by.
func (n *Node) hasData() bool {
	directory := n.settings["dir"]
	if n.settings["appendonly"] == "yes" {
		return exists(filepath.Join(directory, "appendonlydir")) || exists(filepath.Join(directory, n.settings["appendfilename"]))
	}
	saves := n.settings["save"] != ""
	if _, mentioned := n.settings["save"]; !mentioned {
		saves = true // the server's own default
	}
	return saves && exists(filepath.Join(directory, n.settings["dbfilename"]))
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// followPrimary adds the replicaof line.
func (n *Node) followPrimary(host string, port int) error {
	file, err := os.OpenFile(n.conf, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	line := redisconf.New("replicaof", host, strconv.Itoa(port)).String() + "\n"
	_, err = file.WriteString(line)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}
