package cli

import (
	"sort"
	"strings"

	"redoubt/internal/resp"
)

// hint returns what may follow the line as typed so far, with a leading space if the line has none at its
// end; "" if nothing is known.
func (d *commandDocs) hint(line string) string {
	words, ok := splitWords(line)
	if !ok || len(words) == 0 {
		return ""
	}
	doc, length := d.find(words)
	if doc == nil {
		return ""
	}
	rest := remaining(doc.args, words[length:])
	if len(rest) == 0 {
		return ""
	}
	text := synopsis(rest)
	if !strings.HasSuffix(line, " ") {
		text = " " + text
	}
	return text
}

// splitWords splits a line as the session does; ok is false inside an open quote.
func splitWords(line string) (words []string, ok bool) {
	split, err := resp.SplitArgs([]byte(line))
	for _, word := range split {
		words = append(words, string(word))
	}
	return words, err == nil
}

// remaining matches words with the arguments of a command and returns what is still to come. It follows
// how commands read their arguments: required ones in order, between them optional ones in any order. What
// does not match ends the matching: the hint is then for the words before it.
func remaining(args []argument, words []string) []argument {
	pending := append([]argument(nil), args...)
	for len(words) > 0 {
		i := nextMatch(pending, words[0])
		if i < 0 {
			return nil
		}
		arg := pending[i]
		used, rest := arg.consume(words)
		words = words[used:]
		next := append([]argument(nil), rest...)
		if !arg.optional {
			pending = pending[i:] // the options before it had their chance
			i = 0
		}
		next = append(next, pending[:i]...)
		if arg.multiple && len(rest) == 0 {
			again := arg
			again.again, again.optional = true, true
			if !arg.repeatToken {
				again.token = ""
			}
			next = append(next, again)
		}
		pending = append(next, pending[i+1:]...)
	}
	return pending
}

// nextMatch returns the index of the argument that a word belongs to, -1 if there is none: one whose token
// it is, otherwise the first that takes any word.
func nextMatch(pending []argument, word string) int {
	for i := range pending {
		if pending[i].startsWith(word, true) {
			return i
		}
		if !pending[i].optional {
			break
		}
	}
	for i := range pending {
		if pending[i].startsWith(word, false) {
			return i
		}
		if !pending[i].optional {
			break
		}
	}
	return -1
}

// startsWith tells whether word can be the first of the argument; literal: only as a token.
func (a *argument) startsWith(word string, literal bool) bool {
	if a.token != "" || a.kind == "pure-token" {
		return strings.EqualFold(word, a.token)
	}
	switch a.kind {
	case "oneof":
		for i := range a.args {
			if a.args[i].startsWith(word, literal) {
				return true
			}
		}
		return false
	case "block":
		return nextMatch(a.args, word) >= 0 && (!literal || a.startsWithToken(word))
	}
	return !literal
}

// startsWithToken is startsWith for a block, literally.
func (a *argument) startsWithToken(word string) bool {
	for i := range a.args {
		if a.args[i].startsWith(word, true) {
			return true
		}
		if !a.args[i].optional {
			return false
		}
	}
	return false
}

// consume takes the words that belong to one occurrence of the argument, whose first word matches, and
// returns how many they are and which parts of it are still missing if the words ran out.
func (a *argument) consume(words []string) (used int, rest []argument) {
	if a.token != "" || a.kind == "pure-token" {
		if used = 1; a.kind == "pure-token" {
			return used, nil
		}
		if len(words) == 1 {
			value := *a
			value.token, value.optional, value.multiple = "", false, false
			return used, []argument{value}
		}
	}
	switch a.kind {
	case "oneof":
		if i := nextAlternative(a.args, words[used]); i >= 0 {
			n, rest := a.args[i].consume(words[used:])
			return used + n, rest
		}
		return used + 1, nil
	case "block":
		n, rest := consumeBlock(a.args, words[used:])
		return used + n, rest
	}
	return used + 1, nil
}

func nextAlternative(args []argument, word string) int {
	for _, literal := range []bool{true, false} {
		for i := range args {
			if args[i].startsWith(word, literal) {
				return i
			}
		}
	}
	return -1
}

func consumeBlock(args []argument, words []string) (used int, rest []argument) {
	for i := range args {
		switch {
		case used == len(words):
			return used, append([]argument(nil), args[i:]...)
		case args[i].startsWith(words[used], !args[i].optional || args[i].token != "") || !args[i].optional:
			n, missing := args[i].consume(words[used:])
			used += n
			if len(missing) > 0 {
				return used, append(missing, args[i+1:]...)
			}
		}
	}
	return used, nil
}

// complete returns the possible endings of the last word of a line (what is to be appended to it), in the
// letter case the user types in.
func (d *commandDocs) complete(line string) []string {
	if d == nil {
		return nil
	}
	lower := strings.ToLower(line)
	if topic, ok := strings.CutPrefix(lower, "help "); ok {
		return endings(append(d.names(), d.topics()...), topic, line)
	}
	if found := endings(d.names(), lower, line); len(found) > 0 {
		return found
	}
	head, word := "", line
	if i := strings.LastIndexByte(line, ' '); i >= 0 {
		head, word = line[:i], line[i+1:]
	}
	words, ok := splitWords(head)
	doc, length := d.find(words)
	if !ok || doc == nil {
		return nil
	}
	var tokens []string
	for _, arg := range remaining(doc.args, words[length:]) {
		tokens = arg.appendTokens(tokens)
		if !arg.optional {
			break
		}
	}
	return endings(tokens, strings.ToLower(word), line)
}

// appendTokens collects the words that an argument can begin with.
func (a *argument) appendTokens(tokens []string) []string {
	switch {
	case a.token != "":
		return append(tokens, a.token)
	case a.kind == "oneof":
		for i := range a.args {
			tokens = a.args[i].appendTokens(tokens)
		}
	case a.kind == "block" && len(a.args) > 0:
		return a.args[0].appendTokens(tokens)
	}
	return tokens
}

// endings returns what is missing of the candidates that begin with prefix, which is in lower case.
func endings(candidates []string, prefix, line string) []string {
	lower := line != "" && line == strings.ToLower(line)
	var found []string
	for _, candidate := range candidates {
		if len(candidate) < len(prefix) || strings.ToLower(candidate[:len(prefix)]) != prefix {
			continue
		}
		ending := candidate[len(prefix):]
		if lower {
			ending = strings.ToLower(ending)
		}
		found = append(found, ending+" ")
	}
	sort.Strings(found)
	return found
}

func (d *commandDocs) names() []string {
	names := make([]string, 0, len(d.commands))
	for i := range d.commands {
		names = append(names, d.commands[i].name)
	}
	return names
}

func (d *commandDocs) topics() []string {
	topics := make([]string, 0, len(d.groups))
	for _, group := range d.groups {
		topics = append(topics, "@"+group)
	}
	return topics
}
