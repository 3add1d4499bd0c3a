package aof

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"redoubt/internal/resp"
)

// The endings of file names.
const (
	manifestSuffix = ".manifest"
	baseSuffix     = ".base"
	incrSuffix     = ".incr"
	rdbSuffix      = ".rdb"
	aofSuffix      = ".aof"
	tempPrefix     = "temp-"
)

// maxManifestLine is the longest line of a manifest, its end included.
const maxManifestLine = 1024

// Part is one file of an append-only file.
type Part struct {
	Name string // without a directory
	Seq  int64  // from 1, separate for bases and increments
	more []byte // fields of later versions, kept as they are
}

// Manifest lists the files. The zero value is that of a dataset without any.
type Manifest struct {
	Base *Part
	// History are files that the base contains. They may be deleted.
	History []Part
	// Incr are the increments, ascending.
	Incr []Part

	lastBase, lastIncr int64
}

// ManifestError is a manifest that cannot be understood.
type ManifestError struct {
	Line   int    // from 1
	Text   string // of the line, "" when there is none
	Reason string // Redis' words
}

func (e *ManifestError) Error() string {
	if e.Text == "" {
		return e.Reason
	}
	return fmt.Sprintf("%s (line %d: '%s')", e.Reason, e.Line, e.Text)
}

// ParseManifest reads a manifest. The error is a *ManifestError.
func ParseManifest(text []byte) (*Manifest, error) {
	m := &Manifest{}
	if len(text) == 0 {
		return nil, &ManifestError{Reason: "Found an empty AOF manifest"}
	}
	for number := 1; len(text) > 0; number++ {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		text = rest
		if bytes.HasPrefix(line, []byte("#")) {
			continue
		}
		if !ended || len(line) >= maxManifestLine {
			return nil, &ManifestError{Line: number, Reason: "The AOF manifest file contains too long line"}
		}
		line = bytes.Trim(line, " \t\r")
		if reason := m.add(line); reason != "" {
			return nil, &ManifestError{Line: number, Text: string(line), Reason: reason}
		}
	}
	return m, nil
}

const badManifest = "Invalid AOF manifest file format"

// add takes one line; the result says what is wrong with it.
func (m *Manifest) add(line []byte) (problem string) {
	words, err := resp.SplitArgs(line)
	if err != nil || len(words) < 6 || len(words)%2 != 0 {
		return badManifest
	}
	var p Part
	var kind byte
	for i := 0; i < len(words); i += 2 {
		value := words[i+1]
		switch strings.ToLower(string(words[i])) {
		case "file":
			p.Name = string(value)
			if !plainName(p.Name) {
				return "File can't be a path, just a filename"
			}
		case "seq":
			p.Seq, _ = strconv.ParseInt(string(value), 10, 64)
		case "type":
			if len(value) > 0 {
				kind = value[0]
			}
		default:
			p.more = append(append(p.more, ' '), quoted(string(words[i]))...)
			p.more = append(append(p.more, ' '), quoted(string(value))...)
		}
	}
	if p.Name == "" || p.Seq <= 0 || kind == 0 {
		return badManifest
	}
	switch kind {
	case 'b':
		if m.Base != nil {
			return "Found duplicate base file information"
		}
		m.Base, m.lastBase = &p, p.Seq
	case 'h':
		m.History = append(m.History, p)
	case 'i':
		if p.Seq <= m.lastIncr {
			return "Found a non-monotonic sequence number"
		}
		m.Incr, m.lastIncr = append(m.Incr, p), p.Seq
	default:
		return "Unknown AOF file type"
	}
	return ""
}

func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && name == filepath.Base(name) && !strings.ContainsAny(name, "\\\x00")
}

// Text is the manifest as it stands in its file.
func (m *Manifest) Text() []byte {
	var out []byte
	line := func(p Part, kind byte) {
		out = fmt.Appendf(out, "file %s seq %d type %c%s\n", quoted(p.Name), p.Seq, kind, p.more)
	}
	if m.Base != nil {
		line(*m.Base, 'b')
	}
	for _, p := range m.History {
		line(p, 'h')
	}
	for _, p := range m.Incr {
		line(p, 'i')
	}
	return out
}

// quoted is a word as [resp.SplitArgs] reads it back.
func quoted(word string) string {
	plain := word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\'' || r == '\\'
	})
	if plain {
		return word
	}
	out := []byte{'"'}
	for _, b := range []byte(word) {
		switch {
		case b == '"' || b == '\\':
			out = append(out, '\\', b)
		case b == '\n':
			out = append(out, `\n`...)
		case b == '\r':
			out = append(out, `\r`...)
		case b == '\t':
			out = append(out, `\t`...)
		case b == '\a':
			out = append(out, `\a`...)
		case b == '\b':
			out = append(out, `\b`...)
		case b < ' ' || b > '~':
			out = fmt.Appendf(out, `\x%02x`, b)
		default:
			out = append(out, b)
		}
	}
	return string(append(out, '"'))
}

// Empty tells whether the manifest names nothing to load.
func (m *Manifest) Empty() bool { return m.Base == nil && len(m.Incr) == 0 }

// Parts are the files to load, in order.
func (m *Manifest) Parts() []Part {
	var parts []Part
	if m.Base != nil {
		parts = append(parts, *m.Base)
	}
	return append(parts, m.Incr...)
}

// clone is a copy to change.
func (m *Manifest) clone() *Manifest {
	c := *m
	if m.Base != nil {
		base := *m.Base
		c.Base = &base
	}
	c.History, c.Incr = slices.Clone(m.History), slices.Clone(m.Incr)
	return &c
}

// incrPart and basePart are the parts with a number.
func incrPart(prefix string, seq int64) Part {
	return Part{Name: fmt.Sprintf("%s.%d%s%s", prefix, seq, incrSuffix, aofSuffix), Seq: seq}
}

func basePart(prefix string, seq int64, rdb bool) Part {
	suffix := aofSuffix
	if rdb {
		suffix = rdbSuffix
	}
	return Part{Name: fmt.Sprintf("%s.%d%s%s", prefix, seq, baseSuffix, suffix), Seq: seq}
}

// nextIncr and nextBase are those that would follow.
func (m *Manifest) nextIncr(prefix string) Part { return incrPart(prefix, m.lastIncr+1) }

func (m *Manifest) nextBase(prefix string, rdb bool) Part { return basePart(prefix, m.lastBase+1, rdb) }

// addIncr appends an increment.
func (m *Manifest) addIncr(p Part) { m.Incr, m.lastIncr = append(m.Incr, p), p.Seq }

// setBase replaces the base, which contains all increments but the last keep ones: they and the old base become history.
func (m *Manifest) setBase(p Part, keep int) {
	done := len(m.Incr) - keep
	history := slices.Clone(m.Incr[:done])
	if m.Base != nil {
		history = append(history, *m.Base)
	}
	m.Base, m.lastBase = &p, p.Seq
	m.History, m.Incr = append(history, m.History...), slices.Clone(m.Incr[done:])
}
