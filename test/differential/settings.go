package differential

import (
	"slices"
	"strings"
)

// setting is a parameter that sequences change.
type setting struct {
	name string
	// usual is the value that every sequence begins with, unless its first step says otherwise.
	usual  string
	values []string
}

// settings are the parameters that a sequence may change: thresholds that small values pass, and what changes replies. Of the
// events, expiry follows from the clock, and how often a command looks for a missing key is its own.
var settings = []setting{
	{"hash-max-listpack-entries", "128", []string{"4", "8", "512"}},
	{"hash-max-listpack-value", "64", []string{"8", "64"}},
	{"zset-max-listpack-entries", "128", []string{"4", "8", "128"}},
	{"zset-max-listpack-value", "64", []string{"8", "64"}},
	{"set-max-intset-entries", "512", []string{"3", "8", "512"}},
	{"list-max-listpack-size", "-2", []string{"-2", "-1", "4", "2", "1"}},
	{"list-compress-depth", "0", []string{"0", "1", "2"}},
	{"stream-node-max-entries", "100", []string{"3", "5", "100"}},
	{"stream-node-max-bytes", "4096", []string{"64", "4096", "0"}},
	{"hll-sparse-max-bytes", "3000", []string{"40", "3000", "0"}},
	{"notify-keyspace-events", "E", []string{"", "Kg$lshzt", "Eg$lshztd", "KEg$lshztd"}},
	{"maxmemory-samples", "5", []string{"5", "10"}},
	{"maxmemory-policy", "noeviction", []string{"noeviction", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-ttl"}},
	{"lazyfree-lazy-user-del", "no", []string{"no", "yes"}},
	{"lazyfree-lazy-user-flush", "no", []string{"no", "yes"}},
	{"lazyfree-lazy-server-del", "no", []string{"no", "yes"}},
	{"lazyfree-lazy-expire", "no", []string{"no", "yes"}},
	{"acl-pubsub-default", "resetchannels", []string{"resetchannels", "allchannels"}},
	{"proto-max-bulk-len", "536870912", []string{"536870912", "1mb"}},
	{"tracking-table-max-keys", "1000000", []string{"1000000", "0"}},
	{"acllog-max-len", "128", []string{"128", "0", "2"}},
	{"slowlog-log-slower-than", "10000", []string{"10000", "0", "-1"}},
	{"latency-tracking", "yes", []string{"yes", "no"}},
	{"lfu-log-factor", "10", []string{"10", "0", "100"}},
	{"lfu-decay-time", "1", []string{"1", "0"}},
}

// oddSettings are parameters with values that are refused.
var oddSettings = [][2]string{
	{"hash-max-listpack-entries", "-1"}, {"hash-max-listpack-entries", "x"}, {"zset-max-listpack-value", ""}, {"nosuch", "1"}, {"", ""},
	{"maxmemory", "1x"}, {"maxmemory-policy", "nosuch"}, {"databases", "16"}, {"notify-keyspace-events", "q"},
	{"appendfsync", "sometimes"}, {"proto-max-bulk-len", "1"}, {"timeout", "-1"}, {"timeout", "1.5"}, {"save", "x"}, {"save", "-1 1"},
	{"client-output-buffer-limit", "normal 0 0"}, {"client-output-buffer-limit", "nosuch 0 0 0"}, {"oom-score-adj-values", "1 2"},
	{"latency-tracking-info-percentiles", "101"}, {"maxmemory-clients", "101%"}, {"hz", "x"}, {"tracking-table-max-keys", "-1"},
	{"replica-priority", "-1"}, {"acl-pubsub-default", "x"}, {"unixsocketperm", "8"}, {"enable-debug-command", "yes"},
	{"dir", "/"}, {"lazyfree-lazy-user-del", "maybe"}, {"slowlog-max-len", "9223372036854775808"}, {"active-expire-effort", "11"},
	{"lua-time-limit", "-1"}, {"maxmemory-samples", "0"}, {"maxclients", "0"}, {"repl-backlog-size", "0"}, {"list-compress-depth", "-1"},
}

// usualSettings is the request that sets all settings to their usual values.
func usualSettings() string {
	words := []string{"CONFIG", "SET"}
	for _, s := range settings {
		words = append(words, s.name, s.usual)
	}
	return strings.Join(words, " ")
}

// Settings makes the step that a sequence begins with.
func (g *Generator) Settings() Step {
	words := [][]byte{[]byte("CONFIG"), []byte("SET"), []byte("maxmemory-samples"), []byte("5")}
	return Step{Words: append(words, g.settings(60, func(*setting) bool { return true })...)}
}

// changeSettings makes the words behind CONFIG SET inside a sequence. Those of lists can be changed only at the beginning: 7.0
// keeps for a list what was set when it was made.
func (g *Generator) changeSettings() [][]byte {
	words := g.settings(15, func(s *setting) bool { return !strings.HasPrefix(s.name, "list-") })
	if len(words) == 0 || g.percent(g.Broken*3) {
		odd := pick(g, oddSettings)
		words = slices.Insert(words, 2*g.rng.IntN(len(words)/2+1), []byte(odd[0]), []byte(odd[1]))
	}
	return words
}

// settings makes names and values of some of the settings, each with a chance in percent.
func (g *Generator) settings(chance int, mayChange func(*setting) bool) (words [][]byte) {
	for i := range settings {
		if s := &settings[i]; g.percent(chance) && mayChange(s) {
			words = append(words, []byte(s.name), []byte(pick(g, s.values)))
		}
	}
	return words
}

// parameterPattern makes an argument of CONFIG GET.
func parameterPattern(g *Generator) []byte {
	if g.percent(30) {
		return []byte(pick(g, []string{"maxmemory", "hz", "timeout", "nosuch", "list-max-*", "LFU-*", "hash-max-listpack-*", "save", "", "[h"}))
	}
	return []byte(pick(g, settings).name)
}
