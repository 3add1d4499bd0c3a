// Package check is what `redoubt check-rdb` and `redoubt check-aof` do: they read files as the server would, without a server
// and without holding a dataset, and say in the words of redis-check-rdb and redis-check-aof 7.0 what they found. What
// scripts look for (lines, exit codes) is the same; where they differ it is to lose nothing:
//
//   - a file that is cut (--fix, --truncate-to-timestamp) is copied first, and the copy's name is told;
//   - check-rdb --salvage OUT FILE writes what can be read of a damaged file into a new one;
//   - bytes behind the end of a dump and keys that appear twice are errors, as the server refuses both;
//   - lines of check-aof are counted from the beginning of each file.
//
// Files are only ever changed by --fix and --truncate-to-timestamp.
package check

import (
	"io"
	"strconv"
	"strings"
)

// Console is what a tool talks to.
type Console struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// maxShown bounds how much of a text from a file is shown.
const maxShown = 512

// shown is a text from a file as a terminal may see it: what a crafted file holds must not control it.
func shown(text []byte) string {
	quoted := strconv.Quote(string(text[:min(len(text), maxShown)]))
	out := strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	if len(text) > maxShown {
		out += "..."
	}
	return out
}
