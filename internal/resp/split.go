package resp

import "errors"

// ErrUnbalancedQuotes reports a quoted argument that is not closed, or whose closing quote is not followed
// by a space or the end of the line.
var ErrUnbalancedQuotes = errors.New("unbalanced quotes")

// SplitArgs splits a line into arguments as Redis does for inline commands, configuration files and the
// command-line client: separated by space; "…" with the escapes \n \r \t \a \b \xHH, any other escaped
// byte standing for itself; '…' with \' only. Arguments without quotes are views into line. The error is
// ErrUnbalancedQuotes.
func SplitArgs(line []byte) ([][]byte, error) { return splitArgs(nil, line) }

func splitArgs(argv [][]byte, line []byte) ([][]byte, error) {
	i := 0
	for {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return argv, nil
		}
		start := i
		for i < len(line) && !endsWord(line[i]) && line[i] != '"' && line[i] != '\'' {
			i++
		}
		arg := line[start:i:i]
		if i < len(line) && !endsWord(line[i]) {
			var err error
			arg, i, err = quotedWord(line, start, i)
			if err != nil {
				return argv, err
			}
		}
		argv = append(argv, arg)
	}
}

// quotedWord reads the word that begins at start and whose first quote is at i. next is the offset behind
// it. A quote may open inside a word, but a closing quote ends it.
func quotedWord(line []byte, start, i int) (word []byte, next int, err error) {
	word = append(make([]byte, 0, len(line)-start), line[start:i]...)
	quote := line[i]
	for i++; i < len(line); i++ {
		switch c := line[i]; {
		case c == quote:
			if i+1 < len(line) && !isSpace(line[i+1]) {
				return nil, 0, ErrUnbalancedQuotes
			}
			return word, i + 1, nil
		case c == '\\' && i+1 < len(line) && quote == '"':
			var value byte
			value, i = unescape(line, i)
			word = append(word, value)
		case c == '\\' && i+1 < len(line) && line[i+1] == '\'':
			i++
			word = append(word, '\'')
		default:
			word = append(word, c)
		}
	}
	return nil, 0, ErrUnbalancedQuotes
}

// unescape decodes the escape sequence whose backslash is at i and which is not the end of the line; last
// is the offset of its last byte.
func unescape(line []byte, i int) (value byte, last int) {
	if line[i+1] == 'x' && i+3 < len(line) {
		high, low := hexDigit(line[i+2]), hexDigit(line[i+3])
		if high < 16 && low < 16 {
			return high<<4 | low, i + 3
		}
	}
	switch c := line[i+1]; c {
	case 'n':
		return '\n', i + 1
	case 'r':
		return '\r', i + 1
	case 't':
		return '\t', i + 1
	case 'b':
		return '\b', i + 1
	case 'a':
		return '\a', i + 1
	default:
		return c, i + 1
	}
}

// hexDigit returns the value of a hexadecimal digit, 16 for any other byte.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// isSpace tells what separates arguments.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// endsWord tells what ends an unquoted argument: unlike isSpace, neither vertical tab nor form feed.
func endsWord(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
