package differential

import (
	"bytes"
	"slices"
	"strings"

	"redoubt/internal/command"
	"redoubt/internal/resp"
)

// freedom is what two runs of the same server may do differently. same is asked only about replies that are no errors and
// differ.
type freedom struct {
	commands string // full names
	reason   string
	same     func(words [][]byte, theirs, ours *resp.Reply) bool
	picks    bool
}

// freedoms: the first that names a command applies.
var freedoms = []freedom{
	{commands: "srandmember hrandfield zrandmember randomkey", reason: "random picks: as many, and members", same: sameShape, picks: true},
	{commands: "spop", reason: "random picks: as many; the key is removed behind it", same: sameShape},
	{commands: "smembers sunion sinter sdiff hkeys hvals keys pubsub|channels pubsub|shardchannels command|list acl|users acl|list",
		reason: "no order", same: asBag(1)},
	{commands: "hgetall config|get", reason: "no order of fields", same: asBag(2)},
	{commands: "scan sscan hscan zscan", reason: "no order, and cursors are the server's own", same: sameScan},
	{commands: "sort sort_ro", reason: "elements of sets that are not sorted have no order", same: sameSort},
	{commands: "dump", reason: "elements of tables have no order; the footer names the version", same: sameDump},
	{commands: "ttl pttl expiretime pexpiretime", reason: "time passes", same: nearInteger},
	{commands: "xpending", reason: "idle times", same: samePending},
	{commands: "xinfo|consumers xinfo|stream xinfo|groups",
		reason: "idle times; and consumers without pending entries: 7.2 makes them also when they get nothing", same: sameStreamFacts},
	{commands: "object|idletime object|freq object|refcount memory|usage", reason: "the memory and the clock of the server's own", same: sameShape},
	{commands: "client|id client|info client|list info memory|stats memory|doctor memory|malloc-stats latency|doctor latency|graph " +
		"command latency|histogram latency|history latency|latest latency|reset slowlog|get slowlog|len time lastsave acl|genpass acl|log",
		reason: "figures of the process", same: sameKind},
	{commands: "dbsize", reason: "expired keys count until somebody finds them", same: atMost},
	{commands: "eval eval_ro evalsha evalsha_ro", reason: "the bits of what is not a number are the processor's and the C library's", same: sameButNaN},
	{commands: "function|dump", reason: "no order; the footer names the version", same: sameLibraries},
	{commands: "function|list", reason: "no order", same: sameInAnyOrder},
	{commands: "xread", reason: "7.2 reads again when a wait is over, and replies all streams that have entries; 7.0 replies one", same: sameButMore},
	{commands: "georadius georadiusbymember geosearchstore", reason: "stored distances have the last digits of the C library; what is replied is equal", same: neverSame},
	{commands: "hello", reason: "ids and versions", same: sameHello},
}

// help is the freedom of every HELP.
var help = freedom{commands: "HELP", reason: "texts of our own", same: sameKind}

func freedomOf(words [][]byte) *freedom {
	name := fullName(words)
	if strings.HasSuffix(name, "|help") {
		return &help
	}
	for i := range freedoms {
		for command := range strings.FieldsSeq(freedoms[i].commands) {
			if command == name || command == strings.ToLower(string(words[0])) {
				return &freedoms[i]
			}
		}
	}
	return nil
}

// fullName is the name of a request's command: of the sub-command where there is one, with "|".
func fullName(words [][]byte) string {
	name := strings.ToLower(string(words[0]))
	if len(words) > 1 && isContainer(name) {
		return name + "|" + strings.ToLower(string(words[1]))
	}
	return name
}

// picks tells whether the reply is a random choice.
func picks(words [][]byte) bool {
	f := freedomOf(words)
	return f != nil && f.picks
}

// deterministic tells whether a command replies the same on every server: then its reply may be worked with in a script.
// Scores are not: 7.0 writes them with more digits than they need; nor are ids of streams, which may be made from the clock.
func deterministic(words [][]byte) bool {
	name := fullName(words)
	c := registry().Lookup(words[0])
	varies := c != nil && (c.Spec.Group == command.GroupSortedSet || c.Spec.Group == command.GroupStream)
	return !varies && freedomOf(words) == nil && !slices.ContainsFunc(changes, func(c change) bool { return contains(c.commands, name) })
}

// neverSame is for commands whose replies are equal while what they store is not, so that only scripts that return such a reply
// as it is may run them.
func neverSame([][]byte, *resp.Reply, *resp.Reply) bool { return false }

func sameKind(_ [][]byte, theirs, ours *resp.Reply) bool {
	return theirs.Type == ours.Type && theirs.Null == ours.Null
}

// sameShape: of the same kinds down to the last element.
func sameShape(words [][]byte, theirs, ours *resp.Reply) bool {
	if !sameKind(words, theirs, ours) || len(theirs.Elems) != len(ours.Elems) {
		return false
	}
	for i := range theirs.Elems {
		if !sameShape(words, &theirs.Elems[i], &ours.Elems[i]) {
			return false
		}
	}
	return true
}

func asBag(size int) func(words [][]byte, theirs, ours *resp.Reply) bool {
	return func(words [][]byte, theirs, ours *resp.Reply) bool {
		return sameKind(words, theirs, ours) && sameBag(theirs.Elems, ours.Elems, size)
	}
}

// sameScan compares whole scans: those that begin at 0 and ask for more than there can be. Of others only the form counts.
func sameScan(words [][]byte, theirs, ours *resp.Reply) bool {
	if !sameKind(words, theirs, ours) || len(theirs.Elems) != 2 || len(ours.Elems) != 2 {
		return false
	}
	cursor := words[1]
	if !strings.EqualFold(string(words[0]), "scan") {
		cursor = words[2]
	}
	if string(cursor) != "0" || !bytes.Contains(bytes.Join(words, []byte(" ")), []byte("10000")) {
		return true
	}
	if !equal(&theirs.Elems[0], &ours.Elems[0]) {
		return false
	}
	size := 1
	if name := strings.ToLower(string(words[0])); name == "hscan" || name == "zscan" {
		size = 2
	}
	return sameBag(theirs.Elems[1].Elems, ours.Elems[1].Elems, size)
}

// sameSort: BY a pattern without "*" leaves the order as it is, and sets have none; ALPHA with equal weights leaves the order
// to the algorithm, and to Redis texts are equal that are up to a 0 byte. With LIMIT even the choice is free.
func sameSort(words [][]byte, theirs, ours *resp.Reply) bool {
	unsorted, by, alpha, limit, gets := false, false, false, false, 0
	for i := 2; i < len(words); i++ {
		switch strings.ToLower(string(words[i])) {
		case "by":
			by, unsorted = true, unsorted || i+1 < len(words) && !bytes.Contains(words[i+1], []byte("*"))
		case "alpha":
			alpha = true
		case "limit":
			limit = true
		case "get":
			gets++
		}
	}
	zero := func(e resp.Reply) bool { return bytes.IndexByte(e.Str, 0) >= 0 }
	if !unsorted && !(alpha && (by || slices.ContainsFunc(theirs.Elems, zero))) || !sameKind(words, theirs, ours) || len(theirs.Elems) != len(ours.Elems) {
		return false
	}
	return limit || sameBag(theirs.Elems, ours.Elems, max(gets, 1))
}

// nearInteger allows what passes between two requests: seconds for deadlines in seconds or milliseconds.
func nearInteger(_ [][]byte, theirs, ours *resp.Reply) bool {
	if theirs.Type != resp.TypeInt || ours.Type != resp.TypeInt || theirs.Int < 10 || ours.Int < 10 {
		return false
	}
	return near(theirs.Int, ours.Int) && theirs.Int > 20_000 || -5 < theirs.Int-ours.Int && theirs.Int-ours.Int < 5
}

// samePending compares the entries of XPENDING but for the milliseconds since their delivery.
func samePending(_ [][]byte, theirs, ours *resp.Reply) bool {
	if !sameKind(nil, theirs, ours) || len(theirs.Elems) != len(ours.Elems) {
		return false
	}
	for i := range theirs.Elems {
		a, b := &theirs.Elems[i], &ours.Elems[i]
		if len(a.Elems) == 4 && len(b.Elems) == 4 && a.Elems[2].Type == resp.TypeInt {
			if !near(a.Elems[2].Int, b.Elems[2].Int) || !equal(&a.Elems[0], &b.Elems[0]) || !equal(&a.Elems[1], &b.Elems[1]) || !equal(&a.Elems[3], &b.Elems[3]) {
				return false
			}
			continue
		}
		if !equal(a, b) {
			return false
		}
	}
	return true
}

func near(a, b int64) bool { return -5000 < a-b && a-b < 5000 }

func sameStreamFacts(words [][]byte, theirs, ours *resp.Reply) bool {
	consumers := len(words) > 1 && strings.EqualFold(string(words[1]), "consumers")
	return sameKind(words, theirs, ours) && streamFacts(theirs, consumers) == streamFacts(ours, consumers)
}

// streamFacts writes what XINFO tells without times and without consumers that have nothing pending. consumers tells that
// the elements of r are consumers.
func streamFacts(r *resp.Reply, consumers bool) string {
	if len(r.Elems) == 0 && r.Type != resp.TypeArray {
		if r.Type == resp.TypeInt && r.Int > 1_600_000_000_000 {
			return "a time"
		}
		return text(r)
	}
	var b strings.Builder
	b.WriteByte('(')
	for i := 0; i < len(r.Elems); i++ {
		e := &r.Elems[i]
		if consumers && idleConsumer(e) {
			continue
		}
		switch string(e.Str) {
		case "idle", "inactive", "seen-time", "active-time", "radix-tree-nodes": // the nodes follow from the digits of ids
			i++
		case "consumers":
			if i++; i < len(r.Elems) && len(r.Elems[i].Elems) > 0 {
				b.WriteString(streamFacts(&r.Elems[i], true))
			} else {
				b.WriteString("()")
			}
		default:
			b.WriteString(streamFacts(e, false))
			b.WriteByte(' ')
		}
	}
	return b.String() + ")"
}

// idleConsumer tells whether a consumer in XINFO has nothing pending.
func idleConsumer(r *resp.Reply) bool {
	for i := 0; i+1 < len(r.Elems); i++ {
		if name := string(r.Elems[i].Str); (name == "pel-count" || name == "pending") && r.Elems[i+1].Type == resp.TypeInt {
			return r.Elems[i+1].Int == 0
		}
	}
	return false
}

func sameButNaN(words [][]byte, theirs, ours *resp.Reply) bool {
	if bytes.Contains(words[1], []byte("nan(")) && bytes.Contains(words[1], []byte("bit.")) {
		return true // "nan(1)" is what is not a number with a 1 among its bits, to the C library
	}
	return strings.ReplaceAll(text(theirs), "-nan", "nan") == strings.ReplaceAll(text(ours), "-nan", "nan")
}

// sameButMore: a request that waits gets what the reference gives, and may get more.
func sameButMore(words [][]byte, theirs, ours *resp.Reply) bool {
	waits := slices.ContainsFunc(words, func(w []byte) bool { return strings.EqualFold(string(w), "block") })
	if !waits || !sameKind(words, theirs, ours) || len(theirs.Elems) >= len(ours.Elems) {
		return false
	}
	more := make([]string, len(ours.Elems))
	for i := range ours.Elems {
		more[i] = text(&ours.Elems[i])
	}
	for i := range theirs.Elems {
		if !slices.Contains(more, text(&theirs.Elems[i])) {
			return false
		}
	}
	return true
}

func atMost(_ [][]byte, theirs, ours *resp.Reply) bool {
	return theirs.Type == resp.TypeInt && ours.Type == resp.TypeInt && ours.Int <= theirs.Int
}

func sameHello(_ [][]byte, theirs, ours *resp.Reply) bool {
	if theirs.Type != ours.Type || len(theirs.Elems) != len(ours.Elems) {
		return false
	}
	for i := 0; i+1 < len(theirs.Elems); i += 2 {
		name := string(theirs.Elems[i].Str)
		if name != string(ours.Elems[i].Str) || name != "id" && name != "version" && !equal(&theirs.Elems[i+1], &ours.Elems[i+1]) {
			return false
		}
	}
	return true
}
