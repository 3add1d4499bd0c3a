package differential

import (
	"slices"
	"strconv"
	"strings"

	"redoubt/internal/command"
)

// specialRequests makes the words behind the names of commands whose grammar says less than they take.
func specialRequests() map[string]func(*Generator) [][]byte {
	return map[string]func(*Generator) [][]byte{
		"command|getkeys":         (*Generator).inside,
		"command|getkeysandflags": (*Generator).inside,
		"acl|dryrun": func(g *Generator) [][]byte {
			return append([][]byte{[]byte(pick(g, []string{"default", "ua", "ub"}))}, g.inside()...)
		},
		"config|set":  (*Generator).changeSettings,
		"client|kill": (*Generator).killFilters,
		"client|pause": func(g *Generator) [][]byte {
			words := [][]byte{[]byte(pick(g, []string{"0", "1", "2", "x", "-1"}))}
			if g.percent(60) {
				words = append(words, []byte(pick(g, []string{"WRITE", "ALL"})))
			}
			return words
		},
		"client|list": func(g *Generator) [][]byte {
			if g.percent(50) {
				return [][]byte{[]byte("TYPE"), []byte(pick(g, []string{"normal", "pubsub", "master", "replica"}))}
			}
			return [][]byte{[]byte("ID"), []byte(pick(g, []string{"999999999", "x", "0"}))}
		},
		"auth": func(g *Generator) [][]byte {
			if g.percent(20) {
				return [][]byte{g.text()}
			}
			return g.credentials()
		},
		"eval":    (*Generator).eval,
		"eval_ro": (*Generator).eval,
		"fcall":   (*Generator).functionCall, "fcall_ro": (*Generator).functionCall,
	}
}

// killFilters makes filters of CLIENT KILL that match nobody: connections that end would end the comparison.
func (g *Generator) killFilters() [][]byte {
	words := [][]byte{[]byte("ID"), []byte("999999999")}
	for _, filter := range [][]string{
		{"TYPE", "normal", "pubsub", "master", "replica", "slave"}, {"USER", "default", "ua", "nobody"}, {"SKIPME", "yes", "no"},
		{"ADDR", "127.0.0.1:1", "x", ""}, {"LADDR", "127.0.0.1:1", "x"},
	} {
		if g.percent(25) {
			words = append(words, []byte(filter[0]), []byte(pick(g, filter[1:])))
		}
	}
	return words
}

// credentials makes a user and a password, mostly those that are taken.
func (g *Generator) credentials() [][]byte {
	return [][]byte{[]byte(pick(g, []string{"default", "default", "default", "ua", "ub", "nobody"})), []byte(pick(g, []string{"pw", "x", ""}))}
}

// authenticates gives HELLO credentials behind AUTH.
func (g *Generator) authenticates(words [][]byte) [][]byte {
	for i := 1; i+2 < len(words); i++ {
		if strings.EqualFold(string(words[i]), "auth") {
			copy(words[i+1:], g.credentials())
		}
	}
	return words
}

// storesDistancesApart gives a search that stores distances a key of its own: see followDistances.
func (g *Generator) storesDistancesApart(words [][]byte) [][]byte {
	if at := distancesKey(words); at > 0 {
		words[at] = []byte(distances)
	}
	return words
}

// distances is the key under which distances are stored, for as long as a step takes.
const distances = "gd"

// distancesKey returns where a request has the key under which it stores distances, 0 when it stores none.
func distancesKey(words [][]byte) int {
	name := strings.ToLower(string(words[0]))
	if !strings.HasPrefix(name, "geo") {
		return 0
	}
	at := len(words) - 1
	for at > 0 && !strings.EqualFold(string(words[at]), "storedist") {
		at--
	}
	switch {
	case at == 0:
		return 0
	case name == "geosearchstore":
		return 1
	case at+1 < len(words):
		return at + 1
	}
	return 0
}

// followDistances reads and removes what a search has stored: the last digits of a distance follow from the C library's
// trigonometry, so that they may not stay.
func followDistances(words [][]byte) [][]byte {
	at := distancesKey(words)
	if at == 0 {
		return nil
	}
	const read = "if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then return redis.call('DEL', KEYS[1]) end " +
		"local r = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES') redis.call('DEL', KEYS[1]) " +
		"for i = 2, #r, 2 do r[i] = string.format('%.5g', r[i]) end return r"
	return [][]byte{[]byte("EVAL"), []byte(read), []byte("1"), words[at]}
}

// inside makes a request that is an argument of another.
func (g *Generator) inside() [][]byte {
	if g.depth > 0 {
		return [][]byte{[]byte("GET"), []byte("s1")}
	}
	g.depth++
	defer func() { g.depth-- }()
	for {
		if s := g.spec(); s.FullName() != "acl|dryrun" {
			return g.Request(s)
		}
	}
}

// adjustments make words agree with each other where the grammar leaves them apart.
var adjustments = map[string]func(*Generator, [][]byte) [][]byte{
	"xsetid": (*Generator).afterAll, "sort": (*Generator).storesInOrder, "hello": (*Generator).authenticates,
	"georadius": (*Generator).storesDistancesApart, "georadiusbymember": (*Generator).storesDistancesApart,
	"geosearchstore": (*Generator).storesDistancesApart, "client|tracking": (*Generator).fewPrefixes,
	"xread": (*Generator).waitsApart, "xreadgroup": (*Generator).waitsApart, "zrange": (*Generator).matchRange, "zrangestore": (*Generator).matchRange,
}

// afterAll gives XSETID an id behind all others: 7.0 takes ids before deleted entries, too.
func (g *Generator) afterAll(words [][]byte) [][]byte {
	g.clock++
	words[2] = []byte(strconv.Itoa(g.clock))
	return words
}

// fewPrefixes leaves CLIENT TRACKING two prefixes: where one behind the first overlaps with another, Redis replies twice, the
// error and OK.
func (g *Generator) fewPrefixes(words [][]byte) [][]byte {
	seen := 0
	for i := 3; i+1 < len(words); i++ {
		if !strings.EqualFold(string(words[i]), "prefix") {
			continue
		}
		if seen++; seen > 2 {
			words = slices.Delete(words, i, i+2)
			i--
		} else {
			i++
		}
	}
	return words
}

// waitsApart keeps XREAD and XREADGROUP from waiting for a stream twice, or beside keys of other types: 7.2 reads all of them
// again when one is written, 7.0 that one.
func (g *Generator) waitsApart(words [][]byte) [][]byte {
	at := func(option string) int {
		return slices.IndexFunc(words, func(w []byte) bool { return strings.EqualFold(string(w), option) })
	}
	streams, block := at("STREAMS"), at("BLOCK")
	if streams < 0 || block < 0 {
		return words
	}
	seen := map[string]bool{}
	for _, key := range words[streams+1 : streams+1+(len(words)-streams-1)/2] {
		if seen[string(key)] || !slices.Contains(keysOf[command.GroupStream], string(key)) {
			return slices.Delete(words, block, block+2)
		}
		seen[string(key)] = true
	}
	return words
}

// storesInOrder keeps SORT from storing what has no order of its own: see sameSort.
func (g *Generator) storesInOrder(words [][]byte) [][]byte {
	has := func(option string) int {
		return slices.IndexFunc(words, func(w []byte) bool { return strings.EqualFold(string(w), option) })
	}
	if has("STORE") > 0 && has("BY") > 0 {
		if at := has("ALPHA"); at > 0 {
			return slices.Delete(words, at, at+1)
		}
	}
	return words
}

// matchRange gives ZRANGE ends of the kind that its options ask for.
func (g *Generator) matchRange(words [][]byte) [][]byte {
	kind := ""
	for _, word := range words {
		switch strings.ToUpper(string(word)) {
		case "BYSCORE":
			kind = "score"
		case "BYLEX":
			kind = "lex"
		}
	}
	first := 2
	if strings.EqualFold(string(words[0]), "zrangestore") {
		first = 3
	}
	if len(words) > first+1 && !g.percent(g.Broken) {
		words[first], words[first+1] = g.rangeEnd(kind), g.rangeEnd(kind)
	}
	return words
}
