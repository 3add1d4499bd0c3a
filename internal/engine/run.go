package engine

import (
	"bytes"
	"strings"
	"time"

	"redoubt/internal/command"
)

// Batch is a list of parsed requests: the words of all of them in one slice and, per request, where its words end.
type Batch struct {
	Words [][]byte
	Ends  []int
	// returns: whoever runs the batch comes again through LockFor with what is left, so that it may end where there is work to
	// do without the lock. work is that of the request it ended before.
	returns bool
	work    func(argv [][]byte) Prepared
	// prepared is the result, for the first request; asked tells that it has been asked for, even if it is nil.
	prepared Prepared
	asked    bool
}

// Reset empties the batch and keeps its memory, and what is to be prepared for the request that comes first next time.
func (b *Batch) Reset() {
	b.Words, b.Ends, b.prepared, b.asked = b.Words[:0], b.Ends[:0], nil, false
}

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

// outputPortion is how much output a batch may collect before the connection has to write it: pipelined requests for
// large values must not pile up all their replies in memory, and another reply must fit into the buffer that the connection lends
// ([Client.LendOutput]; 256 KiB), which would be copied into a larger one otherwise.
const outputPortion = 128 << 10

// Run executes the requests of a client in order and returns how many it consumed. It stops early when the client
// blocks, is paused or is to be closed: what is left belongs to the connection, which calls again after the next Wake.
// It also stops when much output has collected; the connection then calls again as soon as it has written. And it stops before a
// request for which something is to be prepared; see [Engine.LockFor].
func (e *Engine) Run(c *Client, b *Batch) (done int) {
	defer func() {
		e.helpExpiry(done)
		e.broadcastChanges()
		e.checkClientMemory(c) // what it was given to read
	}()
	e.checkClientMemory(c) // what it has sent
	e.boundOutput(c)
	c.interacted = e.clock.at
	for ; done < b.Len(); done++ {
		if c.Ending() || c.Blocked() || len(c.Out.Buf) > outputPortion || c.Out.Exceeded {
			return done
		}
		if done%prefetchWindow == 0 {
			e.prefetch(c, b, done)
		}
		if !e.one(c, b, done) {
			return done
		}
	}
	return done
}

// recentBytes is the length of the longest name that is remembered; it is that of all hot commands.
const recentBytes = 16

// lookup is [Registry.Lookup] for clients that send the same command again and again.
func (e *Engine) lookup(name []byte) *Command {
	if e.recent != nil && len(name) <= recentBytes && len(name) == e.recentLen && string(name) == string(e.recentName[:e.recentLen]) {
		return e.recent
	}
	cmd := e.registry.Lookup(name)
	if cmd != nil && len(name) <= recentBytes {
		e.recent, e.recentLen = cmd, copy(e.recentName[:], name)
	}
	return cmd
}

// one executes request i of a batch; false means that it must be presented again later.
func (e *Engine) one(c *Client, b *Batch, i int) bool {
	argv := b.Request(i)
	if len(argv) == 0 {
		return true
	}
	e.timeMs = e.clock.unixMilli()
	cmd, container := e.lookup(argv[0]), (*Command)(nil)
	if cmd == nil || cmd.subByName != nil {
		cmd, container = e.registry.Find(argv)
	}
	c.LastCommand = cmd
	msg := e.resolveError(cmd, container, argv)
	if msg == "" {
		msg = e.refuse(c, cmd, argv)
	}
	var prepared Prepared
	if msg == "" && cmd.Prepare != nil {
		var later bool
		if prepared, later = e.prepare(cmd, b, i); later {
			return false
		}
		if c.multi != nil && !c.keepPrepared(prepared) {
			msg = msgPrepared
		}
	}
	mark := len(c.Out.Buf)
	before, read := e.Stream.position, e.hold.read
	e.hold.read = 0
	switch {
	case msg != "":
		if cmd != nil {
			cmd.Stats.Rejected++
		}
		e.reject(c, cmd, msg, argv)
	case e.postpone(c, cmd, argv):
		e.hold.read = read
		return false
	case c.multi != nil && !runsInsideMulti(cmd):
		c.queueCommand(cmd, argv)
		c.Out.SimpleString("QUEUED")
	default:
		c.call.begin(c, cmd, argv, prepared)
		c.running = true
		e.invoke(&c.call)
		c.running, c.call.Argv, c.call.Prepared = false, nil, nil // not to keep the connection's buffer alive
	}
	e.applyReplyMode(c, cmd, mark)
	c.deliverDeferred()
	c.endCaching(cmd)
	c.dependOn(e.hold.read)
	e.hold.read = read // of a script that has yielded
	if end := e.endOfCommand(); end != before {
		c.wrote = end
		c.dependOn(end)
	}
	return true
}

// endOfCommand does what follows every top-level command: its effects leave, and clients it made servable are served. It
// returns the position of the stream behind the command's own effects.
func (e *Engine) endOfCommand() (end int64) {
	if e.scripts.yielded {
		return e.Stream.position // a script is half done: its effects leave together, at its end
	}
	e.flushEffects()
	end = e.Stream.position
	if e.store.PendingFrees() > e.expiry.pendingFrees {
		e.PokeBackground()
	}
	e.expiry.pendingFrees = e.store.PendingFrees()
	if len(e.blocking.ready) > 0 {
		e.serveReady()
	}
	return end
}

// keepDeferred is the largest buffer for deferred messages that a client keeps.
const keepDeferred = 4 << 10

// deliverDeferred appends the messages that the command published to its own connection behind its reply.
func (c *Client) deliverDeferred() {
	if len(c.deferred.Buf) == 0 {
		return
	}
	c.Out.Buf = append(c.Out.Buf, c.deferred.Buf...)
	if cap(c.deferred.Buf) > keepDeferred {
		c.deferred.Buf = nil
		return
	}
	c.deferred.Buf = c.deferred.Buf[:0]
}

// applyReplyMode drops the reply under CLIENT REPLY OFF and SKIP; that of a command that blocks is dropped when it comes.
// Messages are no replies: neither they nor the confirmations of subscriptions are dropped.
func (e *Engine) applyReplyMode(c *Client, cmd *Command, mark int) {
	if c.replyMode == replyOn {
		return
	}
	if c.replyMode == replySkipNext {
		c.replyMode = replySkip
		return
	}
	if cmd == nil || !cmd.confirmsSubscriptions() {
		c.Out.Buf, c.Out.Exceeded = c.Out.Buf[:mark], false
	}
	if c.blocked != nil {
		c.blocked.silent = true
	}
	if c.replyMode == replySkip {
		c.replyMode = replyOn
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
			b.WriteString(untilZero(a, room))
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

func clip(s []byte) string { return untilZero(s, clipBytes) }

// untilZero is what Redis prints of a word: at most so many bytes, and none from a zero byte on.
func untilZero(s []byte, most int) string {
	s, _, _ = bytes.Cut(s[:min(len(s), most)], []byte{0})
	return string(s)
}

// reject replies an error to a command that was not executed and fails an open transaction.
func (e *Engine) reject(c *Client, cmd *Command, msg string, argv [][]byte) {
	if cmd == nil && (EqualWord(argv[0], "POST") || EqualWord(argv[0], "HOST:")) {
		e.logAttack(c)
		e.Kill(c, c)
		return
	}
	switch {
	case cmd != nil && cmd.isExec():
		c.Discard()
		msg = "EXECABORT Transaction discarded because of: " + strings.TrimPrefix(msg, "ERR ")
	case c.multi != nil:
		c.multi.failed = true
	}
	e.Stats.countError(msg)
	c.Out.Error(msg)
}

// attackLogPeriod bounds how often anybody who reaches the port can make the log grow.
const attackLogPeriod = time.Minute

func (e *Engine) logAttack(c *Client) {
	if e.attackLogged != 0 && e.clock.at.since(e.attackLogged) < attackLogPeriod {
		return
	}
	e.attackLogged = e.clock.at
	e.host.Log("Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. "+
		"This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. "+
		"Connection from %s aborted.", c.Addr)
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
	if c.limits != nil {
		if msg := e.refuseUser(c, s, argv); msg != "" {
			return msg
		}
	}
	flags := cmd.flags(e, argv)
	if c.multi != nil && cmd.isExec() {
		flags = c.multi.flags(flags) // a transaction is refused as a whole or not at all
	}
	if e.Settings.MaxMemory > 0 && !e.loading && !e.makeRoom() && flags&command.DenyOOM != 0 {
		return msgOOM
	}
	if flags&command.Write != 0 {
		if reason := e.host.WritesRefused(); reason != "" {
			return reason
		}
	}
	if c.Out.Proto == 2 && c.subs.count() > 0 && !allowedWhileSubscribed(s) {
		return "ERR Can't execute '" + s.FullName() + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are " +
			"allowed in this context"
	}
	if e.loading && flags&command.Loading == 0 {
		return "LOADING Redis is loading the dataset in memory"
	}
	if e.scripts.yielded && s.Flags&command.AllowBusy == 0 {
		return e.BusyError()
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

// confirmsSubscriptions tells whether the command answers with messages instead of a reply.
func (c *Command) confirmsSubscriptions() bool {
	switch c.Spec.FullName() {
	case "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe":
		return true
	}
	return false
}

func (c *Command) isExec() bool { return c.Spec.Parent == nil && c.Spec.Name == "exec" }

// UsedMemory is the memory counted against maxmemory: the dataset and the last reported overhead.
func (e *Engine) UsedMemory() int64 { return e.DatasetMemory() + e.overhead }

// RenewOverhead measures the memory beside the dataset (connections, their buffers, indexes of clients) anew, after clients
// beyond maxmemory-clients have gone.
func (e *Engine) RenewOverhead() {
	e.overheadAt = e.clock.at
	e.EvictClients()
	if e.MeasureOverhead != nil {
		e.overhead = e.MeasureOverhead()
	}
}

// overheadOutdated tells whether the overhead is too old to evict keys for it. To measure it takes about a microsecond per
// client, and so is done the less often the more there are.
func (e *Engine) overheadOutdated() bool {
	return e.clock.at.since(e.overheadAt) > time.Millisecond+time.Duration(len(e.clients))*20*time.Microsecond
}

// invoke runs a handler and keeps the books: duration, slow log, monitors, default effect.
func (e *Engine) invoke(c *Call) {
	start := e.clock.at
	e.execute(c)
	if e.tracking.clients > 0 {
		e.remember(c)
	}
	e.clock.at = e.clock.read()
	took := e.clock.at.since(start)
	if len(e.monitors) > 0 && c.Cmd.Spec.Flags&(command.SkipMonitor|command.Admin) == 0 && c.resumed == nil {
		e.feedMonitors(c.Client, c.loggedArgs())
	}
	if c.resumed != nil && c.resumed.again || c.resumed == nil && c.Client.blocked != nil {
		return // it is counted when it ends
	}
	e.account(c, took)
}

// execute runs a handler and states its effect.
func (e *Engine) execute(c *Call) {
	dirty := e.dirty
	db := c.Client.db
	e.forgetMissing()
	if e.hold.reads {
		e.noteCommand(&c.Cmd.Spec)
	}
	c.Cmd.Run(c)
	if e.dirty != dirty && !c.effectStated {
		e.addVerbatim(db.ID, c)
	}
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
}
