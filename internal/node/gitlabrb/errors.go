package gitlabrb

import (
	"fmt"
	"strings"
)

// Pos is a place in a source file. Line and Column count from 1; a column
// counts bytes. The zero Pos means "no place known".
type Pos struct {
	File   string
	Line   int
	Column int
}

// IsValid reports whether p names a line.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String is "file:line", the form used in messages about settings.
func (p Pos) String() string {
	if !p.IsValid() {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Error is what stopped an evaluation. Nothing of the file takes effect.
type Error struct {
	File   string
	Line   int // from 1
	Column int // from 1, in bytes
	// Construct names the piece of Ruby or the setting concerned, for example
	// "block", "regular expression" or "redis_slave_role".
	Construct string
	// Message says what is wrong, without the position.
	Message string
	// Hint says what to write instead; it may be empty.
	Hint string
}

// Error is "file:line:column: message (hint)".
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Pos is the place the error names.
func (e *Error) Pos() Pos { return Pos{File: e.File, Line: e.Line, Column: e.Column} }

// Warning is something that is legal, but almost certainly not what was meant.
type Warning struct {
	File    string
	Line    int
	Message string
	// Removed says that the file uses a setting that GitLab's package does not have any more.
	Removed bool
}

// String is "file:line: message".
func (w Warning) String() string { return fmt.Sprintf("%s:%d: %s", w.File, w.Line, w.Message) }

// failf makes an *Error at pos. construct may be empty.
func failf(pos Pos, construct, hint, format string, args ...any) *Error {
	return &Error{
		File: pos.File, Line: pos.Line, Column: pos.Column,
		Construct: construct, Hint: hint, Message: fmt.Sprintf(format, args...),
	}
}
