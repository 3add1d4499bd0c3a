package gitlabrb

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const rubySpace = " \t\n\v\f\r"

// readsPerByte relates reading a byte of text to making one, in what is charged.
const readsPerByte = 8

// textMethod is what strings and symbols have.
func textMethod(c *call) (Value, bool) {
	c.ev.charge(c.at, c.recv.Len()/readsPerByte)
	if base, ok := strings.CutSuffix(c.name, "!"); ok && c.recv.kind == String {
		return c.inPlace(base)
	}
	if s, ok := c.transformed(); ok {
		if c.recv.kind == Symbol {
			return SymbolValue(s), true
		}
		return c.ev.text(c.at, s), true
	}
	if v, ok := textConversion(c); ok {
		return v, true
	}
	if v, ok := textQuestion(c); ok {
		return v, true
	}
	return textParts(c)
}

// inPlace is a method with !, which changes the string and returns nil when
// there was nothing to change.
func (c *call) inPlace(base string) (Value, bool) {
	c.name = base
	s, ok := c.transformed()
	if !ok {
		c.name += "!"
		return Value{}, false
	}
	cell := c.recv.ref.(*text)
	if cell.frozen {
		c.fail(base+"!", "", "the string is frozen and cannot be changed")
	}
	if cell.s == s {
		return NilValue(), true
	}
	c.ev.grow(c.at, len(s))
	cell.s = s
	return c.recv, true
}

// transformed is the text after a method that makes one string of another.
// Nothing here makes a string much longer than its input and arguments
// without checking the size first.
func (c *call) transformed() (string, bool) {
	s := c.recv.str()
	switch c.name {
	case "strip":
		return strings.TrimLeft(strings.TrimRight(s, rubySpace+"\x00"), rubySpace+"\x00"), c.none()
	case "lstrip":
		return strings.TrimLeft(s, rubySpace+"\x00"), c.none()
	case "rstrip":
		return strings.TrimRight(s, rubySpace+"\x00"), c.none()
	case "downcase":
		return strings.ToLower(s), c.none()
	case "upcase":
		return strings.ToUpper(s), c.none()
	case "capitalize":
		_, n := utf8.DecodeRuneInString(s)
		return strings.ToUpper(s[:n]) + strings.ToLower(s[n:]), c.none()
	case "chop":
		_, n := utf8.DecodeLastRuneInString(s)
		return s[:len(s)-n], c.none()
	case "reverse":
		c.ev.charge(c.at, 4*len(s))
		runes := []rune(s)
		slices.Reverse(runes)
		return string(runes), c.none()
	case "chomp":
		return c.chomp(s), true
	case "delete_prefix":
		c.want(1, 1)
		return strings.TrimPrefix(s, c.text(0)), true
	case "delete_suffix":
		c.want(1, 1)
		return strings.TrimSuffix(s, c.text(0)), true
	case "gsub", "sub":
		return c.substitute(s), true
	case "tr", "delete":
		return c.translate(s), true
	case "ljust", "rjust", "center":
		return c.justify(s), true
	}
	return "", false
}

func (c *call) none() bool {
	c.want(0, 0)
	return true
}

func (c *call) chomp(s string) string {
	c.want(0, 1)
	if len(c.args) == 1 {
		return strings.TrimSuffix(s, c.text(0))
	}
	if t, ok := strings.CutSuffix(s, "\r\n"); ok {
		return t
	}
	if t, ok := strings.CutSuffix(s, "\n"); ok {
		return t
	}
	return strings.TrimSuffix(s, "\r")
}

// substitute is sub and gsub with plain strings.
func (c *call) substitute(s string) string {
	c.want(2, 2)
	pattern := c.text(0)
	replacement := c.replacement(c.text(1), pattern)
	count := -1
	if c.name == "sub" {
		count = 1
	}
	found := strings.Count(s, pattern)
	if count == 1 {
		found = min(found, 1)
	}
	if size := int64(len(s)) + int64(found)*int64(len(replacement)); size > int64(c.ev.limits.StringBytes) {
		c.fail("size", "", "a string longer than %d bytes", c.ev.limits.StringBytes)
	}
	return strings.Replace(s, pattern, replacement, count)
}

// replacement resolves Ruby's backslash sequences in the second argument of
// sub and gsub.
func (c *call) replacement(r, pattern string) string {
	if !strings.Contains(r, `\`) {
		return r
	}
	var b strings.Builder
	for i := 0; i < len(r); i++ {
		if r[i] != '\\' || i+1 == len(r) {
			b.WriteByte(r[i])
			continue
		}
		i++
		switch n := r[i]; {
		case n == '\\':
			b.WriteByte('\\')
		case n == '0' || n == '&':
			if b.Len()+len(pattern) > c.ev.limits.StringBytes {
				c.fail("size", "", "a string longer than %d bytes", c.ev.limits.StringBytes)
			}
			b.WriteString(pattern)
		case isDigit(n):
		case n == '`' || n == '\'' || n == 'k':
			c.fail(c.name, "", `\%c in a replacement is not supported`, n)
		default:
			b.WriteByte('\\')
			b.WriteByte(n)
		}
	}
	return b.String()
}

// translate is tr and delete with plain characters.
func (c *call) translate(s string) string {
	from, to := "", ""
	if c.name == "delete" {
		c.want(1, 1)
		from = c.text(0)
	} else {
		c.want(2, 2)
		from, to = c.text(0), c.text(1)
	}
	for _, set := range []string{from, to} {
		if len(set) > 1 && (set[0] == '^' || strings.Contains(set[1:len(set)-1], "-")) || strings.Contains(set, `\`) {
			c.fail(c.name, "name the characters one by one", "ranges and ^ in %s are not supported", c.name)
		}
	}
	c.ev.charge(c.at, len(s))
	targets := []rune(to)
	sources := []rune(from)
	return strings.Map(func(r rune) rune {
		// The last of several equal characters wins, as in Ruby.
		for i := len(sources) - 1; i >= 0; i-- {
			if sources[i] == r {
				if len(targets) == 0 {
					return -1
				}
				return targets[min(i, len(targets)-1)]
			}
		}
		return r
	}, s)
}

func (c *call) justify(s string) string {
	c.want(1, 2)
	pad := " "
	if len(c.args) == 2 {
		pad = c.text(1)
	}
	width := c.integer(0)
	if pad == "" || width > int64(c.ev.limits.StringBytes) {
		c.fail(c.name, "", "%s to %d characters", c.name, width)
	}
	missing := int(width) - utf8.RuneCountInString(s)
	if missing <= 0 {
		return s
	}
	fill := func(n int) string {
		runes := []rune(strings.Repeat(pad, n/utf8.RuneCountInString(pad)+1))
		return string(runes[:n])
	}
	switch c.name {
	case "ljust":
		return s + fill(missing)
	case "rjust":
		return fill(missing) + s
	}
	return fill(missing/2) + s + fill(missing-missing/2)
}

func textConversion(c *call) (Value, bool) {
	s := c.recv.str()
	switch c.name {
	case "to_s", "to_str", "name":
		if c.recv.kind == String {
			return c.recv, c.none()
		}
		return c.ev.text(c.at, s), c.none()
	case "to_sym", "intern":
		return SymbolValue(s), c.none()
	case "hex", "oct":
		base := map[string]int{"hex": 16, "oct": 8}[c.name]
		return c.leadingInteger(strings.TrimPrefix(s, "0x"), base), c.none()
	case "to_i":
		c.want(0, 1)
		base := int64(10)
		if len(c.args) == 1 {
			if base = c.integer(0); base < 2 || base > 36 {
				c.fail("to_i", "", "invalid base %d", base)
			}
		}
		return c.leadingInteger(s, int(base)), true
	case "to_f":
		return leadingFloat(s), c.none()
	case "concat":
		for _, a := range c.args {
			c.ev.operate(c.at, "<<", c.recv, a)
		}
		return c.recv, true
	case "encode", "force_encoding", "unicode_normalize", "scrub":
		return c.recv, true
	}
	return Value{}, false
}

// leadingInteger is the number a text begins with, or 0.
func (c *call) leadingInteger(s string, base int) Value {
	s = strings.TrimLeft(s, rubySpace)
	sign := ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = s[:1], s[1:]
	}
	digits := make([]byte, 0, 20)
	for i := range len(s) {
		if s[i] == '_' && i > 0 && s[i-1] != '_' {
			continue
		}
		if _, err := strconv.ParseUint(s[i:i+1], base, 8); err != nil {
			break
		}
		digits = append(digits, s[i])
	}
	if len(digits) == 0 {
		return IntValue(0)
	}
	n, err := strconv.ParseInt(sign+string(digits), base, 64)
	if err != nil {
		c.ev.overflow(c.at)
	}
	return IntValue(n)
}

func leadingFloat(s string) Value {
	s = strings.TrimLeft(s, rubySpace)
	end := 0
	for end < len(s) && end < 64 && strings.IndexByte("0123456789.eE+-", s[end]) >= 0 {
		end++
	}
	for ; end > 0; end-- {
		if f, err := strconv.ParseFloat(s[:end], 64); err == nil {
			return FloatValue(f)
		}
	}
	return FloatValue(0)
}

func textQuestion(c *call) (Value, bool) {
	s := c.recv.str()
	switch c.name {
	case "empty?":
		return BoolValue(s == ""), c.none()
	case "length", "size":
		return IntValue(int64(utf8.RuneCountInString(s))), c.none()
	case "bytesize":
		return IntValue(int64(len(s))), c.none()
	case "include?":
		c.want(1, 1)
		return BoolValue(strings.Contains(s, c.text(0))), true
	case "start_with?", "end_with?":
		for i := range c.args {
			if c.name == "start_with?" && strings.HasPrefix(s, c.text(i)) || c.name == "end_with?" && strings.HasSuffix(s, c.text(i)) {
				return BoolValue(true), true
			}
		}
		return BoolValue(false), true
	case "index", "rindex":
		c.want(1, 1)
		i := strings.Index(s, c.text(0))
		if c.name == "rindex" {
			i = strings.LastIndex(s, c.text(0))
		}
		if i < 0 {
			return NilValue(), true
		}
		return IntValue(int64(utf8.RuneCountInString(s[:i]))), true
	case "casecmp?":
		c.want(1, 1)
		return BoolValue(strings.EqualFold(s, c.text(0))), true
	case "ascii_only?":
		return BoolValue(spanOf(s, len(s), func(b byte) bool { return b < 0x80 }) == len(s)), c.none()
	case "valid_encoding?":
		return BoolValue(utf8.ValidString(s)), c.none()
	}
	return Value{}, false
}

// textParts are the methods that take a string apart.
func textParts(c *call) (Value, bool) {
	s := c.recv.str()
	switch c.name {
	case "[]", "slice":
		return c.substring(), true
	case "split":
		return c.split(s), true
	case "lines":
		chomp, _ := c.option("chomp")
		c.want(0, 0)
		return c.lines(s, chomp.Truthy()), true
	case "chars":
		c.want(0, 0)
		c.ev.charge(c.at, elementCost*utf8.RuneCountInString(s))
		return c.texts(strings.Split(s, "")), true
	case "partition", "rpartition":
		c.want(1, 1)
		i := strings.Index(s, c.text(0))
		if c.name == "rpartition" {
			i = strings.LastIndex(s, c.text(0))
		}
		switch {
		case i >= 0:
			return c.texts([]string{s[:i], c.text(0), s[i+len(c.text(0)):]}), true
		case c.name == "partition":
			return c.texts([]string{s, "", ""}), true
		}
		return c.texts([]string{"", "", s}), true
	}
	return Value{}, false
}

func (c *call) texts(list []string) Value {
	elems := make([]Value, len(list))
	for i, s := range list {
		elems[i] = c.ev.text(c.at, s)
	}
	return c.ev.array(c.at, elems)
}

func (c *call) lines(s string, chomp bool) Value {
	c.ev.charge(c.at, elementCost*strings.Count(s, "\n"))
	list := strings.SplitAfter(s, "\n")
	if list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	if chomp {
		for i, l := range list {
			list[i] = strings.TrimSuffix(strings.TrimSuffix(l, "\n"), "\r")
		}
	}
	return c.texts(list)
}

func (c *call) split(s string) Value {
	c.want(0, 2)
	separator := " "
	if len(c.args) > 0 && !c.args[0].IsNil() {
		separator = c.text(0)
	}
	limit := int64(0)
	if len(c.args) == 2 {
		limit = c.integer(1)
	}
	if s == "" {
		return c.ev.array(c.at, nil)
	}
	n := -1
	if limit > 0 && limit < int64(len(s))+1 {
		n = int(limit)
	}
	var list []string
	switch {
	case separator != " ":
		c.ev.charge(c.at, elementCost*(strings.Count(s, separator)+1))
		list = strings.SplitN(s, separator, n)
	default:
		c.ev.charge(c.at, elementCost*(len(s)/2+1))
		list = splitFields(s, n)
	}
	if limit == 0 {
		for len(list) > 0 && list[len(list)-1] == "" {
			list = list[:len(list)-1]
		}
	}
	return c.texts(list)
}

// splitFields splits at white space into at most n fields, the last one
// holding the rest; n < 0 means no limit.
func splitFields(s string, n int) []string {
	var list []string
	for s = strings.TrimLeft(s, rubySpace); s != ""; {
		end := strings.IndexAny(s, rubySpace)
		if end < 0 || n > 0 && len(list) == n-1 {
			return append(list, s)
		}
		list = append(list, s[:end])
		s = strings.TrimLeft(s[end:], rubySpace)
		if s == "" {
			list = append(list, "")
		}
	}
	return list
}
