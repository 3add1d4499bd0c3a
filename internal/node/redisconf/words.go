package redisconf

import (
	"errors"
	"strings"
)

var (
	errUnbalanced  = errors.New("a quoted value is not closed")
	errAfterQuotes = errors.New("a closing quote must be followed by a blank or the end of the line")
)

// splitWords cuts a non-empty, trimmed line into its unquoted words.
func splitWords(line string) ([]string, error) {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t\r\n\v\f")
		if line == "" {
			return words, nil
		}
		word, rest, err := nextWord(line)
		if err != nil {
			return nil, err
		}
		words = append(words, word)
		line = rest
	}
}

// nextWord reads one word from the start of line. As in Redis, a quote may open in the middle of a bare word.
func nextWord(line string) (word, rest string, err error) {
	var out strings.Builder
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case isBlank(b):
			return out.String(), line[i:], nil
		case b == '"' || b == '\'':
			end, err := readQuoted(&out, line, i)
			if err != nil {
				return "", "", err
			}
			return out.String(), line[end:], nil
		default:
			out.WriteByte(b)
		}
	}
	return out.String(), "", nil
}

// readQuoted appends the content of the quoted text that opens at line[start] and returns the index after its end.
func readQuoted(out *strings.Builder, line string, start int) (int, error) {
	mark := line[start]
	for i := start + 1; i < len(line); i++ {
		b := line[i]
		switch {
		case b == mark:
			if i+1 < len(line) && !isBlank(line[i+1]) {
				return 0, errAfterQuotes
			}
			return i + 1, nil
		case b == '\\' && mark == '\'' && i+1 < len(line) && line[i+1] == '\'':
			out.WriteByte('\'')
			i++
		case b == '\\' && mark == '"' && i+3 < len(line) && line[i+1] == 'x' && isHex(line[i+2]) && isHex(line[i+3]):
			out.WriteByte(hexValue(line[i+2])<<4 | hexValue(line[i+3]))
			i += 3
		case b == '\\' && mark == '"' && i+1 < len(line):
			out.WriteByte(unescape(line[i+1]))
			i++
		default:
			out.WriteByte(b)
		}
	}
	return 0, errUnbalanced
}

func unescape(b byte) byte {
	switch b {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return b
}

func isBlank(b byte) bool {
	return b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\v' || b == '\f' || b == 0
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

func hexValue(b byte) byte {
	switch {
	case b <= '9':
		return b - '0'
	case b >= 'a':
		return b - 'a' + 10
	}
	return b - 'A' + 10
}
