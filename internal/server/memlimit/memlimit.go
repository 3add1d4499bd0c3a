// Package memlimit tells how much more memory the process can take before the kernel kills something: the limits of its
// control groups (version 1, version 2, or both mounted side by side) and the memory of the machine.
//
// A control group is limited by itself and by every group above it, and each counts everything in it, other processes too.
// What a group holds of files counts as used, but the kernel takes it back before it kills, so it is left out here; the
// machine's MemAvailable is reckoned in the same way. Swap space is not counted as memory: a data node that is swapped out
// has failed its clients already.
//
//	/proc/self/cgroup      0::/system.slice/redis.service
//	/proc/self/mountinfo   … / /sys/fs/cgroup … - cgroup2 …
//	                       │
//	                       ├─ /sys/fs/cgroup/system.slice/redis.service/memory.max, .high, .current, .stat
//	                       ├─ /sys/fs/cgroup/system.slice/memory.max …
//	                       └─ /sys/fs/cgroup/memory.max …             (absent in the root of the machine)
package memlimit

import (
	"bytes"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Limit is one bound on the memory of the process. Sizes are bytes.
type Limit struct {
	// Source names it: "machine", or the file that sets it.
	Source string
	// Bytes is the bound, Used what counts against it now and cannot be taken back.
	Bytes, Used int64
}

// Left is what can still be taken, never negative.
func (l Limit) Left() int64 { return max(l.Bytes-l.Used, 0) }

// Machine is the Source of the limit that is the machine's memory.
const Machine = "machine"

// Read returns the limits that root, the file system from its root directory on, tells of: those of the control groups from
// the inner to the outer, then the machine. What cannot be read is no limit.
func Read(root fs.FS) []Limit {
	var limits []Limit
	for _, h := range hierarchies(root) {
		limits = append(limits, h.limits(root)...)
	}
	if m, ok := machine(root); ok {
		limits = append(limits, m)
	}
	return limits
}

// Nearest is the limit with the least left; ok is false when there are none.
func Nearest(limits []Limit) (nearest Limit, ok bool) {
	for _, l := range limits {
		if !ok || l.Left() < nearest.Left() {
			nearest, ok = l, true
		}
	}
	return nearest, ok
}

func machine(root fs.FS) (Limit, bool) {
	fields := numbers(root, "proc/meminfo")
	total, available := fields["MemTotal:"]<<10, fields["MemAvailable:"]<<10
	return Limit{Source: Machine, Bytes: total, Used: total - available}, total > 0
}

// hierarchy is a tree of control groups that accounts memory, and the process' place in it.
type hierarchy struct {
	mount, group string // paths: of the tree, and of the group below that
	files        version
}

// version names the files of a version of control groups.
type version struct {
	limits []string
	usage  string
	// cache are the fields of memory.stat that the kernel can take back.
	cache []string
}

var (
	version1 = version{limits: []string{"memory.limit_in_bytes"}, usage: "memory.usage_in_bytes",
		cache: []string{"total_inactive_file", "total_active_file"}}
	// Above memory.high nothing is killed, but everything in the group is slowed down until it is useless.
	version2 = version{limits: []string{"memory.max", "memory.high"}, usage: "memory.current",
		cache: []string{"inactive_file", "active_file"}}
)

// unlimited is from where on a limit of version 1 says that there is none: the largest number of bytes in pages.
const unlimited = 1 << 62

// limits returns those of the group and of the groups above it.
func (h hierarchy) limits(root fs.FS) (out []Limit) {
	for group := h.group; ; group = path.Dir(group) {
		dir := strings.TrimPrefix(path.Join(h.mount, group), "/")
		for _, name := range h.files.limits {
			bytes, ok := number(root, path.Join(dir, name))
			if !ok || bytes >= unlimited {
				continue
			}
			used, _ := number(root, path.Join(dir, h.files.usage))
			stat := numbers(root, path.Join(dir, "memory.stat"))
			for _, field := range h.files.cache {
				used -= stat[field]
			}
			out = append(out, Limit{Source: "/" + path.Join(dir, name), Bytes: bytes, Used: max(used, 0)})
		}
		if group == "/" {
			return out
		}
	}
}

// hierarchies finds the trees that account memory.
func hierarchies(root fs.FS) (out []hierarchy) {
	groups := map[string]string{} // by controller, "" for version 2
	for line := range lines(root, "proc/self/cgroup") {
		if parts := strings.SplitN(line, ":", 3); len(parts) == 3 {
			for controller := range strings.SplitSeq(parts[1], ",") {
				groups[controller] = parts[2]
			}
		}
	}
	for line := range lines(root, "proc/self/mountinfo") {
		m, kind, options, ok := parseMount(line)
		switch {
		case !ok:
		case kind == "cgroup2":
			out = append(out, hierarchy{m.point, m.below(groups[""]), version2})
		case kind == "cgroup" && strings.Contains(","+options+",", ",memory,"):
			out = append(out, hierarchy{m.point, m.below(groups["memory"]), version1})
		}
	}
	return out
}

// mount is where a tree, or the part of it from root on, can be seen.
type mount struct{ root, point string }

// below is the path of a group from the mount point on. In a container the group may be named from outside of it; then the
// mount point is the container's own group.
func (m mount) below(group string) string {
	switch rest, inside := strings.CutPrefix(group, strings.TrimSuffix(m.root, "/")); {
	case !inside || rest != "" && rest[0] != '/' || strings.Contains(rest, "/../"):
		return "/"
	default:
		return path.Join("/", rest)
	}
}

// parseMount takes a line of mountinfo apart: "id parent device root point options optional… - type source options".
func parseMount(line string) (m mount, kind, options string, ok bool) {
	left, right, ok := strings.Cut(line, " - ")
	about, fsys := strings.Fields(left), strings.Fields(right)
	if !ok || len(about) < 5 || len(fsys) < 3 {
		return m, "", "", false
	}
	return mount{about[3], about[4]}, fsys[0], fsys[2], true
}

// lines yields those of a file; of one that cannot be read there are none.
func lines(root fs.FS, name string) func(func(string) bool) {
	text, _ := fs.ReadFile(root, name)
	return strings.SplitSeq(string(text), "\n")
}

// number reads a file that holds one; ok is false for another text ("max").
func number(root fs.FS, name string) (n int64, ok bool) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, false
	}
	n, err = strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	return n, err == nil
}

// numbers reads lines of a name and a number.
func numbers(root fs.FS, name string) map[string]int64 {
	out := map[string]int64{}
	for line := range lines(root, name) {
		if f := strings.Fields(line); len(f) >= 2 {
			if n, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				out[f[0]] = n
			}
		}
	}
	return out
}
