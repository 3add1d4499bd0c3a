package differential

import (
	"fmt"
	"strconv"
	"strings"

	"redoubt/internal/command"
)

// Edges of number types. Numbers between 10^6 and 2^32 are left out everywhere: as an offset they are valid and allocate
// half a gigabyte, as a count of random picks they make a reply of that size.
var (
	integerEdges = []string{"0", "-1", "1", "4294967296", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-4294967297"}
	floats       = []string{"0", "-0", "1", "-1.5", "0.1", "3.14", "2", "3", "10", "1e17", "1e300", "-1e-300", "5e-324", "123456789.123456789",
		"inf", "-inf", "+inf", "1.7976931348623157e308", "0.30000000000000004", "100000000000000000000", "4.5e15", "1e21", "1e-7"}
	oddFloats = []string{"nan", "1e309", "1e", "0x10", " 1", "1 ", "", "1.2.3", "--1", "infinity", "+5", ".5", "5."}
	odd       = []string{"", "x", "-1", "0", "1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1.5", "nan", "*", "NX",
		"COUNT", "\x00", "-0", "01", "+1", " 1", "LIMIT"}
	texts = []string{"a", "b", "c", "d", "e", "1", "2", "3", "-3", "10", "3.0", "", "foo bar", "007", "+5", "hello world", "9223372036854775807",
		"9223372036854775808", "-9223372036854775808", "65536", "-129", "300", "40000", "\x00\xff\r\n\"", "ß", "0.1", "1e3", "abcabcabcabcabcabcabcabc",
		strings.Repeat("x", 70), strings.Repeat("xyz", 25), strings.Repeat("0123456789", 30)}
	patterns = []string{"*", "a*", "?", "[a-c]*", "\\*", "[^a]*", "*b*", "h?llo*", "x", "", "[", "s*", "*:*", "ch*", "{*"}
)

// keysOf are the names of keys by the group of the commands that make them.
var keysOf = map[command.Group][]string{
	command.GroupString: {"s1", "s2", "s3"}, command.GroupList: {"l1", "l2"}, command.GroupHash: {"h1", "h2"},
	command.GroupSet: {"t1", "t2", "t3"}, command.GroupSortedSet: {"z1", "z2", "z3"}, command.GroupStream: {"x1", "x2"},
	command.GroupBitmap: {"b1", "b2", "s1"}, command.GroupHyperLogLog: {"p1", "p2"}, command.GroupGeo: {"g1", "g2"},
}

var allKeys = []string{"s1", "s2", "l1", "l2", "h1", "h2", "t1", "t2", "z1", "z2", "x1", "b1", "p1", "g1", "n1", "n2"}

// shortDeadline is the deadline in milliseconds that a step waits for.
const shortDeadline = "3"

// far is a time after everything, in seconds.
const far = 4102444800

func (g *Generator) key(s *command.Spec) []byte {
	if own := keysOf[s.Group]; own != nil && g.percent(88) {
		return []byte(pick(g, own))
	}
	return []byte(pick(g, allKeys))
}

func (g *Generator) text() []byte { return []byte(pick(g, texts)) }

func (g *Generator) integer(small int, edge int) []byte {
	if g.percent(edge) {
		return []byte(pick(g, integerEdges))
	}
	return []byte(strconv.Itoa(g.rng.IntN(small+3) - 2))
}

func (g *Generator) float() []byte {
	if g.percent(g.Broken / 2) {
		return []byte(pick(g, oddFloats))
	}
	return []byte(pick(g, floats))
}

// value makes one value. What an argument is called says more than its type.
func (g *Generator) value(s *command.Spec, a *command.Arg) []byte {
	if named := g.values[a.Name]; named != nil {
		return named(g, s)
	}
	switch a.Type {
	case command.TypeKey:
		return g.key(s)
	case command.TypeInteger:
		return g.integer(6, 8)
	case command.TypeDouble:
		return g.float()
	case command.TypePattern:
		return []byte(pick(g, patterns))
	case command.TypeUnixTime:
		return g.unixTime(1)
	}
	return g.text()
}

// unixTime makes an absolute time: past, far away or an edge; unit is how many make a second.
func (g *Generator) unixTime(unit int64) []byte {
	if g.percent(10) {
		return []byte(pick(g, []string{"1", "0", "-1", "9223372036854775807", "9223372036854775", "-9223372036854775808", "1000"}))
	}
	return []byte(strconv.FormatInt((far+int64(g.rng.IntN(100)))*unit, 10))
}

// span makes a time to live; unit is how many make a second.
func (g *Generator) span(unit int64) []byte {
	switch {
	case g.percent(10):
		return []byte(pick(g, []string{"0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775", "9000000000000000"}))
	case unit == 1000 && g.percent(12):
		return []byte(shortDeadline)
	}
	return []byte(strconv.FormatInt((1000+int64(g.rng.IntN(100000)))*unit, 10))
}

// among makes a value function that picks one.
func among(of ...string) func(*Generator, *command.Spec) []byte {
	return func(g *Generator, _ *command.Spec) []byte { return []byte(pick(g, of)) }
}

// streamID makes an id that is likely to be in a stream.
func (g *Generator) streamID(_ *command.Spec) []byte {
	switch {
	case g.percent(6):
		return []byte(pick(g, []string{"0", "0-0", "-", "+", "$", ">", "18446744073709551615-18446744073709551615", "18446744073709551615", "0-1", "(1", "1-", "-1", "x", "1-1-1"}))
	case g.percent(30):
		return []byte(fmt.Sprintf("%d-%d", 1+g.rng.IntN(g.clock+1), g.rng.IntN(3)))
	}
	return []byte(strconv.Itoa(1 + g.rng.IntN(g.clock+1)))
}

// newID makes the id of an entry to add: mostly behind all others.
func (g *Generator) newID(s *command.Spec) []byte {
	switch {
	case g.percent(2):
		return []byte("*")
	case g.percent(10):
		return []byte(strconv.Itoa(g.clock) + "-*")
	case g.percent(5):
		return g.streamID(s)
	}
	g.clock++
	return []byte(fmt.Sprintf("%d-%d", g.clock, g.rng.IntN(3)))
}

func (g *Generator) idOf(s *command.Spec) []byte {
	switch s.FullName() {
	case "xadd":
		return g.newID(s)
	case "xread":
		if g.percent(50) {
			return []byte("$")
		}
	case "xreadgroup":
		if g.percent(70) {
			return []byte(">")
		}
	case "xgroup|create", "xgroup|setid":
		if g.percent(60) {
			return []byte("0")
		}
	}
	return g.streamID(s)
}

// rangeEnd makes one end of a range of a sorted set, for commands whose range is of the kind "" (ranks), "score" or "lex".
func (g *Generator) rangeEnd(kind string) []byte {
	switch kind {
	case "score":
		return []byte(pick(g, []string{"-inf", "+inf", "inf", "(1", "1", "2", "(3", "3", "10", "0", "-1.5", "(0.1", "(inf", "x", "("}))
	case "lex":
		return []byte(pick(g, []string{"-", "+", "[a", "(b", "[c", "[", "(", "-", "+", "[10", "x"}))
	}
	return g.integer(6, 4)
}

func (g *Generator) rankOrLex(s *command.Spec) []byte {
	switch {
	case strings.HasSuffix(s.Name, "bylex"), s.Name == "zlexcount":
		return g.rangeEnd("lex")
	case strings.HasSuffix(s.Name, "byscore"), s.Name == "zcount":
		return g.rangeEnd("score")
	}
	return g.rangeEnd(pick(g, []string{"", "", "score", "lex"}))
}

// offset makes an offset of a string or a LIMIT: small ones, and those that are too large for any string.
func (g *Generator) offset(s *command.Spec) []byte {
	if s.Group == command.GroupSortedSet || s.Group == command.GroupGeneric {
		return g.integer(3, 5)
	}
	switch {
	case g.percent(6):
		return []byte(pick(g, []string{"-1", "4294967296", "9223372036854775807", "-9223372036854775808", "#-1", "#9223372036854775807", "x"}))
	case strings.HasPrefix(s.Name, "bitfield") && g.percent(30):
		return []byte("#" + strconv.Itoa(g.rng.IntN(20)))
	case g.percent(10):
		return []byte(strconv.Itoa(g.rng.IntN(4000)))
	}
	return []byte(strconv.Itoa(g.rng.IntN(40)))
}

// geoCoordinate makes a longitude or latitude near a few places, so that searches find something.
func geoCoordinate(values ...string) func(*Generator, *command.Spec) []byte {
	return func(g *Generator, s *command.Spec) []byte {
		if g.percent(g.Broken) {
			return []byte(pick(g, []string{"181", "-86", "nan", "x", "85.06", "-180", "180", "85.05112878", "-85.05112878", "inf", "0x1"}))
		}
		return []byte(pick(g, values))
	}
}
