package gitlabrb

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Source is one file to evaluate.
type Source struct {
	Path string // in messages; from_file resolves relative names against its folder
	Text []byte
}

// Evaluate runs the file src, which is called path in messages and against
// whose folder from_file resolves relative names. The error is always an
// *Error.
func Evaluate(path string, src []byte, env Env) (*Config, error) {
	return EvaluateAll([]Source{{path, src}}, env)
}

// EvaluateAll runs several files one after the other into one configuration,
// later assignments winning: in a container, what GITLAB_OMNIBUS_CONFIG holds
// and then gitlab.rb. Variables of one are unknown in the next.
func EvaluateAll(sources []Source, env Env) (*Config, error) {
	ev := newEvaluator(env)
	if err := ev.runAll(sources); err != nil {
		return nil, err
	}
	return ev.config, nil
}

// runAll turns the evaluator's unwinding into an error.
func (ev *evaluator) runAll(sources []Source) (err *Error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		default:
			panic(r)
		}
	}()
	for _, s := range sources {
		ev.runFile(s.Path, s.Text)
	}
	ev.finishSettings()
	ev.finishRoles()
	return nil
}

// runFile evaluates one file with variables of its own.
func (ev *evaluator) runFile(path string, src []byte) {
	start := Pos{File: path, Line: 1, Column: 1}
	if len(src) > ev.limits.SourceBytes {
		panic(failf(start, "size", "", "the file has %d bytes; the limit is %d", len(src), ev.limits.SourceBytes))
	}
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	if at, ok := invalidText(text); !ok {
		at.File = path
		panic(failf(at, "encoding", "save the file as UTF-8; in a string write \\xHH", "not valid UTF-8 text"))
	}
	tree, err := parse(path, text, ev.limits)
	if err != nil {
		panic(err)
	}
	ev.config.Files = append(ev.config.Files, path)
	outerFile, outerLocals := ev.file, ev.locals
	ev.file, ev.locals = path, map[string]Value{}
	ev.eval(tree)
	ev.file, ev.locals = outerFile, outerLocals
}

// invalidText is the place of the first byte that is no UTF-8, or NUL.
func invalidText(text string) (Pos, bool) {
	nul := strings.IndexByte(text, 0)
	if nul < 0 && utf8.ValidString(text) {
		return Pos{}, true
	}
	off := 0
	for off < len(text) {
		r, size := utf8.DecodeRuneInString(text[off:])
		if r == utf8.RuneError && size == 1 || r == 0 {
			break
		}
		off += size
	}
	before := []byte(text[:off])
	line := bytes.Count(before, []byte{'\n'}) + 1
	return Pos{Line: line, Column: off - bytes.LastIndexByte(before, '\n')}, false
}
