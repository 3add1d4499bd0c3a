package differential

import (
	"strconv"
	"strings"

	"redoubt/internal/command"
)

// argumentValues makes the values of arguments by their names, where the type alone would rarely make a sensible one.
func argumentValues() map[string]func(*Generator, *command.Spec) []byte {
	id := (*Generator).idOf
	return map[string]func(*Generator, *command.Spec) []byte{
		"timeout":                timeout,
		"milliseconds":           milliseconds,
		"seconds":                func(g *Generator, _ *command.Spec) []byte { return g.span(1) },
		"ttl":                    timeToLive,
		"unix-time-milliseconds": func(g *Generator, _ *command.Spec) []byte { return g.unixTime(1000) },
		"serialized-value":       serialized,
		"increment":              increment,
		"decrement":              increment,
		"count":                  count,
		"offset":                 (*Generator).offset,
		"bit":                    among("0", "1", "0", "1", "2", "-1"),
		"encoding":               among("i8", "u8", "i64", "u63", "u64", "i1", "u1", "i65", "i5", "u16", "i33", "u0", "x", "U8", "i16"),
		"operation":              among("AND", "OR", "XOR", "NOT", "and", "nor"),
		"score":                  score,
		"weight":                 func(g *Generator, _ *command.Spec) []byte { return g.float() },
		"min":                    (*Generator).rankOrLex,
		"max":                    (*Generator).rankOrLex,
		"start":                  rangeStart,
		"end":                    rangeStart,
		"stop":                   rangeStart,
		"longitude":              geoCoordinate("13.361389", "15.087269", "2.349014", "-122.27652", "0", "179.9", "-179.9", "13.4"),
		"latitude":               geoCoordinate("38.115556", "37.502669", "48.864716", "37.805186", "0", "85", "-85", "38.1"),
		"radius":                 among("0", "1", "10", "200", "1000", "5000", "20000", "1e7", "-1", "x", "0.5"),
		"width":                  among("0", "1", "100", "400", "1000", "5000", "20000", "-1", "x"),
		"height":                 among("0", "1", "100", "400", "1000", "5000", "20000", "-1", "x"),
		"id":                     id,
		"lastid":                 id,
		"last-id":                id,
		"max-deleted-id":         id,
		"threshold":              threshold,
		"group":                  among("ga", "ga", "gb", "gx"),
		"consumer":               among("ca", "cb", "cc"),
		"min-idle-time":          among("0", "0", "0", "1000000", "-1", "x"),
		"ms":                     among("0", "1000000", "-1"),
		"index1":                 among("0", "0", "1", "15", "16", "x"),
		"index2":                 among("1", "1", "0", "-1", "15"),
		"db":                     among("1", "1", "0", "15", "16", "-1", "x"),
		"destination-db":         among("1", "1", "0", "15", "16", "-1", "x"),
		"cursor":                 among("0", "0", "0", "0", "0", "x", "1", "18446744073709551616"),
		"channel":                among("ch1", "ch2", "ch3", "__redis__:invalidate"),
		"shardchannel":           among("sh1", "sh2", "{sh}3"),
		"by-pattern":             among("s*", "h1->*", "nosort", "w_*", "*", "h*->a", "x"),
		"get-pattern":            among("#", "s*", "h1->*", "h*->a", "x", "*"),
		"type":                   among("string", "list", "set", "zset", "hash", "stream", "STRING", "x"),
		"sha1":                   func(g *Generator, _ *command.Spec) []byte { return g.digest() },
		"script":                 func(g *Generator, _ *command.Spec) []byte { return []byte(g.script()) },
		"function-code":          func(g *Generator, _ *command.Spec) []byte { return []byte(g.library()) },
		"library-name":           among(append(libraryNames, "nosuch", "")...),
		"library-name-pattern":   among("la", "l*", "*", "L[AB]", "nosuch", ""),
		"username":               among("ua", "ub", "nobody"),
		"password":               among("x", "secret"),
		"rule":                   among("on", "off", "nopass", "resetpass", "reset", ">pw", "<pw", "~*", "~a*", "allkeys", "resetkeys", "+get", "-get", "+@all", "-@all", "+@read", "-@write", "+config|get", "%R~r*", "%W~w*", "&*", "&ch*", "resetchannels", "allchannels", "nocommands", "allcommands", "(+get ~x)", "clearselectors", "+nosuch", "#zz", "+@nosuch", "sanitize-payload", "skip-sanitize-payload"),
		"category":               among("keyspace", "read", "write", "nosuch", "fast"),
		"section":                among("server", "keyspace", "clients", "everything", "nosuch"),
		"parameter":              func(g *Generator, _ *command.Spec) []byte { return parameterPattern(g) },
		"prefix":                 among("s", "l", "h1", "z", "t", "x1", "", "p"),
		"event":                  among("command", "fork", "nosuch"),
		"message":                func(g *Generator, _ *command.Spec) []byte { return g.text() },
		"connection-name":        among("me", "", "with space", "x\n"),
		"clientname":             among("me", "with space"),
		"protover":               among("2", "3", "2", "3", "3", "4", "1", "x"),
		"index":                  index,
		"client-id":              clientID,
		"numreplicas":            among("0", "1", "-1", "x"),
		"subcommand":             among("GETREG", "DECODE", "ENCODING", "TODENSE", "nosuch"),
		"command":                among("get", "set", "nosuch"),
		"version":                among("5", "6"),
		"old-format":             among("1.2.3.4:5"),
		"host":                   among("127.0.0.1"),
		"member1":                member,
		"member2":                member,
		"member":                 member,
		"field":                  member,
		"entriesread":            among("0", "1", "-1", "-2", "5", "9223372036854775807", "x"),
		"entries-added":          among("0", "1", "10", "100", "-1", "9223372036854775807", "x"),
	}
}

// serialized makes a payload of the kind that the command reads.
func serialized(g *Generator, s *command.Spec) []byte {
	if s.FullName() == "function|restore" {
		return g.libraryPayload()
	}
	return g.payload()
}

// member makes a member of a few, so that commands meet what others stored; sometimes any text.
func member(g *Generator, _ *command.Spec) []byte {
	switch {
	case g.percent(25):
		return g.text()
	case g.percent(30):
		return []byte(strconv.Itoa(g.rng.IntN(12)))
	}
	return []byte{byte('a' + g.rng.IntN(9))}
}

// timeout makes a timeout of a blocking command: in seconds, milliseconds for the others.
func timeout(g *Generator, s *command.Spec) []byte {
	if s.Group == command.GroupGeneric || s.Group == command.GroupConnection {
		return []byte(pick(g, []string{"1", "5", "10", "1", "x", "-1", "1.5"}))
	}
	if g.percent(15) {
		return []byte("0")
	}
	return []byte(pick(g, []string{"0.01", "0.01", "0.01", "0.01", "0.001", "-1", "abc", ""}))
}

// clientID makes the id of one of the connections, as [connectionID] writes it, or none.
func clientID(g *Generator, _ *command.Spec) []byte {
	if g.percent(70) {
		return []byte(connectionID(g.rng.IntN(connections)))
	}
	return []byte(pick(g, []string{"999999999", "0", "-1", "x"}))
}

func milliseconds(g *Generator, s *command.Spec) []byte {
	if !isRead(s) {
		return g.span(1000)
	}
	return []byte(pick(g, []string{"0", "1", "5", "5", "5", "-1", "x"}))
}

func timeToLive(g *Generator, _ *command.Spec) []byte {
	if g.percent(60) {
		return []byte("0")
	}
	return []byte(pick(g, []string{"1000000", "5000000", "9223372036854775807", "-1", "x", shortDeadline}))
}

// score makes no -0: 7.0 makes every sorted set a listpack, where it is 0; 7.2 makes large ones tables at once, which keep it.
func score(g *Generator, _ *command.Spec) []byte {
	f := g.float()
	if string(f) == "-0" {
		return []byte("0")
	}
	return f
}

func increment(g *Generator, s *command.Spec) []byte {
	if strings.HasSuffix(s.Name, "float") || s.Name == "zincrby" {
		return g.float()
	}
	return g.integer(100, 12)
}

func count(g *Generator, s *command.Spec) []byte {
	switch {
	case strings.HasSuffix(s.Name, "scan") && g.percent(85):
		return []byte("10000")
	case s.Name == "srandmember" || s.Name == "hrandfield" || s.Name == "zrandmember":
		return []byte(pick(g, []string{"1", "2", "3", "100", "-1", "-3", "0", "9223372036854775807", "-9223372036854775808", "x"}))
	}
	return g.integer(5, 6)
}

func rangeStart(g *Generator, s *command.Spec) []byte {
	if s.Group == command.GroupSortedSet {
		return g.rankOrLex(s)
	}
	if s.Group == command.GroupStream {
		if g.percent(45) {
			return []byte(pick(g, []string{"-", "+"}))
		}
		if g.percent(15) {
			return append([]byte("("), g.streamID(s)...)
		}
		return g.streamID(s)
	}
	return g.integer(8, 8)
}

func threshold(g *Generator, s *command.Spec) []byte {
	if g.percent(40) {
		return g.streamID(s)
	}
	return g.integer(8, 4)
}

func index(g *Generator, s *command.Spec) []byte {
	if s.Name == "select" {
		return []byte(pick(g, []string{"0", "0", "0", "1", "1", "16", "-1", "x"}))
	}
	return g.integer(6, 8)
}

// payload is one of an earlier DUMP, sometimes damaged.
func (g *Generator) payload() []byte { return g.payloadOf(g.payloads) }

func (g *Generator) payloadOf(seen [][]byte) []byte {
	if len(seen) == 0 {
		return g.text()
	}
	p := pick(g, seen)
	if g.percent(5) {
		p = append([]byte(nil), p...)
		p[g.rng.IntN(len(p))] ^= 1 << g.rng.IntN(8)
	}
	return p
}

func (g *Generator) digest() []byte {
	if len(g.digests) == 0 || g.percent(10) {
		return []byte(pick(g, []string{"ffffffffffffffffffffffffffffffffffffffff", "x", ""}))
	}
	return []byte(pick(g, g.digests))
}
