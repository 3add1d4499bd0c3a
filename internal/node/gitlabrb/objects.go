package gitlabrb

import (
	"path"
	"strings"
)

// receiver is something that has methods but is no value of a setting: ENV,
// File, YAML, JSON, node and the names of classes.
type receiver interface {
	name() string
	hint() string // for a method that is not supported
	call(c *call) (Value, bool)
}

type (
	envObject  struct{}
	fileObject struct{ class string } // File or IO
	yamlObject struct{ class string } // YAML or Psych
	jsonObject struct{}
	nodeObject struct{}
	// classObject is good for is_a? and when.
	classObject struct{ class string }
)

var builtinConstants = map[string]receiver{
	"ENV": envObject{}, "File": fileObject{"File"}, "IO": fileObject{"IO"},
	"YAML": yamlObject{"YAML"}, "Psych": yamlObject{"Psych"}, "JSON": jsonObject{},
	"String": classObject{"String"}, "Symbol": classObject{"Symbol"}, "Integer": classObject{"Integer"},
	"Float": classObject{"Float"}, "Numeric": classObject{"Numeric"}, "Array": classObject{"Array"},
	"Hash": classObject{"Hash"}, "Mash": classObject{"Mash"}, "NilClass": classObject{"NilClass"},
	"TrueClass": classObject{"TrueClass"}, "FalseClass": classObject{"FalseClass"},
}

func isBuiltin(name string) bool { return builtinConstants[name] != nil }

func (ev *evaluator) evalConstant(n *constNode) Value {
	if v, ok := ev.constants[n.name]; ok {
		return v
	}
	if r := builtinConstants[n.name]; r != nil {
		return Value{kind: object, ref: r}
	}
	first, _, _ := strings.Cut(n.name, "::")
	switch first {
	case "Socket", "Etc", "Open3", "Net", "IPAddr", "Resolv", "Addrinfo":
		ev.fail(n.place, first, "use node['fqdn'], node['hostname'], node['ipaddress'], or ENV", "%s is not supported", first)
	case "Dir", "FileUtils", "Pathname", "Tempfile", "Kernel", "Process", "Mixlib", "Chef", "Gitlab", "SecureRandom", "Time", "Date", "URI", "Base64", "ERB", "OpenSSL", "Digest", "Regexp", "Struct", "Class", "Module", "Object", "Proc", "Thread":
		ev.fail(n.place, first, "read what you need with ENV or File.read", "%s is not supported", first)
	}
	ev.fail(n.place, n.name, "strings need quotes; assign a constant above its use", "unknown constant %s", clip(n.name))
	return Value{}
}

func (envObject) name() string { return "ENV" }
func (envObject) hint() string { return "ENV has [], fetch and key?" }

func (envObject) call(c *call) (Value, bool) {
	lookup := func() (Value, bool) {
		if c.ev.env.Getenv == nil {
			c.fail("ENV", "", "the environment is not available here")
		}
		s, ok := c.ev.env.Getenv(c.text(0))
		if !ok {
			return Value{}, false
		}
		c.ev.grow(c.at, len(s))
		return Value{kind: String, ref: &text{s: s, frozen: true}}, true
	}
	switch c.name {
	case "[]":
		c.want(1, 1)
		v, _ := lookup()
		return v, true
	case "fetch":
		c.want(1, 2)
		if v, ok := lookup(); ok {
			return v, true
		}
		if len(c.args) == 2 {
			return c.args[1], true
		}
		c.fail("ENV.fetch", "set the variable, or give a default: ENV.fetch('"+clip(c.text(0))+"', 'default')",
			"environment variable %s is not set", clip(c.text(0)))
	case "key?", "has_key?", "include?", "member?":
		c.want(1, 1)
		_, ok := lookup()
		return BoolValue(ok), true
	}
	return Value{}, false
}

func (o fileObject) name() string { return o.class }
func (fileObject) hint() string {
	return "File has read, readlines, exist?, file?, join, basename, dirname, extname and expand_path"
}

func (fileObject) call(c *call) (Value, bool) {
	switch c.name {
	case "read", "binread":
		c.want(1, 1)
		return c.ev.text(c.at, c.readFile(c.text(0))), true
	case "readlines":
		chomp, _ := c.option("chomp")
		c.want(1, 1)
		return c.lines(c.readFile(c.text(0)), chomp.Truthy()), true
	case "exist?", "exists?", "file?", "readable?":
		c.want(1, 1)
		if c.ev.env.FileExists == nil {
			c.fail("File."+c.name, "", "files are not available here")
		}
		return BoolValue(c.ev.env.FileExists(c.text(0))), true
	case "write", "open", "delete", "unlink", "rename", "new", "chmod", "chown", "symlink":
		c.fail("File."+c.name, "gitlab.rb can only read files, with File.read", "File.%s is not supported", c.name)
	}
	return filePath(c)
}

// filePath are the methods of File that work on names only.
func filePath(c *call) (Value, bool) {
	switch c.name {
	case "join":
		parts := make([]string, len(c.args))
		for i := range c.args {
			parts[i] = c.text(i)
			if i > 0 {
				parts[i] = strings.TrimLeft(parts[i], "/")
			}
			if i < len(c.args)-1 {
				parts[i] = strings.TrimRight(parts[i], "/")
			}
		}
		return c.ev.text(c.at, strings.Join(parts, "/")), true
	case "basename":
		c.want(1, 2)
		base := path.Base(c.text(0))
		if len(c.args) == 2 {
			suffix := c.text(1)
			if suffix == ".*" {
				suffix = path.Ext(base)
			}
			base = strings.TrimSuffix(base, suffix)
		}
		return c.ev.text(c.at, base), true
	case "dirname":
		c.want(1, 1)
		return c.ev.text(c.at, path.Dir(c.text(0))), true
	case "extname":
		c.want(1, 1)
		return c.ev.text(c.at, path.Ext(c.text(0))), true
	case "expand_path", "absolute_path":
		c.want(1, 2)
		p := c.text(0)
		if len(c.args) == 2 && !path.IsAbs(p) {
			p = path.Join(c.text(1), p)
		}
		if !path.IsAbs(p) || strings.HasPrefix(c.text(0), "~") {
			c.fail(c.name, "give an absolute path, or __dir__ as second argument", "%s of a relative path is not supported", c.name)
		}
		return c.ev.text(c.at, path.Clean(p)), true
	}
	return Value{}, false
}

// readFile is a file's content, within the limit for strings.
func (c *call) readFile(name string) string {
	if c.ev.env.ReadFile == nil {
		c.fail("File.read", "", "files are not available here")
	}
	content, err := c.ev.env.ReadFile(name)
	if err != nil {
		c.fail(c.name, "", "cannot read a file: %v", err)
	}
	c.ev.grow(c.at, len(content))
	return string(content)
}

func (o yamlObject) name() string { return o.class }
func (yamlObject) hint() string   { return "YAML has load, safe_load and load_file" }

func (yamlObject) call(c *call) (Value, bool) {
	symbols, _ := c.option("symbolize_names")
	for len(c.args) > 1 && c.args[len(c.args)-1].kind == HashKind {
		c.args = c.args[:len(c.args)-1] // aliases:, permitted_classes:
	}
	source := ""
	switch c.name {
	case "load", "safe_load", "unsafe_load":
		c.want(1, 1)
		source = c.text(0)
	case "load_file", "safe_load_file", "unsafe_load_file":
		c.want(1, 1)
		source = c.readFile(c.text(0))
	default:
		return Value{}, false
	}
	return c.ev.parseYAML(c.at, source, symbols.Truthy()), true
}

func (jsonObject) name() string { return "JSON" }
func (jsonObject) hint() string { return "JSON has parse, load_file and generate" }

func (jsonObject) call(c *call) (Value, bool) {
	symbols, _ := c.option("symbolize_names")
	source := ""
	switch c.name {
	case "parse", "parse!", "load":
		c.want(1, 1)
		source = c.text(0)
	case "load_file":
		c.want(1, 1)
		source = c.readFile(c.text(0))
	case "generate", "dump":
		c.want(1, 1)
		return c.ev.text(c.at, c.ev.toJSON(c.at, c.args[0])), true
	default:
		return Value{}, false
	}
	return c.ev.parseJSON(c.at, source, symbols.Truthy()), true
}

func (o classObject) name() string { return o.class }
func (classObject) hint() string   { return "class names are good for is_a? and case … when" }

func (o classObject) call(c *call) (Value, bool) {
	switch o.class + "." + c.name {
	case "String.new":
		c.want(0, 1)
		if len(c.args) == 1 {
			return c.ev.text(c.at, c.text(0)), true
		}
		return c.ev.text(c.at, ""), true
	case "Array.new":
		c.want(0, 0)
		return c.ev.array(c.at, nil), true
	case "Hash.new":
		c.want(0, 0)
		return hashValue(newHash(false)), true
	}
	return Value{}, false
}

func (nodeObject) name() string { return "node" }
func (nodeObject) hint() string {
	return "node has ['fqdn'], ['hostname'], ['domain'], ['ipaddress'] and ['os']"
}

func (nodeObject) call(c *call) (Value, bool) {
	if c.name == "name" {
		c.args = []Value{StringValue("fqdn")}
	} else if c.name != "[]" {
		return Value{}, false
	}
	c.want(1, 1)
	if !c.args[0].isText() {
		return Value{}, false
	}
	key := c.args[0].str()
	switch key {
	case "fqdn", "machinename":
		return c.fact(key, c.ev.env.FQDN), true
	case "hostname":
		return c.fact(key, c.ev.env.Hostname), true
	case "ipaddress":
		return c.fact(key, c.ev.env.IPAddress), true
	case "domain":
		_, domain, _ := strings.Cut(c.fact(key, c.ev.env.FQDN).str(), ".")
		return c.ev.text(c.at, domain), true
	case "os":
		return c.ev.text(c.at, "linux"), true
	}
	c.fail("node", nodeObject{}.hint(), "node['%s'] is not known", clip(key))
	return Value{}, false
}

func (c *call) fact(key string, get func() (string, error)) Value {
	if get == nil {
		c.fail("node", "", "node['%s'] is not available here", key)
	}
	s, err := get()
	if err != nil {
		c.fail("node", "write the value into the file", "node['%s']: %v", key, err)
	}
	return c.ev.text(c.at, s)
}
