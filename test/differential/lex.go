package differential

import (
	"slices"
	"strings"
)

// lexKeys are the keys of commands with ranges by member; the last is never made. What such a range has is unspecified when
// scores differ, so all members of these keys have the same score, and no other command gets them.
var lexKeys = []string{"y1", "y2", "y1", "y2", "y3"}

// lexApart gives a finished request with a range by member a key of lexKeys, and sometimes makes one that adds members there.
func (g *Generator) lexApart(words [][]byte) [][]byte {
	name, key := strings.ToLower(string(words[0])), 0
	byLex := slices.ContainsFunc(words, func(w []byte) bool { return strings.EqualFold(string(w), "bylex") })
	switch {
	case strings.HasSuffix(name, "bylex"), name == "zlexcount", name == "zrange" && byLex:
		key = 1
	case name == "zrangestore" && byLex:
		key = 2
	case name == "zadd" && g.percent(20):
		return g.lexMembers(words[0])
	}
	if 0 < key && key < len(words) {
		words[key] = []byte(pick(g, lexKeys))
	}
	return words
}

// lexMembers makes a ZADD for one of lexKeys.
func (g *Generator) lexMembers(zadd []byte) [][]byte {
	words := [][]byte{zadd, []byte(pick(g, lexKeys[:2]))}
	for range 1 + g.more() {
		words = append(words, []byte("0"), member(g, nil))
	}
	return words
}
