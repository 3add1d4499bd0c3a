package rejoin

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/wire"
)

// opinion is what one Sentinel says.
type opinion struct {
	host     string
	port     int
	epoch    int64
	replicas int // that it knows
	alive    int // of these, those that it can reach
}

// ask asks all at once and returns the opinions of those that answered.
func ask(sentinels []wire.Address, name string) []opinion {
	var mu sync.Mutex
	var all sync.WaitGroup
	var opinions []opinion
	for _, address := range sentinels {
		all.Go(func() {
			if answer, err := askOne(address, name); err == nil {
				mu.Lock()
				defer mu.Unlock()
				opinions = append(opinions, answer)
			}
		})
	}
	all.Wait()
	return opinions
}

func askOne(address wire.Address, name string) (opinion, error) {
	client, err := wire.Dial(address, askTimeout)
	if err != nil {
		return opinion{}, err
	}
	defer client.Close() // every answer was read
	primary, err := client.Pairs("SENTINEL", "MASTER", name)
	if err != nil {
		return opinion{}, err
	}
	answer := opinion{host: primary["ip"]}
	if answer.port, err = strconv.Atoi(primary["port"]); err != nil {
		return opinion{}, err
	}
	if answer.epoch, err = strconv.ParseInt(primary["config-epoch"], 10, 64); err != nil {
		return opinion{}, err
	}
	reply, err := client.Do("SENTINEL", "REPLICAS", name)
	if err != nil {
		return opinion{}, err
	}
	replicas, _ := reply.([]any)
	answer.replicas = len(replicas)
	for _, replica := range replicas {
		fields, _ := replica.([]any)
		if !strings.Contains(field(fields, "flags"), "down") && !strings.Contains(field(fields, "flags"), "disconnected") {
			answer.alive++
		}
	}
	return answer, nil
}

// field finds a value in a flat list of names and values.
func field(pairs []any, name string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == name {
			value, _ := pairs[i+1].(string)
			return value
		}
	}
	return ""
}

// newest is the opinion with the highest epoch.
func newest(opinions []opinion) (best opinion, ok bool) {
	for _, o := range opinions {
		if !ok || o.epoch > best.epoch {
			best, ok = o, true
		}
	}
	return best, ok
}

// identity is how others may name this server.
type identity struct {
	hosts []string
	ports []int
}

// identify collects what the server announces, where it listens, and this machine's addresses.
func identify(settings redisconf.Settings) identity {
	var self identity
	for _, name := range []string{"port", "tls-port", "replica-announce-port"} {
		if port, err := strconv.Atoi(settings[name]); err == nil && port > 0 {
			self.ports = append(self.ports, port)
		}
	}
	if host := settings["replica-announce-ip"]; host != "" {
		self.hosts = append(self.hosts, host)
	}
	for _, host := range strings.Fields(settings["bind"]) {
		self.hosts = append(self.hosts, strings.TrimPrefix(host, "-"))
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return self // what is bound remains
	}
	for _, address := range addresses {
		if prefix, err := netip.ParsePrefix(address.String()); err == nil {
			self.hosts = append(self.hosts, prefix.Addr().String())
		}
	}
	return self
}

// is says whether host and port name this server. A name counts as whatever it resolves to.
func (i identity) is(host string, port int) bool {
	if !slices.Contains(i.ports, port) {
		return false
	}
	if slices.Contains(i.hosts, host) {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	addresses, err := net.LookupHost(host)
	if err != nil {
		return false
	}
	for _, address := range addresses {
		if slices.Contains(i.hosts, address) {
			return true
		}
	}
	return false
}
