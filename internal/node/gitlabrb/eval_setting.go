package gitlabrb

import (
	"slices"
	"strings"

	"redoubt/internal/node/gitlabrb/vocabulary"
)

// bareName is the value of a name without receiver: a scalar, a section, node,
// or a function.
func (ev *evaluator) bareName(n *callNode) Value {
	if n.name == "node" {
		return Value{kind: object, ref: nodeObject{}}
	}
	if vocabulary.IsScalar(n.name) {
		return ev.scalar(n)
	}
	if _, ok := vocabulary.Lookup(n.name); ok {
		h := ev.section(n.name)
		if len(n.args) > 0 {
			ev.replaceSection(n, h)
		}
		return hashValue(h)
	}
	return ev.function(n)
}

// section is the hash of a section, created on first use.
func (ev *evaluator) section(name string) *Hash {
	h, ok := ev.config.sections[name]
	if !ok {
		h = newHash(true)
		h.section = name
		ev.config.sections[name] = h
	}
	return h
}

// replaceSection is `redis({ … })`: the hash becomes the whole section.
func (ev *evaluator) replaceSection(n *callNode, h *Hash) {
	args := ev.evalArguments(n)
	if len(args) != 1 || args[0].kind != HashKind {
		ev.fail(n.place, n.name, n.name+"['key'] = value", "%s is a section; it takes a hash, got %s", n.name, args[0].kind)
	}
	members := args[0].hash().members
	h.members, h.index = nil, map[hashKey]int{}
	for _, m := range members {
		at := n.place
		if m.value.pos.IsValid() {
			at = place{int32(m.value.pos.Line), int32(m.value.pos.Column)}
		}
		ev.storeMember(h, m.key, m.value, at)
	}
}

// scalar reads or, with arguments, sets a setting such as external_url.
func (ev *evaluator) scalar(n *callNode) Value {
	if len(n.args) == 0 {
		if n.name == "edition" {
			return SymbolValue("ee")
		}
		return ev.config.scalars[n.name]
	}
	args := ev.evalArguments(n)
	v := args[0]
	if len(args) > 1 {
		v = ev.array(n.place, args)
	}
	v = ev.settle(v, ev.pos(n.place), n.place, 0).at(ev.pos(n.place))
	if n.name == "roles" {
		ev.roleNames, ev.rolesAt = v, v.pos
	}
	ev.config.scalars[n.name] = v
	return v
}

// finishSettings copies all settings once more. An array in a section can be
// appended to through a variable, so only now is it certain that nothing is
// nested without end and nothing is shared.
func (ev *evaluator) finishSettings() {
	for _, name := range ev.config.Sections() {
		h := ev.config.sections[name]
		for i, m := range h.members {
			h.members[i].value = ev.finished(m.value)
		}
	}
	for name, v := range ev.config.scalars {
		ev.config.scalars[name] = ev.finished(v)
	}
}

func (ev *evaluator) finished(v Value) Value {
	ev.file = v.pos.File
	return ev.settle(v, v.pos, place{int32(v.pos.Line), int32(v.pos.Column)}, 0)
}

// finishRoles computes Config.Roles from the two ways to write them.
func (ev *evaluator) finishRoles() {
	ev.file = ev.rolesAt.File
	at := place{int32(ev.rolesAt.Line), int32(ev.rolesAt.Column)}
	named, err := ev.roleNames.AsStrings()
	if err != nil {
		ev.fail(at, "roles", "roles ['redis_master_role']", "roles takes names: %v", err)
	}
	var invalid []string
	for _, name := range named {
		role := strings.ReplaceAll(name, "-", "_")
		switch {
		case !vocabulary.IsRole(role):
			invalid = append(invalid, clip(name))
		case !slices.Contains(ev.config.Roles, role):
			ev.enableRole(role, ev.rolesAt)
		}
	}
	if len(invalid) > 0 {
		ev.fail(at, "roles", roleHint(invalid), "The following invalid roles have been set in 'roles': %s", strings.Join(invalid, ", "))
	}
	for _, role := range vocabulary.Roles() {
		enable, ok := ev.config.Get(role, "enable")
		if ok && enable.Truthy() && !slices.Contains(ev.config.Roles, role) {
			ev.enableRole(role, enable.pos)
		}
	}
}

func (ev *evaluator) enableRole(role string, pos Pos) {
	ev.config.Roles = append(ev.config.Roles, role)
	ev.config.rolePos[role] = pos
}

// roleHint explains the first invalid role that can be explained.
func roleHint(invalid []string) string {
	for _, name := range invalid {
		name = strings.ReplaceAll(name, "-", "_")
		if c, ok := vocabulary.Historic(name); ok {
			return c.Message + ": " + c.Instead
		}
		if vocabulary.IsRole(name + "_role") {
			return "did you mean " + name + "_role?"
		}
		if near := vocabulary.Nearest(name, vocabulary.Roles()); near != "" {
			return "did you mean " + near + "?"
		}
	}
	return "roles are " + strings.Join(vocabulary.Roles(), ", ")
}

// unknownName reports a bare name that is nothing.
func (ev *evaluator) unknownName(n *callNode) {
	if c, ok := vocabulary.Historic(n.name); ok {
		ev.fail(n.place, n.name, c.Instead, "%s", c.Message)
	}
	hint := ""
	if near := vocabulary.Nearest(n.name, vocabulary.Names()); near != "" {
		hint = "did you mean " + near + "?"
	}
	if len(n.args) > 0 {
		ev.fail(n.place, n.name, hint, "unknown setting %s cannot be set", clip(n.name))
	}
	ev.fail(n.place, n.name, hint, "unknown setting %s", clip(n.name))
}

// hyphenated reports gitlab-rails['x'] = 1, which Ruby reads as a subtraction
// and which the documentation of 2016 contained.
func (ev *evaluator) hyphenated(n *binaryNode) {
	left, ok := n.left.(*callNode)
	if !ok || left.receiver != nil || len(left.args) > 0 {
		return
	}
	right := n.right
	for {
		if a, ok := right.(*assignNode); ok {
			right = a.target
		} else if i, ok := right.(*indexNode); ok {
			right = i.receiver
		} else {
			break
		}
	}
	tail := ""
	switch r := right.(type) {
	case *callNode:
		if r.receiver == nil {
			tail = r.name
		}
	case *localNode:
		tail = r.name
	}
	if name := left.name + "_" + tail; tail != "" {
		if _, ok := vocabulary.Lookup(name); ok {
			ev.fail(left.place, left.name+"-"+tail, "write "+name+"['key'] = value",
				"%s-%s is a subtraction in Ruby; the section's name has an underscore", left.name, tail)
		}
	}
}

// assignedSetting warns of `external_url = …` and of `redis = …`.
func (ev *evaluator) assignedSetting(name string, at place) {
	if vocabulary.IsScalar(name) {
		ev.warn(at, name+" = … only sets a local variable and has no effect; leave out the = sign: "+name+" …")
	} else if _, ok := vocabulary.Lookup(name); ok {
		ev.warn(at, name+" = … only sets a local variable and has no effect, and hides the section below this line; write "+name+"['key'] = value")
	}
}
