package doctor

import (
	"redoubt/internal/node/kernel"
)

// kernelSettings finds the settings that Redis itself warns about in its log.
func kernelSettings() Check {
	return Check{
		Name:    "kernel",
		Detects: "vm.overcommit_memory that is not 1, net.core.somaxconn below 2048, transparent huge pages that are always on",
		Why: "without overcommit a snapshot of a large dataset fails, and then every write (MISCONF); a short queue drops the reconnections after a failover; " +
			"huge pages make fork and every write after it slow",
		Cure:  "gitlab-ctl reconfigure sets them, unless package['modify_kernel_parameters'] is false; in a container set them on the host",
		needs: redis,
		run:   lookAtKernel,
	}
}

func lookAtKernel(_ *Node, f *findings) {
	for _, setting := range kernel.Settings() {
		if condition, current := setting.Look(); condition != kernel.Met {
			f.warn("", "%s is %s, not %s: %s", setting.Name, current, setting.Want, setting.Reason)
		}
	}
	f.otherwise("overcommit, huge pages and the listen queue are as Redis wants them")
}
