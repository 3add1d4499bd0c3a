package gitlabrb

import (
	"path"

	"redoubt/internal/node/gitlabrb/vocabulary"
)

// fromFile evaluates another file at this point. A relative name is looked up
// in the folder of the file that includes it. JSON and YAML files are data:
// sections with their keys, and scalars.
func (ev *evaluator) fromFile(c *call) {
	name := c.text(0)
	if !path.IsAbs(name) {
		name = path.Join(path.Dir(ev.file), name)
	}
	if ev.includes++; ev.includes > ev.limits.Includes {
		c.fail("from_file", "", "more than %d files are included", ev.limits.Includes)
	}
	if ev.fileDepth >= ev.limits.FromFile {
		c.fail("from_file", "does a file include itself?", "files include each other more than %d levels deep", ev.limits.FromFile)
	}
	content := c.readFile(name)
	switch path.Ext(name) {
	case ".json":
		ev.config.Files = append(ev.config.Files, name)
		ev.applyData(c, name, ev.parseJSON(c.at, content, false))
	case ".yml", ".yaml":
		ev.config.Files = append(ev.config.Files, name)
		ev.applyData(c, name, ev.parseYAML(c.at, content, false))
	case ".toml":
		c.fail("from_file", "use JSON, YAML or gitlab.rb's own form", "TOML files are not supported: %s", name)
	default:
		ev.fileDepth++
		ev.runFile(name, []byte(content))
		ev.fileDepth--
	}
}

// applyData sets what a data file says.
func (ev *evaluator) applyData(c *call, file string, data Value) {
	if data.IsNil() {
		return
	}
	if data.kind != HashKind {
		c.fail("from_file", "", "%s must hold sections with keys, not %s", file, data.kind)
	}
	for _, m := range data.hash().members {
		name := m.key.text()
		if vocabulary.IsScalar(name) && name != "node" {
			v := ev.settle(m.value, ev.pos(c.at), c.at, 0)
			if name == "roles" {
				ev.roleNames, ev.rolesAt = v, ev.pos(c.at)
			}
			ev.config.scalars[name] = v.at(ev.pos(c.at))
			continue
		}
		if _, ok := vocabulary.Lookup(name); !ok {
			ev.unknownName(&callNode{place: c.at, name: name})
		}
		if m.value.kind != HashKind {
			c.fail(name, "", "%s in %s is a section; it takes a hash, not %s", name, file, m.value.kind)
		}
		for _, inner := range m.value.hash().members {
			ev.storeMember(ev.section(name), inner.key, inner.value, c.at)
		}
	}
}
