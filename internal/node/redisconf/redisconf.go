// Package redisconf reads and writes redis.conf: the grammar a Redis server gives its configuration file, with quoting
// that carries any byte string, and a comparison by meaning instead of by text.
//
// A line is a directive name and its arguments, separated by blanks. An argument may be bare, in double quotes (with the
// escapes \n \r \t \a \b \xHH, and a backslash before any other byte standing for that byte) or in single quotes (only \'
// is an escape). A closing quote must be followed by a blank or the end of the line. A line whose first byte is # is a
// comment; a # elsewhere is ordinary.
package redisconf

import (
	"fmt"
	"strings"
)

// Directive is one line: a name and its arguments, unquoted.
type Directive struct {
	Name string
	Args []string
}

// New returns a directive; it exists to keep lists of them readable.
func New(name string, args ...string) Directive {
	return Directive{Name: name, Args: args}
}

// String renders the directive as one line without a line end. Parsing that line gives the directive back, whatever
// bytes the arguments hold.
func (d Directive) String() string {
	var line strings.Builder
	line.WriteString(d.Name)
	for _, arg := range d.Args {
		line.WriteByte(' ')
		line.WriteString(quote(arg))
	}
	return line.String()
}

// Format renders a file: each line of header as a comment, then one directive a line.
func Format(header string, directives []Directive) []byte {
	var file strings.Builder
	for line := range strings.Lines(header) {
		file.WriteString("# " + strings.TrimRight(line, "\n") + "\n")
	}
	for _, directive := range directives {
		file.WriteString(directive.String() + "\n")
	}
	return []byte(file.String())
}

// Parse reads a whole file. An error names file (as given) and line.
func Parse(file string, content []byte) ([]Directive, error) {
	var directives []Directive
	number := 0
	for line := range strings.Lines(string(content)) {
		number++
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		words, err := splitWords(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, number, err)
		}
		directives = append(directives, Directive{Name: strings.ToLower(words[0]), Args: words[1:]})
	}
	return directives, nil
}

const bareBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+%@*=$~^&|<>[]{}()!?;"

// quote returns the form of arg that the grammar reads back as arg. Everything that is not plainly harmless is put in
// double quotes, and bytes outside printable ASCII become \xHH: the file then is ASCII whatever a password holds.
func quote(arg string) string {
	if arg != "" && strings.Trim(arg, bareBytes) == "" {
		return arg
	}
	var quoted strings.Builder
	quoted.WriteByte('"')
	for i := 0; i < len(arg); i++ {
		switch b := arg[i]; {
		case b == '"' || b == '\\':
			quoted.WriteByte('\\')
			quoted.WriteByte(b)
		case b < 0x20 || b >= 0x7f:
			fmt.Fprintf(&quoted, `\x%02x`, b)
		default:
			quoted.WriteByte(b)
		}
	}
	quoted.WriteByte('"')
	return quoted.String()
}
