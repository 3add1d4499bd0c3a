package engine

import (
	"strings"
	"time"

	"redoubt/internal/command"
)

// Batch is a list of parsed requests: the words of all of them in one slice and, per request, where its words end.
type Batch struct {
	Words [][]byte
	Ends  []int
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() { b.Words, b.Ends = b.Words[:0], b.Ends[:0] }

// Len is the number of requests.
func (b *Batch) Len() int { return len(b.Ends) }

// Request returns the words of request i.
func (b *Batch) Request(i int) [][]byte {
	from := 0
	if i > 0 {
		from = b.Ends[i-1]
	}
	return b.Words[from:b.Ends[i]:b.Ends[i]]
}

// Run executes the requests of a client in order and returns how many it consumed. It stops early when the client
// blocks, is paused or is to be closed: what is left belongs to the connection, which calls again after the next Wake.
func (e *Engine) Run(c *Client, b *Batch) (done int) {
	for ; done < b.Len(); done++ {
		if c.Killed || c.CloseAfterReply || c.Blocked() {
			return done
		}
		if !e.one(c, b.Request(done)) {
			return done
		}
	}
	return done
}

// one executes one top-level request; false means that it must be presented again later.
func (e *Engine) one(c *Client, argv [][]byte) bool {
	if len(argv) == 0 {
		return true
	}
	mark := len(c.Out.Buf)
	c.LastInteraction = time.UnixMilli(e.timeMs)
	cmd, container := e.registry.Find(argv)
	msg := e.resolveError(cmd, container, argv)
	if msg == "" {
		msg = e.refuse(c, cmd, argv)
	}
	switch {
	case msg != "":
		if cmd != nil {
			cmd.Stats.Rejected++
		}
		e.reject(c, cmd, msg, argv)
	case e.postpone(c, cmd):
		return false
	case c.multi != nil && !runsInsideMulti(cmd):
		c.queueCommand(cmd, argv)
		c.Out.SimpleString("QUEUED")
	default:
		c.call = Call{Engine: e, Client: c, Cmd: cmd, Argv: argv, Reply: &c.Out, redacted: c.call.redacted[:0]}
		c.running = true
		e.invoke(&c.call)
		c.running = false
		e.deliverDeferred(c)
	}
	e.applyReplyMode(c, mark)
	e.endOfCommand()
	return true
}

// endOfCommand does what follows every top-level command: its effects leave, and clients it made servable are served.
func (e *Engine) endOfCommand() {
	e.Stream.flush()
	if len(e.blocking.ready) > 0 {
		e.serveReady()
	}
}

// deliverDeferred appends the messages that the command published to its own connection behind its reply.
func (e *Engine) deliverDeferred(c *Client) {
	if len(c.deferred.Buf) > 0 {
		c.Out.Buf = append(c.Out.Buf, c.deferred.Buf...)
		c.deferred.Buf = c.deferred.Buf[:0]
	}
}

// applyReplyMode drops the reply under CLIENT REPLY OFF and SKIP.
func (e *Engine) applyReplyMode(c *Client, mark int) {
	switch c.replyMode {
	case replyOff:
		c.Out.Buf = c.Out.Buf[:mark]
	case replySkip:
		c.Out.Buf = c.Out.Buf[:mark]
		c.replyMode = replyOn
	case replySkipNext:
		c.replyMode = replySkip
	}
}

// runsInsideMulti tells whether a command is executed at once although a transaction is open.
func runsInsideMulti(cmd *Command) bool {
	if cmd.Spec.Parent != nil {
		return false
	}
	switch cmd.Spec.Name {
	case "exec", "discard", "multi", "watch", "quit", "reset":
		return true
	}
	return false
}

// resolveError is the error for words that name no runnable command, "" when they do.
func (e *Engine) resolveError(cmd, container *Command, argv [][]byte) string {
	if container != nil {
		return "ERR unknown subcommand '" + clip(argv[1]) + "'. Try " + strings.ToUpper(container.Spec.Name) + " HELP."
	}
	if cmd == nil {
		var b strings.Builder
		b.WriteString("ERR unknown command '")
		b.WriteString(clip(argv[0]))
		b.WriteString("', with args beginning with: ")
		head := b.Len()
		for _, a := range argv[1:] {
			room := clipBytes - (b.Len() - head)
			if room <= 0 {
				break
			}
			b.WriteByte('\'')
			b.Write(a[:min(len(a), room)])
			b.WriteString("' ")
		}
		return b.String()
	}
	if !cmd.Spec.ArityOK(len(argv)) {
		return arityError(&cmd.Spec)
	}
	return ""
}

// clipBytes bounds what an error repeats of the client's words.
const clipBytes = 128

func clip(s []byte) string { return string(s[:min(len(s), clipBytes)]) }

// reject replies an error to a command that was not executed and fails an open transaction.
func (e *Engine) reject(c *Client, cmd *Command, msg string, argv [][]byte) {
	if cmd == nil && c.multi == nil && (EqualWord(argv[0], "POST") || EqualWord(argv[0], "HOST:")) {
		e.host.Log("Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to " +
			"Redis. This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your " +
			"Redis instance. Connection from " + c.Addr + " aborted.")
		e.Kill(c, c)
		return
	}
	if c.multi != nil {
		if cmd != nil && cmd.Spec.Name == "exec" && cmd.Spec.Parent == nil {
			c.Discard()
			msg = "EXECABORT Transaction discarded because of: " + strings.TrimPrefix(msg, "ERR ")
		} else {
			c.multi.failed = true
		}
	}
	e.Stats.countError(msg)
	c.Out.Error(msg)
}

// refuse tells why a well-formed command must not run now, "" when it may.
func (e *Engine) refuse(c *Client, cmd *Command, argv [][]byte) string {
	s := &cmd.Spec
	if !c.Authenticated && e.Settings.PasswordRequired && s.Flags&command.NoAuth == 0 {
		return "NOAUTH Authentication required."
	}
	if guarded := protectedName(s); guarded != "" && !e.host.ProtectedCommandAllowed(guarded, c) {
		return "ERR " + strings.ToUpper(guarded) + " command not allowed. If the enable-" + guarded + "-command option is set to \"local\", " +
			"you can run it from a local connection, otherwise you need to set this option in the configuration file, " +
			"and then restart the server."
	}
	if c.multi != nil && s.Flags&command.NoMulti != 0 {
		return "ERR Command not allowed inside a transaction"
	}
	if e.Settings.MaxMemory > 0 && !e.loading && !e.makeRoom() && s.Flags&command.DenyOOM != 0 {
		return "OOM command not allowed when used memory > 'maxmemory'."
	}
	if s.Flags&command.Write != 0 && e.Settings.StopWritesOnSaveError {
		if reason := e.host.WritesRefused(); reason != "" {
			return reason
		}
	}
	if c.Out.Proto == 2 && c.subs.count() > 0 && !allowedWhileSubscribed(s) {
		return "ERR Can't execute '" + s.FullName() + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are " +
			"allowed in this context"
	}
	if e.loading && s.Flags&command.Loading == 0 {
		return "LOADING Redis is loading the dataset in memory"
	}
	return ""
}

// protectedName is the name in the directive that allows a protected command (a container's for its sub-commands), "" for
// other commands.
func protectedName(s *command.Spec) string {
	if s.Flags&command.Protected == 0 {
		return ""
	}
	name, _, _ := strings.Cut(s.FullName(), "|")
	return name
}

func allowedWhileSubscribed(s *command.Spec) bool {
	switch s.FullName() {
	case "ping", "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe", "quit", "reset":
		return true
	}
	return false
}

// DatasetMemory is what the dataset takes with its tables and indexes, exactly.
func (e *Engine) DatasetMemory() int64 { return e.store.Arena().Used() }

// UsedMemory is the memory counted against maxmemory: the dataset and the last reported overhead.
func (e *Engine) UsedMemory() int64 { return e.DatasetMemory() + e.overhead }

// SetOverhead reports the memory in use beside the dataset: connections, their buffers, indexes of clients.
func (e *Engine) SetOverhead(bytes int64) { e.overhead = bytes }

// invoke runs a handler and keeps the books: duration, slow log, monitors, default effect.
func (e *Engine) invoke(c *Call) {
	start := time.Now()
	dirty := e.dirty
	db := c.Client.db
	wasBlocked := c.resumed != nil
	c.Cmd.Run(c)
	if e.dirty != dirty && !c.effectStated {
		e.addVerbatim(db.ID, c)
	}
	if c.resumed != nil && c.resumed.again || !wasBlocked && c.Client.blocked != nil {
		return // it is counted when it ends
	}
	e.account(c, time.Since(start))
}

// addVerbatim states the command itself as its effect, under its own name even when the client used a renamed one.
func (e *Engine) addVerbatim(db int, c *Call) {
	if !c.EffectsRead() {
		return
	}
	argv := append([][]byte(nil), c.Argv...)
	s := &c.Cmd.Spec
	if s.Parent != nil {
		s = s.Parent
	}
	argv[0] = []byte(strings.ToUpper(s.Name))
	e.Stream.add(db, argv)
}

// account adds one finished execution to the statistics.
func (e *Engine) account(c *Call, took time.Duration) {
	cmd := c.Cmd
	us := took.Microseconds()
	e.Stats.Commands++
	cmd.Stats.Calls++
	cmd.Stats.Microseconds += us
	if c.failed {
		cmd.Stats.Failed++
	}
	c.Client.LastCommand = cmd
	if e.Settings.LatencyTracking {
		cmd.Stats.Latency.Record(took.Nanoseconds())
	}
	limit := e.Settings.SlowlogSlowerThanUs
	if limit >= 0 && us >= limit && cmd.Spec.Flags&command.SkipSlowlog == 0 {
		e.SlowLog.Add(e.Settings.SlowlogMaxLen, e.timeMs/1000, us, c.loggedArgs(), c.Client.Addr, c.Client.Name)
	}
	if t := e.Settings.LatencyThresholdMs; t > 0 && took.Milliseconds() >= t {
		event := "command"
		if cmd.Spec.Flags&command.Fast != 0 {
			event = "fast-command"
		}
		e.Latency.Add(event, e.timeMs/1000, took.Milliseconds())
	}
	if len(e.monitors) > 0 && cmd.Spec.Flags&(command.SkipMonitor|command.Admin) == 0 && c.resumed == nil {
		e.feedMonitors(c.Client, c.loggedArgs())
	}
}
