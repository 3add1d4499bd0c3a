package plan

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"redoubt/internal/node/desired"
)

// environmentMode is that of the files that hold an exporter's variables; passwords are among them.
const environmentMode = 0o600

func (b *builder) exporters() error {
	for _, exporter := range b.state.Exporters {
		if err := b.environment(exporter); err != nil {
			return err
		}
		if err := b.service(&exporter.Service); err != nil {
			return err
		}
	}
	return nil
}

// environment plans the files of an exporter's variables. A process has them from its start.
func (b *builder) environment(exporter *desired.Exporter) error {
	_, running := b.status(exporter.Name)
	changed := false
	for _, name := range slices.Sorted(maps.Keys(exporter.Environment)) {
		differs, err := b.file(WriteFile{
			Path: filepath.Join(exporter.Definition.EnvironmentDirectory, name), Content: []byte(exporter.Environment[name]), Mode: environmentMode,
			Reason: "a variable of the environment of " + exporter.Name,
		})
		if err != nil {
			return err
		}
		changed = changed || differs
	}
	if changed && running {
		b.restart(exporter.Name, "its environment has changed")
	}
	return nil
}

// consul plans the files that register exporters, and the end of those that register what is not there any more.
func (b *builder) consul() error {
	for _, registration := range b.state.Registrations {
		if registration.Content != nil {
			if _, err := b.file(WriteFile{
				Path: registration.Path, Content: registration.Content, Mode: 0o644, Reason: "registers the exporter in Consul (consul reload takes it over)",
			}); err != nil {
				return err
			}
			continue
		}
		if _, err := os.Lstat(registration.Path); err == nil {
			b.add(RemoveFile{Path: registration.Path, Reason: "the exporter is not registered in Consul any more"})
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
