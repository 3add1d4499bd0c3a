package cli

import "fmt"

// letter returns the letter that stands for a byte behind a backslash in both notations, 0 if there is none.
func letter(c byte) byte {
	switch c {
	case '\\', '"':
		return c
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	case '\b':
		return 'b'
	}
	return 0
}

// appendQuoted appends text in double quotes, in the form SplitArgs reads: everything that is not printable
// ASCII is escaped.
func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, c := range text {
		switch l := letter(c); {
		case l != 0:
			dst = append(dst, '\\', l)
		case c == '\a':
			dst = append(dst, `\a`...)
		case ' ' <= c && c <= '~':
			dst = append(dst, c)
		default:
			dst = fmt.Appendf(dst, `\x%02x`, c)
		}
	}
	return append(dst, '"')
}

// appendJSON appends text as a JSON string. Bytes that are not ASCII pass unchanged.
func appendJSON(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, c := range text {
		switch l := letter(c); {
		case l != 0:
			dst = append(dst, '\\', l)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// appendQuotedJSON appends text quoted for JSON in ASCII only: as appendQuoted, with every backslash doubled.
func appendQuotedJSON(dst, text []byte) []byte {
	for _, c := range appendQuoted(nil, text) {
		if c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}
