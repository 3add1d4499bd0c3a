package doctor

// persistence finds data that does not reach the disk.
func persistence() Check {
	return Check{
		Name:    "persistence",
		Detects: "a failed snapshot or append-only file, and a Redis for jobs and sessions that keeps nothing over a restart",
		Why:     "after a failed snapshot every write fails with MISCONF, and a restart goes back to the last good one",
		Cure:    "read the log (gitlab-ctl tail redis): the disk is full, the directory not writable, or vm.overcommit_memory is 0; then BGSAVE",
		needs:   live,
		run:     lookAtPersistence,
	}
}

func lookAtPersistence(n *Node, f *findings) {
	f.take(n.judge("persistence"))
}
