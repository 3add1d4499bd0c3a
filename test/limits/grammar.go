package limits

import (
	"slices"

	"redoubt/internal/command"
)

// word is one word of a call.
type word struct {
	text string
	// number names the argument when the word is a number, "" when it is not.
	number string
}

// calls returns calls of a command, without its name, in which every number of the grammar occurs.
func calls(s *command.Spec) [][]word {
	return grammar{s}.sequence(s.Args, "")
}

type grammar struct{ spec *command.Spec }

// sequence writes arguments in a row: each form of each argument once among the shortest forms of the others, optional ones
// left out, and once among the last forms of all others, as some options are for others only.
func (g grammar) sequence(args []command.Arg, path string) [][]word {
	shortest, longest := make([][]word, len(args)), make([][]word, len(args))
	forms := make([][][]word, len(args))
	for i := range args {
		forms[i] = g.forms(&args[i], path)
		longest[i] = forms[i][len(forms[i])-1]
		if !args[i].Optional {
			shortest[i] = forms[i][0]
		}
	}
	out := [][]word{slices.Concat(shortest...)}
	for i := range args {
		for _, form := range forms[i] {
			for _, others := range [][][]word{shortest, longest} {
				parts := slices.Clone(others)
				parts[i] = form
				out = append(out, slices.Concat(parts...))
			}
		}
	}
	return distinct(out)
}

func distinct(calls [][]word) [][]word {
	var out [][]word
	for _, call := range calls {
		if !slices.ContainsFunc(out, func(have []word) bool { return slices.Equal(have, call) }) {
			out = append(out, call)
		}
	}
	return out
}

// forms are the ways to write one argument, once.
func (g grammar) forms(a *command.Arg, path string) [][]word {
	var out [][]word
	path += "/" + a.Name
	switch a.Type {
	case command.TypePureToken:
		return [][]word{{{text: a.Token}}}
	case command.TypeOneOf:
		for i := range a.Sub {
			out = append(out, g.forms(&a.Sub[i], path)...)
		}
	case command.TypeBlock:
		out = g.sequence(a.Sub, path)
	default:
		w := word{text: g.text(a)}
		// The grammar calls ids, and numbers that may also be words, strings.
		if g.isNumber(a) || a.Type == command.TypeString && w.text[0] <= '9' {
			w.number = path
		}
		out = [][]word{{w}}
	}
	if a.Token == "" {
		return out
	}
	for i := range out {
		out[i] = slices.Concat([]word{{text: a.Token}}, out[i])
	}
	return out
}

func (g grammar) isNumber(a *command.Arg) bool {
	return a.Type == command.TypeInteger || a.Type == command.TypeDouble || a.Type == command.TypeUnixTime
}

// fitting are texts for arguments of a name, in one command or in all, that do not take any text.
var fitting = map[string]string{
	"encoding": "u8", "protover": "3", "min-idle-time": "0", "threshold": "1", "group": "g", "consumer": "c",
	"id": "1-1", "start": "0", "end": "9", "last-id": "9-9", "lastid": "1-1", "max-deleted-id": "1-1",
	"zrange start": "1", "zrange stop": "2", "zrangestore min": "1", "zrangestore max": "2", "host": "127.0.0.1",
}

// text is a valid text for an argument that is no keyword.
func (g grammar) text(a *command.Arg) string {
	for _, name := range []string{g.spec.FullName() + " " + a.Name, a.Name} {
		if text, special := fitting[name]; special {
			return text
		}
	}
	switch {
	case a.Type == command.TypeKey:
		return keys[g.spec.Group]
	case a.Type == command.TypePattern:
		return "*"
	case g.isNumber(a):
		return "1"
	}
	return "a"
}

// keys are the names of the keys that exist, by the group of the commands that take them.
var keys = map[command.Group]string{
	command.GroupBitmap: "string", command.GroupString: "string", command.GroupGeneric: "string", command.GroupGeo: "geo",
	command.GroupHash: "hash", command.GroupHyperLogLog: "hll", command.GroupList: "list", command.GroupSet: "set",
	command.GroupSortedSet: "zset", command.GroupStream: "stream", command.GroupScripting: "string",
	command.GroupServer: "string", command.GroupConnection: "string", command.GroupTransactions: "string",
	command.GroupPubSub: "string", command.GroupCluster: "string", command.GroupSentinel: "string",
}
