package config

import (
	"errors"
	"fmt"
	"strings"

	"redoubt/internal/resp"
)

// Quote spells any byte string as one double-quoted argument that resp.SplitArgs reads back unchanged.
func Quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\r':
			out.WriteString(`\r`)
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\a':
			out.WriteString(`\a`)
		case c == '\b':
			out.WriteString(`\b`)
		case c < ' ' || c > '~':
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// isBare tells whether a word can stand in a line without quotes.
func isBare(word string) bool {
	for _, c := range []byte(word) {
		if c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '\\' {
			return false
		}
	}
	return word != ""
}

var errUnbalancedQuotes = errors.New("Unbalanced quotes in configuration line")

// splitArguments cuts a line into its arguments.
func splitArguments(line string) ([]string, error) {
	words, err := resp.SplitArgs([]byte(line))
	if err != nil {
		return nil, errUnbalancedQuotes
	}
	arguments := make([]string, len(words))
	for i, word := range words {
		arguments[i] = string(word)
	}
	return arguments, nil
}
