package engine

import (
	"bytes"
	"fmt"
	"strings"

	"redoubt/internal/command"
	"redoubt/internal/resp"
)

// Call is one execution of one command: what its handler sees.
type Call struct {
	Engine *Engine
	Client *Client
	Cmd    *Command
	// Argv holds the words, the command's name (and a container's sub-command) included. Views: copy what must live on.
	Argv  [][]byte
	Reply *resp.Writer
	// Prepared is the result of [Command.Prepare], with that for the other commands of a transaction; nil when there is none.
	Prepared Prepared

	// nested: part of a transaction or script, so it must not block.
	nested bool
	// resumed is set when a blocked command runs again.
	resumed *waiter
	// effectStated: the handler said what replicas execute, so the command itself is not the effect.
	effectStated bool
	failed       bool
	redacted     []int
}

// begin makes c, which is its client's own, the call of a top-level command. It sets every field one by one: a literal would be built
// beside c and copied.
func (c *Call) begin(client *Client, cmd *Command, argv [][]byte, prepared Prepared) {
	c.Engine, c.Client, c.Reply = client.engine, client, &client.Out
	c.Cmd, c.Argv, c.Prepared = cmd, argv, prepared
	c.nested, c.resumed, c.effectStated, c.failed = false, nil, false, false
	c.redacted = c.redacted[:0]
}

// NArg is the number of words including the command's name.
func (c *Call) NArg() int { return len(c.Argv) }

// Arg returns word i.
func (c *Call) Arg(i int) []byte { return c.Argv[i] }

// Is tells whether word i is the keyword, any case. The keyword is given in upper case.
func (c *Call) Is(i int, keyword string) bool { return EqualWord(c.Argv[i], keyword) }

// EqualWord compares a word with an upper-case keyword, ignoring ASCII case.
func EqualWord(word []byte, keyword string) bool {
	if len(word) != len(keyword) {
		return false
	}
	for i, b := range word {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		if b != keyword[i] {
			return false
		}
	}
	return true
}

// DB is the database the client has selected.
func (c *Call) DB() *DB { return c.Client.db }

// NowMs is the time of this command in Unix milliseconds.
func (c *Call) NowMs() int64 { return c.Engine.timeMs }

// Past tells whether a key with this deadline, in Unix milliseconds, is to be removed at once. It never is while a
// stream is replayed: what followed in the stream was executed with the key there, and its removal is in the stream.
func (c *Call) Past(deadline int64) bool { return deadline <= c.Engine.timeMs && !c.Engine.loading }

// Err replies an error. msg begins with its code ("ERR …"), without the "-".
func (c *Call) Err(msg string) {
	c.failed = true
	c.Engine.Stats.countError(msg)
	c.Reply.Error(msg)
}

// Errf is Err with a format. Of a word of the client, given as bytes, it shows what Redis shows: nothing from a zero byte on.
func (c *Call) Errf(format string, args ...any) {
	for i, arg := range args {
		if word, ok := arg.([]byte); ok {
			args[i], _, _ = bytes.Cut(word, []byte{0})
		}
	}
	c.Err(strings.Trim(fmt.Sprintf(format, args...), "\r\n"))
}

// The error texts that many commands share.
const (
	msgSyntax     = "ERR syntax error"
	msgWrongType  = "WRONGTYPE Operation against a key holding the wrong kind of value"
	msgNotInteger = "ERR value is not an integer or out of range"
	msgNotFloat   = "ERR value is not a valid float"
	msgNoKey      = "ERR no such key"
	msgOutOfRange = "ERR index out of range"
)

// SyntaxError replies "syntax error".
func (c *Call) SyntaxError() { c.Err(msgSyntax) }

// WrongType replies WRONGTYPE.
func (c *Call) WrongType() { c.Err(msgWrongType) }

// NoSuchKey replies "no such key".
func (c *Call) NoSuchKey() { c.Err(msgNoKey) }

// IndexOutOfRange replies "index out of range".
func (c *Call) IndexOutOfRange() { c.Err(msgOutOfRange) }

// WrongArity replies the arity error for the running command.
func (c *Call) WrongArity() { c.Err(arityError(&c.Cmd.Spec)) }

func arityError(s *command.Spec) string {
	return "ERR wrong number of arguments for '" + s.FullName() + "' command"
}

// SubcommandSyntax replies the error of a container's sub-command that got words it does not take.
func (c *Call) SubcommandSyntax() {
	container := strings.ToUpper(c.Cmd.Spec.Name)
	if p := c.Cmd.Spec.Parent; p != nil {
		container = strings.ToUpper(p.Name)
	}
	c.Errf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.", clip(c.Argv[1]), container)
}

// OK replies +OK.
func (c *Call) OK() { c.Reply.OK() }

// Redact hides word i from the slow log and MONITOR.
func (c *Call) Redact(i int) { c.redacted = append(c.redacted, i) }

// loggedArgs are the words with the redacted ones hidden.
func (c *Call) loggedArgs() [][]byte {
	if len(c.redacted) == 0 {
		return c.Argv
	}
	out := append([][]byte(nil), c.Argv...)
	for _, i := range c.redacted {
		if i < len(out) {
			out[i] = []byte("(redacted)")
		}
	}
	return out
}

// Effect states a command that replicas and the log execute instead of this one. Several calls state several effects.
func (c *Call) Effect(argv ...[]byte) {
	c.effectStated = true
	c.Engine.Stream.add(c.Client.db.ID, argv)
}

// EffectMessage is [Call.Effect] for what changes no data: logs do not keep it.
func (c *Call) EffectMessage(argv ...[]byte) {
	c.effectStated = true
	c.Engine.Stream.addMessage(c.Client.db.ID, argv)
}

// EffectStrings is Effect for words at hand as strings.
func (c *Call) EffectStrings(words ...string) {
	argv := make([][]byte, len(words))
	for i, w := range words {
		argv[i] = []byte(w)
	}
	c.Effect(argv...)
}

// NoEffect states that this command has none of its own.
func (c *Call) NoEffect() { c.effectStated = true }

// EffectsRead tells whether anybody reads effects, so that a handler can spare itself building them.
func (c *Call) EffectsRead() bool { return c.Engine.Stream.read() }

// BulkStrings replies an array of texts.
func (c *Call) BulkStrings(texts []string) {
	c.Reply.Array(len(texts))
	for _, t := range texts {
		c.Reply.BulkString(t)
	}
}
