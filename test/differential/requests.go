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
		"config|set":  func(g *Generator) [][]byte { return g.settings(false) },
		"client|kill": func(*Generator) [][]byte { return [][]byte{[]byte("ID"), []byte("999999999")} },
		"client|pause": func(g *Generator) [][]byte {
			words := [][]byte{[]byte(pick(g, []string{"0", "1", "2", "x", "-1"}))}
			if g.percent(60) {
				words = append(words, []byte(pick(g, []string{"WRITE", "ALL"})))
			}
			return words
		},
		"client|list": func(g *Generator) [][]byte {
			return [][]byte{[]byte("ID"), []byte(pick(g, []string{"999999999", "x", "0"}))}
		},
		"eval":    (*Generator).eval,
		"eval_ro": (*Generator).eval,
		"fcall":   (*Generator).functionCall, "fcall_ro": (*Generator).functionCall,
	}
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
	"xsetid": (*Generator).afterAll, "sort": (*Generator).storesInOrder,
	"xread": (*Generator).waitsApart, "xreadgroup": (*Generator).waitsApart, "zrange": (*Generator).matchRange, "zrangestore": (*Generator).matchRange,
}

// afterAll gives XSETID an id behind all others: 7.0 takes ids before deleted entries, too.
func (g *Generator) afterAll(words [][]byte) [][]byte {
	g.clock++
	words[2] = []byte(strconv.Itoa(g.clock))
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
