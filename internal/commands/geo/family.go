// Package geo implements the commands that see a sorted set as places on the earth, one file a command.
//
// A member's score is the 52-bit cell of its place (package geohash), so neighbouring places have neighbouring scores,
// and everything else about the set is that of any sorted set. Three things are shared, each in a file of its own:
//
//   - search.go: finding the members in an area, replying and storing them.
//   - searchargs.go: the words of GEOSEARCH, GEOSEARCHSTORE and of the older commands that they replace.
//   - searchspec.go: their grammar.
package geo

import (
	"math"
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/geohash"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// point reads words i and i+1 as longitude and latitude; on failure it has replied and ok is false.
func point(c *engine.Call, i int) (p geohash.Point, ok bool) {
	if p.Longitude, ok = c.Float(i); !ok {
		return p, false
	}
	if p.Latitude, ok = c.Float(i + 1); !ok {
		return p, false
	}
	if !p.Valid() {
		c.Errf("ERR invalid longitude,latitude pair %s,%s", sixDigits(p.Longitude), sixDigits(p.Latitude))
		return p, false
	}
	return p, true
}

// sixDigits is C's %f.
func sixDigits(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	return strconv.FormatFloat(v, 'f', 6, 64)
}

// unit reads word i as a unit of length, in metres; on failure it has replied and ok is false.
func unit(c *engine.Call, i int) (metres float64, ok bool) {
	switch {
	case c.Is(i, "M"):
		return 1, true
	case c.Is(i, "KM"):
		return 1000, true
	case c.Is(i, "FT"):
		return 0.3048, true
	case c.Is(i, "MI"):
		return 1609.34, true
	}
	c.Err("ERR unsupported unit provided. please use M, KM, FT, MI")
	return 0, false
}

// unitArg is the grammar of a unit.
func unitArg() command.Arg {
	return command.OneOf("unit", command.Token("m", "M"), command.Token("km", "KM"), command.Token("ft", "FT"),
		command.Token("mi", "MI"))
}

// replyDistance replies a length with four decimals.
func replyDistance(c *engine.Call, v float64) {
	var text [64]byte
	c.Reply.Bulk(strconv.AppendFloat(text[:0], v, 'f', 4, 64))
}

// replyPoint replies longitude and latitude.
func replyPoint(c *engine.Call, p geohash.Point) {
	c.Reply.Array(2)
	replyCoordinate(c, p.Longitude)
	replyCoordinate(c, p.Latitude)
}

// replyCoordinate replies a number with up to 17 decimals, without trailing zeros: a double in RESP3, but not in the
// notation of other doubles.
func replyCoordinate(c *engine.Call, v float64) {
	var buf [64]byte
	text := strconv.AppendFloat(buf[:0], v, 'f', 17, 64)
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	if text[len(text)-1] == '.' {
		text = text[:len(text)-1]
	}
	if c.Reply.Proto == 2 {
		c.Reply.Bulk(text)
		return
	}
	c.Reply.Buf = append(c.Reply.Buf, ',')
	c.Reply.Buf = append(c.Reply.Buf, text...)
	c.Reply.Buf = append(c.Reply.Buf, '\r', '\n')
}

// readSpec is the Spec of a command that asks about members of one set.
func readSpec(name, summary, complexity string, arity int, args ...command.Arg) command.Spec {
	return command.Spec{
		Name: name, Arity: arity, Since: "3.2.0", Group: command.GroupGeo, Complexity: complexity, Summary: summary,
		Flags: command.ReadOnly, ACL: command.CatGeo,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: append([]command.Arg{command.Key("key", 0)}, args...),
	}
}
