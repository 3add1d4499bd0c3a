package doctor

import (
	"os"

	"golang.org/x/sys/unix"
)

// disk finds volumes that the next snapshot or log line does not fit into, and what fills them for nothing.
func disk() Check {
	return Check{
		Name:    "disk",
		Detects: "too little room for the next snapshot beside the present one, or for logs; GitLab's whole package (gigabytes) on a node that runs Redis only",
		Why:     "a snapshot that fails makes Redis refuse every write (MISCONF), and the next start loads an old one",
		Cure:    "make room on the volume, or move redis['dir'] to a larger one",
		needs:   state,
		run:     lookAtDisk,
	}
}

// logRoom is what logs should find.
const logRoom = 100 << 20

func lookAtDisk(n *Node, f *findings) {
	if marker := n.Layout.PackageSupervisor(); exists(marker) {
		f.warn("stop it (gitlab-ctl stop), uninstall it without purging, and run gitlab-ctl reconfigure of this one: the data stays",
			"GitLab's own package is installed here (%s exists), 2 GB for a node that needs one program", marker)
	}
	for _, service := range n.State.Services() {
		room, err := free(service.Definition.Log.Directory)
		switch {
		case err != nil:
			f.unknown("%v", err)
		case room < logRoom:
			f.warn("", "%s left for the logs of %s in %s", megabytes(room), service.Name, service.Definition.Log.Directory)
		}
	}
	if n.State.Redis != nil {
		n.lookAtDataVolume(f)
	}
	f.otherwise("there is room for the next snapshot and for logs")
}

// lookAtDataVolume compares the room with the present dump and with the data in memory.
func (n *Node) lookAtDataVolume(f *findings) {
	room, err := free(n.State.Redis.Directory)
	if err != nil {
		f.unknown("%v", err)
		return
	}
	needed := int64(0)
	if info, err := os.Stat(n.dumpFile()); err == nil {
		needed = info.Size()
	}
	if n.redisErr() == nil {
		needed = max(needed, n.number("used_memory_dataset"))
	}
	if room < needed {
		f.fail("", "%s has room for %s, the next snapshot may need %s beside the present one", n.State.Redis.Directory, megabytes(room), megabytes(needed))
	}
}

// free is what an account without privileges can still write on a directory's volume, in bytes.
func free(directory string) (int64, error) {
	var volume unix.Statfs_t
	if err := unix.Statfs(directory, &volume); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: directory, Err: err}
	}
	return int64(volume.Bavail) * volume.Bsize, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
