package config

import "strings"

// Flags are the attributes of a parameter.
type Flags uint8

// The attributes.
const (
	Immutable    Flags = 1 << iota // only set at start
	Protected                      // CONFIG SET needs enable-protected-configs
	Sensitive                      // the value is a secret: never logged, shown in MONITOR or the slow log
	Hidden                         // CONFIG GET shows it for its exact name only
	DenyLoading                    // CONFIG SET is refused while the dataset is being loaded
	severalWords                   // the value consists of several arguments
	reapply                        // setting the same value again counts as a change, because what it names may have changed
)

// Parameter describes one configuration parameter.
type Parameter struct {
	Name  string
	Alias string // the name of older versions; empty: none
	Flags Flags

	codec     codec
	byDefault any
}

func (p Parameter) alias(name string) Parameter {
	p.Alias = name
	return p
}

func yesNo(name string, byDefault bool, flags Flags) Parameter {
	return Parameter{Name: name, Flags: flags, codec: boolean{}, byDefault: byDefault}
}

func number(name string, low, high, byDefault int64, flags Flags) Parameter {
	return Parameter{Name: name, Flags: flags, codec: integer{low: low, high: high}, byDefault: byDefault}
}

// size is a number of bytes, without sign.
func size(name string, low, high uint64, byDefault int64, flags Flags) Parameter {
	codec := integer{low: int64(low), high: int64(high), unsigned: true, notation: memory}
	return Parameter{Name: name, Flags: flags, codec: codec, byDefault: byDefault}
}

func word(name, byDefault string, check func(string) error, flags Flags) Parameter {
	return Parameter{Name: name, Flags: flags, codec: text{check: check}, byDefault: byDefault}
}

// optionalWord is a string that is not set by default, and of which the empty string means that it is not set.
func optionalWord(name string, check func(string) error, flags Flags) Parameter {
	return Parameter{Name: name, Flags: flags, codec: text{emptyIsUnset: true, check: check}, byDefault: ""}
}

// choice is one of the words. Values are 0, 1, 2, … in the order given.
func choice(name string, flags Flags, byDefault string, words ...string) Parameter {
	p := Parameter{Name: name, Flags: flags}
	options := make([]option, len(words))
	for i, w := range words {
		options[i] = option{w, int64(i)}
		if w == byDefault {
			p.byDefault = int64(i)
		}
	}
	p.codec = enumeration{options: options}
	return p
}

func special(name string, codec codec, byDefault any, flags Flags) Parameter {
	return Parameter{Name: name, Flags: flags, codec: codec, byDefault: byDefault}
}

// registry is the table of all parameters with an index by name and alias. It never changes.
type registry struct {
	parameters []Parameter
	index      map[string]int // lower-case names and aliases
}

func newRegistry(environment Environment) *registry {
	r := &registry{index: map[string]int{}}
	for _, table := range [][]Parameter{
		serverParameters(environment), clientParameters(), memoryParameters(), persistenceParameters(),
		replicationParameters(), clusterParameters(), tlsParameters(), ownParameters(),
	} {
		r.parameters = append(r.parameters, table...)
	}
	for i, p := range r.parameters {
		r.index[p.Name] = i
		if p.Alias != "" {
			r.index[p.Alias] = i
		}
	}
	return r
}

// find returns the position of a parameter by its name or alias in any case.
func (r *registry) find(name string) (position int, ok bool) {
	position, ok = r.index[strings.ToLower(name)]
	return position, ok
}

// Secret tells whether the named parameter's value is one, and so must appear in no log.
func (c *Config) Secret(name string) bool {
	position, ok := c.registry.find(name)
	return ok && c.registry.parameters[position].Flags&Sensitive != 0
}
