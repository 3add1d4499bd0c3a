package ctl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rogpeppe/go-internal/diff"

	"redoubt/internal/node/gitlabrb/vocabulary"
)

// diffConfig compares gitlab.rb with a template that has every setting of this version. Like show-config it keeps secrets of
// gitlab.rb to itself unless asked.
func diffConfig(i *invocation) int {
	path := i.layout.ConfigFile()
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return i.fail(fmt.Errorf("could not find %s: there is nothing to compare with the template of this version", path))
	}
	if err != nil {
		return i.fail(err)
	}
	if !i.has("--show-secrets") {
		content = redactSource(content)
	}
	i.printf("%s", diff.Diff(path, content, "gitlab.rb.template", []byte(vocabulary.Template())))
	return exitOK
}
