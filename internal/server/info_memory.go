package server

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"

	"redoubt/internal/engine"
)

// memoryPicture is what the memory figures of INFO and MEMORY STATS come from.
type memoryPicture struct {
	dataset, clients, heap, used, rss, total int64
	startup                                  int64
}

func (s *Server) memory() memoryPicture {
	var m memoryPicture
	m.dataset = s.engine.DatasetMemory()
	m.clients = s.engine.ClientMemory()
	m.used = s.engine.UsedMemory() // the figure that eviction works with
	m.heap = m.used - m.dataset
	m.rss = residentBytes()
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) == nil {
		m.total = int64(info.Totalram) * int64(info.Unit)
	}
	m.startup = s.startupMemory
	return m
}

// Memory implements engine.Host.
func (s *Server) Memory() engine.MemoryFigures {
	m := s.memory()
	st := &s.engine.Stats
	st.PeakMemory = max(st.PeakMemory, m.used)
	a := s.engine.Store().Arena().Stats()
	return engine.MemoryFigures{
		Peak: st.PeakMemory, Used: m.used, Startup: m.startup, Dataset: m.dataset, Clients: m.clients, Resident: m.rss,
		ArenaUsed: a.Used, ArenaCommitted: a.Committed, Warning: s.memoryWarning(),
	}
}

// leastHeap is what the heap counts for when it is smaller: a server with few clients needs that much at times, and keys
// must not come and go with it.
const leastHeap = 4 << 20

// overhead is what the memory beside the dataset is reckoned from. Guarded by the engine lock.
type overhead struct {
	collections uint64
	// clients is what clients held at the last look.
	clients int64
	// lowest is the least that a collection of the present spell found on the heap beside what clients held, before that of
	// the spell before. A single collection may find what clients held that have just gone.
	lowest, before int64
	spell          time.Time
}

// overheadSpell is for how long memory must be there before keys go for it, unless clients hold it.
const overheadSpell = 300 * time.Millisecond

// measureOverhead is the memory beside the dataset. The live heap is known as of the last collection only, which may be
// long ago, and what changes fast are the buffers of clients: they are counted as they are now, and everything else
// (configuration, scripts, indexes) as it was. Garbage is not counted, so that keys do not come and go with collections.
func (s *Server) measureOverhead() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(sample)
	live, collections := int64(sample[0].Value.Uint64()), sample[1].Value.Uint64()
	clients := s.engine.ClientMemory()
	o := &s.overhead
	if collections != o.collections {
		o.collections = collections
		found, now := max(live-max(clients, o.clients), 0), time.Now()
		if now.Sub(o.spell) > overheadSpell {
			o.spell, o.before, o.lowest = now, o.lowest, found
		}
		o.lowest = min(o.lowest, found)
	}
	o.clients = clients
	return max(min(o.before, o.lowest)+clients, leastHeap)
}

// residentBytes is the process' resident set, 0 where /proc does not tell.
func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (s *Server) infoMemory(w *infoWriter) {
	m := s.memory()
	e := s.engine
	e.Stats.PeakMemory = max(e.Stats.PeakMemory, m.used)
	peak := e.Stats.PeakMemory
	limit := e.Settings.MaxMemory
	a := e.Store().Arena().Stats()
	w.section("Memory")
	both := func(name string, v int64) {
		w.field(name, v)
		w.field(name+"_human", human(v))
	}
	both("used_memory", m.used)
	both("used_memory_rss", m.rss)
	both("used_memory_peak", peak)
	w.field("used_memory_peak_perc", fmt.Sprintf("%.2f%%", 100*ratio(m.used, peak)))
	overhead := m.heap
	w.field("used_memory_overhead", overhead)
	w.field("used_memory_startup", m.startup)
	w.field("used_memory_dataset", m.dataset)
	w.field("used_memory_dataset_perc", fmt.Sprintf("%.2f%%", 100*ratio(m.dataset, max(m.used-m.startup, 1))))
	w.field("allocator_allocated", a.Used)
	w.field("allocator_active", a.Committed)
	w.field("allocator_resident", a.Committed)
	both("total_system_memory", m.total)
	s.infoMemoryLimit(w)
	scripts := e.Interpreter
	machine, scriptBytes := scripts.MachineBytes(), scripts.ScriptBytes()
	both("used_memory_lua", machine)
	both("used_memory_vm_eval", machine)
	w.field("used_memory_scripts_eval", scriptBytes)
	w.field("number_of_cached_scripts", scripts.Scripts())
	w.field("number_of_functions", scripts.Functions())
	w.field("number_of_libraries", len(scripts.LibraryCodes()))
	w.field("used_memory_vm_functions", scripts.LibraryMachineBytes())
	both("used_memory_vm_total", machine+scripts.LibraryMachineBytes())
	w.field("used_memory_functions", scripts.LibraryBytes())
	both("used_memory_scripts", scriptBytes+scripts.LibraryBytes())
	both("maxmemory", limit)
	w.field("maxmemory_policy", s.conf().Text("maxmemory-policy"))
	w.float2("allocator_frag_ratio", ratio(a.Committed, max(a.Used, 1)))
	w.field("allocator_frag_bytes", max(a.Committed-a.Used, 0))
	w.float2("allocator_rss_ratio", 1)
	w.field("allocator_rss_bytes", 0)
	w.float2("rss_overhead_ratio", ratio(m.rss, max(a.Committed, 1)))
	w.field("rss_overhead_bytes", m.rss-a.Committed)
	w.float2("mem_fragmentation_ratio", ratio(m.rss, max(m.used, 1)))
	w.field("mem_fragmentation_bytes", m.rss-m.used)
	w.field("mem_not_counted_for_evict", 0)
	w.field("mem_replication_backlog", 0)
	w.field("mem_total_replication_buffers", 0)
	w.field("mem_clients_slaves", 0)
	w.field("mem_clients_normal", m.clients)
	w.field("mem_cluster_links", 0)
	w.field("mem_aof_buffer", 0)
	w.field("mem_allocator", "redoubt-arena go-"+strings.TrimPrefix(runtime.Version(), "go"))
	w.field("active_defrag_running", 0)
	w.field("lazyfree_pending_objects", e.Store().PendingFrees())
	w.field("lazyfreed_objects", e.Stats.LazyFreed)
}
