package config

import (
	"fmt"
	"math"
	"strings"

	"redoubt/internal/glob"
)

// Snapshot is the whole configuration at one moment. It never changes, so one snapshot gives consistent answers however
// many are asked. The getters take a parameter's name or alias in lower case; asking for a parameter that does not exist
// or has another type is a programming error and panics.
type Snapshot struct {
	registry   *registry
	values     []any
	explicit   []bool // set by the file, the command line or CONFIG SET
	generation uint64
}

// Generation grows with every change: a cached value is current as long as the generation is the same.
func (s *Snapshot) Generation() uint64 { return s.generation }

// Bool returns a yes-or-no parameter.
func (s *Snapshot) Bool(name string) bool { return typed[bool](s, name) }

// Int returns a number, a size in bytes or the value of an enumeration. A size that does not fit is math.MaxInt64, a
// percentage of maxmemory-clients is negative.
func (s *Snapshot) Int(name string) int64 {
	number := typed[int64](s, name)
	if n, ok := s.registry.parameters[s.position(name)].codec.(integer); ok && n.unsigned && number < 0 {
		return math.MaxInt64
	}
	return number
}

// Text returns any parameter the way CONFIG GET shows it. A parameter that is not set is "".
func (s *Snapshot) Text(name string) string { return s.textAt(s.position(name)) }

// SaveRules returns save.
func (s *Snapshot) SaveRules() []SaveRule { return typed[[]SaveRule](s, "save") }

// Bind returns the addresses to listen on. A leading - means that the address may be missing on this machine.
func (s *Snapshot) Bind() []string { return typed[[]string](s, "bind") }

// OutputLimits returns client-output-buffer-limit.
func (s *Snapshot) OutputLimits() OutputLimits {
	return typed[OutputLimits](s, "client-output-buffer-limit")
}

// OOMScores returns oom-score-adj-values.
func (s *Snapshot) OOMScores() OOMScores { return typed[OOMScores](s, "oom-score-adj-values") }

// Percentiles returns latency-tracking-info-percentiles.
func (s *Snapshot) Percentiles() []float64 {
	return typed[[]float64](s, "latency-tracking-info-percentiles")
}

// Primary returns replicaof.
func (s *Snapshot) Primary() Primary { return typed[Primary](s, "replicaof") }

// Explicit tells whether the file, the command line or CONFIG SET gave the parameter a value, even if it is the default.
func (s *Snapshot) Explicit(name string) bool { return s.explicit[s.position(name)] }

// Setting is one parameter as CONFIG GET shows it.
type Setting struct {
	Name, Value string
}

// Get returns the parameters that match any of the patterns, each once. A pattern without wildcards is the exact name of
// a parameter, which is then reported in the spelling of the request; a hidden parameter is found by its exact name only.
func (s *Snapshot) Get(patterns ...string) []Setting {
	var settings []Setting
	seen := map[string]bool{}
	add := func(position int, name string) {
		if key := strings.ToLower(name); !seen[key] {
			seen[key] = true
			settings = append(settings, Setting{name, s.textAt(position)})
		}
	}
	for _, pattern := range patterns {
		if !strings.ContainsAny(pattern, "[*?") {
			if position, ok := s.registry.find(pattern); ok {
				add(position, pattern)
			}
			continue
		}
		for position := range s.registry.parameters {
			parameter := &s.registry.parameters[position]
			if parameter.Flags&Hidden != 0 {
				continue
			}
			for _, name := range []string{parameter.Name, parameter.Alias} {
				if name != "" && glob.MatchFold(pattern, name) {
					add(position, name)
				}
			}
		}
	}
	return settings
}

func (s *Snapshot) textAt(position int) string {
	return s.registry.parameters[position].codec.text(s.values[position])
}

func (s *Snapshot) position(name string) int {
	position, ok := s.registry.index[name]
	if !ok {
		panic(fmt.Sprintf("config: there is no parameter %q", name))
	}
	return position
}

func typed[T any](s *Snapshot, name string) T {
	value, ok := s.values[s.position(name)].(T)
	if !ok {
		panic(fmt.Sprintf("config: parameter %q is not a %T", name, value))
	}
	return value
}

// clone returns a copy of the next generation, to be filled in before anybody sees it.
func (s *Snapshot) clone() *Snapshot {
	return &Snapshot{
		registry:   s.registry,
		values:     append([]any(nil), s.values...),
		explicit:   append([]bool(nil), s.explicit...),
		generation: s.generation + 1,
	}
}
