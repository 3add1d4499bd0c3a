package gitlabrb

import (
	"path"
	"strings"
)

// call is one method call that is being carried out.
type call struct {
	ev   *evaluator
	at   place
	recv Value
	name string
	args []Value
}

func (c *call) fail(construct, hint, format string, args ...any) {
	c.ev.fail(c.at, construct, hint, format, args...)
}

// want checks the number of arguments.
func (c *call) want(least, most int) {
	if n := len(c.args); n < least || n > most {
		c.fail(c.name, "", "%s called with %d arguments", c.name, n)
	}
}

// text is argument i, which must be a string.
func (c *call) text(i int) string {
	if c.args[i].kind != String {
		c.fail(c.name, "", "%s needs a string, got %s", c.name, c.args[i].kind)
	}
	return c.args[i].str()
}

// integer is argument i, which must be a number.
func (c *call) integer(i int) int64 {
	switch a := c.args[i]; a.kind {
	case Int:
		return a.n
	case Float:
		return c.ev.truncated(c.at, a.f)
	}
	c.fail(c.name, "", "%s needs an integer, got %s", c.name, c.args[i].kind)
	return 0
}

// option removes the keyword argument `name: value` from the arguments and
// returns its value.
func (c *call) option(name string) (Value, bool) {
	if len(c.args) == 0 || c.args[len(c.args)-1].kind != HashKind {
		return Value{}, false
	}
	h := c.args[len(c.args)-1].hash()
	v, ok := h.Get(name)
	if ok && h.Len() == 1 {
		c.args = c.args[:len(c.args)-1]
	}
	return v, ok
}

func (ev *evaluator) evalArguments(n *callNode) []Value {
	args := make([]Value, len(n.args))
	for i, a := range n.args {
		args[i] = ev.eval(a)
	}
	return args
}

func (ev *evaluator) evalCall(n *callNode) Value {
	if n.receiver == nil {
		return ev.bareName(n)
	}
	recv := ev.eval(n.receiver)
	if n.safe && recv.IsNil() {
		return recv
	}
	return ev.method(&call{ev: ev, at: n.place, recv: recv, name: n.name, args: ev.evalArguments(n)})
}

// method carries out a call on any value.
func (ev *evaluator) method(c *call) Value {
	if v, ok := commonMethod(c); ok {
		return v
	}
	var v Value
	ok := false
	switch c.recv.kind {
	case Nil:
		v, ok = nilMethod(c)
	case Bool:
		if c.name == "to_s" {
			v, ok = ev.text(c.at, ev.toS(c.at, c.recv)), true
		}
	case Int, Float:
		v, ok = numberMethod(c)
	case String, Symbol:
		v, ok = textMethod(c)
	case Array:
		v, ok = arrayMethod(c)
	case HashKind:
		v, ok = hashMethod(c)
	case object:
		v, ok = c.recv.ref.(receiver).call(c)
	}
	if ok {
		return v
	}
	if operators := "+ - * / % ** << >> & | ^ == != < <= > >= <=>"; strings.Contains(" "+operators+" ", " "+c.name+" ") && len(c.args) == 1 {
		return ev.operate(c.at, c.name, c.recv, c.args[0])
	}
	ev.unknownMethod(c)
	return Value{}
}

// blockMethods do nothing useful without a block.
var blockMethods = map[string]bool{
	"each": true, "map": true, "select": true, "reject": true, "collect": true, "inject": true, "reduce": true,
	"times": true, "upto": true, "downto": true, "step": true, "each_with_index": true, "each_with_object": true,
	"tap": true, "then": true, "find": true, "detect": true, "sort_by": true, "group_by": true, "each_pair": true,
	"each_line": true, "flat_map": true, "each_slice": true, "filter": true, "filter_map": true, "each_char": true,
	"delete_if": true, "keep_if": true, "transform_values": true, "transform_keys": true, "partition_by": true,
}

// shellMethods would run programs or code.
var shellMethods = map[string]bool{
	"system": true, "exec": true, "spawn": true, "fork": true, "eval": true, "instance_eval": true,
	"class_eval": true, "send": true, "public_send": true, "__send__": true, "instance_variable_get": true,
	"instance_variable_set": true, "method": true, "define_method": true, "popen": true, "open": true,
	"binding": true, "const_get": true,
}

func (ev *evaluator) unknownMethod(c *call) {
	switch {
	case blockMethods[c.name]:
		c.fail("block", hintNoBlock, "%s needs a block; blocks are not supported", c.name)
	case shellMethods[c.name]:
		c.fail(c.name, hintNoShell, "%s is not supported", c.name)
	case c.name == "match" || c.name == "match?" || c.name == "scan" || c.name == "=~":
		c.fail("regular expression", "use ==, include?, start_with? or end_with?", "%s is not supported", c.name)
	}
	hint := ""
	if c.recv.kind == HashKind && c.recv.hash().sections {
		hint = "settings are read and set with ['key']"
		if name := c.recv.hash().section; name != "" {
			hint = "settings are read and set as " + name + "['key']"
		} else if c.recv.Len() == 0 {
			hint = "the setting was not set above; defaults are not visible in this file"
		}
	}
	if c.recv.kind == object {
		c.fail(c.recv.ref.(receiver).name()+"."+c.name, c.recv.ref.(receiver).hint(), "%s.%s is not supported", c.recv.ref.(receiver).name(), clip(c.name))
	}
	c.fail(c.name, hint, "method %s of %s is not supported", clip(c.name), c.recv.kind)
}

// function is a call without receiver that is no setting.
func (ev *evaluator) function(n *callNode) Value {
	switch n.name {
	case "from_file", "raise", "fail", "abort", "Integer", "Float", "String", "Array", "__dir__", "format", "sprintf":
		c := &call{ev: ev, at: n.place, name: n.name, args: ev.evalArguments(n)}
		return ev.builtinFunction(c)
	}
	if r, ok := refusedFunctions[n.name]; ok {
		ev.fail(n.place, n.name, r, "%s is not supported", n.name)
	}
	if shellMethods[n.name] {
		ev.fail(n.place, n.name, hintNoShell, "%s is not supported", n.name)
	}
	ev.unknownName(n)
	return Value{}
}

// refusedFunctions with what to do instead.
var refusedFunctions = map[string]string{
	"require":          "YAML, JSON, File and ENV are there without it; for anything else use from_file, ENV or File.read",
	"require_relative": "use from_file",
	"load":             "use from_file",
	"puts":             "gitlab.rb cannot print; gitlab-ctl show-config shows the result",
	"print":            "gitlab.rb cannot print; gitlab-ctl show-config shows the result",
	"p":                "gitlab.rb cannot print; gitlab-ctl show-config shows the result",
	"pp":               "gitlab.rb cannot print; gitlab-ctl show-config shows the result",
	"warn":             "gitlab.rb cannot print; gitlab-ctl show-config shows the result",
	"printf":           "gitlab.rb cannot print; gitlab-ctl show-config shows the result",
	"lambda":           "use a variable",
	"proc":             "use a variable",
	"loop":             hintNoLoop,
	"sleep":            "",
	"exit":             "use raise 'reason' to stop, or if … end to leave something out",
	"exit!":            "use raise 'reason' to stop, or if … end to leave something out",
	"rand":             "write the value, or generate it into a file and read it with File.read",
	"srand":            "",
	"gets":             "use ENV or File.read",
	"catch":            "",
	"throw":            "",
	"trap":             "",
	"at_exit":          "",
	"binding":          "",
	"block_given?":     "",
	"attr_accessor":    "",
	"include":          "",
	"extend":           "",
}

func (ev *evaluator) builtinFunction(c *call) Value {
	switch c.name {
	case "from_file":
		c.want(1, 1)
		ev.fromFile(c)
		return Value{}
	case "raise", "fail", "abort":
		message := c.name
		if n := len(c.args); n > 0 && c.args[n-1].kind == String {
			message = clip(c.args[n-1].str())
		}
		c.fail(c.name, "", "the file stops here: %s", message)
	case "Integer":
		c.want(1, 2)
		if c.args[0].kind == String {
			value, message := parseSigned(strings.TrimSpace(c.args[0].str()))
			if message == "" && value.kind == Int {
				return value
			}
		} else if k := c.args[0].kind; k == Int || k == Float {
			return IntValue(c.integer(0))
		}
		c.fail("Integer", "", "Integer() cannot convert this value")
	case "Float":
		c.want(1, 1)
		switch a := c.args[0]; a.kind {
		case String:
			if value, message := parseSigned(strings.TrimSpace(a.str())); message == "" {
				return FloatValue(value.f + float64(value.n))
			}
		case Int, Float:
			return FloatValue(a.float())
		}
		c.fail("Float", "", "Float() cannot convert this value")
	case "String":
		c.want(1, 1)
		return ev.text(c.at, ev.toS(c.at, c.args[0]))
	case "Array":
		c.want(1, 1)
		switch a := c.args[0]; a.kind {
		case Nil:
			return ev.array(c.at, nil)
		case Array:
			return a
		case HashKind:
			c.fail("Array", "", "Array() of a hash is not supported")
		}
		return ev.array(c.at, c.args[:1])
	case "__dir__":
		return ev.text(c.at, path.Dir(ev.file))
	case "format", "sprintf":
		c.want(1, 1<<16)
		return ev.format(c.at, c.text(0), c.args[1:])
	}
	return Value{}
}

func parseSigned(s string) (Value, string) {
	digits := strings.TrimPrefix(s, "-")
	if digits == s {
		digits = strings.TrimPrefix(s, "+")
	}
	if digits == "" || !isDigit(digits[0]) {
		return Value{}, "not a number"
	}
	v, message := parseNumber(digits)
	if strings.HasPrefix(s, "-") {
		v.n, v.f = -v.n, -v.f
	}
	return v, message
}
