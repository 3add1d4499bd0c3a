package desired

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// The backends: the programs that can serve as a node's Redis.
const (
	Redoubt = "redoubt" // this program's own server
	Redis   = "redis"   // an installed redis-server
	Valkey  = "valkey"  // an installed valkey-server
)

// Backend is the program that serves.
type Backend struct {
	Name    string
	Program string // absolute path
	// Version is that of an installed server; the zero Version for redoubt, which comes with the node manager.
	Version Version
}

// Version is major, minor, patch.
type Version [3]int

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// Before says whether v is older than w.
func (v Version) Before(w Version) bool { return slices.CompareFunc(v[:], w[:], cmp.Compare[int]) < 0 }

// oldest is what GitLab demands of a Redis; hostnameSupport is since when Sentinel knows names beside addresses.
var (
	oldest          = Version{6, 0, 0}
	hostnameSupport = Version{6, 2, 0}
	listpackNames   = Version{7, 0, 0} // since when *-max-listpack-* is what used to be *-max-ziplist-*
)

func (b Backend) String() string {
	if b.Name == Redoubt {
		return Redoubt
	}
	return fmt.Sprintf("%s %s (%s)", b.Name, b.Version, b.Program)
}

// ReadableRDB is the newest version of RDB files that the backend loads.
func (b Backend) ReadableRDB() int {
	const redis72, redis70, redis60, redis74, valkey9 = 11, 10, 9, 12, 80
	switch v := b.Version; {
	case b.Name == Redoubt:
		return redis72
	case b.Name == Valkey && !v.Before(Version{9, 0, 0}):
		return valkey9
	case b.Name == Valkey:
		return redis72
	case v.Before(Version{7, 0, 0}):
		return redis60
	case v.Before(Version{7, 2, 0}):
		return redis70
	case v.Before(Version{7, 4, 0}):
		return redis72
	}
	return redis74
}

// readBackend decides which program serves. Without redis['backend'] it is this program, except on a node of a replicated
// tier, which it cannot serve yet: there it is the installed server.
func readBackend(r *reader, environment Environment, replicated bool) Backend {
	path := []string{"redis", "backend"}
	name, given := r.text("", path...), true
	if name == "" {
		name, given = Redoubt, false
	}
	if !given && replicated {
		name = installed(environment)
	}
	switch name {
	case Redoubt:
		if replicated {
			r.fail(r.pos(path...), "redis['backend'] = 'redoubt' cannot be part of a replicated tier yet (it has neither replication nor Sentinel). Do one of:\n"+
				"  1. let the installed server do it: leave out redis['backend'], or set it to 'redis' (apt-get install redis-server) or 'valkey'\n"+
				"  2. run a single node: roles ['redis_master_role'], without redis_sentinel_role and sentinel['enable']")
		}
		return Backend{Name: Redoubt, Program: environment.Binary}
	case Redis, Valkey:
		return installedBackend(r, environment, name)
	}
	r.wrong(path, fmt.Errorf("%q is not one of redoubt, redis, valkey", name))
	return Backend{Name: Redoubt, Program: environment.Binary}
}

// installed is the backend that this machine has a server for: redis, unless there is only valkey.
func installed(environment Environment) string {
	if _, err := environment.LookUp("redis-server"); err == nil {
		return Redis
	}
	if _, err := environment.LookUp("valkey-server"); err == nil {
		return Valkey
	}
	return Redis
}

// installedBackend finds the server and asks it for its version.
func installedBackend(r *reader, environment Environment, name string) Backend {
	pos := r.pos("redis", "backend")
	program := r.text("", "redis", "backend_path")
	if program == "" {
		found, err := environment.LookUp(name + "-server")
		if err != nil {
			r.fail(pos, "%s-server is not installed on this machine. Do one of:\n"+
				"  1. install it: apt-get install %s-server, and stop its own service: systemctl disable --now %s-server\n"+
				"  2. say where it is: redis['backend_path'] = '/path/to/%s-server'\n"+
				"  3. on a single node, use what needs no installation: redis['backend'] = 'redoubt'", name, name, name, name)
			return Backend{Name: name}
		}
		program = found
	} else if !filepath.IsAbs(program) {
		r.wrong([]string{"redis", "backend_path"}, fmt.Errorf("%q is not an absolute path", program))
		return Backend{Name: name}
	}
	output, err := environment.VersionOf(program)
	if err != nil {
		r.fail(pos, "%s --version: %v", program, err)
		return Backend{Name: name, Program: program}
	}
	backend := Backend{Name: name, Program: program}
	if backend.Version, err = parseVersion(output); err != nil {
		r.fail(pos, "%s --version: %v", program, err)
	} else if backend.Version.Before(oldest) {
		r.fail(pos, "%s is too old: GitLab and these settings need version %s or later", backend, oldest)
	}
	return backend
}

// versionMark precedes the version in "Redis server v=7.0.15 sha=…", "Valkey server v=8.0.1 …" and "Server v=7.2.11 …".
var versionMark = regexp.MustCompile(`\bv=(\d+)\.(\d+)\.(\d+)`)

func parseVersion(output string) (Version, error) {
	found := versionMark.FindStringSubmatch(output)
	if found == nil {
		return Version{}, fmt.Errorf("no version in what it says: %.100q", output)
	}
	var version Version
	for i := range version {
		number, err := strconv.Atoi(found[i+1])
		if err != nil {
			return Version{}, err
		}
		version[i] = number
	}
	return version, nil
}
