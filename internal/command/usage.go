package command

import "strings"

// Usage writes the argument grammar in the usual notation: <name> for values, [] for what is optional, | for choices.
func (s *Spec) Usage() string { return usageAll(s.Args, " ") }

func usageAll(args []Arg, separator string) string {
	parts := make([]string, len(args))
	for i := range args {
		parts[i] = args[i].usage()
	}
	return strings.Join(parts, separator)
}

func (a *Arg) usage() string {
	var body string
	switch a.Type {
	case TypePureToken:
		body = a.Token
		if body == "" {
			body = `""`
		}
	case TypeOneOf:
		body = usageAll(a.Sub, " | ")
		if !a.Optional {
			body = "<" + body + ">"
		}
	case TypeBlock:
		body = usageAll(a.Sub, " ")
	default:
		body = "<" + a.Name + ">"
	}
	if a.Token != "" && a.Type != TypePureToken {
		body = a.Token + " " + body
	}
	if a.Multiple {
		repeat := body
		if a.Token != "" && !a.MultipleToken {
			repeat = strings.TrimPrefix(body, a.Token+" ")
		}
		body += " [" + repeat + " ...]"
	}
	if a.Optional {
		return "[" + body + "]"
	}
	return body
}
