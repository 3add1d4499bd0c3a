package differential

import (
	"fmt"
	"strings"
	"time"

	"redoubt/internal/resp"
	"redoubt/test/transcript"
)

// connections is how many connections a sequence uses, numbered from 0.
const connections = 4

// Step is one request with what belongs to it.
type Step struct {
	Conn  int
	Words [][]byte
	// Follow is a request sent right behind it on the same connection: it reads what a random pick was taken from, or removes
	// the key whose value is now left to chance.
	Follow [][]byte
	// Pause lets a deadline of a few milliseconds pass on both servers.
	Pause time.Duration
	// Unblock ends the wait of Conn by CLIENT UNBLOCK with the option Words[0], from a connection outside the sequence.
	Unblock bool
}

// connectionID is a word that stands for the id that the server gave a connection.
func connectionID(conn int) string { return fmt.Sprintf("<id of connection %d>", conn+1) }

// quote writes words as redis-cli and transcripts read them.
func quote(words [][]byte) string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = quoteWord(word)
	}
	return strings.Join(out, " ")
}

func quoteWord(word []byte) string {
	plain := len(word) > 0
	for _, c := range word {
		plain = plain && c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '\\'
	}
	if plain {
		return string(word)
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range word {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Transcript writes a played sequence in the form that package transcript reads, with the replies of the reference server.
func Transcript(played []Played) string {
	var b strings.Builder
	for _, p := range played {
		prefix := ""
		if p.Conn > 0 {
			prefix = fmt.Sprint(p.Conn + 1)
		}
		if p.Unblock {
			fmt.Fprintf(&b, "# CLIENT UNBLOCK (the id of connection %d) %s\n", p.Conn+1, quote(p.Words))
			continue
		}
		fmt.Fprintf(&b, "%s> %s\n", prefix, quote(p.Words))
		writeReplies(&b, p.Replies)
		if p.Follow != nil {
			fmt.Fprintf(&b, "%s> %s\n", prefix, quote(p.Follow))
			writeReplies(&b, p.Followed)
		}
		if p.Pause > 0 {
			fmt.Fprintf(&b, "! sleep %v\n", p.Pause)
		}
	}
	return b.String()
}

func writeReplies(b *strings.Builder, replies []resp.Reply) {
	for i := range replies {
		b.WriteString(transcript.Render(&replies[i], ""))
	}
}

// Played is a step with what the reference server replied: nothing while the connection waits.
type Played struct {
	Step
	Replies, Followed []resp.Reply
}
