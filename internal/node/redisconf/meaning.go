package redisconf

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Settings is a configuration reduced to its meaning: directive name to canonical value. Two spellings that make a
// server behave alike have the same value: 1gb and 1073741824, three save lines and one, slave- and replica- names.
// It is the common form of a file, of what gitlab.rb asks for, and of what CONFIG GET answers.
type Settings map[string]string

// Meaning reduces the directives of a file. Where Redis adds up repeated lines (save, client-output-buffer-limit,
// rename-command) so does Meaning; of any other repeated directive the last one counts.
func Meaning(directives []Directive) Settings {
	settings := Settings{}
	collected := map[string][]string{}
	for _, directive := range directives {
		name := currentName(directive.Name)
		if !accumulates(name) {
			settings[name] = canonicalValue(name, strings.Join(directive.Args, " "))
			continue
		}
		if name == "save" && len(directive.Args) == 1 && directive.Args[0] == "" {
			collected[name] = []string{}
			continue
		}
		collected[name] = append(collected[name], directive.Args...)
	}
	for name, args := range collected {
		settings[name] = canonicalList(name, args)
	}
	return settings
}

// LiveMeaning reduces one answer of CONFIG GET.
func LiveMeaning(name, value string) (canonicalName, canonical string) {
	name = currentName(strings.ToLower(name))
	if accumulates(name) {
		return name, canonicalList(name, strings.Fields(value))
	}
	return name, canonicalValue(name, value)
}

// Names returns the sorted directive names.
func (s Settings) Names() []string { return slices.Sorted(maps.Keys(s)) }

// Differences lists the sorted names whose values differ, counting a name that only one side has.
func (s Settings) Differences(other Settings) []string {
	var names []string
	for name, value := range s {
		if otherValue, ok := other[name]; !ok || otherValue != value {
			names = append(names, name)
		}
	}
	for name := range other {
		if _, ok := s[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Secret says whether the directive's value must never be shown.
func Secret(name string) bool {
	switch currentName(name) {
	case "requirepass", "masterauth", "tls-key-file-pass", "tls-client-key-file-pass", "user", "rename-command":
		return true
	}
	return false
}

// Displayed returns value as it may be shown to a person.
func Displayed(name, value string) string {
	if Secret(name) && value != "" {
		return "[hidden]"
	}
	if value == "" {
		return `""`
	}
	return value
}

func accumulates(name string) bool {
	return name == "save" || name == "client-output-buffer-limit" || name == "rename-command"
}

// currentName maps the names Redis still reads for old configuration files to today's.
func currentName(name string) string {
	name = strings.ToLower(name)
	switch name {
	case "slaveof":
		return "replicaof"
	case "lua-time-limit":
		return "busy-reply-threshold"
	}
	name = strings.ReplaceAll(name, "slave-", "replica-")
	name = strings.Replace(name, "-diskless-load-slave", "-diskless-load-replica", 1)
	return strings.Replace(name, "-max-ziplist-", "-max-listpack-", 1)
}

func canonicalList(name string, args []string) string {
	switch name {
	case "client-output-buffer-limit":
		return canonicalBufferLimits(args)
	case "rename-command":
		return canonicalRenames(args)
	}
	return strings.Join(args, " ")
}

// canonicalBufferLimits keeps the last limit of each class (class, hard, soft, seconds) in a fixed order.
func canonicalBufferLimits(args []string) string {
	limits := map[string]string{}
	for ; len(args) >= 4; args = args[4:] {
		class := strings.Replace(strings.ToLower(args[0]), "slave", "replica", 1)
		limits[class] = fmt.Sprintf("%s %s %s", canonicalMemory(args[1]), canonicalMemory(args[2]), args[3])
	}
	var parts []string
	for _, class := range slices.Sorted(maps.Keys(limits)) {
		parts = append(parts, class+" "+limits[class])
	}
	return strings.Join(parts, " ")
}

func canonicalRenames(args []string) string {
	renames := map[string]string{}
	for ; len(args) >= 2; args = args[2:] {
		renames[strings.ToUpper(args[0])] = args[1]
	}
	var parts []string
	for _, command := range slices.Sorted(maps.Keys(renames)) {
		parts = append(parts, command+" "+quote(renames[command]))
	}
	return strings.Join(parts, " ")
}

func canonicalValue(name, value string) string {
	switch {
	case Secret(name):
		return value
	case memorySized(name):
		return canonicalMemory(value)
	case name == "unixsocketperm":
		if mode, err := strconv.ParseUint(value, 8, 32); err == nil {
			return strconv.FormatUint(mode, 8)
		}
	case name == "bind":
		return strings.Join(strings.Fields(value), " ")
	}
	if number, err := strconv.ParseInt(value, 10, 64); err == nil {
		return strconv.FormatInt(number, 10)
	}
	if lower := strings.ToLower(value); lower == "yes" || lower == "no" {
		return lower
	}
	return value
}

func memorySized(name string) bool {
	switch name {
	case "maxmemory", "repl-backlog-size", "client-query-buffer-limit", "auto-aof-rewrite-min-size", "proto-max-bulk-len",
		"maxmemory-clients", "hash-max-listpack-value", "zset-max-listpack-value", "hll-sparse-max-bytes",
		"stream-node-max-bytes":
		return true
	}
	return false
}

// canonicalMemory turns 512mb and the like into bytes; anything else is returned as it is.
func canonicalMemory(value string) string {
	if bytes, ok := Memory(value); ok {
		return strconv.FormatUint(bytes, 10)
	}
	return value
}

// Memory reads a size as Redis does: a number of bytes, or with one of the units b, k, kb, m, mb, g, gb.
func Memory(value string) (bytes uint64, ok bool) {
	lower := strings.ToLower(value)
	digits := strings.TrimRight(lower, "bkmg")
	number, err := strconv.ParseUint(digits, 10, 64)
	unit, known := memoryUnits[lower[len(digits):]]
	if err != nil || !known || number > (1<<63)/unit {
		return 0, false
	}
	return number * unit, true
}

var memoryUnits = map[string]uint64{
	"": 1, "b": 1,
	"k": 1000, "kb": 1 << 10,
	"m": 1000 * 1000, "mb": 1 << 20,
	"g": 1000 * 1000 * 1000, "gb": 1 << 30,
}
