package config

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// Version is the version of Redis whose behaviour this configuration has.
const Version = "7.2.4"

// LineError is a configuration that the server cannot start with. Its text is what belongs on standard error before the
// server exits with code 1.
type LineError struct {
	File   string // the included file the line stands in; empty: the main file with the command line behind it
	Line   int    // counted from 1; 0: the error is not in one line
	Text   string // the line
	Reason string
}

func (e *LineError) Error() string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n*** FATAL CONFIG FILE ERROR (Redis %s) ***\n", Version)
	if e.Line > 0 {
		fmt.Fprintf(&out, "Reading the configuration file, at line %d", e.Line)
		if e.File != "" {
			fmt.Fprintf(&out, " of the included %s", e.File)
		}
		fmt.Fprintf(&out, "\n>>> '%s'\n", e.Text)
	}
	out.WriteString(e.Reason + "\n")
	return out.String()
}

// FileError is a configuration file that cannot be read. Its text is what belongs into the log, as a warning, before the
// server exits with code 1.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string {
	return fmt.Sprintf("Fatal error, can't open config file '%s': %s", e.Path, systemReason(e.Err))
}

func (e *FileError) Unwrap() error { return e.Err }

// systemReason is the operating system's text for an error, spelt as the C library spells it: with a capital letter.
func systemReason(err error) string {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return err.Error()
	}
	reason := number.Error()
	return strings.ToUpper(reason[:1]) + reason[1:]
}
