package gitlabrb

import "slices"

// Config is an evaluated gitlab.rb: what the file says, without any default.
// It does not change after Evaluate has returned it.
type Config struct {
	// Roles are the enabled roles, with their _role suffix, hyphens turned
	// into underscores, in the order they were named. Both `roles [...]` and
	// `x_role['enable'] = true` count.
	Roles []string
	// Warnings are what the file does that is legal but surely not meant, in
	// file order.
	Warnings []Warning
	// Files are all files that took part: the file itself and what from_file
	// read, in the order of reading.
	Files []string

	sections map[string]*Hash // also the x_role hashes
	scalars  map[string]Value
	rolePos  map[string]Pos
}

// Get is the value at a path: a section, then keys of nested hashes, for
// example Get("redis", "port") or Get("redis_exporter", "flags", "redis.addr").
// With a section alone it is the whole section as a hash. ok is false when the
// file does not set it; a setting that is set to nil is found.
func (c *Config) Get(path ...string) (v Value, ok bool) {
	if len(path) == 0 {
		return Value{}, false
	}
	h, ok := c.sections[path[0]]
	if !ok {
		return Value{}, false
	}
	v = hashValue(h)
	for _, key := range path[1:] {
		if v, ok = v.Get(key); !ok {
			return Value{}, false
		}
	}
	return v, true
}

// Scalar is the value of a setting that is called like a method, for example
// external_url. ok is false when the file does not set it.
func (c *Config) Scalar(name string) (v Value, ok bool) {
	v, ok = c.scalars[name]
	return v, ok
}

// Pos is where the value at a path was assigned, or the zero Pos.
func (c *Config) Pos(path ...string) Pos {
	v, _ := c.Get(path...)
	return v.pos
}

// HasRole reports whether a role (with its _role suffix) is enabled.
func (c *Config) HasRole(name string) bool { return slices.Contains(c.Roles, name) }

// RolePos is where a role was enabled, or the zero Pos.
func (c *Config) RolePos(name string) Pos { return c.rolePos[name] }

// Sections are the names of all sections the file has touched, sorted.
func (c *Config) Sections() []string {
	names := make([]string, 0, len(c.sections))
	for name := range c.sections {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
