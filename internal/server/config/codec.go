package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// codec is the type of a parameter: how its value is read, shown and written to the file. A value is immutable.
type codec interface {
	// parse reads the arguments of one directive. previous is the value the parameter has now, for types of which a
	// directive may change a part. The error is the reason alone, in the words of Redis.
	parse(arguments []string, previous any) (value any, err error)
	// text is the value as CONFIG GET shows it.
	text(value any) string
	// lines are the directives that CONFIG REWRITE writes for the value. With none, lines of that name are removed.
	lines(name string, value, byDefault any) []rewriteLine
}

// rewriteLine is one directive for the file. Unless it is needed, it only replaces a line that is there already.
type rewriteLine struct {
	text   string
	needed bool
}

// boolean is yes or no; the value is a bool.
type boolean struct {
	check func(bool) error // nil: both are fine
}

var errNotBoolean = errors.New("argument must be 'yes' or 'no'")

func (b boolean) parse(arguments []string, _ any) (any, error) {
	var value bool
	switch strings.ToLower(arguments[0]) {
	case "yes":
		value = true
	case "no":
	default:
		return nil, errNotBoolean
	}
	if b.check != nil {
		if err := b.check(value); err != nil {
			return nil, err
		}
	}
	return value, nil
}

func (boolean) text(value any) string {
	if value.(bool) {
		return "yes"
	}
	return "no"
}

func (b boolean) lines(name string, value, byDefault any) []rewriteLine {
	return oneLine(name, b.text(value), value != byDefault)
}

// notation is how a number is spelt.
type notation uint8

const (
	decimal notation = iota
	octal
	memory
	memoryOrPercent // a percentage is kept as its negative
)

// integer is a number within bounds; the value is an int64. With unsigned set, bounds and value are uint64 bits.
type integer struct {
	low, high int64
	unsigned  bool
	notation  notation
	clamp     func(int64) int64 // brings an accepted value into the range that is honoured; nil: every value is
}

func (n integer) parse(arguments []string, _ any) (any, error) {
	number, err := n.number(arguments[0])
	if err != nil {
		return nil, err
	}
	switch {
	case n.unsigned:
		if uint64(number) < uint64(n.low) || uint64(number) > uint64(n.high) {
			format := "argument must be between %d and %d inclusive"
			if n.notation == octal {
				format = "argument must be between %o and %o inclusive"
			}
			return nil, fmt.Errorf(format, uint64(n.low), uint64(n.high))
		}
	case n.notation == memoryOrPercent && number < 0:
		if number < n.low {
			return nil, fmt.Errorf("percentage argument must be less or equal to %d", -n.low)
		}
	case number < n.low || number > n.high:
		return nil, fmt.Errorf("argument must be between %d and %d inclusive", n.low, n.high)
	}
	if n.clamp != nil {
		number = n.clamp(number)
	}
	return number, nil
}

func (n integer) number(text string) (int64, error) {
	switch n.notation {
	case memory, memoryOrPercent:
		word, _, _ := strings.Cut(text, "\x00") // Redis reads a C string here, and elsewhere the whole
		if bytes, ok := parseMemory(word); ok {
			if !n.unsigned {
				bytes = min(bytes, math.MaxInt64)
			}
			return int64(bytes), nil
		}
		if n.notation == memory {
			return 0, errors.New("argument must be a memory value")
		}
		digits, isPercent := strings.CutSuffix(text, "%")
		percent, ok := parseDecimal(digits)
		if !isPercent || !ok || percent < 0 {
			return 0, errors.New("argument must be a memory or percent value")
		}
		return -percent, nil
	case octal:
		number, ok := parseLenient(text, 8)
		if !ok {
			return 0, errors.New("argument couldn't be parsed as an octal number")
		}
		return number, nil
	}
	number, ok := parseDecimal(text)
	if !ok {
		return 0, errors.New("argument couldn't be parsed into an integer")
	}
	return number, nil
}

func (n integer) text(value any) string {
	number := value.(int64)
	switch {
	case n.notation == octal:
		return strconv.FormatInt(number, 8)
	case n.notation == memoryOrPercent && number < 0:
		return strconv.FormatInt(-number, 10) + "%"
	case n.unsigned:
		return strconv.FormatUint(uint64(number), 10)
	}
	return strconv.FormatInt(number, 10)
}

func (n integer) lines(name string, value, byDefault any) []rewriteLine {
	text := n.text(value)
	if number := value.(int64); (n.notation == memory || n.notation == memoryOrPercent) && (number >= 0 || n.unsigned) {
		text = formatMemory(uint64(number))
	}
	return oneLine(name, text, value != byDefault)
}

// text is a string; the value is a string.
type text struct {
	emptyIsUnset bool // the empty string means that the parameter is not set: it then has no line in the file
	check        func(string) error
}

func (s text) parse(arguments []string, _ any) (any, error) {
	if s.check != nil {
		if err := s.check(arguments[0]); err != nil {
			return nil, err
		}
	}
	return arguments[0], nil
}

func (text) text(value any) string { return value.(string) }

func (s text) lines(name string, value, byDefault any) []rewriteLine {
	if s.emptyIsUnset && value == "" {
		return nil
	}
	return oneLine(name, Quote(value.(string)), value != byDefault)
}

// option is one word of an enumeration. Two words may stand for the same value: the first is the one that is shown.
type option struct {
	name  string
	value int64
}

// enumeration is one word of a list or, with several set, any combination of them; the value is the int64 of the word,
// the bits of all words.
type enumeration struct {
	options []option
	several bool
	check   func(int64) error
}

func (e enumeration) parse(arguments []string, _ any) (any, error) {
	if len(arguments) == 0 {
		return nil, e.mismatch()
	}
	var value int64
	for _, argument := range arguments {
		i := slices.IndexFunc(e.options, func(o option) bool { return strings.EqualFold(o.name, argument) })
		if i < 0 {
			return nil, e.mismatch()
		}
		value |= e.options[i].value
	}
	if e.check != nil {
		if err := e.check(value); err != nil {
			return nil, err
		}
	}
	return value, nil
}

func (e enumeration) mismatch() error {
	names := make([]string, len(e.options))
	for i, o := range e.options {
		names[i] = o.name
	}
	return errors.New("argument(s) must be one of the following: " + strings.Join(names, ", "))
}

func (e enumeration) text(value any) string {
	rest := value.(int64)
	var names []string
	for _, o := range e.options {
		if o.value == value {
			return o.name
		}
		if e.several && o.value != 0 && rest&o.value == o.value {
			names = append(names, o.name)
			rest &^= o.value
		}
	}
	return strings.Join(names, " ")
}

func (e enumeration) lines(name string, value, byDefault any) []rewriteLine {
	return oneLine(name, e.text(value), value != byDefault)
}

func oneLine(name, arguments string, needed bool) []rewriteLine {
	return []rewriteLine{{name + " " + arguments, needed}}
}
