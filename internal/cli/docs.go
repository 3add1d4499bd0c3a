package cli

import (
	"sort"
	"strings"

	"redoubt/internal/resp"
)

// argument is one node of the argument tree in COMMAND DOCS.
type argument struct {
	name     string
	kind     string // "pure-token", "oneof", "block", or the type of a plain value
	token    string // literal word before the value
	args     []argument
	optional bool
	multiple bool
	// repeatToken: with multiple, the token is repeated, too.
	repeatToken bool
	again       bool // not from the server: the argument has been given and may be given again
}

// commandDoc describes one command or subcommand.
type commandDoc struct {
	name                  string // in capitals, "CLIENT LIST"
	summary, since, group string
	args                  []argument
}

// commandDocs is what a server says about its commands.
type commandDocs struct {
	commands []commandDoc // sorted by name
	groups   []string     // sorted
}

// maxArgumentDepth bounds the argument tree of a server that is out of its mind; real ones have 4 levels.
const maxArgumentDepth = 16

// parseCommandDocs reads the reply to COMMAND DOCS of either protocol version. What it does not understand
// it leaves out.
func parseCommandDocs(reply *resp.Reply) *commandDocs {
	docs, groups := &commandDocs{}, map[string]bool{}
	var add func(reply *resp.Reply, depth int)
	add = func(reply *resp.Reply, depth int) {
		eachPair(reply, func(name string, value *resp.Reply) {
			doc := commandDoc{name: strings.ToUpper(strings.ReplaceAll(name, "|", " "))}
			eachPair(value, func(field string, value *resp.Reply) {
				switch field {
				case "summary":
					doc.summary = value.String()
				case "since":
					doc.since = value.String()
				case "group":
					doc.group = value.String()
				case "arguments":
					doc.args = parseArguments(value, 0)
				case "subcommands":
					if depth == 0 {
						add(value, depth+1)
					}
				}
			})
			docs.commands = append(docs.commands, doc)
			if doc.group != "" {
				groups[doc.group] = true
			}
		})
	}
	add(reply, 0)
	sort.Slice(docs.commands, func(i, j int) bool { return docs.commands[i].name < docs.commands[j].name })
	for group := range groups {
		docs.groups = append(docs.groups, group)
	}
	sort.Strings(docs.groups)
	return docs
}

func parseArguments(reply *resp.Reply, depth int) []argument {
	if depth == maxArgumentDepth {
		return nil
	}
	var args []argument
	for i := range reply.Elems {
		var arg argument
		eachPair(&reply.Elems[i], func(field string, value *resp.Reply) {
			switch field {
			case "name":
				if arg.name == "" {
					arg.name = value.String()
				}
			case "display_text":
				arg.name = value.String()
			case "type":
				arg.kind = value.String()
			case "token":
				arg.token = value.String()
			case "arguments":
				arg.args = parseArguments(value, depth+1)
			case "flags":
				for _, flag := range value.Elems {
					arg.optional = arg.optional || flag.String() == "optional"
					arg.multiple = arg.multiple || flag.String() == "multiple"
					arg.repeatToken = arg.repeatToken || flag.String() == "multiple_token"
				}
			}
		})
		args = append(args, arg)
	}
	return args
}

// eachPair visits the entries of a map, which is a flat array in RESP2.
func eachPair(reply *resp.Reply, visit func(name string, value *resp.Reply)) {
	for i := 0; i+1 < len(reply.Elems); i += 2 {
		visit(reply.Elems[i].String(), &reply.Elems[i+1])
	}
}

// find returns the command whose words the given ones begin with, and how many words it has; a subcommand
// before its container.
func (d *commandDocs) find(words []string) (doc *commandDoc, length int) {
	if d == nil {
		return nil, 0
	}
	for length = min(2, len(words)); length > 0; length-- {
		name := strings.ToUpper(strings.Join(words[:length], " "))
		i := sort.Search(len(d.commands), func(i int) bool { return d.commands[i].name >= name })
		if i < len(d.commands) && d.commands[i].name == name {
			return &d.commands[i], length
		}
	}
	return nil, 0
}

// synopsis writes the arguments in the usual notation: [optional], a|b, value [value ...].
func synopsis(args []argument) string {
	parts := make([]string, 0, len(args))
	for i := range args {
		parts = append(parts, args[i].synopsis())
	}
	return strings.Join(parts, " ")
}

func (a *argument) synopsis() string {
	text := a.once()
	if a.again {
		return "[" + text + " ...]"
	}
	if a.multiple {
		again := a.value()
		if a.repeatToken || a.token == "" {
			again = text
		}
		text += " [" + again + " ...]"
	}
	if a.optional {
		return "[" + text + "]"
	}
	return text
}

// once writes the argument without regard to how often it may occur.
func (a *argument) once() string {
	value := a.value()
	switch {
	case a.token == "":
		return value
	case value == "":
		return quoteEmpty(a.token)
	}
	return quoteEmpty(a.token) + " " + value
}

// value writes what follows the token.
func (a *argument) value() string {
	switch a.kind {
	case "pure-token":
		return ""
	case "block":
		return synopsis(a.args)
	case "oneof":
		parts := make([]string, 0, len(a.args))
		for i := range a.args {
			parts = append(parts, a.args[i].synopsis())
		}
		return strings.Join(parts, "|")
	}
	return a.name
}

// quoteEmpty shows a token that is the empty string.
func quoteEmpty(token string) string {
	if token == "" {
		return `""`
	}
	return token
}
