package memlimit

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// files makes a file system of names and texts.
func files(texts map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range texts {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

const (
	meminfo  = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    400 kB\nSwapFree:   5000 kB\n"
	unified  = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	memory1  = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
	other1   = "34 31 0:31 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
	noLimit1 = "9223372036854771712\n"
)

func TestRead(t *testing.T) {
	all := Limit{Machine, 1000 << 10, 600 << 10}
	tests := []struct {
		name  string
		files map[string]string
		want  []Limit
	}{
		{"no control groups", map[string]string{"proc/meminfo": meminfo}, []Limit{all}},
		{"nothing at all", nil, nil},
		{"version 2, the inner group and one above", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a.slice/b.service\n", "proc/self/mountinfo": other1 + unified,
			"sys/fs/cgroup/a.slice/b.service/memory.max":     "max\n",
			"sys/fs/cgroup/a.slice/b.service/memory.high":    "300000\n",
			"sys/fs/cgroup/a.slice/b.service/memory.current": "250000\n",
			"sys/fs/cgroup/a.slice/b.service/memory.stat":    "anon 1\nfile 90000\ninactive_file 30000\nactive_file 20000\n",
			"sys/fs/cgroup/a.slice/memory.max":               "500000\n",
			"sys/fs/cgroup/a.slice/memory.high":              "max\n",
			"sys/fs/cgroup/a.slice/memory.current":           "400000\n",
		}, []Limit{
			{"/sys/fs/cgroup/a.slice/b.service/memory.high", 300000, 200000},
			{"/sys/fs/cgroup/a.slice/memory.max", 500000, 400000}, all,
		}},
		{"version 1", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/m/n\n0::/\n",
			"proc/self/mountinfo":                            other1 + memory1,
			"sys/fs/cgroup/memory/m/n/memory.limit_in_bytes": noLimit1,
			"sys/fs/cgroup/memory/m/memory.limit_in_bytes":   "9000\n",
			"sys/fs/cgroup/memory/m/memory.usage_in_bytes":   "8000\n",
			"sys/fs/cgroup/memory/m/memory.stat":             "inactive_file 1\ntotal_inactive_file 500\ntotal_active_file 200\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":     noLimit1,
		}, []Limit{{"/sys/fs/cgroup/memory/m/memory.limit_in_bytes", 9000, 7300}, all}},
		{"a container with its own part of version 1", map[string]string{
			"proc/self/cgroup":                           "4:memory:/docker/1\n",
			"proc/self/mountinfo":                        "35 31 0:32 /docker/1 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9000\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "8000\n",
		}, []Limit{{"/sys/fs/cgroup/memory/memory.limit_in_bytes", 9000, 8000}}},
		{"a container that sees the outer name", map[string]string{
			"proc/self/cgroup":         "0::/../other\n",
			"proc/self/mountinfo":      "30 23 0:26 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n",
			"sys/fs/cgroup/memory.max": "9000\n", "sys/fs/cgroup/memory.current": "8000\n",
		}, []Limit{{"/sys/fs/cgroup/memory.max", 9000, 8000}}},
		{"files that say nonsense", map[string]string{
			"proc/meminfo": "MemTotal: many kB\n", "proc/self/cgroup": "::::\n0\n0::/\n", "proc/self/mountinfo": "- \n1 2 3 - cgroup2\n" + unified,
			"sys/fs/cgroup/memory.max": "lots",
		}, nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, Read(files(test.files))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestNearest(t *testing.T) {
	limits := []Limit{{"a", 100, 10}, {"b", 50, 70}, {"c", 1000, 990}}
	if l, ok := Nearest(limits); !ok || l.Source != "b" || l.Left() != 0 {
		t.Errorf("got %+v, %v: b is exceeded", l, ok)
	}
	if l, ok := Nearest(nil); ok {
		t.Errorf("got %+v without any limit", l)
	}
}

// TestThisMachine: on a real system the machine is a limit.
func TestThisMachine(t *testing.T) {
	limits := Read(os.DirFS("/"))
	if len(limits) == 0 || limits[len(limits)-1].Source != Machine {
		t.Fatalf("got %+v, the machine is missing", limits)
	}
	for _, l := range limits {
		if l.Bytes <= 0 || l.Used <= 0 {
			t.Errorf("%+v", l)
		}
	}
}
