package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Bounds on what a configuration may consist of. A file that includes itself hits the first of them.
const (
	maxIncludeDepth = 16
	maxFiles        = 1024
	maxFileSize     = 16 << 20
)

// Directive is a line of the configuration that is not a parameter, which the server acts on after loading.
type Directive struct {
	Name      string   // lower case: user, rename-command or sentinel
	Arguments []string // without the name

	file string
	line int
	text string
}

// Fail returns the error of a directive that turned out to be wrong when the server acted on it.
func (d Directive) Fail(reason string) *LineError { return &LineError{d.file, d.line, d.text, reason} }

// Load reads the configuration of a server from the arguments of its command line, without the program's name:
// [FILE | -] [--name value …]. The error is a *LineError or a *FileError.
func Load(arguments []string, environment Environment) (*Config, error) {
	line := parseCommandLine(arguments)
	c, err := New(environment)
	if err != nil {
		return nil, err
	}
	var content string
	if line.file != "" {
		if c.path, err = filepath.Abs(line.file); err != nil {
			return nil, &FileError{line.file, err}
		}
		if content, err = readFile(c.path); err != nil {
			return nil, err
		}
	}
	if line.stdin {
		input, err := readBounded(environment.Stdin)
		if err != nil {
			return nil, &FileError{"standard input", err}
		}
		content += input
	}
	if line.lines != "" {
		content += "\n" + line.lines
	}
	l := &loader{config: c, next: c.Current().clone(), seen: map[int]bool{}}
	if err := l.load(content, "", 0); err != nil {
		return nil, err
	}
	if err := l.finish(); err != nil {
		return nil, err
	}
	c.current.Store(l.next)
	return c, nil
}

// loader reads one configuration. The snapshot it fills is not visible to anybody yet.
type loader struct {
	config *Config
	next   *Snapshot
	seen   map[int]bool // parameters that a line has already named
	files  int
}

// load reads the lines of one file; name is empty for the main file.
func (l *loader) load(content, name string, depth int) error {
	number := 0
	for line := range strings.SplitSeq(content, "\n") {
		number++
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if err := l.line(Directive{file: name, line: number, text: line}, depth); err != nil {
			return err
		}
	}
	return nil
}

// line acts on one line, of which position and text are given.
func (l *loader) line(d Directive, depth int) error {
	words, err := splitArguments(d.text)
	if err != nil {
		return d.Fail(err.Error())
	}
	if len(words) == 0 {
		return nil
	}
	d.Name, d.Arguments = strings.ToLower(words[0]), words[1:]
	if position, ok := l.config.registry.find(d.Name); ok {
		if err := l.parameter(position, d.Arguments); err != nil {
			return d.Fail(err.Error())
		}
		return nil
	}
	switch count := len(d.Arguments); {
	case d.Name == "include" && count == 1:
		return l.include(d, depth)
	case d.Name == "rename-command" && count == 2, d.Name == "user" && count >= 1:
	case d.Name == "sentinel" && count == 0:
		return nil // the command line's way to ask for Sentinel
	case d.Name == "sentinel":
		if !l.config.environment.Sentinel {
			return d.Fail("sentinel directive while not in sentinel mode")
		}
	case d.Name == "loadmodule" && count >= 1:
		return d.Fail("Modules are not supported: remove this line.")
	case strings.Contains(d.Name, "."):
		if count == 0 {
			return d.Fail("Module config specified without value")
		}
		return d.Fail("This configures a module, and modules are not supported: remove this line.")
	case isObsolete(d.Name) && count == 1:
		return nil
	default:
		return d.Fail("Bad directive or wrong number of arguments")
	}
	l.config.directives = append(l.config.directives, d)
	return nil
}

// isObsolete names the directives that once were parameters and are still skipped in files.
func isObsolete(name string) bool {
	return name == "list-max-ziplist-entries" || name == "list-max-ziplist-value" || name == "lua-replicate-commands"
}

// parameter reads the value of one parameter. Several words may also be given as one quoted argument.
func (l *loader) parameter(position int, arguments []string) error {
	parameter := &l.config.registry.parameters[position]
	switch {
	case parameter.Flags&severalWords == 0 && len(arguments) != 1:
		return errArgumentCount
	case parameter.Flags&severalWords != 0 && len(arguments) == 1 && arguments[0] != "":
		var err error
		if arguments, err = splitArguments(arguments[0]); err != nil {
			return err
		}
	}
	before := l.next.values[position]
	value, err := parameter.codec.parse(arguments, before)
	if err != nil {
		return err
	}
	if rules, ok := parameter.codec.(saveRules); ok && l.seen[position] {
		value = rules.accumulate(before, value)
	}
	l.next.values[position], l.next.explicit[position], l.seen[position] = value, true, true
	return nil
}

// include reads the files that match the pattern, or the one file. That no file matches a pattern is fine.
func (l *loader) include(d Directive, depth int) error {
	if depth == maxIncludeDepth {
		return d.Fail(fmt.Sprintf("Files include each other more than %d levels deep", maxIncludeDepth))
	}
	pattern := d.Arguments[0]
	paths := []string{pattern}
	if strings.ContainsAny(pattern, "*?[") {
		matches, err := filepath.Glob(strings.ReplaceAll(pattern, "[!", "[^"))
		if err != nil {
			return d.Fail("Bad pattern in include")
		}
		paths = matches
	}
	for _, path := range paths {
		if path != pattern && hidden(path) && !hidden(pattern) {
			continue
		}
		if l.files++; l.files > maxFiles {
			return d.Fail(fmt.Sprintf("More than %d files are included", maxFiles))
		}
		content, err := readFile(path)
		if err != nil {
			return err
		}
		if err := l.load(content, path, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func hidden(path string) bool { return strings.HasPrefix(filepath.Base(path), ".") }

// finish checks what concerns several parameters.
func (l *loader) finish() error {
	if !l.next.Bool("cluster-enabled") {
		return nil
	}
	if l.next.Primary() != (Primary{}) {
		return &LineError{Reason: "replicaof directive not allowed in cluster mode"}
	}
	l.next.values[l.next.position("databases")] = int64(1)
	return nil
}

// Directives returns the lines of one name that are not parameters (user, rename-command, sentinel) in their order.
func (c *Config) Directives(name string) []Directive {
	var found []Directive
	for _, d := range c.directives {
		if d.Name == name {
			found = append(found, d)
		}
	}
	return found
}

var errTooLarge = errors.New("it is larger than 16 MB, which no configuration is")

func readFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", &FileError{path, err}
	}
	defer file.Close()
	content, err := readBounded(file)
	if err != nil {
		return "", &FileError{path, err}
	}
	return content, nil
}

func readBounded(from io.Reader) (string, error) {
	content, err := io.ReadAll(io.LimitReader(from, maxFileSize+1))
	if err == nil && len(content) > maxFileSize {
		err = errTooLarge
	}
	return string(content), err
}
