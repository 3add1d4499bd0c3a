package supervise

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"redoubt/internal/node/atomicfile"
	"redoubt/internal/node/paths"
)

// Definition says how one service runs. It holds no secret: it is world-readable, and Command becomes a process' arguments.
type Definition struct {
	Command             []string `json:"command"`
	Directory           string   `json:"directory"`
	User                string   `json:"user,omitempty"`  // account name; "" runs as the supervisor's user
	Group               string   `json:"group,omitempty"` // group name; goes with User
	OpenFiles           uint64   `json:"open_files,omitempty"`
	StartupDelaySeconds int      `json:"startup_delay_seconds,omitempty"`
	// EnvironmentDirectory has a file for each name in Environment, which holds that variable's value: it may be a secret, so
	// only root should be able to read it.
	EnvironmentDirectory string      `json:"environment_directory,omitempty"`
	Environment          []string    `json:"environment,omitempty"`
	Mountpoints          []string    `json:"mountpoints,omitempty"` // each must be a mount point before the service may start
	Log                  LogSettings `json:"log"`
}

// LogSettings are svlogd's: when to rotate and what to keep.
type LogSettings struct {
	Directory     string `json:"directory"`
	Size          int64  `json:"size_bytes"`          // rotate when current would grow beyond; 0 never
	Keep          int    `json:"keep"`                // rotated files to keep; 0 all
	MaxAgeSeconds int64  `json:"max_age_seconds"`     // rotate a non-empty current that is older; 0 never
	Compress      bool   `json:"compress"`            // gzip rotated files
	Prefix        string `json:"prefix,omitempty"`    // put before each line, after the time stamp
	UDPAddress    string `json:"udp,omitempty"`       // host:port that gets a copy of each line
	GroupRead     bool   `json:"group_read,omitzero"` // let the directory's group read the files
}

const definitionFile = "service.json"

// Encode renders the definition as its file's content.
func (d Definition) Encode() ([]byte, error) {
	content, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode service definition: %w", err)
	}
	return append(content, '\n'), nil
}

// DefinitionFile returns the path of a service's definition.
func DefinitionFile(layout paths.Layout, service string) string {
	return filepath.Join(layout.ServiceDefinitions(), service, definitionFile)
}

// DownFile returns the path of the file that makes a service "normally down".
func DownFile(layout paths.Layout, service string) string {
	return filepath.Join(layout.ServiceDefinitions(), service, "down")
}

// EnabledLink returns the path of the link that enables a service, and what it must point to.
func EnabledLink(layout paths.Layout, service string) (link, target string) {
	return filepath.Join(layout.EnabledServices(), service), filepath.Join("..", "sv", service)
}

// ReadDefinition loads a service's definition; a missing one is reported as fs.ErrNotExist.
func ReadDefinition(layout paths.Layout, service string) (Definition, error) {
	path := DefinitionFile(layout, service)
	content, err := os.ReadFile(path)
	if err != nil {
		return Definition{}, fmt.Errorf("read the definition of service %s: %w", service, err)
	}
	var definition Definition
	if err := json.Unmarshal(content, &definition); err != nil {
		return Definition{}, fmt.Errorf("read %s: %w", path, err)
	}
	if len(definition.Command) == 0 {
		return Definition{}, fmt.Errorf("read %s: it names no command", path)
	}
	return definition, nil
}

// Known lists the services that have a directory, sorted.
func Known(layout paths.Layout) ([]string, error) { return names(layout.ServiceDefinitions()) }

// Enabled lists the services that are enabled, sorted.
func Enabled(layout paths.Layout) ([]string, error) { return names(layout.EnabledServices()) }

func names(directory string) ([]string, error) {
	entries, err := os.ReadDir(directory)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	var found []string
	for _, entry := range entries {
		if entry.Name()[0] != '.' {
			found = append(found, entry.Name())
		}
	}
	slices.Sort(found)
	return found, nil
}

// state is what a new supervisor must know of its predecessor's process.
type state struct {
	PID        int    `json:"pid,omitempty"`
	StartTicks uint64 `json:"start_ticks,omitempty"` // from /proc/PID/stat: tells a process from a later one with its number
	Started    int64  `json:"started_unix_ms,omitempty"`
	WantDown   bool   `json:"want_down,omitempty"`
	Boot       string `json:"boot"`
}

func stateFile(layout paths.Layout, service string) string {
	return filepath.Join(layout.ServiceDefinitions(), service, "state.json")
}

// readState returns the recorded state, or an empty one when there is none of this boot.
func readState(layout paths.Layout, service string) (state, error) {
	boot, err := bootID()
	if err != nil {
		return state{}, err
	}
	content, err := os.ReadFile(stateFile(layout, service))
	if errors.Is(err, fs.ErrNotExist) {
		return state{Boot: boot}, nil
	}
	if err != nil {
		return state{}, err
	}
	var recorded state
	// A state file damaged by hand is as good as none: the process, if any, is then unknown to us.
	if json.Unmarshal(content, &recorded) != nil || recorded.Boot != boot {
		return state{Boot: boot}, nil
	}
	return recorded, nil
}

func writeState(layout paths.Layout, service string, current state) error {
	content, err := json.Marshal(current)
	if err != nil {
		return fmt.Errorf("encode service state: %w", err)
	}
	return atomicfile.Write(stateFile(layout, service), append(content, '\n'), 0o644, nil)
}
