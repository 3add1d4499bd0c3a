package config

import "strings"

// commandLine is what the arguments of redis-server mean.
type commandLine struct {
	file  string // empty: none
	stdin bool
	lines string // directives, as if appended to the file
}

// parseCommandLine reads [FILE | -] [--name value …]. A first argument that does not begin with - is the file; a lone -
// as the first or last argument asks for standard input.
//
// Every --name begins a directive and every other argument is one of its values. But the first argument behind a name is
// always its value, even one that begins with --, so that any value can be given; for save and sentinel alone, which may
// have no value, it begins the next directive. "--name value" in one argument is complete by itself.
func parseCommandLine(arguments []string) commandLine {
	var line commandLine
	first := 0
	if len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
		line.file = arguments[0]
		first = 1
	}
	var lines strings.Builder
	expectsValue := false
	for i := first; i < len(arguments); i++ {
		argument := arguments[i]
		last := i == len(arguments)-1
		if argument == "-" && (i == 0 || last) {
			line.stdin = true
			continue
		}
		if expectsValue || !strings.HasPrefix(argument, "--") {
			lines.WriteString(Quote(argument) + " ")
			expectsValue = false
			continue
		}
		if lines.Len() > 0 {
			lines.WriteByte('\n')
		}
		lines.WriteString(argument[2:] + " ")
		words, err := splitArguments(argument)
		expectsValue = err == nil && len(words) == 1
		if !expectsValue {
			continue
		}
		name := strings.ToLower(argument)
		if bare := last || strings.HasPrefix(arguments[i+1], "--"); bare && (name == "--save" || name == "--sentinel") {
			if name == "--save" {
				lines.WriteString(`""`)
			}
			expectsValue = false
		}
	}
	line.lines = lines.String()
	return line
}
