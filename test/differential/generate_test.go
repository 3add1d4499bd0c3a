package differential

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"

	"redoubt/internal/command"
)

// TestEveryCommandIsMade: a few sequences' worth of requests has every command that is played.
func TestEveryCommandIsMade(t *testing.T) {
	g := NewGenerator(1, 1)
	made := map[string]bool{}
	for range 200_000 {
		made[g.spec().FullName()] = true
	}
	for _, s := range commands() {
		if !made[s.FullName()] {
			t.Errorf("%s is never made", s.FullName())
		}
	}
}

// TestExcludedExist: the lists of what is not played name commands and options that there are, and give a reason.
func TestExcludedExist(t *testing.T) {
	known := map[string]bool{"failover": true, "psync": true, "sync": true, "replconf": true, "client|caching": true} // not yet here
	tokens := map[string]bool{}
	var walk func(args []command.Arg)
	walk = func(args []command.Arg) {
		for i := range args {
			tokens[args[i].Token] = true
			walk(args[i].Sub)
		}
	}
	for _, c := range registry().All() {
		known[c.Spec.Name] = true
		walk(c.Spec.Args)
		for _, sub := range c.Sub {
			known[sub.Spec.FullName()] = true
			walk(sub.Spec.Args)
		}
	}
	for name, reason := range excluded {
		if !known[name] || reason == "" {
			t.Errorf("excluded %q: %q", name, reason)
		}
	}
	for token, reason := range excludedTokens {
		if !tokens[token] || reason == "" {
			t.Errorf("excluded option %q: %q", token, reason)
		}
	}
}

// TestRequestsFollowTheGrammar: what is not spoiled is a path through the argument grammar, with as many keys as announced.
func TestRequestsFollowTheGrammar(t *testing.T) {
	g := NewGenerator(2, 1)
	g.Broken = 0
	for _, s := range commands() {
		if len(s.Args) == 0 {
			continue // COMMAND GETKEYS and others say nothing of their words
		}
		for range 200 {
			words := g.Request(s)
			at := 1
			if s.Parent != nil {
				at = 2
			}
			if !reaches(matchAll(s.Args, words, []int{at}), len(words)) {
				t.Fatalf("%s does not follow %s", quote(words), s.Usage())
			}
			if !s.ArityOK(len(words)) {
				t.Fatalf("%s has too many or too few words", quote(words))
			}
		}
	}
}

// TestNumKeys: a number of keys is that of the keys behind it.
func TestNumKeys(t *testing.T) {
	g := NewGenerator(3, 1)
	g.Broken = 0
	for _, s := range commands() {
		if len(s.Args) < 2 || s.Args[0].Name != "numkeys" {
			continue
		}
		for range 100 {
			words := g.Request(s)
			n, err := strconv.Atoi(string(words[1]))
			positions, findErr := s.FindKeys(words, nil)
			if err != nil || findErr != nil || len(positions) != n {
				t.Fatalf("%s: %d keys found (%v, %v)", quote(words), len(positions), err, findErr)
			}
		}
	}
}

// matchAll returns where a list of arguments can end that begins at one of the positions.
func matchAll(args []command.Arg, words [][]byte, from []int) []int {
	for i := range args {
		a := &args[i]
		reached := match(a, words, from)
		if a.Optional || isScriptKey(args, i) {
			reached = append(reached, from...)
		}
		from = unique(reached)
	}
	return from
}

// isScriptKey: scripts may have 0 keys, which grammars write as optional or as at least one.
func isScriptKey(args []command.Arg, i int) bool {
	return i > 0 && args[i-1].Name == "numkeys" && args[i].Type == command.TypeKey && args[i].Multiple
}

func match(a *command.Arg, words [][]byte, from []int) []int {
	from = matchOnce(a, words, from, true)
	all := from
	for a.Multiple && len(from) > 0 {
		from = matchOnce(a, words, from, a.MultipleToken)
		all = unique(append(all, from...))
	}
	return all
}

func matchOnce(a *command.Arg, words [][]byte, from []int, token bool) (to []int) {
	if token && a.Token != "" {
		for _, at := range from {
			if at < len(words) && bytes.EqualFold(words[at], []byte(a.Token)) {
				to = append(to, at+1)
			}
		}
		if a.Type == command.TypePureToken {
			return to
		}
		from, to = to, nil
	}
	switch a.Type {
	case command.TypeOneOf:
		for i := range a.Sub {
			to = append(to, match(&a.Sub[i], words, from)...)
		}
	case command.TypeBlock:
		to = matchAll(a.Sub, words, from)
	default:
		for _, at := range from {
			if at < len(words) {
				to = append(to, at+1)
			}
		}
	}
	return unique(to)
}

func unique(positions []int) (out []int) {
	seen := map[int]bool{}
	for _, at := range positions {
		if !seen[at] {
			out, seen[at] = append(out, at), true
		}
	}
	return out
}

func reaches(positions []int, end int) bool {
	for _, at := range positions {
		if at == end {
			return true
		}
	}
	return false
}

// TestSequencesFollowFromTheSeed: the same seed and number make the same steps, others make others.
func TestSequencesFollowFromTheSeed(t *testing.T) {
	sequence := func(seed, n uint64) string {
		g := NewGenerator(seed, n)
		out := quote(g.Settings().Words)
		for range 300 {
			s := g.Next(nil)
			out += fmt.Sprintf("\n%d %s %v", s.Conn, quote(s.Words), s.Pause)
		}
		return out
	}
	first := sequence(7, 1)
	if again := sequence(7, 1); again != first {
		t.Error("the same seed made two sequences")
	}
	if sequence(7, 2) == first || sequence(8, 1) == first {
		t.Error("different seeds made the same sequence")
	}
}
