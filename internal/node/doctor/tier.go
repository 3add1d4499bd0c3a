package doctor

import (
	"fmt"
	"os"
	"strings"

	"redoubt/internal/node/sentinelconf"
	"redoubt/internal/node/wire"
)

// primaryPassword is what this node's Sentinel logs in to the primary with.
func (n *Node) primaryPassword() string {
	for _, directive := range n.State.Sentinel.Primary {
		if directive.Name == "auth-pass" {
			return strings.Join(directive.Args, " ")
		}
	}
	return ""
}

// sentinels are this node's Sentinel and those that it knows, by its file.
func (n *Node) sentinels() ([]wire.Address, error) {
	wanted := n.State.Sentinel
	content, err := os.ReadFile(wanted.ConfFile)
	if err != nil {
		return nil, err
	}
	current, err := sentinelconf.Parse(wanted.ConfFile, content)
	if err != nil {
		return nil, err
	}
	return sentinelconf.Sentinels(current, wanted.Watched), nil
}

// instances are the entries of SENTINEL REPLICAS or SENTINEL SENTINELS.
func (n *Node) instances(what string) ([]map[string]string, error) {
	reply, err := n.sentinel().client.Do("SENTINEL", what, n.State.Sentinel.Watched)
	if err != nil {
		return nil, fmt.Errorf("SENTINEL %s: %w", what, err)
	}
	list, _ := reply.([]any)
	var all []map[string]string
	for _, entry := range list {
		fields, _ := entry.([]any)
		instance := map[string]string{}
		for i := 0; i+1 < len(fields); i += 2 {
			instance[fmt.Sprint(fields[i])] = fmt.Sprint(fields[i+1])
		}
		all = append(all, instance)
	}
	return all, nil
}

// down says whether Sentinel takes an instance for unreachable.
func down(instance map[string]string) bool {
	return strings.Contains(instance["flags"], "_down") || strings.Contains(instance["flags"], "disconnected")
}

// replica is one entry of INFO replication of a primary.
type replica struct {
	ip, port, state string
	lag             int64 // seconds since it said anything
}

func (n *Node) replicas() []replica {
	var all []replica
	for i := range n.number("connected_slaves") {
		var r replica
		for _, field := range strings.Split(n.redis().info[fmt.Sprintf("slave%d", i)], ",") {
			name, value, _ := strings.Cut(field, "=")
			switch name {
			case "ip":
				r.ip = value
			case "port":
				r.port = value
			case "state":
				r.state = value
			case "lag":
				fmt.Sscan(value, &r.lag) //nolint:errcheck // a value that is no number is as good as none
			}
		}
		all = append(all, r)
	}
	return all
}

// askInfo asks another server for INFO.
func askInfo(address wire.Address) (map[string]string, error) {
	client, err := wire.Dial(address, askTimeout)
	if err != nil {
		return nil, err
	}
	defer client.Close() // the answer was read
	return client.Info("server", "replication")
}
