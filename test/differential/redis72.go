package differential

import (
	"regexp"
	"strings"

	"redoubt/internal/resp"
)

// change is one thing that 7.2 does otherwise than 7.0. Empty patterns match anything.
type change struct {
	commands     string // full names; "" is all
	theirs, ours string // regular expressions for the whole reply in one line
	reason       string
}

// changes is the one list of what Redis 7.2 replies otherwise than 7.0. Replies are matched as text.
var changes = []change{
	{"object|encoding", `^hashtable$`, `^listpack$`, "small sets are listpacks since 7.2; compareKeys knows the type"},
	{"zrank zrevrank", `^ERR (wrong number|syntax)`, ``, "WITHSCORE is new in 7.2"},
	{"acl|cat command|list", `^\*`, `^\*`, "7.2 has more commands"},
	{"acl|list", `^\*`, `^\*`, "7.2 shows sanitize-payload and keeps the rules as given"},
	{"acl|dryrun", `no permissions|has no permission`, `no permissions|has no permission`, "7.2 says it in other words"},
	{"xgroup|createconsumer", `^1$`, `^0$`, "7.2 makes a consumer also when it gets nothing"},
	{"bzpopmin bzpopmax blpop brpop blmove brpoplpush blmpop bzmpop", `^ERR timeout is negative`, `^ERR timeout is out of range`, "7.0 lets a huge timeout overflow"},
	{"eval eval_ro evalsha evalsha_ro", `user_script:\d+: (attempt to|bad argument) `, `user_script:\d+: (attempt to|bad argument) `, "which of several errors comes first, and the names of values in errors are the interpreter's own"},
	{"xreadgroup", `^NOGROUP the consumer group this client was blocked on`, `^NOGROUP No such key`, "7.2 reads again when the group is gone"},
	{"sort sort_ro", `^ERR One or more scores can't`, `^\*`, "7.0 takes an error of an earlier conversion of numbers for its own"},
	{"lpos", ``, `^ERR value is out of range, value must between`, "7.0 lets the negated rank overflow"},
	{"fcall fcall_ro function|load", `user_function:\d+: (attempt to|bad argument) `, `user_function:\d+: (attempt to|bad argument) `, "the names of values in errors are the interpreter's own"},
	{"function|load function|restore", `^ERR Function \w+ already exists`, `^ERR Function \w+ already exists`, "which of several is named has no order"},
	{"function|restore", `^ERR Library \w+ already exists`, `^ERR Library \w+ already exists`, "which of several is named has no order"},
	{"function|load function|restore", `^ERR Error compiling function`, `^ERR Error compiling function`, "the words of the compiler are its own"},
	{"hello", `^WRONGPASS`, `^ERR `, "7.2 reads all options before it authenticates"},
	{"xread xreadgroup", `^ERR Unbalanced XREAD`, `^ERR Unbalanced 'xread`, "7.2 names the command as it was called"},
	{"eval eval_ro script|load", `^ERR Error compiling script`, `^ERR Error compiling script`, "the words of the compiler are its own"},
	{"object|encoding", `^listpack$`, `^skiplist$`, "7.2 chooses by the number of words, 7.0 by the number of members"},
	{"object|encoding", `^listpack$`, `^hashtable$`, "7.2 chooses by the number of words, 7.0 by the number of fields"},
	{"object|encoding", `^intset$`, `^listpack$`, "a new set's encoding follows from the number of words since 7.2, those that come twice included"},
	{"object|encoding", `^quicklist$`, `^listpack$`, "small lists are listpacks since 7.2; compareKeys knows the type"},
}

type compiledChange struct {
	change
	theirsRE, oursRE *regexp.Regexp
}

var compiledChanges = compileChanges()

func compileChanges() []compiledChange {
	out := make([]compiledChange, len(changes))
	for i, c := range changes {
		out[i] = compiledChange{c, regexp.MustCompile("(?s)" + c.theirs), regexp.MustCompile("(?s)" + c.ours)}
	}
	return out
}

// changedIn72 tells whether two replies differ as one of the changes says.
func changedIn72(words [][]byte, theirs, ours *resp.Reply) bool {
	name := fullName(words)
	for _, c := range compiledChanges {
		if c.commands != "" && !contains(c.commands, name) {
			continue
		}
		if c.theirsRE.MatchString(flat(theirs)) && c.oursRE.MatchString(flat(ours)) {
			return true
		}
	}
	return false
}

func contains(list, name string) bool {
	for word := range strings.FieldsSeq(list) {
		if word == name || strings.HasPrefix(name, word+"|") {
			return true
		}
	}
	return false
}

// flat is a reply as changes see it: the text of strings and errors, the kind of others.
func flat(r *resp.Reply) string {
	if len(r.Elems) > 0 || len(r.Str) == 0 {
		return text(r)
	}
	return string(r.Str)
}
