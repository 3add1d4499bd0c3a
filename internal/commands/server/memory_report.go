package server

import (
	"fmt"
	"strings"

	"redoubt/internal/engine"
	"redoubt/internal/memory/arena"
)

const (
	// reportFrom is the use of memory below which its proportions say nothing.
	reportFrom = 5 << 20
	// A peak, or a resident size, this much above the use is worth a word.
	highPeak     = 1.5
	highResident = 1.4
	// manyBytes is what buffers of a client may take on average.
	manyBytes = 200 << 10
)

// memoryReport is MEMORY DOCTOR's text.
func memoryReport(c *engine.Call) string {
	m := c.Engine.Host().Memory()
	if m.Used < reportFrom && m.Warning == "" {
		return "There is too little data in this instance to tell anything about its memory.\n"
	}
	var problems []string
	if m.Warning != "" {
		problems = append(problems, m.Warning)
	}
	if float64(m.Peak) > highPeak*float64(m.Used) {
		problems = append(problems, "Peak: memory use was more than 1.5 times as high as now. Resident memory may stay above "+
			"the use until the system needs it; MEMORY PURGE gives it back.")
	}
	if float64(m.Resident) > highResident*float64(m.Used) {
		problems = append(problems, "Fragmentation: the process holds more than 1.4 times the memory in use. Blocks of sizes "+
			"that are not needed any more wait for values of their size; MEMORY MALLOC-STATS shows which.")
	}
	if n := int64(c.Engine.ClientCount()); n > 0 && m.Clients/n > manyBytes {
		problems = append(problems, "Clients: their buffers are large on average. Some client reads slower than it asks, or "+
			"sends very large requests; CLIENT LIST shows which.")
	}
	if len(problems) == 0 {
		return "No problem with memory was found.\n"
	}
	return "Problems with memory:\n\n - " + strings.Join(problems, "\n - ") + "\n"
}

// arenaReport is MEMORY MALLOC-STATS' text.
func arenaReport(s arena.Stats) string {
	var b strings.Builder
	fmt.Fprintf(&b, "arena: %d bytes used in %d blocks, %d committed, %d resident at most, %d reserved\n", s.Used, s.Blocks,
		s.Committed, s.Resident, s.Reserved)
	fmt.Fprintf(&b, "large blocks: %d, %d bytes\n\n%10s %12s %10s\n", s.LargeBlocks, s.LargeBytes, "size", "blocks", "slabs")
	for _, class := range s.Classes {
		if class.Slabs > 0 {
			fmt.Fprintf(&b, "%10d %12d %10d\n", class.Size, class.Blocks, class.Slabs)
		}
	}
	return b.String()
}
