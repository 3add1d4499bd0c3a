package differential

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"redoubt/internal/command"
	"redoubt/internal/resp"
)

// Generator makes the steps of one sequence.
type Generator struct {
	rng *rand.Rand
	// Broken is the share of requests whose words are spoiled, in percent.
	Broken   int
	payloads [][]byte // of DUMP
	// libraries are payloads of FUNCTION DUMP.
	libraries [][]byte
	digests   []string // of loaded scripts
	multi     [connections]bool
	clock     int // of stream ids
	keyWords  int // keys that the request under construction has
	depth     int // requests inside requests
	// values makes the values of arguments by their names; specials the words behind the names of some commands.
	values   map[string]func(*Generator, *command.Spec) []byte
	specials map[string]func(*Generator) [][]byte
}

// NewGenerator makes the generator of sequence number n of a seed.
func NewGenerator(seed, n uint64) *Generator {
	return &Generator{
		rng: rand.New(rand.NewPCG(seed, n)), Broken: 4, clock: 1, values: argumentValues(), specials: specialRequests(),
	}
}

func (g *Generator) percent(n int) bool { return g.rng.IntN(100) < n }

func pick[T any](g *Generator, of []T) T { return of[g.rng.IntN(len(of))] }

// weights say how often the commands of a group are played.
var weights = map[command.Group]int{
	command.GroupString: 10, command.GroupList: 10, command.GroupHash: 10, command.GroupSet: 10, command.GroupSortedSet: 10,
	command.GroupStream: 14, command.GroupBitmap: 8, command.GroupHyperLogLog: 5, command.GroupGeo: 7, command.GroupGeneric: 12,
	command.GroupScripting: 4, command.GroupTransactions: 4, command.GroupPubSub: 2, command.GroupConnection: 2,
	command.GroupServer: 2, command.GroupCluster: 1,
}

// common commands build up what all others look at.
var common = map[string]bool{
	"rpush": true, "lpush": true, "hset": true, "sadd": true, "zadd": true, "xadd": true, "set": true, "geoadd": true, "pfadd": true,
	"setbit": true, "append": true, "xgroup|create": true, "xreadgroup": true, "dump": true, "restore": true,
	"function|load": true, "fcall": true, "client|tracking": true,
}

// rare commands take away what the others built up.
var rare = map[string]bool{"flushall": true, "flushdb": true, "swapdb": true, "reset": true, "quit": true, "client|pause": true}

// lottery has each command that is played as often as it is played among them all.
var lottery = sync.OnceValue(func() []*command.Spec {
	size := map[command.Group]int{}
	for _, s := range commands() {
		size[s.Group]++
	}
	var tickets []*command.Spec
	for _, s := range commands() {
		// A group's share does not follow from its size.
		n := max(400*weights[s.Group]/size[s.Group], 10)
		switch {
		case rare[s.FullName()]:
			n = 2
		case common[s.FullName()]:
			n *= 5
		}
		tickets = append(tickets, slices.Repeat([]*command.Spec{s}, n)...)
	}
	return tickets
})

// spec picks a command.
func (g *Generator) spec() *command.Spec { return pick(g, lottery()) }

// Next makes the following step. last is the one before with its reply, nil at the beginning.
func (g *Generator) Next(last *Played) Step {
	if last != nil {
		g.learn(last)
	}
	conn := 0
	if g.percent(30) {
		conn = 1 + g.rng.IntN(connections-1)
	}
	step := Step{Conn: conn}
	switch {
	case conn > 0 && g.percent(12):
		step.Unblock, step.Words = true, [][]byte{[]byte(pick(g, []string{"TIMEOUT", "ERROR"}))}
		return step
	case g.multi[conn] && g.percent(15):
		step.Words = [][]byte{[]byte(pick(g, []string{"EXEC", "EXEC", "EXEC", "DISCARD"}))}
	default:
		step.Words = g.Request(g.spec())
	}
	if conn == 0 && waitsForEver(step.Words) {
		conn = 1 + g.rng.IntN(connections-1) // the connection with most steps goes on
		step.Conn = conn
	}
	switch strings.ToLower(string(step.Words[0])) {
	case "multi":
		g.multi[conn] = true
	case "exec", "discard", "reset":
		g.multi[conn] = false
	}
	step.Follow = follow(inner(step.Words))
	step.Pause = pause(step.Words)
	return step
}

// learn keeps what later requests can use.
func (g *Generator) learn(p *Played) {
	if len(p.Replies) != 1 || p.Replies[0].IsError() {
		return
	}
	reply := &p.Replies[0]
	switch strings.ToLower(string(p.Words[0])) {
	case "dump":
		if reply.Type == resp.TypeBulk && !reply.Null && len(g.payloads) < 100 {
			g.payloads = append(g.payloads, reply.Str)
		}
	case "function":
		if strings.EqualFold(string(p.Words[1]), "dump") && reply.Type == resp.TypeBulk && len(g.libraries) < 20 {
			g.libraries = append(g.libraries, reply.Str)
		}
	case "script":
		if len(reply.Str) == 40 {
			g.digests = append(g.digests, string(reply.Str))
		}
	}
}

// Request makes a request for a command.
func (g *Generator) Request(s *command.Spec) [][]byte {
	g.keyWords = 0
	var words [][]byte
	name := s.FullName()
	for part := range strings.SplitSeq(name, "|") {
		if g.percent(70) {
			part = strings.ToUpper(part)
		}
		words = append(words, []byte(part))
	}
	if special := g.specials[name]; special != nil {
		words = append(words, special(g)...)
	} else {
		words = g.args(s, s.Args, words)
	}
	for !s.ArityOK(len(words)) && len(words) < 12 && len(s.Args) > 0 {
		// The grammar lets a command be shorter than its arity: COMMAND's own words, and nothing else.
		words = append(words, g.text())
	}
	if adjust := adjustments[name]; adjust != nil {
		words = adjust(g, words)
	}
	if g.percent(g.Broken) && !unspoiled[name] {
		words = g.spoil(words)
	}
	return g.lexApart(words)
}

// args appends words for a list of arguments.
func (g *Generator) args(s *command.Spec, list []command.Arg, words [][]byte) [][]byte {
	for i := range list {
		a := &list[i]
		if newer(a.Since) || excludedTokens[a.Token] != "" || a.Optional && !g.percent(40) {
			continue
		}
		words = g.arg(s, a, words)
	}
	return words
}

// arg appends words for one argument, with its repetitions.
func (g *Generator) arg(s *command.Spec, a *command.Arg, words [][]byte) [][]byte {
	repeats := 1
	if a.Multiple {
		repeats += g.more()
	}
	switch {
	case a.Name == "numkeys":
		g.keyWords = 1 + g.more()
		if isScript(s) && g.percent(40) {
			g.keyWords = 0
		}
		return append(words, g.numKeys(g.keyWords))
	case a.Multiple && g.keyWords > 0 && (a.Type == command.TypeKey || a.Name == "weight" || a.Name == "id" && isRead(s)):
		repeats = g.keyWords
	case isScript(s) && a.Type == command.TypeKey:
		return words // numkeys is 0
	case a.Multiple && a.Type == command.TypeKey:
		g.keyWords = repeats
	}
	for n := range repeats {
		if a.Token != "" && a.Type != command.TypePureToken && (n == 0 || a.MultipleToken) {
			words = append(words, g.token(a.Token))
		}
		switch a.Type {
		case command.TypePureToken:
			words = append(words, g.token(a.Token))
		case command.TypeOneOf:
			words = g.choice(s, a.Sub, words)
		case command.TypeBlock:
			words = g.args(s, a.Sub, words)
		default:
			words = append(words, g.value(s, a))
		}
	}
	return words
}

func (g *Generator) choice(s *command.Spec, of []command.Arg, words [][]byte) [][]byte {
	for {
		a := pick(g, of)
		if !newer(a.Since) && excludedTokens[a.Token] == "" {
			a.Optional = false
			return g.arg(s, &a, words)
		}
	}
}

func isScript(s *command.Spec) bool {
	return strings.HasPrefix(s.Name, "eval") || strings.HasPrefix(s.Name, "fcall")
}

func isRead(s *command.Spec) bool { return strings.HasPrefix(s.Name, "xread") }

// more is how many repetitions there are beyond the first: few, and sometimes many.
func (g *Generator) more() int {
	n := 0
	for n < 6 && g.percent(45) {
		n++
	}
	return n
}

// numKeys writes a number of keys, rarely a wrong one.
func (g *Generator) numKeys(n int) []byte {
	if g.percent(g.Broken / 2) {
		return []byte(pick(g, []string{"0", "-1", "x", "100", "9223372036854775807", strconv.Itoa(n + 1)}))
	}
	return []byte(strconv.Itoa(n))
}

func (g *Generator) token(token string) []byte {
	if g.percent(20) {
		return []byte(strings.ToLower(token))
	}
	return []byte(token)
}

// unspoiled are commands whose words would stop the conversation, or bring the two versions apart for good: to ZRANK and
// ZREVRANK 7.2 takes a word more, so that only one of the two may abort a transaction.
var unspoiled = map[string]bool{"client|pause": true, "client|kill": true, "hello": true, "xsetid": true, "zrank": true, "zrevrank": true}

// spoil makes a request that may be wrong: a word is missing, doubled, moved or something else.
func (g *Generator) spoil(words [][]byte) [][]byte {
	if len(words) < 2 {
		return append(words, g.text())
	}
	words = slices.Clone(words)
	at := 1 + g.rng.IntN(len(words)-1)
	switch g.rng.IntN(5) {
	case 0:
		return slices.Delete(words, at, at+1)
	case 1:
		return slices.Insert(words, at, words[at])
	case 2:
		other := 1 + g.rng.IntN(len(words)-1)
		words[at], words[other] = words[other], words[at]
	case 3:
		return append(words, g.text())
	default:
		words[at] = []byte(pick(g, odd))
	}
	return words
}

// follow is the request that belongs right behind another: see Step.Follow.
func follow(words [][]byte) [][]byte {
	if len(words) < 2 && !strings.EqualFold(string(words[0]), "randomkey") {
		return nil
	}
	request := func(parts ...string) [][]byte {
		out := make([][]byte, 0, len(parts)+1)
		for i, part := range parts {
			out = append(out, []byte(part))
			if i == 0 && len(words) > 1 {
				out = append(out, words[1])
			}
		}
		return out
	}
	switch strings.ToLower(string(words[0])) {
	case "srandmember":
		return request("SMEMBERS")
	case "hrandfield":
		return request("HGETALL")
	case "zrandmember":
		return request("ZRANGE", "0", "-1", "WITHSCORES")
	case "randomkey":
		return [][]byte{[]byte("KEYS"), []byte("*")}
	case "spop":
		return request("DEL")
	}
	return followDistances(words)
}

// hasDeadline are the commands to which 1, by which spoil replaces words, may be a deadline in milliseconds.
var hasDeadline = map[string]bool{"restore": true, "restore-asking": true, "psetex": true, "pexpire": true, "set": true, "getex": true}

// pause is longer than the deadline of a few milliseconds that a request may have set.
func pause(words [][]byte) time.Duration {
	for _, word := range words[1:] {
		if string(word) == shortDeadline || string(word) == "1" && hasDeadline[strings.ToLower(string(words[0]))] {
			return 8 * time.Millisecond
		}
	}
	return 0
}
