package plan

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"redoubt/internal/node/desired"
)

// RDB files that redoubt can write.
const (
	oldestWritten = 10
	newestWritten = 11
)

// backend plans the change from one server program to another, before any file changes: should the old one die in between,
// the new one must be able to load what it left.
func (b *builder) backend(live *seen, running bool) error {
	redis := b.state.Redis
	to := redis.Backend
	if !running {
		return checkDump(filepath.Join(redis.Directory, "dump.rdb"), to)
	}
	if live == nil {
		return nil // the definition tells whether it is another program, and the restart then is planned by that
	}
	from := live.backendName()
	if from == "" || from == to.Name {
		return nil
	}
	if live.settings["appendonly"] == "yes" {
		return fmt.Errorf("the backend cannot be changed from %s to %s while the append-only file is on, because only the RDB file is "+
			"handed over: switch it off (CONFIG SET appendonly no, and in redis['extra_config_command']), then reconfigure", from, to)
	}
	change := SwitchBackend{
		From: from, To: to, Address: live.address, ConfigCommand: live.configCommand, Keys: Keys(live.info),
		Dump: filepath.Join(live.settings["dir"], live.settings["dbfilename"]), SetSave: live.settings["save"] == "",
	}
	if from == desired.Redoubt {
		change.WriteVersion = min(to.ReadableRDB(), newestWritten)
		if change.WriteVersion < oldestWritten {
			return fmt.Errorf("%s reads RDB files up to version %d, and redoubt writes none older than %d: install Redis 7.0 or later",
				to, to.ReadableRDB(), oldestWritten)
		}
	}
	b.add(change)
	b.restart(desired.ServiceName, "the backend changes from "+from+" to "+to.String())
	return nil
}

// Keys counts what INFO says of all databases.
func Keys(info map[string]string) int {
	total := 0
	for name, value := range info {
		if number, isDatabase := strings.CutPrefix(name, "db"); !isDatabase || strings.Trim(number, "0123456789") != "" {
			continue
		}
		for _, field := range strings.Split(value, ",") {
			if count, ok := strings.CutPrefix(field, "keys="); ok {
				if n, err := strconv.Atoi(count); err == nil {
					total += n
				}
			}
		}
	}
	return total
}

// checkDump refuses to start a server on a file that it cannot load.
func checkDump(path string, backend desired.Backend) error {
	version, err := DumpVersion(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w. It is left alone; move it away to start with an empty server", err)
	}
	if version > backend.ReadableRDB() {
		return fmt.Errorf("%s is an RDB file of version %d, and %s reads up to %d. It is left alone. Start the server that wrote it "+
			"(gitlab-ctl start redis, or its redis['backend']) and reconfigure while it runs: a change of the backend then hands the data over",
			path, version, backend, backend.ReadableRDB())
	}
	return nil
}

// DumpVersion is the version of an RDB file.
func DumpVersion(path string) (version int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close() // it was only read
	const magic, length = "REDIS", 9
	header, err := bufio.NewReaderSize(file, 16).Peek(length)
	text := string(header)
	switch {
	case len(text) == 0: // an empty file is what some systems leave after a crash; servers take it for no data
		return 0, nil
	case err != nil, !strings.HasPrefix(text, magic) && !strings.HasPrefix(text, "VALKEY"):
		return 0, fmt.Errorf("%s is no RDB file", path)
	case strings.HasPrefix(text, "VALKEY"):
		return strconv.Atoi(text[len("VALKEY"):])
	}
	version, err = strconv.Atoi(text[len(magic):])
	if err != nil {
		return 0, fmt.Errorf("%s is no RDB file", path)
	}
	return version, nil
}
